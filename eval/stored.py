"""A labelled set as a cohort of its own, in a home that is gone afterwards: letters and their words, no vectors."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from assistant.cohort import Cohort
from eval.dataset import LabelledSet
from ingest.database import Database, Segmented
from ingest.home import DEFAULT_COHORT
from ingest.letters import Draft
from ingest.segment import sentences

_TOGETHER = 500  # letters to a transaction


@contextmanager
def stored(labelled: LabelledSet) -> Iterator[Cohort]:
    """Store the letters of a set for as long as they are asked about."""
    letters = [Segmented(id_, Draft(id_, id_, text), sentences(text), ()) for id_, text in labelled.letters.items()]
    with tempfile.TemporaryDirectory() as folder, closing(Database(Path(folder) / "letters.db")) as database:
        key = database.add_cohort(DEFAULT_COHORT)
        for start in range(0, len(letters), _TOGETHER):
            database.store(key, letters[start : start + _TOGETHER])
        yield Cohort(DEFAULT_COHORT, database)
