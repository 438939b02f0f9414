"""What a file's name says: its format, its stem, whether it is a document at all."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from ingest.readers.limits import LETTER_FILE_BYTES, TABLE_FILE_BYTES
from ingest.readers.reasons import UNREADABLE

LETTER_SUFFIXES = frozenset(
    {".txt", ".text", ".md", ".markdown", ".pdf", ".docx", ".odt", ".rtf", ".html", ".htm"},
)
"""Files that hold one letter each."""

MANY_SUFFIXES = frozenset({".csv", ".tsv", ".xlsx", ".zip"})
"""Files that hold many letters."""

_SUFFIX = re.compile(r"\.(?!\d+$)(?:[a-z0-9]{1,5}|markdown|numbers)$", re.IGNORECASE)
_JUNK = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
_DRIVE = re.compile(r"^[A-Za-z]:")
# a right-to-left override makes "exe.txt" of "txt.exe"; the joiners of Persian and Hindi are not among these
_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def suffix(source: str) -> str:
    """Return the ending of a file name in small letters, ``".pdf"``; ``""`` for none.

    ``Anna M. Kowalska``, ``Anna.Kowalska`` and ``letter.2026`` have none: an ending is short and not a number.
    """
    match = _SUFFIX.search(_file_name(source))
    return match.group().lower() if match and match.start() > 0 else ""


def stem(source: str) -> str:
    """Return the file name without its ending; of ``a.zip!b/c.txt`` the ``c``."""
    name = _file_name(source)
    return name[: len(name) - len(suffix(source))]


def byte_limit(source: str) -> int:
    """Return how many bytes a file of this name may have."""
    return TABLE_FILE_BYTES if suffix(source) in MANY_SUFFIXES else LETTER_FILE_BYTES


def looks_like_document(name: str) -> bool:
    """Return whether a person would expect to find this file among the letters, readable or not."""
    ending = suffix(name)
    return not ending or ending in LETTER_SUFFIXES or ending in MANY_SUFFIXES or ending in UNREADABLE


def is_junk(part: str) -> bool:
    """Return whether a file or folder of this name is left by a program: hidden, a lock, a thumbnail."""
    return part.startswith((".", "~$")) or part.lower() in _JUNK


def clean_member(name: str) -> str:
    """Return the name of a zip member for display: no drive, no root, no ``..``, no control or direction marks."""
    shown = "".join(
        c for c in name if c not in _DIRECTION_MARKS and unicodedata.category(c) not in ("Cc", "Cs")
    ).replace("\\", "/")
    parts = [part for part in _DRIVE.sub("", shown).split("/") if part.strip() not in ("", ".", "..")]
    return "/".join(parts) or "nameless"


def _file_name(source: str) -> str:
    return PurePosixPath(re.split(r"(?i)\.zip!", source)[-1].replace("\\", "/")).name
