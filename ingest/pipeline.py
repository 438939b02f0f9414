"""Bring a cohort up to date with files: read, compare by content hash, store, index.

The order is the guarantee. A letter is stored whole in the database, in batches of one transaction, before anything
else is
done with it; vectors follow. Whatever is stored when the process dies stays stored, and the next run does only the
rest.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.annotate import Annotator
from ingest.database import Database, Segmented, natural
from ingest.embed import DEFAULT_MODEL, Embedder, Fingerprint, find_embedder
from ingest.errors import DossierError, EmbeddingMismatch
from ingest.files import find_files
from ingest.home import Home, check_cohort_name
from ingest.index import Progress, VectorIndex
from ingest.letters import Draft, SetAside
from ingest.readers import ReadOptions, byte_limit, read_file
from ingest.segment import SEGMENTS, sentences, windows

_BATCH = 100  # letters stored in one transaction
_READ_AT_ONCE = 20  # letters annotated and stored in one step
_INDEXED = "passages indexed"  # counts, so that who reads meanwhile sees the file change once the vectors are there
_ERASING = "erasing"  # "yes" from before letters are removed until nothing of them is left on the disk
_CONTAINER = re.compile(r"(.+?\.(?:zip|csv|tsv|xlsx))[!#]", re.IGNORECASE)


@dataclass(frozen=True)
class IngestReport:
    """What a run did, by letter id; ``added + changed + unchanged + set aside`` is all that was found."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    same_text: tuple[tuple[str, str], ...] = ()  # pairs of letters with one and the same text
    embedded: int = 0  # passages

    @property
    def found(self) -> int:
        """How many letters and unreadable items the run met."""
        return len(self.added) + len(self.changed) + len(self.unchanged) + len(self.set_aside)


@dataclass
class _Tally:
    """The report while it grows."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)


def ingest_paths(
    home: Home,
    cohort: str,
    paths: Sequence[Path],
    *,
    options: ReadOptions | None = None,
    model: str = DEFAULT_MODEL,
    sync: bool = False,
    progress: Progress | None = None,
) -> IngestReport:
    """Read files and folders into a cohort and index it.

    :param sync: also remove letters that are not among the files any more; files that are there but cannot be read now
        keep the letter they had.
    :raises NothingFound: if a path is missing.
    :raises EmbeddingMismatch: if the cohort was indexed with another model.
    :raises HomeBusy: if another process is writing.
    """
    files = find_files(paths)
    items = _read(files, options or ReadOptions(), progress)
    return ingest_drafts(home, cohort, items, embedder=find_embedder(model, SEGMENTS), sync=sync, progress=progress)


def ingest_drafts(
    home: Home,
    cohort: str,
    items: Iterable[Draft | SetAside],
    *,
    embedder: Embedder | None = None,
    sync: bool = False,
    progress: Progress | None = None,
) -> IngestReport:
    """Store what readers found and index it; see ``ingest_paths``."""
    check_cohort_name(cohort)
    embedder = embedder or find_embedder(DEFAULT_MODEL, SEGMENTS)
    with home.writing():
        database = Database(home.database)
        try:
            key = database.add_cohort(cohort)
            _check_model(database, key, cohort, embedder.fingerprint)
            tally, removed = _store_all(database, key, items, sync=sync)
            _annotate(database, key, progress)
            index = VectorIndex(home, database)
            embedded = index.update(key, embedder, progress)
            database.set_setting(_INDEXED, str(int(database.setting(_INDEXED, "0")) + embedded))
            if database.setting(_ERASING, "no") == "yes":
                _erase(database, index)
            return IngestReport(
                added=tuple(tally.added),
                changed=tuple(tally.changed),
                unchanged=tuple(tally.unchanged),
                removed=tuple(removed),
                set_aside=tuple(tally.set_aside),
                same_text=tuple(_same_text(database, key)),
                embedded=embedded,
            )
        finally:
            database.close()


def reindex(home: Home, cohort: str, *, model: str = DEFAULT_MODEL, progress: Progress | None = None) -> int:
    """Make a cohort's passages and vectors anew, with another model if wanted; return how many were embedded.

    The letters' text is not touched.
    """
    embedder = find_embedder(model, SEGMENTS)
    fingerprint = embedder.fingerprint
    with home.writing():
        database = Database(home.database)
        try:
            key = database.cohort(cohort)
            index = VectorIndex(home, database)
            index.clear(key)
            drafts = [Draft(item.source, item.id, item.text, item.metadata) for item in database.letters(key)]
            for start in range(0, len(drafts), _BATCH):
                database.store(key, [_segmented(draft.name, draft) for draft in drafts[start : start + _BATCH]])
            _annotate(database, key, progress)
            database.set_fingerprint(key, fingerprint)
            return index.update(key, embedder, progress)
        finally:
            database.close()


def forget(home: Home, cohort: str, ids: Sequence[str]) -> None:
    """Erase letters: text, passages, words and vectors, also from the files' unused parts.

    :raises UnknownLetter: if one of them is not there; then none is erased.
    """
    with home.writing():
        database = Database(home.database)
        try:
            key = database.cohort(cohort)
            sources = [database.letter(key, id_).source for id_ in ids]
            _remove(database, key, ids)
            database.replace_set_aside(key, sources, ())
            _erase(database, VectorIndex(home, database))
        finally:
            database.close()


def _remove(database: Database, key: int, ids: Sequence[str]) -> None:
    if ids:
        database.set_setting(_ERASING, "yes")
        database.remove(key, ids)


def _erase(database: Database, index: VectorIndex) -> None:
    database.compact()
    index.rewrite()
    database.set_setting(_ERASING, "no")


def _read(files: Sequence[Path], options: ReadOptions, progress: Progress | None) -> Iterator[Draft | SetAside]:
    for done, file in enumerate(files, start=1):
        source = _printable(file)
        try:
            with file.open("rb") as opened:
                data = opened.read(byte_limit(source) + 1)
        except OSError as error:
            yield SetAside(source, f"cannot be opened ({error.strerror})")
        else:
            yield from read_file(source, data, options)
        if progress:
            progress("reading files", done, len(files))


def _printable(file: Path) -> str:
    """The path as text; bytes of a name that are not in the system's encoding are written as ``%E9``."""
    return re.sub(r"[\ud800-\udfff]", lambda byte: f"%{ord(byte.group()) & 0xFF:02X}", str(file))


