"""Phrasings and word lists out of ``data/questions.toml`` and ``data/words.toml``: compiled once, at first use."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

_NAMED = re.compile(r"\{([a-z_]+)\}")  # "{name}" in a pattern; "{0,3}" is none


@dataclass(frozen=True)
class Phrasing:
    """The predicates that ask for one stance."""

    wanted: str
    vague: bool  # a facet is the better reading
    before: tuple[re.Pattern[str], ...]  # stand before the subject; the longest match counts
    around: tuple[re.Pattern[str], ...]  # the whole predicate, the subject in its group ``what``

    def subject(self, predicate: str) -> str | None:
        """Return what a predicate says it of, or None if it says something else."""
        for pattern in self.around:
            if found := pattern.match(predicate):
                return found["what"]
        ends = [found.end() for pattern in self.before if (found := pattern.match(predicate + " "))]
        return predicate[max(ends) :].strip() if ends else None


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return a phrasing of questions by its name."""
    return _compiled(_table("questions.toml")["pattern"][name], _words())


@cache
def phrasings() -> tuple[Phrasing, ...]:
    """Return the predicates that ask for a stance, in the order in which they are tried."""
    return tuple(_phrasing(entry) for entry in _table("questions.toml")["stance"])


def _phrasing(entry: Mapping[str, Any]) -> Phrasing:
    helping = r"^(?:(?:{adverb}|{have}|{be}|{modal}|{do}|who|that|which|to) )*?"
    before = tuple(_compiled(rf"{helping}(?:{say})\s", _words()) for say in entry["say"])
    around = tuple(_compiled(rf"{helping}(?:{say})$", _words()) for say in entry.get("around", ()))
    return Phrasing(entry["wanted"], entry.get("vague", False), before, around)


@cache
def answer_pattern(name: str) -> re.Pattern[str]:
    """Return how a question asks for a kind of answer, or how a sentence shows one."""
    return _compiled(_table("words.toml")["answer"][name], {})


@cache
def mood_pattern(name: str) -> re.Pattern[str]:
    """Return how a clause shows in which mood it says something."""
    return _compiled(_table("words.toml")["mood"][name], {})


@cache
def word_list(name: str) -> frozenset[str]:
    """Return a list of plain words."""
    return frozenset(_table("words.toml")[name].split())


@cache
def word_table(name: str) -> Mapping[str, str]:
    """Return words with what stands for them."""
    return dict(_table("words.toml")[name])


@cache
def _words() -> Mapping[str, str]:
    return {name: _joined(text) for name, text in _table("questions.toml")["words"].items()}


def _compiled(text: str, named: Mapping[str, str]) -> re.Pattern[str]:
    text = _joined(text)
    while _NAMED.search(text):
        text = _NAMED.sub(lambda found: named[found[1]], text)
    return re.compile(text, re.IGNORECASE)


def _joined(text: str) -> str:
    return "".join(line.strip(" ") for line in text.splitlines()) if "\n" in text else text.lstrip(" ")


@cache
def _table(file: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("assistant.data") / file).read_text(encoding="utf-8"))
