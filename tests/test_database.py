"""The truth in SQLite: whole letters or none, text that fits its offsets, words that are found again."""

from __future__ import annotations

import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.annotate import Annotations
from ingest.database import SCHEMA, Database, Segmented, natural
from ingest.embed import Fingerprint
from ingest.errors import HomeDamaged, UnknownCohort, UnknownLetter
from ingest.judgements import Judgement
from ingest.letters import Draft, SetAside, canonical
from ingest.segment import sentences, windows


def segmented(id_: str, text: str, source: str = "", **metadata: str) -> Segmented:
    cut = sentences(text)
    return Segmented(id_, Draft(source or f"/{id_}.txt", id_, text, metadata), cut, windows(cut))


@pytest.fixture
def key(database: Database) -> int:
    """A cohort of two letters."""
    cohort = database.add_cohort("2026")
    ann = segmented("ann", "I row boats in C++. I like Key Limes.", country="Poland")
    database.store(cohort, [ann, segmented("bo", "I like Limes, boats, and boats. Łódź is my town.")])
    return cohort


def holders(database: Database, key: int, *phrases: str) -> list[str]:
    return [item.passage.letter for item in database.holding(key, phrases)]


def test_a_letter_comes_back_as_it_was_stored(database: Database, key: int) -> None:
    ann = database.letter(key, "ann")
    assert (ann.id, ann.source, ann.text) == ("ann", "/ann.txt", "I row boats in C++. I like Key Limes.")
    assert ann.metadata == {"country": "Poland"}
    assert [letter.id for letter in database.letters(key)] == database.letter_ids(key) == ["ann", "bo"]
    assert database.count(key) == 2


def test_every_passage_is_its_letters_text_at_its_offsets(database: Database) -> None:
    cohort = database.add_cohort("c")

    @settings(max_examples=40, deadline=None)
    @given(st.text(max_size=120).map(canonical).filter(bool))
    def holds(text: str) -> None:
        database.store(cohort, [segmented("x", text)])
        for item in (*database.passages(cohort, "sentence"), *database.passages(cohort, "window")):
            assert text[item.passage.start : item.passage.end] == item.passage.text != ""

    holds()


def test_storing_is_all_or_nothing(database: Database, key: int) -> None:
    def breaks_off() -> Iterator[Segmented]:
        yield segmented("cem", "I sail to the lighthouse.")
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        database.store(key, breaks_off())
    assert database.letter_ids(key) == ["ann", "bo"]
    assert "lighthouse" not in database.vocabulary()


def test_storing_a_letter_again_replaces_all_of_it(database: Database, key: int) -> None:
    before = {item.vector_id for item in database.passages(key, "window", "ann")}
    database.store(key, [segmented("ann", "I sail.")])
    assert database.count(key) == 2
    assert holders(database, key, "row", "key lime") == []
    assert [item.passage.text for item in database.passages(key, "sentence", "ann")] == ["I sail."]
    assert not before & {item.vector_id for item in database.passages(key, "window", "ann")}


def test_removed_letters_leave_no_words(database: Database, key: int) -> None:
    database.remove(key, ["ann", "nobody"])
    assert database.letter_ids(key) == ["bo"]
    assert "c++" not in database.vocabulary()
    assert database.ranked(key, ["row"], 10) == []


@pytest.mark.parametrize(
    ("phrases", "letters"),
    [
        pytest.param(["lime"], ["ann", "bo"], id="one word"),
        pytest.param(["key lime"], ["ann"], id="neighbouring words"),
        pytest.param(["lime key"], [], id="in their order"),
        pytest.param(["c++"], ["ann"], id="C++"),
        pytest.param(["c"], [], id="C is not C++"),
        pytest.param(["łódź"], ["bo"], id="not ASCII"),
        pytest.param(["lodz"], [], id="accents count"),
        pytest.param(["boat", "lime"], ["ann", "ann", "bo"], id="each sentence once"),
        pytest.param(["", "nothing such"], [], id="none"),
    ],
)
def test_holding_finds_every_sentence_with_a_phrase(
    database: Database, key: int, phrases: list[str], letters: list[str]
) -> None:
    assert holders(database, key, *phrases) == letters


def test_holding_takes_more_phrases_than_sqlite_takes_terms(database: Database, key: int) -> None:
    many = [f"word{number}" for number in range(2_500)]
    assert holders(database, key, *many, "łódź") == ["bo"]


