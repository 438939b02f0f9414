"""The truth: letters, their passages and their words in one SQLite file. Beside ``judgements`` nothing else speaks SQL.

Every public method that writes is one transaction: after it returns, the change survives a kill; before, nothing of
it is
there. Vectors are not here; ``ingest.index`` rebuilds them from this file.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from ingest import judgements
from ingest.annotate import Annotations
from ingest.embed import Fingerprint
from ingest.errors import DossierError, HomeDamaged, UnknownCohort, UnknownLetter
from ingest.fold import fold
from ingest.judgements import Judgement
from ingest.letters import Draft, Letter, Passage, SetAside
from ingest.segment import Span

SCHEMA = 3
_PATIENCE, _HURRY = 30, 0.2  # seconds to wait while another process writes; for what may as well be left undone
_CHANGES = "changes"  # the setting that counts what was written
_COUNT = "INSERT INTO settings VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1"
_Item = TypeVar("_Item")
_TABLES = """
CREATE TABLE cohorts (pk INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, model TEXT, weights TEXT, segments TEXT);
CREATE TABLE letters (
    pk INTEGER PRIMARY KEY, cohort INTEGER NOT NULL REFERENCES cohorts(pk) ON DELETE CASCADE,
    id TEXT NOT NULL, source TEXT NOT NULL, hash TEXT NOT NULL, text TEXT NOT NULL, metadata TEXT NOT NULL,
    added TEXT NOT NULL, UNIQUE (cohort, id), UNIQUE (cohort, source));
CREATE INDEX letters_by_hash ON letters (cohort, hash);
CREATE TABLE passages (
    pk INTEGER PRIMARY KEY, letter INTEGER NOT NULL REFERENCES letters(pk) ON DELETE CASCADE,
    kind TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, heading TEXT NOT NULL);
CREATE INDEX passages_by_letter ON passages (letter, kind, start);
CREATE TABLE set_aside (
    cohort INTEGER NOT NULL REFERENCES cohorts(pk) ON DELETE CASCADE, source TEXT NOT NULL, reason TEXT NOT NULL,
    UNIQUE (cohort, source));
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
-- membership: folded words, no stemming; ranking: stems. Both hold sentences, rowid = passages.pk
CREATE VIRTUAL TABLE words USING fts5(text, tokenize = "unicode61 remove_diacritics 0 tokenchars '+#.'");
CREATE VIRTUAL TABLE stems USING fts5(text, tokenize = "porter unicode61");
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, row);
"""
_ANNOTATIONS = """
CREATE TABLE IF NOT EXISTS annotations (
    letter INTEGER PRIMARY KEY REFERENCES letters(pk) ON DELETE CASCADE, made_by TEXT NOT NULL, data BLOB NOT NULL);
"""


@dataclass(frozen=True)
class StoredPassage:
    """A passage with its key in the database and the key of its letter."""

    pk: int
    letter_pk: int
    hash: str  # of its letter
    passage: Passage

    @property
    def vector_id(self) -> str:
        """The passage's id in the vector index: deterministic, new with each version of its letter."""
        return f"{self.letter_pk}-{self.hash[:16]}-{self.passage.start}-{self.passage.end}"


@dataclass(frozen=True)
class Segmented:
    """A draft with its id and its passages, ready to store."""

    id: str
    draft: Draft
    sentences: Sequence[Span]
    windows: Sequence[Span]


