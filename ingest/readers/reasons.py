"""What people are told about a file that could not be read: what is wrong with it, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ingest.readers.limits import LETTER_CHARACTERS, MB

EMPTY = "empty: no text in it"
ENCRYPTED = "encrypted: remove the password and try again"
BOMB = "packed far too tightly for a letter: unpack it, look into it, and pack it again"

_SAVE_AS_LETTER = "cannot read {} files: save as .docx or PDF"
_SAVE_AS_TABLE = "cannot read {} files: save as .xlsx or CSV"
_IMAGE = "an image: needs OCR (text recognition); save its result as PDF or .txt"
_SLIDES = "cannot read {} files: save the slides as PDF"
_MAIL = "cannot read {} files: save the letter in it as PDF or .txt"
_UNPACK = "cannot unpack {} files: unpack it yourself and give the folder, or pack it again as .zip"

UNREADABLE: Mapping[str, str] = MappingProxyType(
    {
        ".docm": "cannot read .docm files, which can hold macros: save as .docx or PDF",
        ".pages": "cannot read .pages files: in Pages choose File, Export To, PDF or Word",
        ".numbers": "cannot read .numbers files: in Numbers choose File, Export To, Excel or CSV",
        ".tex": "cannot read .tex files: give the PDF made from it",
        **{
            suffix: reason.format(suffix)
            for reason, suffixes in (
                (_SAVE_AS_LETTER, ".doc .dot .dotx .wps .wpd .sxw .fodt .ott .hwp .epub .djvu .ps .xps .mht .mhtml"),
                (_SAVE_AS_TABLE, ".xls .xlsm .xlsb .ods"),
                (_IMAGE, ".jpg .jpeg .png .gif .bmp .tif .tiff .webp .heic .heif"),
                (_SLIDES, ".ppt .pptx .odp .key"),
                (_MAIL, ".eml .msg .mbox"),
                (_UNPACK, ".rar .7z .tar .gz .tgz .bz2 .xz"),
            )
            for suffix in suffixes.split()
        },
    },
)
"""Formats that look like letters and cannot be read, with what to do about each."""


def damaged(suffix: str) -> str:
    """Return the reason for a file that the parser of its own format refuses."""
    return f"broken {suffix[1:].upper()}: open it in its own program and save it again, if it is a {suffix} file at all"


def unreadable(suffix: str) -> str:
    """Return the reason for a file whose ending no reader takes; ``""`` is no ending."""
    if not suffix:
        return "no file ending: rename it to end in .txt, .pdf or what it is"
    return UNREADABLE.get(suffix, f"cannot read {suffix} files: save as .docx, .txt or PDF")


def too_many_characters(count: str) -> str:
    """Return the reason for a letter whose text has ``count`` characters."""
    return (
        f"too large: {count} characters; one letter may have {LETTER_CHARACTERS:,}: "
        "put each letter into a file of its own"
    )


def too_many_bytes(count: int, limit: int, when: str = "") -> str:
    """Return the reason for a file of ``count`` bytes, ``when`` unpacked for example."""
    return f"too large: {-(-count // MB):,} MB{when and ' ' + when}; {limit // MB:,} are allowed"
