"""Zip files: members are read in memory and never unpacked to disk."""

from __future__ import annotations

import contextlib
import io
import stat
import zipfile
import zlib
from collections.abc import Iterator

from ingest.errors import NotReadable
from ingest.letters import SetAside
from ingest.readers import names
from ingest.readers.limits import MB, ZIP_BYTES, ZIP_FILES
from ingest.readers.package import is_bomb
from ingest.readers.reasons import BOMB, ENCRYPTED, damaged, too_many_bytes

_UTF_8_NAME = 0x800  # flag: the member's name is in UTF-8, not in the alphabet of MS-DOS
_ENCRYPTED = 0x1
_CHUNK = 1 << 20


def members(source: str, data: bytes) -> Iterator[tuple[str, bytes] | SetAside]:
    """Yield the source (``a.zip!b/c.txt``) and the bytes of each member, or the reason why it is not read.

    Folders, links and what programs leave behind are passed over, as in a folder on disk.

    :raises NotReadable: if the zip as a whole is damaged or too large.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, EOFError) as error:
        raise NotReadable(damaged(".zip")) from error
    with archive:
        wanted = [(f"{source}!{name}", info) for info in archive.infolist() if (name := _name(info))]
        _check(wanted)
        seen: set[str] = set()
        for member, info in wanted:
            if member in seen:
                yield SetAside(member, "there twice in the zip: only the first is read; give the other a new name")
                continue
            seen.add(member)
            try:
                yield member, _content(archive, info, names.byte_limit(member))
            except NotReadable as error:
                yield SetAside(member, str(error))


def _name(info: zipfile.ZipInfo) -> str:
    """Return the member's name for display, or ``""`` for what is not a letter."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.is_dir() or kind not in (0, stat.S_IFREG):
        return ""
    raw = info.filename
    if not info.flag_bits & _UTF_8_NAME and not raw.isascii():
        # macOS writes UTF-8 without saying so; zipfile has taken it for the alphabet of MS-DOS
        with contextlib.suppress(UnicodeError):
            raw = raw.encode("cp437").decode("utf-8")
    name = names.clean_member(raw)
    if any(names.is_junk(part) for part in name.split("/")) or not names.looks_like_document(name):
        return ""
    return name


def _check(wanted: list[tuple[str, zipfile.ZipInfo]]) -> None:
    if not wanted:
        raise NotReadable("empty: no letter in it")
    if len(wanted) > ZIP_FILES:
        raise NotReadable(f"too many files: {len(wanted):,}; a zip may have {ZIP_FILES:,}: split it")
    total = sum(info.file_size for _, info in wanted)
    if total > ZIP_BYTES:
        raise NotReadable(too_many_bytes(total, ZIP_BYTES, "when unpacked") + ": split it")


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    """Return a member's bytes, counted while they are read: the size in the zip's directory may be a lie."""
    if info.filename.lower().endswith(".zip"):
        raise NotReadable("a zip inside a zip: unpack it and give it on its own")
    if info.flag_bits & _ENCRYPTED:
        raise NotReadable(ENCRYPTED)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotReadable("packed in a way that is rarely used: pack it again as an ordinary zip")
    if is_bomb(info):
        raise NotReadable(BOMB)
    content = bytearray()
    try:
        with archive.open(info) as stream:
            while chunk := stream.read(_CHUNK):
                content += chunk
                if len(content) > limit:
                    raise NotReadable(f"too large: more than {limit // MB} MB")
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise NotReadable("damaged inside the zip: pack it again") from error
    return bytes(content)
