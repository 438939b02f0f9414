"""``dossier doctor``: what works on this machine, what does not, what to do about it."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

from assistant.ollama_server import look
from ingest.database import Database
from ingest.embed import DEFAULT_MODEL, find_embedder
from ingest.errors import DossierError
from ingest.home import Home
from ingest.index import VectorIndex
from ingest.segment import SEGMENTS

_PACKAGES = ("dossier", "llama-index-core", "chromadb", "gradio", "sentence-transformers", "torch", "ollama")
_LITTLE_SPACE = 1_000_000_000  # bytes


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. ``ok`` is None where nothing is wrong and nothing is there."""

    what: str
    ok: bool | None
    found: str
    advice: str = ""

    def to_json(self) -> dict[str, object]:
        """Return the check as JSON values."""
        return asdict(self)


def examine(home: Home) -> Iterator[Check]:
    """Look at versions, disk, home, cohorts, the embedding model and the model server, one after the other."""
    yield Check("Python", True, platform.python_version())
    for package in _PACKAGES:
        yield _package(package)
    yield _disk(home)
    yield from _letters(home)
    yield _embedding()
    yield _ollama()


def _package(name: str) -> Check:
    try:
        return Check(name, True, version(name))
    except PackageNotFoundError:
        return Check(name, False, "not installed", "install Dossier again")


def _disk(home: Home) -> Check:
    folder = next(parent for parent in (home.path, *home.path.parents) if parent.exists())
    free = shutil.disk_usage(folder).free
    advice = "" if free > _LITTLE_SPACE else "free some space before the next ingest"
    return Check("disk", free > _LITTLE_SPACE, f"{free / 1e9:.1f} GB free", advice)


def _letters(home: Home) -> Iterator[Check]:
    if not home.database.exists():
        yield Check("home", None, f"{home.path}: no letters yet", "dossier ingest FOLDER, or dossier ingest --sample")
        return
    try:
        database = Database(home.database)
    except DossierError as error:
        yield Check("home", False, str(error))
        return
    try:
        yield Check("home", True, str(home.path))
        for name, count in database.cohorts():
            yield _cohort(home, database, name, count)
    finally:
        database.close()


def _cohort(home: Home, database: Database, name: str, count: int) -> Check:
    key = database.cohort(name)
    missing = VectorIndex(home, database).missing(key)
    aside = len(database.set_aside(key))
    found = f"{count} letters, {aside} set aside, indexed with {database.fingerprint(key)}"
    if missing:
        return Check(
            f"cohort {name}", False, f"{found}; {missing} passages have no vectors", "dossier ingest the letters again"
        )
    return Check(f"cohort {name}", True, found)


def _embedding() -> Check:
    try:
        embedder = find_embedder(DEFAULT_MODEL, SEGMENTS)
        dimension = embedder.question("Is anybody there?").shape[0]
    except DossierError as error:
        return Check("embedding model", False, str(error))
    return Check("embedding model", True, f"{embedder.fingerprint}, {dimension} dimensions")


def _ollama() -> Check:
    state = look()
    if state.problem:
        return Check(
            "Ollama", None, f"{state.address}: {state.problem}", "not needed: answers are written from quotes alone"
        )
    return Check(
        "Ollama", True, f"{state.address}: {', '.join(state.models) or 'no models'}; this version does not use it yet"
    )
