"""Finding the files that a person means by a list of paths."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from ingest.errors import NothingFound
from ingest.readers import names


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Return the files that ``paths`` name or hold, at any depth: absolute, each once, d2 before d10.

    In folders, hidden files and what programs leave behind are passed over, and so is what is no document at all
    (``.py``, ``.mp4``). Documents of a format that cannot be read are returned: reading them says what to do.
    A file that is named itself is always returned. Links to files are followed, links to folders are not.

    :raises NothingFound: if a path does not exist or a folder cannot be opened.
    """
    found: dict[Path, Path] = {}  # the true place of each file, and the place where it was found
    for given in paths:
        path = given.expanduser()
        if path.is_dir():
            candidates = _walk(path.resolve())
        elif path.is_file():
            # the file's own name is kept: a link may point to a store where nothing has a name
            candidates = iter([path.parent.resolve() / path.name])
        else:
            raise NothingFound(f"no such file or folder: {given}. Check the spelling, and whether the disk is there.")
        for candidate in candidates:
            true = candidate.resolve()
            if true not in found or candidate == true:  # of a file and a link to it, the file
                found[true] = candidate
    return sorted(found.values(), key=_natural)


def _walk(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder, onerror=_cannot_open):
        folders[:] = [name for name in folders if not names.is_junk(name)]
        for name in files:
            path = Path(place, name)
            if not names.is_junk(name) and names.looks_like_document(name) and path.is_file():
                yield path


def _cannot_open(error: OSError) -> NoReturn:
    raise NothingFound(
        f"cannot open the folder {error.filename}: allow yourself to read it, or leave it out"
    ) from error


def _natural(path: Path) -> list[list[tuple[int, int, str]]]:
    """Return a key that sorts by folder, then by name, numbers by their value."""
    return [
        [
            (0, int(piece), piece) if piece.isdecimal() else (1, 0, piece)
            for piece in re.split(r"(\d+)", part.casefold())
        ]
        for part in path.parts
    ]
