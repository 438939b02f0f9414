"""What a local model judged of letters, kept so that asking again is free: a table of the database.

Of each judgement only its answer (one of a few words that Dossier gives) and the place of its quote are kept, under the
hash of what was asked: no word of a letter, of the model or of the question. A letter's judgements go with its text.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

TABLE = """
CREATE TABLE IF NOT EXISTS judgements (
    letter INTEGER NOT NULL REFERENCES letters(pk) ON DELETE CASCADE, asked TEXT NOT NULL,
    answer TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, PRIMARY KEY (letter, asked)) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Judgement:
    """What a model answered about one letter, and where the quote that proves it stands, in characters.

    Without a quote ``start`` equals ``end``.
    """

    answer: str
    start: int = 0
    end: int = 0


def recall(db: sqlite3.Connection, cohort: int, asked: str) -> dict[tuple[str, str], Judgement]:
    """Return what was answered to one thing asked of a cohort's letters, by the letters' ids and hashes."""
    rows = db.execute(
        "SELECT l.id, l.hash, j.answer, j.start, j.end FROM judgements j JOIN letters l ON l.pk = j.letter "
        "WHERE l.cohort = ? AND j.asked = ?",
        (cohort, asked),
    )
    return {(id_, hash_): Judgement(answer, start, end) for id_, hash_, answer, start, end in rows}


def remember(db: sqlite3.Connection, cohort: int, asked: str, found: Mapping[tuple[str, str], Judgement]) -> None:
    """Store what was answered, by the letters' ids and hashes; of a letter that is gone or changed nothing."""
    db.executemany(
        "INSERT OR REPLACE INTO judgements SELECT pk, ?, ?, ?, ? FROM letters WHERE cohort = ? AND id = ? AND hash = ?",
        [(asked, j.answer, j.start, j.end, cohort, id_, hash_) for (id_, hash_), j in found.items()],
    )
