"""The zip around .docx, .odt and .xlsx: refused before parsing if it is a bomb, locked, or holds a DOCTYPE."""

from __future__ import annotations

import io
import zipfile

from ingest.errors import NotReadable
from ingest.readers.limits import PACKING_RATIO, PACKING_RATIO_FROM
from ingest.readers.reasons import BOMB, ENCRYPTED, damaged, too_many_bytes

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_DOCTYPE = b"<!DOCTYPE"
# the letters of a DOCTYPE in UTF-16, whichever way round: each but the last is followed by a NUL
_DOCTYPE_UTF_16 = _DOCTYPE.decode().encode("utf-16-le")[:-1]
_CHUNK = 1 << 20


def check_package(data: bytes, suffix: str, *, total: int, xml: int) -> None:
    """Raise unless ``data`` is a zip that is safe to give to a parser.

    ``total`` and ``xml`` bound the unpacked bytes of all parts and of the XML parts. The sizes come from the zip's
    directory; :mod:`zipfile` never reads more of a part than stands there.

    :raises NotReadable: with what to do about it.
    """
    # Office wraps a document with a password into the container of its old formats
    if data.startswith(_OLD_OFFICE):
        raise NotReadable(f"encrypted, or an old Office file: open it, remove the password and save it as {suffix}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            _check_parts(package, total, xml)
    except (zipfile.BadZipFile, EOFError) as error:
        raise NotReadable(damaged(suffix)) from error


def _check_parts(package: zipfile.ZipFile, total: int, xml: int) -> None:
    parts = package.infolist()
    xml_parts = [part for part in parts if part.filename.lower().endswith((".xml", ".rels"))]
    for size, limit in ((sum(p.file_size for p in parts), total), (sum(p.file_size for p in xml_parts), xml)):
        if size > limit:
            raise NotReadable(too_many_bytes(size, limit, "when unpacked"))
    if any(is_bomb(part) for part in parts):
        raise NotReadable(BOMB)
    if any(part.flag_bits & 1 for part in parts):
        raise NotReadable(ENCRYPTED)
    if any(_has_doctype(package, part) for part in xml_parts):
        raise NotReadable("holds a DOCTYPE, which no office program writes and which can hide text: save it anew")


def is_bomb(part: zipfile.ZipInfo) -> bool:
    """Return whether a packed file is so much smaller than its content that it can only be meant to do harm."""
    return part.file_size > PACKING_RATIO_FROM and part.file_size > PACKING_RATIO * max(part.compress_size, 1)


def _has_doctype(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    before = b""
    with package.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            window = before + chunk
            if _DOCTYPE in window or _DOCTYPE_UTF_16 in window:
                return True
            before = window[-len(_DOCTYPE_UTF_16) :]
    return False
