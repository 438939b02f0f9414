"""A reply that does not end, or goes round in circles, is stopped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ingest.errors import ModelFailed

_TAIL = 600  # characters that are looked at
_CIRCLE = 150  # the longest stretch whose repetition is seen: the tail holds it four times
_STEP = 60  # characters between two looks


def ending(pieces: Iterable[str], most: int) -> Iterator[str]:
    """Pass the pieces of a reply on.

    :param most: characters that it may have.
    :raises ModelFailed: when it has more, or its last 600 repeat a stretch of at most 150 over and over.
    """
    length, tail, fresh = 0, "", 0
    for piece in pieces:
        length += len(piece)
        fresh += len(piece)
        tail = (tail + piece)[-_TAIL:]
        if length > most:
            raise ModelFailed("the model's answer did not come to an end and was stopped")
        if fresh >= _STEP:
            fresh = 0
            if len(tail) == _TAIL and _goes_round(tail):
                raise ModelFailed("the model repeated itself without end and was stopped")
        yield piece


def _goes_round(tail: str) -> bool:
    return any(tail[circle:] == tail[:-circle] for circle in range(1, _CIRCLE + 1))
