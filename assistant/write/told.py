"""A model's reply as it comes, sentence by sentence, each with the ids it cites. Where the pieces are cut is no matter.

Ids stand in brackets at a sentence's end ("She keeps bees [E-a7]."), and are taken as well after the full stop, within
the sentence, in other brackets or without any. Whatever else stands in square brackets is no text and no citation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from ingest.errors import ModelFailed
from ingest.letters import canonical
from ingest.segment import sentences

_STOP = r"[.!?…][\"'”’)]*"
_ONE = r"(?:\[[^\[\]\n]{1,80}\]|【[^【】\n]{1,80}】|\(?\bE-[a-z]\d\b\)?)"
_CITED = re.compile(_ONE, re.IGNORECASE)
_IDS = rf"{_ONE}(?:[\s,;]*{_ONE})*"
_END = re.compile(rf"(?:{_STOP}\s*{_IDS}[.!?…]?|{_IDS}\s*{_STOP}|\n)\s*$", re.IGNORECASE)
_REACH = 300  # characters back in which an end is sought: many citations
_LAST = re.compile(rf"{_STOP}\s*(?:{_IDS})?\s*$|{_IDS}\s*{_STOP}\s*$", re.IGNORECASE)
_TAIL = re.compile(rf"\s*({_IDS})\s*([.!?…]*)\s*$", re.IGNORECASE)
_HEADING = re.compile(r"\s*(?:#.*|\*\*[^*]*\*\*:?|[^.!?…]*:)\s*")
_OPEN = re.compile(r"[\[【][^\[\]【】]*$")
_WORD = re.compile(r"\w+(?:-\w+)*")


@dataclass(frozen=True)
class Told:
    """A sentence without its citations, and all that it cites, in lower case; of these, some may be no ids."""

    text: str
    cited: tuple[str, ...]


def told(pieces: Iterable[str]) -> Iterator[Told]:
    """Yield the sentences of a streamed reply, each as soon as it is certain where it ends.

    :raises ModelFailed: when ``pieces`` does, after the sentences that were finished until then.
    """
    waiting = ""
    try:
        for character in chain.from_iterable(pieces):  # one by one, so that no cut makes a difference
            if _has_begun(character) and _END.search(waiting[-_REACH:]):
                yield from _sentences(waiting)
                waiting = ""
            waiting = _with(waiting, character)
    except ModelFailed:
        yield from _sentences(_finished(waiting))
        raise
    yield from _sentences(_OPEN.sub("", waiting))


def _has_begun(character: str) -> bool:
    """Whether a character may begin the next sentence, and no citation of the last one."""
    return not character.isspace() and character not in "[【(.!?…\"'”’)"


def _with(waiting: str, character: str) -> str:
    """With one more character; of blanks in a row one is kept, a line's end if there is one."""
    if character.isspace() and (not waiting or waiting[-1].isspace()):
        return f"{waiting[:-1]}\n" if waiting and character == "\n" else waiting
    return waiting + character


def _finished(waiting: str) -> str:
    """Without the sentence that a failure cut off."""
    if _LAST.search(waiting):
        return waiting
    return " ".join(_spans(waiting)[:-1])


def _sentences(text: str) -> Iterator[Told]:
    """The sentences of a stretch that ends with citations or a line; all but the last cite within themselves only."""
    tail = _TAIL.search(text)
    if tail:
        body = text[: tail.start()]
        text = body if re.search(rf"{_STOP}$", body) else body + (tail[2] or ".")
    spans = _spans(text)
    for place, span in enumerate(spans, start=1):
        cited = _cited(span) + (_cited(tail[1]) if tail and place == len(spans) else ())
        said = " ".join(_CITED.sub(" ", span).split())
        said = re.sub(r"[\s,;]+(?=[.,;:!?…)])", "", said)  # where citations stood
        if any(c.isalnum() for c in said) and (cited or not _HEADING.fullmatch(span)):
            yield Told(said, tuple(dict.fromkeys(cited)))


def _spans(text: str) -> list[str]:
    text = canonical(text)
    return [text[span.start : span.end] for span in sentences(text)]


def _cited(text: str) -> tuple[str, ...]:
    return tuple(word.casefold() for found in _CITED.findall(text) for word in _WORD.findall(found))
