"""``dossier doctor``: what works on this machine, what does not, what to do about it."""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version

from assistant.model import Prompt
from assistant.ollama import RECOMMENDED, OllamaModel, choose_model, look
from assistant.ollama.server import abilities, in_memory
from assistant.structured import reply_json
from ingest.database import Database
from ingest.embed import DEFAULT_MODEL, find_embedder
from ingest.errors import DossierError, ModelFailed
from ingest.home import Home
from ingest.index import VectorIndex
from ingest.segment import SEGMENTS

_PACKAGES = ("dossier", "llama-index-core", "chromadb", "gradio", "sentence-transformers", "torch", "ollama")
_LITTLE_SPACE = 1_000_000_000  # bytes
_WITHOUT = "not needed: without one, answers are written from quotes alone"
_TINY = Prompt(
    system="You compare numbers.",
    user="Is 7 larger than 5?",
    schema={"type": "object", "properties": {"larger": {"type": "boolean"}}, "required": ["larger"]},
    longest=60,
)


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
    yield from _ollama()


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


def _ollama() -> Iterator[Check]:
    state = look()
    if state.problem:
        yield Check("Ollama", None, state.problem, _WITHOUT)
        return
    here = [model.name for model in state.models if not model.remote]
    away = [model.name for model in state.models if model.remote]
    found = f"version {state.version} at {state.address}: {', '.join(here) or 'no models'}"
    if away:
        found += f"; never used, since they run on other machines: {', '.join(away)}"
    yield Check("Ollama", True, found)
    try:
        model = choose_model()
    except ModelFailed as error:
        asked_for = bool(os.environ.get("DOSSIER_MODEL"))
        yield Check("local model", False if asked_for else None, str(error), _WITHOUT)
        return
    yield _try(model)


def _try(model: OllamaModel) -> Check:
    """Ask a model something tiny, in the form in which it is asked about letters."""
    began = time.perf_counter()
    try:
        reply_json(model, _TINY)
        seconds = time.perf_counter() - began
        own = abilities(model.address, model.name).context
        found = f"{model.name}: {model.context:,} tokens of context"
        found += f" (it can have {own:,}); " if own else "; "
        return Check("local model", True, f"{found}replied in {seconds:.1f} s, {_where(model)}")
    except ModelFailed as error:
        return Check(
            "local model", False, f"{model.name}: {error}", f"{_WITHOUT}; a small one: ollama pull {RECOMMENDED}"
        )


def _where(model: OllamaModel) -> str:
    loaded = in_memory(model.address, model.name)
    if loaded is None or not loaded.size:
        return "no longer in memory"
    share = loaded.on_gpu / loaded.size
    return "on the CPU" if not share else "on the GPU" if share >= 1 else f"{share:.0%} of it on the GPU"
