"""From bytes to text: no letter is read in the wrong alphabet without a word, none with characters left out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from ingest.errors import NotReadable

UNKNOWN = "unknown text encoding: save it as UTF-8"
NOT_TEXT = "not a text file, whatever its name says: give it its proper ending, or save it as .txt in UTF-8"

# UTF-32 first: its little-endian mark starts with the one of UTF-16
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)

# what office programs and browsers of the last decades write; the detector is better with fewer to choose from
LEGACY = (
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("iso8859-2", "iso8859-5", "iso8859-7", "iso8859-15", "koi8-r", "koi8-u", "cp866", "mac-roman"),
    *("gb18030", "big5hkscs", "cp932", "euc_jis_2004", "cp949"),
)

_MAGIC = (
    (b"%PDF-", "a PDF: rename it to end in .pdf"),
    (b"{\\rtf", "an RTF file: rename it to end in .rtf"),
    (b"PK\x03\x04", "a Word, OpenDocument, Excel or zip file: rename it to end in .docx, .odt, .xlsx or .zip"),
    (b"\xd0\xcf\x11\xe0", "an old Office file: save it as .docx or PDF"),
)

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r"))
_SAMPLE = 100_000  # bytes or characters looked at to tell text from binary data
_FEW = 0.02  # share of odd characters that a text may have


def decode(data: bytes) -> str:
    """Return the text of a file whose encoding nobody tells: byte order mark, UTF-8, UTF-16, then a detector.

    :raises NotReadable: if it is not text, or in no encoding that can be told.
    """
    marks = [(mark, codec) for mark, codec in _MARKS if data.startswith(mark)]
    for mark, codec in marks:
        if (marked := strictly(data[len(mark) :], codec)) is not None:
            return marked
    if marks:  # it says what it is, and is not
        raise NotReadable(UNKNOWN)
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise NotReadable(f"looks like {what}")
    for codec in _codecs(data):
        text = strictly(data, codec)
        if text is not None and _is_text(text):
            return text
    sample = data[:_SAMPLE]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    raise NotReadable(NOT_TEXT if controls > _FEW * len(sample) else UNKNOWN)


def strictly(data: bytes, codec: str) -> str | None:
    """Return ``data`` decoded, or None if it is not in this encoding or the encoding is unknown."""
    try:
        return data.decode(codec)
    except (UnicodeDecodeError, LookupError):
        return None


def _codecs(data: bytes) -> Iterator[str]:
    """Yield the encodings to try, best first; nothing but UTF-8 decodes as UTF-8 by accident."""
    yield "utf-8"
    if b"\0" not in data:
        if detected := _detected(data):
            yield detected
    elif _may_be_utf_16(data):
        # each space, full stop and line end has its NUL in the same place of two
        little, big = "utf-16-le", "utf-16-be"
        yield from (little, big) if data[1::2].count(0) > data[0::2].count(0) else (big, little)


def _may_be_utf_16(data: bytes) -> bool:
    """Return whether the NUL bytes are part of the characters, and not strewn into text of another encoding.

    Pairs of ASCII letters, read as UTF-16, would make good Chinese.
    """
    rest = strictly(data.replace(b"\0", b""), "utf-8")
    return rest is None or not _is_text(rest) or 4 * data.count(0) > len(data)


def _detected(data: bytes) -> str | None:
    import chardet

    # "ascii" stands for "nothing fits": it has been tried already, as UTF-8
    found = chardet.detect(
        data, include_encodings=LEGACY, no_match_encoding="ascii", prefer_superset=False, compat_names=False
    )
    return found["encoding"]


def _is_text(text: str) -> bool:
    """Return whether ``text`` is free of what no letter holds: control, private and unassigned characters."""
    sample = text[:_SAMPLE]
    odd = sum(c not in "\t\n\v\f\r" and unicodedata.category(c) in ("Cc", "Cn", "Co") for c in sample)
    return odd <= _FEW * len(sample)
