"""The vectors in Chroma: a cache that always follows the database, and can be lost, cut and thrown away."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from by_eye import ByEye

from ingest.database import Database, Segmented
from ingest.home import Home
from ingest.index import VectorIndex
from ingest.letters import Draft
from ingest.segment import sentences, windows

TEXTS = {"ann": "I row a boat.", "bo": "I keep bees, you see.", "cem": "Our owl is out."}


def store(database: Database, cohort: int, texts: dict[str, str]) -> None:
    cuts = {name: sentences(text) for name, text in texts.items()}
    database.store(
        cohort,
        [Segmented(n, Draft(f"/{n}.txt", n, text), cuts[n], windows(cuts[n])) for n, text in texts.items()],
    )


@pytest.fixture
def cohort(database: Database) -> int:
    key = database.add_cohort("2026")
    store(database, key, TEXTS)
    return key


@pytest.fixture
def index(own_home: Path, database: Database) -> VectorIndex:
    return VectorIndex(Home(own_home), database)


def test_an_update_embeds_what_is_missing_and_nothing_twice(index: VectorIndex, cohort: int) -> None:
    model = ByEye()
    assert index.missing(cohort) == 3
    assert index.update(cohort, model) == 3
    assert index.update(cohort, model) == 0
    assert index.missing(cohort) == 0
    assert model.embedded == list(TEXTS.values())


def test_each_row_is_the_vector_of_its_passage(index: VectorIndex, database: Database, cohort: int) -> None:
    index.update(cohort, ByEye())
    matrix = index.matrix(cohort)
    texts = {item.vector_id: item.passage.text for item in database.passages(cohort, "window")}
    assert set(matrix.ids) == set(texts)
    for id_, row in zip(matrix.ids, matrix.vectors, strict=True):
        assert np.allclose(row, ByEye().question(texts[id_]), atol=1e-6)


def test_a_changed_letter_has_new_vectors_and_no_old_ones(index: VectorIndex, database: Database, cohort: int) -> None:
    index.update(cohort, ByEye())
    before = set(index.matrix(cohort).ids)
    store(database, cohort, {"ann": "I sail to you."})
    assert index.update(cohort, ByEye()) == 1
    after = set(index.matrix(cohort).ids)
    assert len(after) == len(before) == 3
    assert len(after & before) == 2


def test_an_index_that_was_never_made_is_empty_and_is_not_made_by_looking(
    index: VectorIndex, cohort: int, own_home: Path
) -> None:
    assert index.matrix(cohort).ids == ()
    assert not (own_home / "index").exists()


def test_clearing_one_cohort_keeps_the_others(index: VectorIndex, database: Database, cohort: int) -> None:
    other = database.add_cohort("2025")
    store(database, other, {"dara": "I fly kites."})
    for key in (cohort, other):
        index.update(key, ByEye())
    index.clear(cohort)
    assert (index.missing(cohort), index.missing(other)) == (3, 0)


def test_a_rewrite_keeps_every_vector_that_is_wanted_in_a_new_folder(
    index: VectorIndex, database: Database, cohort: int, own_home: Path
) -> None:
    index.update(cohort, ByEye())
    folders = set((own_home / "index").iterdir())
    database.remove(cohort, ["bo"])
    index.rewrite()
    assert index.missing(cohort) == 0
    assert len(index.matrix(cohort).ids) == 2
    assert not folders & set((own_home / "index").iterdir())


def test_a_rewrite_leaves_nothing_of_memory_in_the_unused_room(index: VectorIndex, cohort: int, own_home: Path) -> None:
    index.update(cohort, ByEye())
    index.rewrite()
    (header,) = (own_home / "index").glob("g2/*/header.bin")
    used, size = struct.unpack_from("<4x8x8x2Q", header.read_bytes())
    data = header.with_name("data_level0.bin").read_bytes()
    assert len(data) >= 100 * size  # room for a hundred
    assert not any(data[used * size :])
    assert index.missing(cohort) == 0


def test_what_a_killed_rewrite_left_is_swept_away(index: VectorIndex, cohort: int, own_home: Path) -> None:
    index.update(cohort, ByEye())
    (own_home / "index" / "g9").mkdir()
    (own_home / "index" / "g9" / "chroma.sqlite3").write_bytes(b"half a copy")
    index.update(cohort, ByEye())
    assert [folder.name for folder in (own_home / "index").iterdir()] == ["g1"]


def database_file(share: float) -> Callable[[Path], None]:
    def cut(folder: Path) -> None:
        file = folder / "chroma.sqlite3"
        file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])

    return cut


DAMAGE = [
    pytest.param(database_file(0), id="database empty"),
    pytest.param(database_file(0.5), id="database cut in half"),
    pytest.param(lambda folder: (folder / "chroma.sqlite3").write_bytes(b"\x07" * 9_000), id="database garbage"),
    pytest.param(lambda folder: (folder / "chroma.sqlite3").unlink(), id="database gone"),
    pytest.param(shutil.rmtree, id="generation gone"),
    pytest.param(lambda folder: shutil.rmtree(folder.parent), id="index gone"),
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_seen_and_mended(
    index: VectorIndex, cohort: int, own_home: Path, damage: Callable[[Path], None]
) -> None:
    index.update(cohort, ByEye())
    whole = index.matrix(cohort)
    damage(own_home / "index" / "g1")
    assert index.matrix(cohort).ids == ()
    assert index.missing(cohort) == 3
    assert index.update(cohort, ByEye()) == 3
    assert np.array_equal(index.matrix(cohort).vectors, whole.vectors)


def test_lost_vector_files_of_many_passages_are_seen_and_mended(
    index: VectorIndex, database: Database, cohort: int, own_home: Path
) -> None:
    # from a thousand passages on, Chroma keeps vectors in files beside its database, and counts them without the files
    store(database, cohort, {f"n{number}": f"I count {'a' * (number % 9)} {number} owls." for number in range(1_200)})
    index.update(cohort, ByEye())
    whole = index.matrix(cohort)
    assert len(whole.ids) == 1_203
    for place in (own_home / "index" / "g1").iterdir():
        if place.is_dir():
            shutil.rmtree(place)
    assert index.missing(cohort) > 0
    index.update(cohort, ByEye())
    mended = index.matrix(cohort)
    assert mended.ids == whole.ids
    assert np.allclose(mended.vectors, whole.vectors, atol=1e-6)


ADD = """
import sys
from pathlib import Path
from ingest.database import Database
from ingest.home import Home
from ingest.index import VectorIndex
from by_eye import ByEye
from test_index import store
home = Home(Path(sys.argv[1]))
database = Database(home.database)
key = database.cohort("2026")
store(database, key, {f"n{n}": f"I count {n} owls." for n in range(int(sys.argv[2]))})
VectorIndex(home, database).update(key, ByEye())
"""


def test_a_reader_sees_what_another_process_adds(index: VectorIndex, cohort: int, own_home: Path) -> None:
    index.update(cohort, ByEye())
    assert len(index.matrix(cohort).ids) == 3
    subprocess.run([sys.executable, "-c", ADD, str(own_home), "1100"], check=True, cwd=Path(__file__).parent)
    assert len(index.matrix(cohort).ids) == 1_103
    assert index.missing(cohort) == 0
