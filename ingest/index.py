"""The vectors of passages in Chroma: a cache of the database that can be thrown away.

The only file that knows chromadb.

Ids are our own and deterministic (``StoredPassage.vector_id``), so bringing the index up to date is a comparison of
two sets:
what is missing is embedded and added first, what is stale is deleted after. A kill at any moment leaves work, never
damage.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.database import Database, StoredPassage
from ingest.embed import Embedder, Vectors
from ingest.home import Home

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

EMBEDDED = "window"  # the kind of passage that gets a vector
EXACT_UP_TO = 500_000  # passages; up to here a scan over all vectors is faster and more complete than Chroma's HNSW
_BATCH = 256  # passages embedded, then added, in one step
_PAGE = 5_000  # ids per read; Chroma's SQLite bounds the variables of one statement
_GENERATION = "index generation"

Progress = Callable[[str, int, int], None]  # (what is being done, done, of how many)


@dataclass(frozen=True)
class Matrix:
    """All vectors of a cohort: row ``i`` of ``vectors`` (n, dimension) belongs to ``ids[i]``."""

    ids: tuple[str, ...]
    vectors: Vectors


class VectorIndex:
    """The Chroma collections of one home, one for each cohort."""

    def __init__(self, home: Home, database: Database) -> None:
        self._home = home
        self._database = database

    def update(self, cohort: int, embedder: Embedder, progress: Progress | None = None) -> int:
        """Embed what is missing, delete what is stale, and return how many passages were embedded.

        Needs the home's writing lock. May be interrupted anywhere; the next call goes on.
        """
        wanted = {item.vector_id: item for item in self._database.passages(cohort, EMBEDDED)}
        collection = self.collection(cohort)
        stored = set(_ids(collection))
        missing = [item for id_, item in wanted.items() if id_ not in stored]
        for done in _add(collection, missing, embedder):
            if progress:
                progress("indexing passages", done, len(missing))
        _delete(collection, stored - wanted.keys())
        return len(missing)

    def missing(self, cohort: int) -> int:
        """Return how many of the cohort's passages have no vector yet."""
        wanted = {item.vector_id for item in self._database.passages(cohort, EMBEDDED)}
        return len(wanted - set(_ids(self.collection(cohort))))

    def matrix(self, cohort: int) -> Matrix:
        """Read all vectors of a cohort into one matrix, rows in the order of their ids."""
        collection = self.collection(cohort)
        ids = sorted(_ids(collection))
        rows: list[Vectors] = []
        for start in range(0, len(ids), _PAGE):
            page = collection.get(ids=ids[start : start + _PAGE], include=["embeddings"])
            order = {id_: row for row, id_ in enumerate(page["ids"])}
            embeddings = np.asarray(page["embeddings"], dtype=np.float32)
            rows.append(embeddings[[order[id_] for id_ in ids[start : start + _PAGE]]])
        return Matrix(tuple(ids), np.concatenate(rows) if rows else np.zeros((0, 0), dtype=np.float32))

    def clear(self, cohort: int) -> None:
        """Throw a cohort's vectors away; ``update`` makes them anew."""
        from chromadb.errors import NotFoundError

        try:
            self._client.delete_collection(_name(cohort))
        except NotFoundError:
            return

    def rewrite(self) -> None:
        """Copy the index into a new folder and delete the old one: the only way to erase deleted vectors from the disk.

        Chroma leaves text and vectors of deleted rows in its files. Needs the home's writing lock.
        """
        old = self._folder
        generation = int(self._database.setting(_GENERATION, "1")) + 1
        copy = VectorIndex(self._home, self._database)
        copy.__dict__["_folder"] = self._home.index / f"g{generation}"
        shutil.rmtree(copy._folder, ignore_errors=True)
        for name, _ in self._database.cohorts():
            cohort = self._database.cohort(name)
            wanted = {item.vector_id for item in self._database.passages(cohort, EMBEDDED)}
            _copy(self.collection(cohort), copy.collection(cohort), wanted)
        self._database.set_setting(_GENERATION, str(generation))
        self.__dict__.update(_folder=copy._folder, _client=copy._client)
        shutil.rmtree(old, ignore_errors=True)

    def collection(self, cohort: int) -> Collection:
        """Return the Chroma collection of a cohort, making it (cosine) if it is new."""
        return self._client.get_or_create_collection(
            _name(cohort), embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )

    @cached_property
    def _folder(self) -> Path:
        return self._home.index / f"g{self._database.setting(_GENERATION, '1')}"

    @cached_property
    def _client(self) -> ClientAPI:
        import chromadb
        from chromadb.config import Settings

        self._home.index.mkdir(mode=0o700, exist_ok=True)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        return chromadb.PersistentClient(str(self._folder), settings=Settings(anonymized_telemetry=False))


def _name(cohort: int) -> str:
    return f"cohort-{cohort}"


def _ids(collection: Collection) -> Iterator[str]:
    for offset in range(0, collection.count(), _PAGE):
        yield from collection.get(limit=_PAGE, offset=offset, include=[])["ids"]


def _add(collection: Collection, items: Sequence[StoredPassage], embedder: Embedder) -> Iterator[int]:
    for start in range(0, len(items), _BATCH):
        batch = items[start : start + _BATCH]
        vectors = embedder.passages([item.passage.text for item in batch])
        collection.add(
            ids=[item.vector_id for item in batch],
            embeddings=list(vectors),
            documents=[item.passage.text for item in batch],
            metadatas=[
                {"letter": item.letter_pk, "start": item.passage.start, "end": item.passage.end} for item in batch
            ],
        )
        yield start + len(batch)


def _delete(collection: Collection, ids: Iterable[str]) -> None:
    listed = sorted(ids)
    for start in range(0, len(listed), _PAGE):
        collection.delete(ids=listed[start : start + _PAGE])


def _copy(source: Collection, target: Collection, wanted: set[str]) -> None:
    for offset in range(0, source.count(), _PAGE):
        page: Any = source.get(limit=_PAGE, offset=offset, include=["embeddings", "documents", "metadatas"])
        keep = [row for row, id_ in enumerate(page["ids"]) if id_ in wanted]
        if keep:
            target.add(
                ids=[page["ids"][row] for row in keep],
                embeddings=[page["embeddings"][row] for row in keep],
                documents=[page["documents"][row] for row in keep],
                metadatas=[page["metadatas"][row] for row in keep],
            )
