"""The vectors of passages in Chroma: a cache of the database that can be thrown away.

The only file that knows chromadb.

Ids are our own and deterministic (``StoredPassage.vector_id``), so bringing the index up to date is a comparison of
two sets: what is missing is embedded and added first, what is stale is deleted after. A kill at any moment leaves work,
never damage. A damaged index is read as far as it can be and made whole by the next ``update``.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.database import Database, StoredPassage
from ingest.embed import Embedder, Vectors
from ingest.home import Home

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

EMBEDDED = "window"  # the kind of passage that gets a vector
_BATCH = 256  # passages embedded, then added, in one step
_PAGE = 5_000  # ids per read; Chroma's SQLite bounds the variables of one statement
_TOLERANCE = 0.01  # by which the length of a vector may differ from 1
_GENERATION = "index generation"
_HEADER = struct.Struct("<i4Q")  # version, offset, room for so many vectors, vectors there, bytes of each

Progress = Callable[[str, int, int], None]  # (what is being done, done, of how many)


@dataclass(frozen=True)
class Matrix:
    """All vectors of a cohort: row ``i`` of ``vectors`` (n, dimension) belongs to ``ids[i]``."""

    ids: tuple[str, ...]
    vectors: Vectors


@dataclass(frozen=True)
class _Page:
    """Rows of a collection that could be read and whose vectors are whole; texts only where they were asked for."""

    ids: list[str]
    vectors: Vectors
    documents: list[str]
    metadatas: list[Any]


class VectorIndex:
    """The Chroma collections of one home, one for each cohort.

    Chroma is opened anew for each use: a client that stays open fails on what another process adds.
    """

    def __init__(self, home: Home, database: Database) -> None:
        self._home = home
        self._database = database

    def update(self, cohort: int, embedder: Embedder, progress: Progress | None = None) -> int:
        """Embed what is missing, delete what is stale, and return how many passages were embedded.

        Needs the home's writing lock. May be interrupted anywhere; the next call goes on. An index that is damaged is
        copied, as far as it can be read, into a new folder first.
        """
        wanted = {item.vector_id: item for item in self._database.passages(cohort, EMBEDDED)}
        if self._is_damaged(cohort):
            self.rewrite()
        self._sweep()
        with _collection(self._folder, cohort) as collection:
            stored = set(_ids(collection))
            missing = [item for id_, item in wanted.items() if id_ not in stored]
            for done in _add(collection, missing, embedder):
                if progress:
                    progress("indexing passages", done, len(missing))
            _delete(collection, stored - wanted.keys())
        return len(missing)

    def missing(self, cohort: int) -> int:
        """Return how many of the cohort's passages have no vector that can be read."""
        wanted = {item.vector_id for item in self._database.passages(cohort, EMBEDDED)}
        return len(wanted - set(self.matrix(cohort).ids))

    def matrix(self, cohort: int) -> Matrix:
        """Read all vectors of a cohort into one matrix, rows in the order of their ids; what is damaged is left out."""
        pages = list(_readable(self._folder, cohort))
        ids = [id_ for page in pages for id_ in page.ids]
        if not ids:
            return Matrix((), np.zeros((0, 0), dtype=np.float32))
        order = sorted(range(len(ids)), key=ids.__getitem__)
        return Matrix(tuple(ids[row] for row in order), np.concatenate([page.vectors for page in pages])[order])

    def clear(self, cohort: int) -> None:
        """Throw a cohort's vectors away; ``update`` makes them anew. Needs the home's writing lock."""
        self.rewrite(without=cohort)

    def rewrite(self, *, without: int | None = None) -> None:
        """Copy the index into a new folder and delete the old one: the only way to erase deleted vectors from the disk.

        Chroma leaves text and vectors of deleted rows in its files. Needs the home's writing lock.
        """
        old = self._folder
        generation = int(self._database.setting(_GENERATION, "1")) + 1
        new = self._home.index / f"g{generation}"
        shutil.rmtree(new, ignore_errors=True)
        for name, _ in self._database.cohorts():
            cohort = self._database.cohort(name)
            wanted = {item.vector_id for item in self._database.passages(cohort, EMBEDDED)}
            with _collection(new, cohort) as target:
                for page in _readable(old, cohort, with_texts=True) if cohort != without else ():
                    _copy(page, target, wanted)
        _blank(new)
        self._database.set_setting(_GENERATION, str(generation))
        self._sweep()

    def _is_damaged(self, cohort: int) -> bool:
        from chromadb.errors import ChromaError

        try:
            with _collection(self._folder, cohort) as collection:
                return collection.count() > sum(len(page.ids) for page in _pages(collection))
        except ChromaError:
            return True

    def _sweep(self) -> None:
        """Delete what a rewrite that was interrupted has left."""
        current = self._folder
        for folder in self._home.index.glob("g*"):
            if folder != current:
                shutil.rmtree(folder, ignore_errors=True)

    @property
    def _folder(self) -> Path:
        return self._home.index / f"g{self._database.setting(_GENERATION, '1')}"