def test_stemmed_holding_minds_no_endings(database: Database, key: int) -> None:
    assert [item.passage.letter for item in database.holding(key, ["rowing boat"], stemmed=True)] == ["ann"]
    assert database.holding(key, ["rowing boat"]) == []


def test_ranked_puts_the_sentence_with_more_of_the_words_first(database: Database, key: int) -> None:
    found = database.ranked(key, ["boats", "rowing"], 10)
    texts = database.passages_by_pk([pk for pk, _ in found])
    assert [texts[pk].passage.letter for pk, _ in found] == ["ann", "bo"]
    assert found[0][1] > found[1][1]
    assert len(database.ranked(key, ["boats"], 1)) == 1
    assert [texts[pk].passage.letter for pk, _ in database.ranked(key, ["boats"], 10, letter="bo")] == ["bo"]


@pytest.mark.parametrize("terms", [[], [""], ['"', "*"], ["NEAR("], ["a OR b"], ["-"], ["łódź:x"]])
def test_ranked_takes_any_words_as_words(database: Database, key: int, terms: list[str]) -> None:
    assert database.ranked(key, terms, 10) is not None


def test_vocabulary_counts_sentences(database: Database, key: int) -> None:
    counts = database.vocabulary()
    assert (counts["boat"], counts["lime"], counts["c++"]) == (2, 2, 1)


def test_cohorts_are_apart(database: Database, key: int) -> None:
    other = database.add_cohort("2025")
    database.store(other, [segmented("ann", "I fly kites.", source="/ann.txt")])
    assert database.cohorts() == [("2025", 1), ("2026", 2)]
    assert holders(database, key, "kite") == []
    assert holders(database, other, "kite") == ["ann"]
    assert database.add_cohort("2025") == other


def test_what_was_set_aside_is_remembered_until_it_can_be_read(database: Database, key: int) -> None:
    database.replace_set_aside(key, (), [SetAside("/c.pdf", "empty"), SetAside("/b.pdf", "damaged")])
    database.replace_set_aside(key, ["/b.pdf"], [SetAside("/c.pdf", "password")])
    assert database.set_aside(key) == [SetAside("/c.pdf", "password")]
    database.store(key, [segmented("c", "I row.", source="/c.pdf")])
    assert database.set_aside(key) == []


# ---- annotations -----------------------------------------------------------------------------------------------------

ANNOTATOR = "abc 1"


def annotations(number: int) -> Annotations:
    """Annotations of one sentence of one word, unlike those of any other number."""
    random = np.random.default_rng(number)
    return Annotations(
        np.array([(0, number)], dtype=np.int32),
        random.normal(size=(1, 384)).astype(np.float16),
        np.array([(0, number)], dtype=np.int32),
        random.normal(size=(1, 6)).astype(np.float16),
    )


def ends(database: Database, key: int, made_by: str = ANNOTATOR) -> dict[str, int]:
    """Where the only sentence of each annotated letter ends: the number that made its annotations."""
    return {id_: int(found.sentences[0, 1]) for id_, found in database.annotations(key, made_by).items()}


def test_annotations_come_back_as_they_were_stored(database: Database, key: int) -> None:
    assert database.without_annotations(key, ANNOTATOR) == ["ann", "bo"]
    database.annotate(key, ANNOTATOR, {"bo": annotations(7)})
    assert database.without_annotations(key, ANNOTATOR) == ["ann"]
    (bo,) = database.annotations(key, ANNOTATOR).values()
    for name, array in vars(annotations(7)).items():
        assert np.array_equal(vars(bo)[name], array)


def test_annotations_of_another_annotator_are_none_and_give_way(database: Database, key: int) -> None:
    database.annotate(key, ANNOTATOR, {"ann": annotations(1), "bo": annotations(2)})
    assert database.annotations(key, "def 1") == {}
    assert database.without_annotations(key, "def 1") == ["ann", "bo"]
    database.annotate(key, "def 1", {"ann": annotations(3)})
    assert ends(database, key, "def 1") == {"ann": 3}
    assert ends(database, key) == {"bo": 2}


def test_of_a_changed_or_removed_letter_no_annotations_are_left(database: Database, key: int) -> None:
    database.annotate(key, ANNOTATOR, {"ann": annotations(1), "bo": annotations(2)})
    database.store(key, [segmented("ann", "I sail.")])
    assert ends(database, key) == {"bo": 2}
    assert database.without_annotations(key, ANNOTATOR) == ["ann"]
    database.remove(key, ["bo"])
    with closing(sqlite3.connect(database.path)) as raw:
        assert raw.execute("SELECT COUNT(*) FROM annotations").fetchone() == (0,)


