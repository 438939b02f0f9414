"""The few passages of a letter that are put before a model: its likeliest sentences with those around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from assistant.cohort import Cohort
from ingest.database import StoredPassage

GAP = "[…]"
_MARKS = " #*_:\t"  # around a heading
_LONGEST = 1_000  # characters of one sentence; what it holds beyond them is not shown


def excerpt(places: Iterable[StoredPassage], cohort: Cohort, words: int) -> str:
    """Return passages of one letter, in the letter's order and own characters, left out parts marked by ``GAP``.

    :param places: sentences of the letter, the most telling first; each is taken with its neighbours.
    :param words: about how many words to take; the first place is taken whatever its length.
    """
    chosen: dict[int, StoredPassage] = {}
    for place in places:
        items = cohort.of_letter(place.passage.letter)
        at = cohort.place(place)
        for near in (at, at - 1, at + 1):
            if 0 <= near < len(items) and near not in chosen:
                chosen[near] = items[near]
                words -= len(items[near].passage.text.split())
        if words <= 0:
            break
    return "\n".join(_lines([chosen[number] for number in sorted(chosen)], sorted(chosen)))


def _lines(items: Sequence[StoredPassage], numbers: Sequence[int]) -> Iterator[str]:
    above = ""  # the heading that was shown last
    for place, (item, number) in enumerate(zip(items, numbers, strict=True)):
        if place and number > numbers[place - 1] + 1:
            yield GAP
        text, heading = item.passage.text[:_LONGEST], item.passage.heading
        if heading and heading != above:
            yield heading
        above = heading or text.strip(_MARKS)
        yield text
