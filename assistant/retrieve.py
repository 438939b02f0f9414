"""Find the sentences that answer a question: vectors over windows and words over sentences, fused.

``DossierRetriever`` is a LlamaIndex retriever, so it also works inside anyone's LlamaIndex query engine. Set
questions do
not come here: they read every letter (``assistant.match``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from assistant.answer import Evidence
from assistant.cohort import Cohort
from assistant.wording import answer_pattern, word_list
from ingest.database import StoredPassage
from ingest.embed import Embedder
from ingest.fold import fold, words
from ingest.index import Matrix, VectorIndex

POOL = 200  # sentences from the word index and windows from the vectors that are looked at closely

# What a sentence's score is made of; each part lies in [0, 1]. A fact often stands in the sentence after the one that
# names
# its topic, so the question's words count there too. Set by hand on the facts of the dev letters, checked on the
# marine ones.
_OWN, _BEFORE, _TWO_BEFORE, _AFTER = 1.4, 1.0, 0.3, 0.3  # share of the question's words: here, before, after
_LETTER = 0.4  # share of them anywhere in the letter
_VECTOR = 0.6  # cosine with the window
_KIND = 0.15  # a number or name where one is asked for
_NEW = 0.3  # words the question does not have: an answer adds something
_STUB = -0.3  # "Anna Kowalska" alone on a line
_NEIGHBOUR = 0.6  # a neighbouring sentence with this share of the best score is quoted with it
_LONGEST_QUOTE = 420  # characters

_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-ZÀ-Þ][\w’'-]+")


@dataclass(frozen=True)
class Scored:
    """A sentence with its score and two parts of it."""

    item: StoredPassage
    score: float
    covered: float  # share of the question's words, weighted by rarity, in the sentence and those around it
    similarity: float  # cosine between the question and the window around the sentence


class DossierRetriever(BaseRetriever):
    """Retrieves sentences as LlamaIndex nodes, best first; ``letter`` narrows the search to one letter."""

    def __init__(
        self, cohort: Cohort, index: VectorIndex, embedder: Embedder, *, top_k: int = 10, letter: str | None = None
    ) -> None:
        self._cohort = cohort
        self._index = index
        self._embedder = embedder
        self._top_k = top_k
        self._letter = letter
        super().__init__()

    def within(self, letter: str | None) -> DossierRetriever:
        """Return the same retriever, narrowed to one letter."""
        narrowed = DossierRetriever(self._cohort, self._index, self._embedder, top_k=self._top_k, letter=letter)
        narrowed.__dict__.update({key: value for key, value in self.__dict__.items() if key in ("_matrix", "_windows")})
        return narrowed

    def of(self, cohort: Cohort) -> DossierRetriever:
        """Return the same retriever over a cohort that was read anew."""
        return DossierRetriever(cohort, self._index, self._embedder, top_k=self._top_k)

    @property
    def missing(self) -> int:
        """How many passages have no vector yet; they are found by their words only."""
        return len(self._windows.keys() - set(self._matrix.ids))

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [
            NodeWithScore(node=_node(found.item), score=found.score)
            for found in self.scored(query_bundle.query_str)[: self._top_k]
        ]

    def scored(self, question: str) -> list[Scored]:
        """Return the sentences that may answer ``question``, best first."""
        terms = question_terms(question)
        similarity = self._similarities(question)
        weights = self._weights(terms)
        pool = self._pool(terms, similarity)
        letters = dict.fromkeys(item.passage.letter for item in pool)
        found = [scored for letter in letters for scored in self._score_letter(letter, question, weights, similarity)]
        return sorted(found, key=lambda scored: (-scored.score, scored.item.pk))

    def _score_letter(
        self, letter: str, question: str, weights: Mapping[str, float], similarity: Mapping[int, float]
    ) -> Iterator[Scored]:
        sentences = self._cohort.of_letter(letter)
        stems = [frozenset(word.stem for word in words(item.passage.text)) for item in sentences]
        held = [stem & weights.keys() for stem in stems]
        total = sum(weights.values()) or 1.0

        def share(terms: Iterable[str]) -> float:
            return sum(weights[term] for term in terms) / total

        everywhere = share(frozenset().union(*held))
        for place, item in enumerate(sentences):
            own = held[place]
            before = (held[place - 1] if place else frozenset()) - own
            earlier = (held[place - 2] if place > 1 else frozenset()) - own - before
            after = (held[place + 1] if place + 1 < len(held) else frozenset()) - own - before
            vector = similarity.get(item.pk, 0.0)
            score = (
                _OWN * share(own)
                + _BEFORE * share(before)
                + _TWO_BEFORE * share(earlier)
                + _AFTER * share(after)
                + _LETTER * everywhere
                + _VECTOR * vector
                + _KIND * _answers_kind(question, item.passage.text)
                + _NEW * min(len(stems[place] - weights.keys()), 8) / 8
                + _STUB * (len(item.passage.text) < 30)
            )
            yield Scored(item, score, share(own | before | after), vector)

    def quote(self, best: Scored, found: Sequence[Scored]) -> Evidence:
        """Return the best sentence as evidence, with its better neighbour where that also speaks to the question."""
        passage = best.item.passage
        sentences, place = self._cohort.of_letter(passage.letter), self._cohort.place(best.item)
        scores = {scored.item.pk: scored.score for scored in found}
        beside = [sentences[p] for p in (place - 1, place + 1) if 0 <= p < len(sentences)]
        start, end = passage.start, passage.end
        if beside:
            near = max(beside, key=lambda item: scores.get(item.pk, 0.0))
            low, high = min(start, near.passage.start), max(end, near.passage.end)
            if scores.get(near.pk, 0.0) >= _NEIGHBOUR * best.score and high - low <= _LONGEST_QUOTE:
                start, end = low, high
        return Evidence(passage.letter, self._cohort.letters[passage.letter].text[start:end], start, end)

    def _pool(self, terms: Sequence[str], similarity: Mapping[int, float]) -> list[StoredPassage]:
        if self._letter is not None:
            return list(self._cohort.of_letter(self._letter))
        by_words = [pk for pk, _ in self._cohort.database.ranked(self._cohort.key, terms, POOL)]
        return list(self._cohort.database.passages_by_pk(list(dict.fromkeys([*by_words, *similarity]))).values())

    def _similarities(self, question: str) -> dict[int, float]:
        """Cosine of the question with the best window of each sentence, for the nearest windows;
        {sentence key: cosine}.
        """
        matrix, windows = self._matrix, self._windows
        if not matrix.ids:
            return {}
        cosines = matrix.vectors @ self._embedder.question(question)
        order: Iterable[int] = np.argsort(-cosines, kind="stable")
        best: dict[int, float] = {}
        looked = 0
        for row in order:
            window = windows.get(matrix.ids[row])
            if window is None or (self._letter is not None and window.passage.letter != self._letter):
                continue  # the index is a cache: what the database does not know is not there
            for sentence in self._cohort.sentences_in(window):
                best.setdefault(sentence.pk, float(cosines[row]))
            looked += 1
            if looked == POOL:
                break
        return best

    def _weights(self, terms: Sequence[str]) -> dict[str, float]:
        """Inverse sentence frequency of each stem of the question, smoothed as in BM25 (Robertson and Spärck Jones)."""
        total = len(self._cohort.sentences) or 1
        counts = self._cohort.stem_counts
        return {term: math.log(1 + (total - counts.get(term, 0) + 0.5) / (counts.get(term, 0) + 0.5)) for term in terms}

    @cached_property
    def _matrix(self) -> Matrix:
        return self._index.matrix(self._cohort.key)

    @cached_property
    def _windows(self) -> Mapping[str, StoredPassage]:
        return {item.vector_id: item for item in self._cohort.database.passages(self._cohort.key, "window")}


def question_terms(question: str) -> list[str]:
    """Return the stems of the words of a question that carry its meaning, each once."""
    stop = frozenset(fold(" ".join(word_list("stop"))).split())
    meant = [word for word in words(question) if word.text not in stop and len(word.text) > 1]
    return list(dict.fromkeys(word.stem for word in meant))


def _answers_kind(question: str, sentence: str) -> float:
    """Whether a sentence holds the kind of thing a question asks for: a number, a name."""
    if answer_pattern("number_asked").search(question):
        return 1.0 if answer_pattern("number").search(sentence) else 0.0
    if answer_pattern("name_asked").search(question):
        return 1.0 if _NAME.search(sentence) else 0.0
    return 0.0


def _node(item: StoredPassage) -> TextNode:
    passage = item.passage
    keys = ["letter", "start", "end", "heading"]
    return TextNode(
        id_=f"{passage.letter}:{passage.start}-{passage.end}",
        text=passage.text,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        metadata={"letter": passage.letter, "start": passage.start, "end": passage.end, "heading": passage.heading},
        # letter ids and file names never reach an embedding model or a prompt by themselves
        excluded_embed_metadata_keys=keys,
        excluded_llm_metadata_keys=keys,
    )