def test_a_moved_letter_keeps_its_annotations(database: Database, key: int) -> None:
    database.annotate(key, ANNOTATOR, {"ann": annotations(1)})
    database.move(key, {"ann": "/elsewhere/ann.txt"})
    assert ends(database, key) == {"ann": 1}


def test_annotations_of_a_letter_that_is_not_there_are_not_stored(database: Database, key: int) -> None:
    database.annotate(key, ANNOTATOR, {"nobody": annotations(1), "ann": annotations(2)})
    assert ends(database, key) == {"ann": 2}


def test_each_cohort_has_annotations_of_its_own(database: Database, key: int) -> None:
    other = database.add_cohort("2025")
    database.store(other, [segmented("ann", "I fly kites.", source="/ann.txt")])
    database.annotate(key, ANNOTATOR, {"ann": annotations(1)})
    assert database.without_annotations(other, ANNOTATOR) == ["ann"]
    database.annotate(other, ANNOTATOR, {"ann": annotations(2)})
    assert (ends(database, key), ends(database, other)) == ({"ann": 1}, {"ann": 2})


def test_of_removed_annotations_no_byte_is_left(database: Database, key: int) -> None:
    database.annotate(key, ANNOTATOR, {"ann": annotations(1), "bo": annotations(2)})
    database.compact()
    gone, kept = (annotations(number).vectors.tobytes()[:64] for number in (1, 2))
    assert gone in database.path.read_bytes()
    database.remove(key, ["ann"])
    database.compact()
    files = b"".join(file.read_bytes() for file in database.path.parent.glob("letters.db*"))
    assert gone not in files
    assert kept in files


# ---- judgements ------------------------------------------------------------------------------------------------------

DOES, NONE = Judgement("does", 2, 11), Judgement("none")


def version(database: Database, key: int, letter: str) -> tuple[str, str]:
    return letter, database.known(key)[f"/{letter}.txt"][1]


def test_judgements_come_back_as_they_were_stored(database: Database, key: int) -> None:
    ann, bo = (version(database, key, letter) for letter in ("ann", "bo"))
    assert database.judgements(key, "moss?") == {}
    assert database.remember(key, "moss?", {ann: DOES, bo: NONE})
    assert database.remember(key, "tides?", {ann: NONE})
    assert database.judgements(key, "moss?") == {ann: DOES, bo: NONE}
    assert database.judgements(key, "tides?") == {ann: NONE}
    assert database.remember(key, "moss?", {bo: DOES})
    assert database.judgements(key, "moss?") == {ann: DOES, bo: DOES}


def test_of_a_changed_or_removed_letter_no_judgements_are_left(database: Database, key: int) -> None:
    ann, bo = (version(database, key, letter) for letter in ("ann", "bo"))
    database.remember(key, "moss?", {ann: DOES, bo: NONE})
    database.store(key, [segmented("bo", "I sail.")])
    assert database.judgements(key, "moss?") == {ann: DOES}
    database.remove(key, ["ann"])
    with closing(sqlite3.connect(database.path)) as raw:
        assert raw.execute("SELECT COUNT(*) FROM judgements").fetchone() == (0,)


def test_a_judgement_of_what_a_letter_was_before_is_not_stored(database: Database, key: int) -> None:
    bo = version(database, key, "bo")
    database.store(key, [segmented("bo", "I sail.")])  # it may get the old one's key in the file
    assert database.remember(key, "moss?", {bo: DOES, ("nobody", "abc"): DOES})
    assert database.judgements(key, "moss?") == {}


def test_judgements_are_of_one_cohort(database: Database, key: int) -> None:
    other = database.add_cohort("2025")
    database.store(other, [segmented("ann", "I row boats in C++. I like Key Limes.", country="Poland")])
    ann = version(database, key, "ann")
    database.remember(key, "moss?", {ann: DOES})
    assert database.judgements(other, "moss?") == {}


def test_while_another_process_writes_nothing_is_stored_and_nothing_fails(database: Database, key: int) -> None:
    ann = version(database, key, "ann")
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.perf_counter()
        assert not database.remember(key, "moss?", {ann: DOES})
        assert time.perf_counter() - began < 5  # it does not wait as long as a writer does
        assert database.judgements(key, "moss?") == {}
        other.execute("ROLLBACK")
    assert database.remember(key, "moss?", {ann: DOES})


