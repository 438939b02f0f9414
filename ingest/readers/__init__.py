"""Files in, letters out: one reader for each format, behind one table and one function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from ingest.errors import NotReadable
from ingest.letters import Draft, SetAside
from ingest.readers import archive, delimited, docx, html_page, names, odt, pdf, plain_text, rtf, xlsx
from ingest.readers.base import Reader, ReadOptions, one_letter
from ingest.readers.reasons import EMPTY, damaged, too_many_bytes, unreadable

__all__ = ["READERS", "ReadOptions", "Reader", "byte_limit", "read_file"]

byte_limit = names.byte_limit


def read_file(source: str, data: bytes, options: ReadOptions) -> Iterator[Draft | SetAside]:
    """Yield the letters of one file, and a reason for each that could not be read. Never raises for what is in it.

    ``source`` is the file's path, whose ending says the format; ``data`` its bytes.
    """
    suffix = names.suffix(source)
    reader = READERS.get(suffix)
    if reader is None:
        yield SetAside(source, unreadable(suffix))
    elif len(data) > byte_limit(source):
        yield SetAside(source, too_many_bytes(len(data), byte_limit(source)))
    elif not data.strip():
        yield SetAside(source, EMPTY)
    else:
        yield from _read(reader, source, data, options)


def _read(reader: Reader, source: str, data: bytes, options: ReadOptions) -> Iterator[Draft | SetAside]:
    try:
        yield from reader(source, data, options)
    except NotReadable as error:
        yield SetAside(source, str(error))
    # The one place that catches everything: foreign parsers meet bytes of strangers here, and what they raise is
    # anybody's guess (KeyError, RecursionError, MemoryError ...). Its text may quote the letter, so it is not shown.
    except Exception:
        yield SetAside(source, damaged(names.suffix(source)))


def _read_zip(source: str, data: bytes, options: ReadOptions) -> Iterator[Draft | SetAside]:
    for member in archive.members(source, data):
        if isinstance(member, SetAside):
            yield member
        else:
            yield from read_file(*member, options)


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        ".txt": one_letter(plain_text.extract),
        ".text": one_letter(plain_text.extract),
        ".md": one_letter(plain_text.extract),
        ".markdown": one_letter(plain_text.extract),
        ".pdf": one_letter(pdf.extract),
        ".docx": one_letter(docx.extract),
        ".odt": one_letter(odt.extract),
        ".rtf": one_letter(rtf.extract),
        ".html": one_letter(html_page.extract),
        ".htm": one_letter(html_page.extract),
        ".csv": delimited.read,
        ".tsv": delimited.read,
        ".xlsx": xlsx.read,
        ".zip": _read_zip,
    },
)
"""The reader of each file ending, in small letters."""