def _annotate(database: Database, key: int, progress: Progress | None) -> None:
    """Read the letters that the annotator has not read yet."""
    annotator = Annotator()
    missing = database.without_annotations(key, annotator.fingerprint)
    for start in range(0, len(missing), _READ_AT_ONCE):
        ids = missing[start : start + _READ_AT_ONCE]
        texts = [database.letter(key, id_).text for id_ in ids]
        found = annotator.annotate([(text, sentences(text)) for text in texts])
        database.annotate(key, annotator.fingerprint, dict(zip(ids, found, strict=True)))
        if progress:
            progress("reading letters closely", min(start + _READ_AT_ONCE, len(missing)), len(missing))


def _check_model(database: Database, key: int, cohort: str, wanted: Fingerprint) -> None:
    indexed = database.fingerprint(key)
    if indexed is None:
        database.set_fingerprint(key, wanted)
    elif indexed != wanted:
        raise EmbeddingMismatch(
            f"cohort {cohort!r} was indexed with {indexed}, not with {wanted}: "
            f"dossier reindex --cohort {cohort!r} --embedding {wanted.model!r} makes its index anew"
        )


def _store_all(
    database: Database, key: int, items: Iterable[Draft | SetAside], *, sync: bool
) -> tuple[_Tally, list[str]]:
    known = database.known(key)
    taken = {id_ for id_, _ in known.values()}
    by_hash = {hash_: source for source, (_, hash_) in known.items()}
    tally, batch, seen = _Tally(), [], set[str]()
    for item in items:
        seen.add(item.source)
        if isinstance(item, SetAside):
            tally.set_aside.append(item)
            continue
        source, hash_ = item.source, item.hash
        if source not in known and hash_ in by_hash and not _still_there(by_hash[hash_]):
            old = by_hash.pop(hash_)
            known[source] = known.pop(old)
            tally.moved[known[source][0]] = source
        if source in known:
            id_, before = known[source]
            (tally.unchanged if before == hash_ else tally.changed).append(id_)
            if before == hash_:
                continue
        else:
            id_ = _free_id(item, taken)
            tally.added.append(id_)
        taken.add(id_)
        known[source] = (id_, hash_)
        batch.append(_segmented(id_, item))
        if len(batch) == _BATCH:
            database.store(key, batch)
            batch = []
    database.store(key, batch)
    database.move(key, tally.moved)
    removed = _gone(known, seen, tally) if sync else []
    _remove(database, key, removed)
    read = {_file_of(source) for source in seen}
    settled = [item.source for item in database.set_aside(key) if sync or _file_of(item.source) in read]
    database.replace_set_aside(key, settled, tally.set_aside)
    return tally, removed


def _gone(known: dict[str, tuple[str, str]], seen: set[str], tally: _Tally) -> list[str]:
    """Ids of letters whose file is not there any more; a file that is there but unreadable keeps its letters."""
    if not (tally.added or tally.changed or tally.unchanged):
        raise DossierError(
            "--sync found no readable letter, so nothing was removed: check the path, or use dossier letters forget"
        )
    unreadable = tuple(item.source for item in tally.set_aside)
    kept = {
        source
        for source in known
        if any(source == bad or source.startswith((bad + "!", bad + "#")) for bad in unreadable)
    }
    return sorted((id_ for source, (id_, _) in known.items() if source not in seen | kept), key=natural)


def _still_there(source: str) -> bool:
    return Path(source).is_file() or Path(_file_of(source)).is_file()


def _file_of(source: str) -> str:
    """The file that holds a source: of ``/a/b.zip!c/d.txt`` and ``/a/b.csv#row-3``, what stands before the mark."""
    container = _CONTAINER.match(source)
    return container[1] if container else source


def _segmented(id_: str, draft: Draft) -> Segmented:
    cut = sentences(draft.text)
    return Segmented(id_, draft, cut, windows(cut))


def _free_id(draft: Draft, taken: set[str]) -> str:
    """The draft's name made safe; with the folder's name before it, then with a number after it, if it is taken."""
    name = _safe(draft.name)
    parent = re.split(r"[/\\!]", draft.source)[-2:-1]
    wishes = [name, *(f"{_safe(folder)}-{name}" for folder in parent if folder)]
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return next(wish for wish in (*wishes, *numbered) if wish not in taken)


def _safe(name: str) -> str:
    """Letters, digits, dot, dash, underscore; at most 80 characters; never empty."""
    safe = re.sub(r"[^\w.\-]+", "-", name).strip("-.")
    return safe[:80] or "letter-" + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]


def _same_text(database: Database, key: int) -> Iterator[tuple[str, str]]:
    first: dict[str, str] = {}
    for letter in database.letters(key):
        digest = hashlib.sha256(letter.text.encode()).hexdigest()
        if digest in first:
            yield first[digest], letter.id
        else:
            first[digest] = letter.id