def test_two_connections_may_store_judgements(database: Database, key: int) -> None:
    ann, bo = (version(database, key, letter) for letter in ("ann", "bo"))
    with closing(Database(database.path)) as other:
        assert other.remember(key, "moss?", {ann: DOES})
        assert database.remember(key, "moss?", {bo: NONE})
        assert other.judgements(key, "moss?") == {ann: DOES, bo: NONE}


# ---- older files -----------------------------------------------------------------------------------------------------

TABLES_OF = {1: ("annotations", "judgements"), 2: ("judgements",)}  # what a file of an older format does not have


@pytest.fixture(params=[1, 2])
def older(request: pytest.FixtureRequest, database: Database, key: int) -> Path:
    """A file of an older format, with the cohort of two letters."""
    database.close()
    with closing(sqlite3.connect(database.path)) as raw:
        for table in TABLES_OF[request.param]:
            raw.execute(f"DROP TABLE {table}")
        raw.execute(f"PRAGMA user_version = {request.param}")
    return database.path


def test_an_older_file_keeps_its_letters_and_takes_what_is_new(older: Path) -> None:
    with closing(Database(older)) as opened:
        key = opened.cohort("2026")
        assert opened.letter_ids(key) == opened.without_annotations(key, ANNOTATOR) == ["ann", "bo"]
        assert holders(opened, key, "key lime") == ["ann"]
        opened.annotate(key, ANNOTATOR, {"ann": annotations(1)})
        opened.remember(key, "moss?", {version(opened, key, "ann"): DOES})
    with closing(Database(older)) as again:
        assert ends(again, again.cohort("2026")) == {"ann": 1}
        assert list(again.judgements(again.cohort("2026"), "moss?").values()) == [DOES]
    with closing(sqlite3.connect(older)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (SCHEMA,)


def test_an_older_file_has_the_tables_of_a_new_one_once_it_was_opened(older: Path, tmp_path: Path) -> None:
    def tables(path: Path) -> set[tuple[str, str]]:
        Database(path).close()
        with closing(sqlite3.connect(path)) as raw:
            rows = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        return {(name, " ".join(sql.split())) for name, sql in rows}

    assert tables(older) == tables(tmp_path / "new.db")


def test_unknown_things_are_named(database: Database, key: int) -> None:
    with pytest.raises(UnknownCohort, match=r"'2027'.*2026"):
        database.cohort("2027")
    with pytest.raises(UnknownLetter, match="'nobody'"):
        database.letter(key, "nobody")


def test_a_fingerprint_is_remembered(database: Database, key: int) -> None:
    assert database.fingerprint(key) is None
    database.set_fingerprint(key, Fingerprint("model", "abc", "1"))
    assert database.fingerprint(key) == Fingerprint("model", "abc", "1")


def test_another_connections_change_is_noticed(database: Database, key: int) -> None:
    before = database.version()
    other = Database(database.path)
    assert database.version() == before
    other.remove(key, ["bo"])
    other.close()
    assert database.version() != before


def test_a_judgement_is_no_change_of_the_letters(database: Database, key: int) -> None:
    before = database.version()
    with closing(Database(database.path)) as other:
        other.remember(key, "moss?", {version(other, key, "ann"): DOES})
    assert database.version() == before


def test_only_the_owner_may_read_the_file(database: Database, key: int) -> None:
    for file in database.path.parent.glob("letters.db*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_newer_format_is_refused(database: Database) -> None:
    database.close()
    with sqlite3.connect(database.path) as raw:
        raw.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    raw.close()
    with pytest.raises(HomeDamaged, match=r"newer Dossier .*update"):
        Database(database.path)


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\x00" + bytes(500)])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "letters.db"
    file.write_bytes(content)
    with pytest.raises(HomeDamaged, match="restore it from a backup"):
        Database(file)
    assert file.read_bytes() == content


def test_a_damaged_database_is_refused(database: Database, key: int) -> None:
    database.compact()
    database.close()
    whole = database.path.read_bytes()
    database.path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(HomeDamaged):
        damaged = Database(database.path)
        damaged.letters(damaged.cohort("2026"))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["d10", "d2", "d1"], ["d1", "d2", "d10"]),
        (["b", "a10", "a9", "a"], ["a", "a9", "a10", "b"]),
        (["2", "10", "x"], ["2", "10", "x"]),
    ],
)
def test_ids_sort_as_people_count(names: list[str], expected: list[str]) -> None:
    assert sorted(names, key=natural) == expected
