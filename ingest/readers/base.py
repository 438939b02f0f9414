"""What every reader is made of: its signature, its options, and the one way from text to letter."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from ingest.letters import Draft, SetAside, canonical
from ingest.readers import names
from ingest.readers.limits import LETTER_CHARACTERS
from ingest.readers.reasons import EMPTY, too_many_characters

_WORD_CHARACTER = re.compile(r"\w")


@dataclass(frozen=True)
class ReadOptions:
    """What the user said about the tables. Columns are named as in the header row, in any case."""

    text_columns: tuple[str, ...] = ()  # empty: found by themselves
    id_column: str | None = None  # None: found by itself, or none


class Reader(Protocol):
    """Turn the bytes of one file into letters, and into reasons for what could not become one."""

    def __call__(self, source: str, data: bytes, options: ReadOptions) -> Iterator[Draft | SetAside]:
        """Yield in file order.

        :raises NotReadable: if the file as a whole cannot be read.
        """
        ...


def one_letter(extract: Callable[[bytes], str]) -> Reader:
    """Return the reader of a format whose files hold one letter each, from the function that gets the text out."""

    def read(source: str, data: bytes, options: ReadOptions) -> Iterator[Draft | SetAside]:
        with quiet():
            text = extract(data)
        yield letter(source, names.stem(source), text)

    return read


def letter(source: str, name: str, text: str, metadata: Mapping[str, str] | None = None) -> Draft | SetAside:
    """Return the letter with its text in canonical form, or the reason why there is none (empty, too large)."""
    # before canonical(), which takes seconds for what is far too large
    if len(text.strip()) > LETTER_CHARACTERS:
        return SetAside(source, too_many_characters(f"{len(text.strip()):,}"))
    text = canonical(text)
    if not _WORD_CHARACTER.search(text):
        return SetAside(source, EMPTY)
    return Draft(source=source, name=canonical(name), text=text, metadata=metadata or {})


@contextmanager
def quiet() -> Iterator[None]:
    """Keep what foreign parsers warn and log about a file off the terminal, for the length of the block."""
    logger = logging.getLogger("pypdf")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
