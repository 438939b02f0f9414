"""What a sentence claims, word by word: the words that carry meaning, each with the mood in which it is said.

A word is denied, wished for, only taught, or said of another person than the writer where a cue of this
(``data/words.toml``) reaches it: within its clause, and in short pieces of a list that goes on after it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise, takewhile

from assistant.wording import mood_pattern, word_list, word_table
from ingest.fold import Word, fold_word, root, stem, words

MOODS = ("denied", "wished", "taught", "of_others")
_DENIED, _WISHED = MOODS[:2]
_SHORT = 4  # words; a piece after "and" that is no longer, and has no verb, is in the mood of the piece before
_SHAPED = re.compile(r"[A-ZÀ-ÖØ-ÞĀ-Ž\d]")  # a name, or a name with a number in it
_ALIKE = 0.65  # share of the longer of two stems that they must begin with together: "medical", "medicine"
_LEAST = 4  # letters that they must begin with together


@dataclass(frozen=True)
class Claim:
    """A word that carries meaning, in which mood it is said, and in which clause."""

    word: str  # folded; of a number its digits
    mood: frozenset[str]
    clause: int
    place: int  # among all words of the clause
    is_number: bool = False
    is_needed: bool = False  # a name, or what somebody is said to be ("a nurse"): no other word will do

    def same(self, other: Claim) -> bool:
        """Whether another claim is about the same thing, in whatever mood."""
        return _alike(self.word, other.word)


def claims(texts: Iterable[str]) -> list[Claim]:
    """Return the claims of texts in order; clauses are numbered on from text to text."""
    clauses = [clause for text in texts for clause in _clauses(text)]
    found = (
        _claim(word, clause, number, place)
        for number, clause in enumerate(clauses)
        for place, word in enumerate(words(clause.text))
    )
    return [claim for claim in found if claim]


def has_verb(text: str) -> bool:
    """Whether there is a verb in ``text``, by its commonest words and endings."""
    return bool(mood_pattern("verb").search(text))


@dataclass(frozen=True)
class _Clause:
    text: str
    mood: frozenset[str]
    denied: range  # where a denial reaches, in characters
    being: Sequence[range]  # where it is said what somebody is
    begins: bool  # the text


def _claim(word: Word, clause: _Clause, number: int, place: int) -> Claim | None:
    written = clause.text[word.start : word.end]
    mood = clause.mood | {_DENIED} if word.start in clause.denied else clause.mood
    digits = word_table("numbers").get(written.casefold(), word.text if word.text.isdigit() else "")
    if digits:
        return Claim(digits.lstrip("0") or "0", mood, number, place, is_number=True)
    begins = place == 0 and clause.begins
    name = bool(_SHAPED.search(written)) and written not in ("I", "A")
    if word.text in _unmeant() and (begins or not name):  # "May" within a sentence is a month
        return None
    if (len(word.text) < 2 and not name) or any(mood_pattern(cue).search(written) for cue in (_DENIED, _WISHED)):
        return None
    return Claim(word.text, mood, number, place, is_needed=name or any(word.end == span.stop for span in clause.being))


def _clauses(text: str) -> Iterator[_Clause]:
    asked = [range(*found.span()) for found in mood_pattern("asked").finditer(text)]
    borders = [0, *(found.start() for found in mood_pattern("break").finditer(text)), len(text)]
    before = frozenset[str]()
    for start, end in pairwise(borders):
        piece = text[start:end]
        cues = {mood: found for mood in MOODS if (found := mood_pattern(mood).search(piece))}
        mood = frozenset(cues) - {_DENIED}
        if any(start in span for span in asked):
            mood |= {_WISHED}
        if not cues and len(words(piece)) <= _SHORT and not has_verb(piece):
            mood |= before if mood_pattern("and").match(piece) else before - {_DENIED}
        denied = range(0)
        if _DENIED in cues:
            again = mood_pattern("again").search(piece, cues[_DENIED].end())
            begins = 0 if cues[_DENIED].group().casefold() == "no" else cues[_DENIED].start()  # "I keep no bees"
            denied = range(begins, again.start() if again else len(piece))
        being = [range(*found.span("what")) for found in mood_pattern("being").finditer(piece)]
        yield _Clause(piece, mood, denied, being, begins=start == 0)
        before = mood | ({_DENIED} & cues.keys())


@lru_cache(maxsize=50_000)
def _alike(one: str, other: str) -> bool:
    """Whether two folded words have the same meaning, as far as their spelling and a list of such words tell."""
    if one == other or one.isdigit() or other.isdigit():
        return one == other
    if root(one) == root(other) or _meanings(one) & _meanings(other):
        return True
    first, second = stem(one), stem(other)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))
    return same >= max(_LEAST, _ALIKE * max(len(first), len(second)))


def _meanings(word: str) -> frozenset[str]:
    table = _by_meaning()
    return table.get(stem(word), frozenset()) | table.get(root(word), frozenset())


@cache
def _by_meaning() -> Mapping[str, frozenset[str]]:
    """The groups of words of the same meaning that each stem and root is in, by the first word of each."""
    groups: dict[str, set[str]] = defaultdict(set)
    for head, others in word_table("alike").items():
        for word in (head, *others.split()):
            for form in (stem(fold_word(word)), root(fold_word(word))):
                groups[form].add(head)
    return {word: frozenset(heads) for word, heads in groups.items()}


@cache
def _unmeant() -> frozenset[str]:
    return frozenset(map(fold_word, word_list("stop") | word_list("neutral")))
