"""The values of a labelled set: letters, questions with their right answers, and what each letter really says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from ingest.errors import DossierError

Relevance: TypeAlias = Mapping[str, frozenset[str]]  # query id -> the letters that answer it


class BadDataset(DossierError):
    """A labelled set cannot be read; the message names the file and what was expected of it."""


@dataclass(frozen=True)
class Query:
    """One question and its right answer.

    ``kind`` is ``who-...`` (the answer is the set ``relevant``; letters in ``neutral`` are left out of scoring),
    ``fact`` (the answer is ``answer``, told by ``quote`` in ``letter``), ``fact-absent`` (``letter`` does not say) or
    ``turnN``, the N-th turn of a conversation, scored as a set.
    """

    id: str
    kind: str
    text: str
    relevant: frozenset[str] = frozenset()
    neutral: frozenset[str] = frozenset()
    letter: str = ""
    answer: str = ""
    quote: str = ""
    topic: str = ""

    @property
    def wants_set(self) -> bool:
        """Whether the right answer is a set of letters."""
        return self.kind.startswith(("who", "turn"))


@dataclass(frozen=True)
class GoldTopic:
    """What a letter truly says of its writer and one topic, and the words that say it."""

    topic: str
    stance: str
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True)
class GoldLetter:
    """The labels of one letter: its topics, and every quote that its labels rest on, those of the topics among them."""

    topics: tuple[GoldTopic, ...] = ()
    quotes: tuple[str, ...] = ()

    def topic(self, name: str) -> GoldTopic | None:
        """Return the label of the topic ``name``, or None where the letter has none."""
        return next((topic for topic in self.topics if topic.topic == name), None)


@dataclass(frozen=True)
class LabelledSet:
    """Letters (id -> canonical text), questions with their answers, labels per letter, conversations (id -> turns).

    ``qrels`` is the same truth as ``Query.relevant``, as the set's BEIR file gives it; ``check`` compares the two.
    """

    name: str
    letters: Mapping[str, str]
    queries: tuple[Query, ...]
    gold: Mapping[str, GoldLetter] = field(default_factory=lambda: MappingProxyType({}))
    conversations: Mapping[str, tuple[Query, ...]] = field(default_factory=lambda: MappingProxyType({}))
    qrels: Relevance = field(default_factory=lambda: MappingProxyType({}))

    @property
    def turns(self) -> list[Query]:
        """Every turn of every conversation."""
        return [turn for turns in self.conversations.values() for turn in turns]

    @property
    def letters_hash(self) -> str:
        """SHA-256 of ids and texts: equal hash, equal letters."""
        return _digest(sorted(self.letters.items()))

    @property
    def hash(self) -> str:
        """SHA-256 of all that scoring depends on: letters, questions, labels, conversations."""
        gold = [(letter, topic) for letter, labels in sorted(self.gold.items()) for topic in labels.topics]
        return _digest(
            [
                sorted(self.letters.items()),
                [_plain(query) for query in (*self.queries, *self.turns)],
                [(letter, topic.topic, topic.stance, topic.quotes) for letter, topic in gold],
            ]
        )


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode("utf-8")).hexdigest()


def _plain(query: Query) -> dict[str, Any]:
    return {key: sorted(value) if isinstance(value, frozenset) else value for key, value in vars(query).items()}
