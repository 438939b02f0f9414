"""What may still be asked of a judge for one question, and what came of what was asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from assistant.cases import Case
from assistant.question import Criterion
from assistant.verdicts import MAYBE, YES, Leaf, Matches, Verdict, bounds, combine
from ingest.judgements import Judgement


@dataclass(frozen=True)
class Call:
    """One letter to be judged by one leaf."""

    letter: str
    case: Case


class Docket:
    """The calls that can change a letter's verdict, the most uncertain first.

    What was judged replaces the verdict on that letter and leaf; the criterion's algebra is that of ``verdicts``.
    """

    def __init__(
        self,
        criterion: Criterion,
        known: Mapping[Leaf, Matches],
        cases: Iterable[Case],
        letters: Iterable[str],
        within: Collection[str],
    ) -> None:
        """Begin with what is known of the leaves without a judge.

        :param letters: all there are.
        :param within: those that the question is about.
        """
        self._criterion = criterion
        self._notes = {leaf: matches.notes for leaf, matches in known.items()}
        self._known: dict[Leaf, dict[str, Verdict]] = {leaf: dict(found.verdicts) for leaf, found in known.items()}
        self._letters, self._within = list(letters), within
        self._open: dict[str, list[Case]] = {}
        for each in cases:
            for letter, chance in each.chances.items():
                if letter in within and chance in each.band:
                    self._open.setdefault(letter, []).append(each)
        self._queue = sorted(
            (Call(letter, each) for letter, open_ in self._open.items() for each in open_),
            key=lambda call: -_doubt(call.case.chances[call.letter]),
        )
        self._busy: set[str] = set()
        self._worth = {letter: self._deciding(letter) for letter in self._open}

    @property
    def matches(self) -> Matches:
        """The verdicts on the criterion as far as they are known."""
        known = {leaf: Matches(found, self._notes[leaf]) for leaf, found in self._known.items()}
        return combine(self._criterion, known, self._letters).within(self._within)

    @property
    def to_go(self) -> int:
        """How many calls can still change a verdict, those under way included."""
        return sum(map(len, self._worth.values()))

    def take(self) -> Call | None:
        """Return the next call and note that it is under way; None if there is none now.

        Of one letter one thing is asked at a time: its answer may save the next call.
        """
        place = 0
        while place < len(self._queue):
            call = self._queue[place]
            if call.letter in self._busy:
                place += 1
                continue
            del self._queue[place]
            if call.case in self._worth[call.letter]:
                self._busy.add(call.letter)
                return call
        return None

    def note(self, call: Call, judgement: Judgement | None) -> None:
        """Take over the answer to a call; without one the verdict that was known before stands."""
        if judgement is not None:
            verdict = call.case.verdict(call.letter, judgement)
            known = self._known[call.case.leaf]
            if verdict is None:
                known.pop(call.letter, None)
            else:
                known[call.letter] = verdict
        self._open[call.letter].remove(call.case)
        self._busy.discard(call.letter)
        self._worth[call.letter] = self._deciding(call.letter)

    def _deciding(self, letter: str) -> list[Case]:
        """The open cases of a letter whose answers can change its verdict."""
        return [each for each in self._open[letter] if self._decides(each, letter)]

    def _decides(self, each: Case, letter: str) -> bool:
        open_ = {other.leaf: other.span(letter) for other in self._open[letter]}

        def known(leaf: Leaf) -> tuple[float, float]:
            found = self._known[leaf].get(letter)
            probability = found.probability if found else 0.0
            return open_.get(leaf, (probability, probability))

        def told(chance: float) -> tuple[int, int]:
            low, high = bounds(self._criterion, lambda leaf: (chance, chance) if leaf == each.leaf else known(leaf))
            return _class(low), _class(high)

        least, most = each.span(letter)
        return told(least) != told(most)


def _class(probability: float) -> int:
    """No, unsure or yes."""
    return (probability >= MAYBE) + (probability >= YES)


def _doubt(chance: float) -> float:
    return min(chance, 1 - chance)