class Database:
    """The letters of one home. Open one per thread; close it when done."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it if it is not there.

        :raises HomeDamaged: if it is no database, is damaged, or was written by a newer Dossier.
        """
        self.path = path
        try:
            self._db = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
            path.chmod(0o600)
            self._prepare()
        except sqlite3.DatabaseError as error:
            raise HomeDamaged(
                f"{path} cannot be read ({error}): restore it from a backup or ingest into a new --home"
            ) from error
        except OSError as error:
            raise DossierError(f"cannot open {path} ({error.strerror}): choose another folder with --home") from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def version(self) -> int:
        """Return a number that changes with all that is written, but for what a model judged."""
        return int(self.setting(_CHANGES, "0"))

    def _prepare(self) -> None:
        for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            self._db.execute(f"PRAGMA {pragma}")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA:
            raise HomeDamaged(
                f"{self.path} was written by a newer Dossier (format {version}, this one knows {SCHEMA}): update"
            )
        tables = {
            0: _TABLES + _ANNOTATIONS + judgements.TABLE,
            1: _ANNOTATIONS + judgements.TABLE,
            2: judgements.TABLE,
        }.get(version)
        if tables:
            self._db.executescript(f"BEGIN; {tables} PRAGMA user_version = {SCHEMA}; COMMIT;")

    @contextmanager
    def _transaction(self, *, counts: bool = True) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            if counts:
                self._db.execute(_COUNT, (_CHANGES,))
            yield self._db
        except sqlite3.OperationalError as error:
            if self._db.in_transaction:  # a full disk ends it by itself
                self._db.execute("ROLLBACK")
            raise DossierError(
                f"{self.path} cannot be written to ({error}): free some space or make it writable, then run the same "
                "command again; what was stored stays stored"
            ) from error
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # cohorts

    def cohorts(self) -> list[tuple[str, int]]:
        """Return ``(name, number of letters)`` of every cohort, by name."""
        rows = self._db.execute(
            "SELECT c.name, COUNT(l.pk) FROM cohorts c LEFT JOIN letters l ON l.cohort = c.pk "
            "GROUP BY c.pk ORDER BY c.name"
        )
        return [(name, count) for name, count in rows]

    def cohort(self, name: str) -> int:
        """Return the key of a cohort.

        :raises UnknownCohort: naming those there are.
        """
        row = self._db.execute("SELECT pk FROM cohorts WHERE name = ?", (name,)).fetchone()
        if row is None:
            known = ", ".join(cohort for cohort, _ in self.cohorts()) or "none yet"
            raise UnknownCohort(
                f"there is no cohort {name!r} (there are: {known}): make it with dossier ingest --cohort"
            )
        return int(row[0])

    def add_cohort(self, name: str) -> int:
        """Return the key of a cohort, adding it if it is new."""
        with self._transaction() as db:
            db.execute("INSERT OR IGNORE INTO cohorts (name) VALUES (?)", (name,))
        return self.cohort(name)

    def fingerprint(self, cohort: int) -> Fingerprint | None:
        """Return what made the cohort's vectors, or None before there are any."""
        row = self._db.execute("SELECT model, weights, segments FROM cohorts WHERE pk = ?", (cohort,)).fetchone()
        return None if row is None or row[0] is None else Fingerprint(*row)

    def set_fingerprint(self, cohort: int, fingerprint: Fingerprint) -> None:
        """Remember what makes the cohort's vectors from now on."""
        with self._transaction() as db:
            values = (fingerprint.model, fingerprint.weights, fingerprint.segments, cohort)
            db.execute("UPDATE cohorts SET model = ?, weights = ?, segments = ? WHERE pk = ?", values)

    def setting(self, name: str, default: str) -> str:
        """Return a stored setting of this home."""
        row = self._db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return default if row is None else str(row[0])

    def set_setting(self, name: str, value: str) -> None:
        """Store a setting of this home."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    # letters

    def letters(self, cohort: int) -> list[Letter]:
        """Return the letters of a cohort, sorted by id as people count (d2 before d10)."""
        rows = self._db.execute("SELECT id, text, source, metadata FROM letters WHERE cohort = ?", (cohort,))
        found = [Letter(id_, text, source, json.loads(metadata)) for id_, text, source, metadata in rows]
        return sorted(found, key=lambda letter: natural(letter.id))

    def letter_ids(self, cohort: int) -> list[str]:
        """Return the ids of a cohort, sorted as people count."""
        rows = self._db.execute("SELECT id FROM letters WHERE cohort = ?", (cohort,))
        return sorted((row[0] for row in rows), key=natural)

    def count(self, cohort: int) -> int:
        """Return the number of letters in a cohort."""
        return int(self._db.execute("SELECT COUNT(*) FROM letters WHERE cohort = ?", (cohort,)).fetchone()[0])

    def letter(self, cohort: int, letter_id: str) -> Letter:
        """Return one letter.

        :raises UnknownLetter: if the cohort has none with this id.
        """
        row = self._db.execute(
            "SELECT id, text, source, metadata FROM letters WHERE cohort = ? AND id = ?", (cohort, letter_id)
        ).fetchone()
        if row is None:
            raise UnknownLetter(
                f"there is no letter {letter_id!r} in this cohort: dossier letters lists those there are"
            )
        return Letter(row[0], row[1], row[2], json.loads(row[3]))

    def known(self, cohort: int) -> dict[str, tuple[str, str]]:
        """Return ``{source: (id, hash)}`` of a cohort's letters."""
        rows = self._db.execute("SELECT source, id, hash FROM letters WHERE cohort = ?", (cohort,))
        return {source: (id_, hash_) for source, id_, hash_ in rows}

    def store(self, cohort: int, letters: Iterable[Segmented]) -> None:
        """Add letters, or replace those with the same id, whole: text, passages, words. One transaction."""
        with self._transaction() as db:
            for letter in letters:
                _remove(db, cohort, [letter.id])
                _insert(db, cohort, letter)
                db.execute("DELETE FROM set_aside WHERE cohort = ? AND source = ?", (cohort, letter.draft.source))

    def move(self, cohort: int, sources: Mapping[str, str]) -> None:
        """Note that the files of letters have moved: ``{letter id: new source}``."""
        with self._transaction() as db:
            for id_, source in sources.items():
                db.execute("UPDATE letters SET source = ? WHERE cohort = ? AND id = ?", (source, cohort, id_))

    def remove(self, cohort: int, ids: Sequence[str]) -> None:
        """Remove letters with their passages and words."""
        with self._transaction() as db:
            _remove(db, cohort, ids)

    def compact(self) -> None:
        """Rewrite the file so that nothing of removed letters is left in free pages or the word index."""
        for table in ("words", "stems"):
            self._db.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
        self._db.execute("VACUUM")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # what could not be read

    def set_aside(self, cohort: int) -> list[SetAside]:
        """Return what could not be read into a cohort, by source."""
        rows = self._db.execute("SELECT source, reason FROM set_aside WHERE cohort = ? ORDER BY source", (cohort,))
        return [SetAside(source, reason) for source, reason in rows]

    def replace_set_aside(self, cohort: int, gone: Iterable[str], added: Iterable[SetAside]) -> None:
        """Forget the sources in ``gone``, then note those in ``added``."""
        with self._transaction() as db:
            db.executemany(
                "DELETE FROM set_aside WHERE cohort = ? AND source = ?", [(cohort, source) for source in gone]
            )
            db.executemany(
                "INSERT OR REPLACE INTO set_aside VALUES (?, ?, ?)",
                [(cohort, item.source, item.reason) for item in added],
            )

    # annotations

    def annotations(self, cohort: int, made_by: str) -> dict[str, Annotations]:
        """Return what was read out of a cohort's letters by one model, by letter id."""
        rows = self._db.execute(
            "SELECT l.id, a.data FROM annotations a JOIN letters l ON l.pk = a.letter "
            "WHERE l.cohort = ? AND a.made_by = ?",
            (cohort, made_by),
        )
        return {id_: Annotations.from_bytes(data) for id_, data in rows}

    def without_annotations(self, cohort: int, made_by: str) -> list[str]:
        """Return the ids of the letters that this model has not read yet."""
        rows = self._db.execute(
            "SELECT id FROM letters WHERE cohort = ? AND pk NOT IN (SELECT letter FROM annotations WHERE made_by = ?)",
            (cohort, made_by),
        )
        return sorted((row[0] for row in rows), key=natural)

    def annotate(self, cohort: int, made_by: str, found: Mapping[str, Annotations]) -> None:
        """Store what a model read out of letters, by letter id."""
        with self._transaction() as db:
            db.executemany(
                "INSERT OR REPLACE INTO annotations SELECT pk, ?, ? FROM letters WHERE cohort = ? AND id = ?",
                [(made_by, annotations.to_bytes(), cohort, id_) for id_, annotations in found.items()],
            )

    # judgements

    def judgements(self, cohort: int, asked: str) -> dict[tuple[str, str], Judgement]:
        """Return what a model answered to one thing asked of a cohort's letters, by ``(letter id, hash)``."""
        return judgements.recall(self._db, cohort, asked)

    def remember(self, cohort: int, asked: str, found: Mapping[tuple[str, str], Judgement]) -> bool:
        """Store what a model answered about letters; of those that are gone or changed nothing is stored.

        Returns whether it was stored: another process may be writing, or the file be read-only. Then nothing is
        lost but the time to ask again.
        """
        self._db.execute(f"PRAGMA busy_timeout = {round(_HURRY * 1000)}")
        try:
            with self._transaction(counts=False) as db:
                judgements.remember(db, cohort, asked, found)
        except (sqlite3.OperationalError, DossierError):
            return False
        finally:
            self._db.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000}")
        return True

    # passages and words

    def passages(self, cohort: int, kind: str, letter: str | None = None) -> list[StoredPassage]:
        """Return the ``"sentence"`` or ``"window"`` passages of a cohort or of one letter, in order."""
        narrowed, values = (" AND l.id = ?", (cohort, kind, letter)) if letter is not None else ("", (cohort, kind))
        return self._passages(f"l.cohort = ? AND p.kind = ?{narrowed} ORDER BY l.pk, p.start", values)

    def passages_by_pk(self, pks: Sequence[int]) -> dict[int, StoredPassage]:
        """Return passages by key; unknown keys are left out."""
        found: dict[int, StoredPassage] = {}
        for page in _pages(pks, 500):
            marks = ",".join("?" * len(page))
            found.update((item.pk, item) for item in self._passages(f"p.pk IN ({marks})", tuple(page)))
        return found

    def _passages(self, where: str, values: tuple[object, ...]) -> list[StoredPassage]:
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM passages p JOIN letters l ON l.pk = p.letter WHERE {where}", values
        )
        return [_stored(row) for row in rows]

    def holding(self, cohort: int, phrases: Iterable[str], *, stemmed: bool = False) -> list[StoredPassage]:
        """Return the sentences that hold at least one of the folded phrases: all of them, unranked.

        :param stemmed: compare stems ("graph network" finds "graph networking"), else word for word.
        """
        table = "stems" if stemmed else "words"
        wanted = sorted({phrase for phrase in phrases if phrase})
        found: dict[int, StoredPassage] = {}
        for page in _pages(wanted, 200):  # SQLite bounds the depth of an expression
            query = " OR ".join(f'"{phrase}"' for phrase in page)
            # the word index first: it finds a few sentences, the other tables hold them all
            rows = self._db.execute(
                f"SELECT {_COLUMNS} FROM {table} w CROSS JOIN passages p ON p.pk = w.rowid "
                f"CROSS JOIN letters l ON l.pk = p.letter WHERE {table} MATCH ? AND l.cohort = ?",
                (query, cohort),
            )
            found.update((item.pk, item) for item in map(_stored, rows))
        return sorted(found.values(), key=lambda item: (item.letter_pk, item.passage.start))

    def ranked(
        self, cohort: int, terms: Sequence[str], limit: int, letter: str | None = None
    ) -> list[tuple[int, float]]:
        """Return ``(sentence key, BM25 score)``, best first, of sentences that share a stem with ``terms``."""
        safe = [term for term in (re.sub(r"[^\w]", " ", term).strip() for term in terms) if term]
        if not safe:
            return []
        narrowed, values = (" AND l.id = ?", (letter,)) if letter is not None else ("", ())
        rows = self._db.execute(
            "SELECT s.rowid, -bm25(stems) FROM stems s "
            "JOIN passages p ON p.pk = s.rowid JOIN letters l ON l.pk = p.letter "
            f"WHERE stems MATCH ? AND l.cohort = ?{narrowed} ORDER BY bm25(stems), s.rowid LIMIT ?",
            (" OR ".join(f'"{term}"' for term in safe), cohort, *values, limit),
        )
        return [(pk, float(score)) for pk, score in rows]

    def vocabulary(self) -> dict[str, int]:
        """Return every folded word of this home with the number of sentences that hold it."""
        return dict(self._db.execute("SELECT term, doc FROM vocabulary"))


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key in which ``d2`` comes before ``d10``."""
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", text) if part)


_COLUMNS = "p.pk, l.pk, l.hash, l.id, p.start, p.end, substr(l.text, p.start + 1, p.end - p.start), p.heading"


def _stored(row: tuple[int, int, str, str, int, int, str, str]) -> StoredPassage:
    pk, letter_pk, hash_, id_, start, end, text, heading = row
    return StoredPassage(pk, letter_pk, hash_, Passage(id_, start, end, text, heading))


def _remove(db: sqlite3.Connection, cohort: int, ids: Sequence[str]) -> None:
    for id_ in ids:
        row = db.execute("SELECT pk FROM letters WHERE cohort = ? AND id = ?", (cohort, id_)).fetchone()
        if row is None:
            continue
        for table in ("words", "stems"):
            db.execute(f"DELETE FROM {table} WHERE rowid IN (SELECT pk FROM passages WHERE letter = ?)", row)
        db.execute("DELETE FROM letters WHERE pk = ?", row)


def _insert(db: sqlite3.Connection, cohort: int, letter: Segmented) -> None:
    draft = letter.draft
    metadata = json.dumps(dict(draft.metadata), ensure_ascii=False)
    added = datetime.now(UTC).isoformat(timespec="seconds")
    values = (cohort, letter.id, draft.source, draft.hash, draft.text, metadata, added)
    letter_pk = db.execute(
        "INSERT INTO letters (cohort, id, source, hash, text, metadata, added) VALUES (?, ?, ?, ?, ?, ?, ?)", values
    ).lastrowid
    for kind, spans in (("sentence", letter.sentences), ("window", letter.windows)):
        for span in spans:
            pk = db.execute(
                "INSERT INTO passages (letter, kind, start, end, heading) VALUES (?, ?, ?, ?, ?)",
                (letter_pk, kind, span.start, span.end, span.heading),
            ).lastrowid
            if kind == "sentence":
                text = fold(draft.text[span.start : span.end])
                db.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (pk, text))
                db.execute("INSERT INTO stems (rowid, text) VALUES (?, ?)", (pk, text))


def _pages(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))