@contextmanager
def _collection(folder: Path, cohort: int) -> Iterator[Collection]:
    """Open the collection of a cohort, making it (cosine) if it is new, and close Chroma after use."""
    client = _client(folder)
    try:
        yield client.get_or_create_collection(
            f"cohort-{cohort}", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
    finally:
        client.close()


def _client(folder: Path) -> Client:
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings
    from chromadb.errors import ChromaError

    folder.parent.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        client: Any = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    except ChromaError:
        SharedSystemClient.clear_system_cache()  # else the next try gets the half of a client that did not open
        raise
    opened: Client = client
    return opened


def _blank(folder: Path) -> None:
    """Zero the unused room in Chroma's vector files: it is written as it lay in memory, letters' text and all.

    Needs the collections closed. What does not look as these files do (hnswlib's header) is left as it is.
    """
    for header in folder.glob("*/header.bin"):
        head = header.read_bytes()[: _HEADER.size]
        if len(head) < _HEADER.size:
            continue
        version, _, most, used, size = _HEADER.unpack(head)
        for name, each in (("data_level0.bin", size), ("length.bin", 4)):
            file = header.with_name(name)
            if version == 1 and used <= most and file.is_file() and file.stat().st_size == most * each:
                with file.open("r+b") as opened:
                    opened.seek(used * each)
                    opened.write(bytes((most - used) * each))


def _readable(folder: Path, cohort: int, *, with_texts: bool = False) -> Iterator[_Page]:
    """Yield the rows of a collection that can be read, nothing of one that is not there or cannot be opened."""
    from chromadb.errors import ChromaError

    if not folder.is_dir():
        return
    try:
        with _collection(folder, cohort) as collection:
            yield from _pages(collection, with_texts=with_texts)
    except ChromaError:
        return


def _pages(collection: Collection, *, with_texts: bool = False) -> Iterator[_Page]:
    from chromadb.errors import ChromaError

    include: Any = ["embeddings", "documents", "metadatas"] if with_texts else ["embeddings"]
    for offset in range(0, collection.count(), _PAGE):
        try:
            found: Any = collection.get(limit=_PAGE, offset=offset, include=include)
        except ChromaError:
            continue
        if found["ids"]:
            yield _whole(found)


def _whole(found: Mapping[str, Any]) -> _Page:
    """Keep the rows whose vectors have length 1: a file that was cut reads as zeros."""
    vectors = np.asarray(found["embeddings"], dtype=np.float32)
    kept = np.flatnonzero(np.abs(np.linalg.norm(vectors, axis=1) - 1) < _TOLERANCE)
    columns = [[found[name][row] for row in kept] if found[name] else [] for name in ("ids", "documents", "metadatas")]
    return _Page(columns[0], vectors[kept], columns[1], columns[2])


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


def _copy(page: _Page, target: Collection, wanted: set[str]) -> None:
    kept = [row for row, id_ in enumerate(page.ids) if id_ in wanted]
    if kept:
        target.add(
            ids=[page.ids[row] for row in kept],
            embeddings=list(page.vectors[kept]),
            documents=[page.documents[row] for row in kept],
            metadatas=[page.metadatas[row] for row in kept],
        )
