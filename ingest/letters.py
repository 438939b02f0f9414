"""The values that flow through ingest: drafts, letters, passages.

All offsets count characters of the letter's canonical text (Unicode NFC, ``\\n`` line ends), end exclusive.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Stance(StrEnum):
    """What a passage says of its writer and a subject."""

    DOES = "does"
    DID = "did"
    COURSE = "course"
    WANTS = "wants"
    LACKS = "lacks"
    OTHER = "other"


@dataclass(frozen=True)
class Draft:
    """What a reader found: a letter before it has its id.

    ``source`` names the place for people and for the next run: ``/a/b.pdf``, ``/a/b.zip!c/d.txt``,
    ``/a/form.csv#row-3``.
    ``name`` is the wish for an id (file stem, id column or ``row-3``).
    """

    source: str
    name: str
    text: str
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """SHA-256 of text and metadata: equal hash, equal letter. The file's name and dates play no part."""
        content = json.dumps([self.text, dict(sorted(self.metadata.items()))], ensure_ascii=False)
        return hashlib.sha256(content.encode("utf-8")).hexdigest()


@dataclass(frozen=True)
class SetAside:
    """A file or row that could not become a letter, with the reason a person can act on."""

    source: str
    reason: str


@dataclass(frozen=True)
class Letter:
    """One applicant's stored text."""

    id: str
    text: str
    source: str
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Passage:
    """A span of a letter: ``letter.text[start:end] == passage.text``, always.

    ``heading`` is the section heading the passage stands under, or ``""``.
    """

    letter: str
    start: int
    end: int
    text: str
    heading: str = ""


# every line end becomes one; other control characters and noncharacters go
_LINE_ENDS = {ord(c): "\n" for c in "\r\v\f\x85\u2028"} | {ord("\u2029"): "\n\n"}
_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
_TABLE: dict[int, str | None] = {**_CONTROLS, **_LINE_ENDS}


def canonical(text: str) -> str:
    """Return ``text`` as it is stored: NFC, ``\\n`` line ends, no control characters, no lone surrogates.

    Runs before any offset is taken, so that offsets never need translation. Applying it twice changes nothing.
    """
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").translate(_TABLE)
    return "\n".join(line.rstrip() for line in unicodedata.normalize("NFC", text).split("\n")).strip()
