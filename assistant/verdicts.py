"""Verdicts on letters, and how those on the leaves of a criterion are combined: as sets, never as ranked lists."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from assistant.answer import Evidence, Stance
from assistant.question import About, Column, Criterion, Every, Has, Not, Some
from ingest.database import natural

YES = 0.3  # a letter matches from this probability on: where F1 over many questions is best, below one half
MAYBE = 0.15  # from here on it is shown as unsure

Leaf: TypeAlias = About | Has | Column
_Known = TypeVar("_Known")


@dataclass(frozen=True)
class Verdict:
    """What one letter says about a criterion: how likely it meets it, with which stance, in which words."""

    letter: str
    probability: float
    stance: Stance
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Matches:
    """The verdicts of all letters that have anything to say; the others do not meet the criterion."""

    verdicts: Mapping[str, Verdict]
    notes: tuple[str, ...] = ()  # what a reader must know: a spelling corrected, a word taken as something else

    @property
    def yes(self) -> list[Verdict]:
        """Letters that match: those who do before those who did, then the surest first."""
        found = [verdict for verdict in self.verdicts.values() if verdict.probability >= YES]
        return sorted(found, key=lambda v: (v.stance is not Stance.DOES, -v.probability, natural(v.letter)))

    @property
    def unsure(self) -> list[Verdict]:
        """Letters that may match, the likeliest first."""
        found = [verdict for verdict in self.verdicts.values() if MAYBE <= verdict.probability < YES]
        return sorted(found, key=lambda v: (-v.probability, natural(v.letter)))

    def probability(self, letter: str) -> float:
        """Return how likely a letter meets the criterion; 0 where there is no verdict on it."""
        found = self.verdicts.get(letter)
        return found.probability if found else 0.0

    def within(self, letters: Iterable[str]) -> Matches:
        """Return the verdicts on these letters only."""
        kept = frozenset(letters)
        return Matches({id_: verdict for id_, verdict in self.verdicts.items() if id_ in kept}, self.notes)


def leaves(criterion: Criterion) -> list[Leaf]:
    """Return the different leaves of a criterion, from left to right."""
    found: list[Leaf] = fold(criterion, lambda leaf: [leaf], lambda part: part, _joined, _joined)
    return list(dict.fromkeys(found))


def combine(criterion: Criterion, known: Mapping[Leaf, Matches], letters: Iterable[str]) -> Matches:
    """Return the verdicts on a criterion, given those on its leaves.

    :param letters: all letters there are, also those without a verdict.
    """
    return fold(criterion, known.__getitem__, lambda part: negated(part, letters), _every, _some)


def bounds(criterion: Criterion, known: Callable[[Leaf], tuple[float, float]]) -> tuple[float, float]:
    """Return between which probabilities a letter's verdict lies, given the bounds of its leaves."""
    return fold(
        criterion,
        known,
        lambda part: (_opposite(part[1]), _opposite(part[0])),
        lambda parts: (min(low for low, _ in parts), min(high for _, high in parts)),
        lambda parts: (max(low for low, _ in parts), max(high for _, high in parts)),
    )


def fold(
    criterion: Criterion,
    leaf: Callable[[Leaf], _Known],
    no: Callable[[_Known], _Known],
    every: Callable[[Sequence[_Known]], _Known],
    some: Callable[[Sequence[_Known]], _Known],
) -> _Known:
    """Return what is known of a criterion out of what is known of its leaves, by one rule for each way to combine."""
    match criterion:
        case Not(part):
            return no(fold(part, leaf, no, every, some))
        case Every(parts):
            return every([fold(part, leaf, no, every, some) for part in parts])
        case Some(parts):
            return some([fold(part, leaf, no, every, some) for part in parts])
        case _:
            return leaf(criterion)


# a letter that is not in ``verdicts`` has probability 0


def negated(part: Matches, letters: Iterable[str]) -> Matches:
    """Return the verdicts on the opposite; of a letter without a verdict it is certain."""
    verdicts = {}
    for letter in letters:
        found = part.verdicts.get(letter)
        probability = _opposite(found.probability) if found else 1.0
        verdicts[letter] = Verdict(
            letter, probability, Stance.OTHER, found.evidence if found and probability < YES else ()
        )
    return Matches(verdicts, part.notes)


def _opposite(probability: float) -> float:
    """Mirror a probability: what matches does not match the negation, what is unsure stays so, twice is nothing."""
    if probability >= YES:
        return MAYBE * (1 - probability) / (1 - YES)
    if probability < MAYBE:
        return 1 - probability * (1 - YES) / MAYBE
    return min(MAYBE + YES - probability, math.nextafter(YES, 0))


def _every(parts: Sequence[Matches]) -> Matches:
    letters = [letter for letter in parts[0].verdicts if all(letter in part.verdicts for part in parts)]
    return _combined(letters, parts, min)


def _some(parts: Sequence[Matches]) -> Matches:
    letters = list(dict.fromkeys(letter for part in parts for letter in part.verdicts))
    return _combined(letters, parts, max)


def _combined(letters: Sequence[str], parts: Sequence[Matches], choose: Callable[[Iterable[float]], float]) -> Matches:
    verdicts = {}
    for letter in letters:
        found = [part.verdicts[letter] for part in parts if letter in part.verdicts]
        shown = found if choose is min else [v for v in found if v.probability >= MAYBE] or found
        evidence = tuple(dict.fromkeys(quote for verdict in shown for quote in verdict.evidence))
        lead = max(shown, key=lambda v: v.probability) if choose is max else shown[0]
        verdicts[letter] = Verdict(letter, choose(v.probability for v in found), lead.stance, evidence)
    return Matches(verdicts, tuple(note for part in parts for note in part.notes))


def _joined(parts: Sequence[list[Leaf]]) -> list[Leaf]:
    return [leaf for part in parts for leaf in part]
