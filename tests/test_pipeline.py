"""Ingest as a user meets it: only what changed is done, nothing is lost, nothing is doubled, everything is said."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from by_eye import ByEye

from assistant import open_assistant
from ingest.annotate import Annotations, Annotator
from ingest.database import Database
from ingest.embed import DEFAULT_MODEL, LocalEmbedder, find_embedder
from ingest.errors import DossierError, EmbeddingMismatch, HomeBusy, ModelUnavailable, NothingFound, UnknownLetter
from ingest.home import Home
from ingest.index import VectorIndex
from ingest.letters import Draft, SetAside
from ingest.pipeline import SEGMENTS, IngestReport, _remove, forget, ingest_drafts, ingest_paths, reindex

Ingest = Callable[..., IngestReport]
Stored = Callable[[], dict[str, str]]
BEES = "I keep bees on the roof and I sell honey."
BOATS = "I repair boats in the harbour of my town."
KITES = "I build kites for the children next door."


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with two letters."""
    folder = tmp_path / "letters"
    write(folder, bees=BEES, boats=BOATS)
    return folder


@pytest.fixture
def stored(own_home: Path) -> Stored:
    """The texts of the home's letters by id."""

    def read() -> dict[str, str]:
        database = Database(Home(own_home).database)
        try:
            return {letter.id: letter.text for letter in database.letters(database.cohort("default"))}
        finally:
            database.close()

    return read


def write(folder: Path, **letters: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in letters.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")


def missing(own_home: Path, cohort: str = "default") -> int:
    database = Database(Home(own_home).database)
    try:
        return VectorIndex(Home(own_home), database).missing(database.cohort(cohort))
    finally:
        database.close()


# ---- once and again --------------------------------------------------------------------------------------------------


def test_the_counts_add_up_to_what_was_found(place: Path, ingest: Ingest) -> None:
    ingest(place)
    write(place, boats=f"{BOATS} And ships.", kites=KITES)
    (place / "scan.jpg").write_bytes(b"\xff\xd8")
    report = ingest(place)
    assert (report.added, report.changed, report.unchanged, report.removed) == (("kites",), ("boats",), ("bees",), ())
    assert [Path(item.source).name for item in report.set_aside] == ["scan.jpg"]
    assert report.found == 4


def test_a_second_run_embeds_nothing(place: Path, ingest: Ingest, own_home: Path) -> None:
    assert ingest(place).embedded == 2
    again = ingest(place)
    assert (again.embedded, again.unchanged) == (0, ("bees", "boats"))
    assert missing(own_home) == 0


def test_of_a_changed_letter_only_the_new_words_answer(place: Path, ingest: Ingest, own_home: Path) -> None:
    ingest(place)
    write(place, bees="I collect stamps of volcanoes and I show them to my class.")
    ingest(place)
    assistant = open_assistant(Home(own_home))
    assert assistant.answer("who mentions honey?").candidates == ()
    assert [c.letter for c in assistant.answer("who mentions volcanoes?").candidates] == ["bees"]
    nearest = assistant.retriever.scored("beekeeping and honey")
    assert "honey" not in " ".join(scored.item.passage.text for scored in nearest)
    assert missing(own_home) == 0


def test_files_are_read_with_the_default_model_and_progress_is_told(place: Path, own_home: Path) -> None:
    told: list[tuple[str, int, int]] = []
    ingest_paths(Home(own_home), "default", [place], progress=lambda *step: told.append(step))
    assert told == [
        ("reading files", 1, 2),
        ("reading files", 2, 2),
        ("reading letters closely", 2, 2),
        ("indexing passages", 2, 2),
    ]


def test_a_file_that_is_named_twice_is_one_letter(place: Path, ingest: Ingest) -> None:
    assert ingest(place, place / "bees.txt", place / ".." / "letters").added == ("bees", "boats")


def test_an_emptyfolder_is_no_error_and_finds_nothing(tmp_path: Path, ingest: Ingest) -> None:
    (tmp_path / "empty").mkdir()
    assert ingest(tmp_path / "empty").found == 0


def test_a_path_that_is_not_there_is_named(tmp_path: Path, own_home: Path) -> None:
    with pytest.raises(NothingFound, match="nowhere"):
        ingest_paths(Home(own_home), "default", [tmp_path / "nowhere"])
    assert not own_home.exists()


@pytest.mark.parametrize("name", ["", "a/b", "..", "x" * 65, "a\nb"])
def test_a_cohort_needs_a_plain_name(own_home: Path, name: str) -> None:
    with pytest.raises(DossierError, match="cohort's name"):
        ingest_drafts(Home(own_home), name, [], embedder=ByEye())


# ---- read closely ----------------------------------------------------------------------------------------------------


def annotations(own_home: Path) -> dict[str, Annotations]:
    with closing(Database(Home(own_home).database)) as database:
        return database.annotations(database.cohort("default"), Annotator().fingerprint)


def read_closely(told: list[tuple[str, int, int]]) -> list[tuple[int, int]]:
    return [(done, of) for what, done, of in told if what == "reading letters closely"]


def test_every_letter_is_read_closely_sentence_by_sentence(place: Path, ingest: Ingest, own_home: Path) -> None:
    write(place, bees=f"{BEES} I also sing.\n\nWhat I lack\n\n- {BOATS}")
    ingest(place)
    found = annotations(own_home)
    assert set(found) == {"bees", "boats"}
    with closing(Database(Home(own_home).database)) as database:
        for id_, read in found.items():
            stored = [item.passage for item in database.passages(database.cohort("default"), "sentence", id_)]
            assert read.sentences.tolist() == [[passage.start, passage.end] for passage in stored]
            assert len(read.vectors) == len(stored)


def test_only_new_and_changed_letters_are_read_again(place: Path, ingest: Ingest, own_home: Path) -> None:
    ingest(place)
    before = annotations(own_home)
    write(place, boats=f"{BOATS} And ships.", kites=KITES)
    told: list[tuple[str, int, int]] = []
    ingest_paths(Home(own_home), "default", [place], progress=lambda *step: told.append(step))
    assert read_closely(told) == [(2, 2)]
    after = annotations(own_home)
    assert set(after) == {"bees", "boats", "kites"}
    assert np.array_equal(after["bees"].stances, before["bees"].stances)
    assert (len(before["boats"].sentences), len(after["boats"].sentences)) == (1, 2)


def test_what_was_read_before_an_interruption_is_not_read_again(own_home: Path) -> None:
    letters = [Draft(f"/{n}.txt", f"d{n}", f"I have {n} boats.") for n in range(23)]

    def breaks_off(what: str, done: int, of: int) -> None:
        if what == "reading letters closely":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest_drafts(Home(own_home), "default", letters, embedder=ByEye(), progress=breaks_off)
    assert set(annotations(own_home)) == {f"d{n}" for n in range(20)}  # one step of reading
    told: list[tuple[str, int, int]] = []
    ingest_drafts(Home(own_home), "default", letters, embedder=ByEye(), progress=lambda *step: told.append(step))
    assert read_closely(told) == [(3, 3)]
    assert len(annotations(own_home)) == 23


def test_letters_of_an_older_annotator_are_read_by_the_next_ingest(place: Path, ingest: Ingest, own_home: Path) -> None:
    ingest(place)
    with closing(Database(Home(own_home).database)) as database:
        key = database.cohort("default")
        database.annotate(key, "older", database.annotations(key, Annotator().fingerprint))
    assert annotations(own_home) == {}
    report = ingest(place)
    assert (report.unchanged, report.embedded) == (("bees", "boats"), 0)
    assert set(annotations(own_home)) == {"bees", "boats"}


@pytest.mark.parametrize("how", ["forget", "sync"])
def test_what_was_read_out_of_a_letter_goes_with_it(place: Path, ingest: Ingest, own_home: Path, how: str) -> None:
    ingest(place)
    secret = annotations(own_home)["bees"].vectors.tobytes()[:64]
    if how == "forget":
        forget(Home(own_home), "default", ["bees"])
    else:
        (place / "bees.txt").unlink()
        ingest(place, sync=True)
    assert set(annotations(own_home)) == {"boats"}
    assert all(secret not in file.read_bytes() for file in own_home.rglob("*") if file.is_file())


def test_reindexing_reads_the_letters_again(place: Path, ingest: Ingest, own_home: Path) -> None:
    ingest(place)
    before = annotations(own_home)
    reindex(Home(own_home), "default")
    after = annotations(own_home)
    assert after.keys() == before.keys()
    assert all(np.array_equal(after[id_].tokens, before[id_].tokens) for id_ in before)


# ---- removed, moved, doubled -----------------------------------------------------------------------------------------


def test_without_sync_a_letter_stays_when_its_file_is_gone(place: Path, ingest: Ingest, stored: Stored) -> None:
    ingest(place)
    (place / "bees.txt").unlink()
    assert ingest(place).removed == ()
    assert set(stored()) == {"bees", "boats"}


def test_sync_removes_letters_whose_files_are_gone(place: Path, ingest: Ingest, stored: Stored) -> None:
    ingest(place)
    (place / "bees.txt").unlink()
    assert ingest(place, sync=True).removed == ("bees",)
    assert set(stored()) == {"boats"}


def test_sync_keeps_the_letter_of_a_file_that_cannot_be_read_now(place: Path, ingest: Ingest, stored: Stored) -> None:
    with zipfile.ZipFile(place / "more.zip", "w") as archive:
        archive.writestr("kites.txt", KITES)
    ingest(place)
    (place / "bees.txt").write_bytes(b"")
    (place / "more.zip").write_bytes(b"no zip any more")
    report = ingest(place, sync=True)
    assert report.removed == ()
    assert len(report.set_aside) == 2
    assert stored() == {"bees": BEES, "boats": BOATS, "kites": KITES}


def test_sync_that_finds_no_letter_removes_none(place: Path, tmp_path: Path, ingest: Ingest, stored: Stored) -> None:
    ingest(place)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DossierError, match="nothing was removed"):
        ingest(tmp_path / "empty", sync=True)
    assert set(stored()) == {"bees", "boats"}


def test_two_files_of_one_name_get_two_ids_for_good(tmp_path: Path, ingest: Ingest) -> None:
    write(tmp_path / "a", letter=BEES)
    write(tmp_path / "b", letter=BOATS)
    assert ingest(tmp_path / "b", tmp_path / "a").added == ("letter", "b-letter")
    assert ingest(tmp_path / "a", tmp_path / "b").unchanged == ("letter", "b-letter")
    assert ingest(tmp_path / "b").unchanged == ("b-letter",)


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("Ann Kowalska (1)", "Ann-Kowalska-1"),
        ("Łódź", "Łódź"),
        ("../../etc", "etc"),
        ("a" * 300, "a" * 80),
        ("<b>&", "b"),
        ("d004", "d004"),
    ],
)
def test_an_id_is_the_name_made_safe(own_home: Path, name: str, id_: str) -> None:
    report = ingest_drafts(Home(own_home), "default", [Draft("/x", name, BEES)], embedder=ByEye())
    assert report.added == (id_,)


def test_names_without_a_letter_still_get_ids(own_home: Path) -> None:
    drafts = [Draft("/1", "???", BEES), Draft("/2", "!!!", BOATS)]
    added = ingest_drafts(Home(own_home), "default", drafts, embedder=ByEye()).added
    assert len(set(added)) == 2
    assert all(id_.startswith("letter-") for id_ in added)


def test_a_moved_file_keeps_its_id(place: Path, tmp_path: Path, ingest: Ingest, stored: Stored) -> None:
    ingest(place)
    (tmp_path / "new").mkdir()
    (place / "bees.txt").rename(tmp_path / "new" / "renamed.txt")
    report = ingest(place, tmp_path / "new", sync=True)
    assert (report.unchanged, report.added, report.removed) == (("boats", "bees"), (), ())
    assert ingest(place, tmp_path / "new", sync=True).unchanged == ("boats", "bees")
    assert stored() == {"bees": BEES, "boats": BOATS}


def test_a_copied_file_is_a_second_letter_and_said_to_be_the_same(place: Path, ingest: Ingest) -> None:
    write(place, copy=BEES)
    report = ingest(place)
    assert report.added == ("bees", "boats", "copy")
    assert report.same_text == (("bees", "copy"),)


# ---- what cannot be read ---------------------------------------------------------------------------------------------


def test_thirty_files_of_which_six_are_broken(tmp_path: Path, ingest: Ingest, own_home: Path) -> None:
    folder = tmp_path / "letters"
    write(folder, **{f"d{n}": f"I have repaired {n} boats in my life." for n in range(24)})
    broken = {
        "empty.txt": b"",
        "scan.jpg": b"\xff\xd8\xff",
        "cut.pdf": b"%PDF-1.7\n1 0 obj",
        "cut.docx": b"PK\x03\x04 and no more",
        "old.doc": b"\xd0\xcf\x11\xe0",
        "book.txt": b"I row and row. " * 20_000,
    }
    for name, data in broken.items():
        (folder / name).write_bytes(data)
    report = ingest(folder)
    assert len(report.added) == 24
    assert {Path(item.source).name for item in report.set_aside} == set(broken)
    assert all(item.reason and "row and row" not in item.reason for item in report.set_aside)
    assert missing(own_home) == 0


def test_a_text_of_20_megabytes_is_set_aside_at_once(tmp_path: Path, ingest: Ingest) -> None:
    write(tmp_path / "in", huge="I work on robots and boats. " * 720_000)
    assert [item.reason[:9] for item in ingest(tmp_path / "in").set_aside] == ["too large"]


def test_a_file_that_cannot_be_opened_is_set_aside(tmp_path: Path, place: Path, own_home: Path) -> None:
    (place / "broken.txt").symlink_to("/proc/self/mem")  # a file that fails on reading, for root too
    if not (place / "broken.txt").is_file():
        pytest.skip("needs /proc")
    report = ingest_paths(Home(own_home), "default", [place])
    assert report.added == ("bees", "boats")
    assert [item.reason[:16] for item in report.set_aside] == ["cannot be opened"]


def test_a_file_name_that_is_no_text_is_written_in_percent(tmp_path: Path, own_home: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")).write_text(BEES)
    except OSError:
        pytest.skip("this file system takes no such names")
    assert ingest_paths(Home(own_home), "default", [folder]).added == ("caf-E9",)
    assert ingest_paths(Home(own_home), "default", [folder], sync=True).unchanged == ("caf-E9",)


@pytest.mark.parametrize("sync", [False, True])
def test_a_file_that_was_mended_is_not_set_aside_any_more(
    tmp_path: Path, ingest: Ingest, database: Database, sync: bool
) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "form.csv").write_text("name,letter\n")
    (folder / "scan.txt").write_bytes(b"")
    assert len(ingest(folder).set_aside) == 2
    (folder / "form.csv").write_text(f'name,letter\nAnn,"{BEES} {BOATS} {KITES}"\n')
    (folder / "scan.txt").unlink()
    ingest(folder, sync=sync)
    aside = [Path(item.source).name for item in database.set_aside(database.cohort("default"))]
    assert aside == ([] if sync else ["scan.txt"])


# ---- models ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def same_model_elsewhere(tmp_path: Path) -> str:
    """A folder with the default model's files: other name, same weights."""
    packaged = find_embedder(DEFAULT_MODEL, SEGMENTS).folder
    folder = tmp_path / "my-model"
    folder.symlink_to(packaged, target_is_directory=True)
    return str(folder)


def test_another_model_is_refused_with_the_command_that_mends_it(
    place: Path, ingest: Ingest, own_home: Path, same_model_elsewhere: str
) -> None:
    ingest(place)
    write(place, kites=KITES)
    with pytest.raises(EmbeddingMismatch) as refused:
        ingest_paths(Home(own_home), "default", [place], model=same_model_elsewhere)
    assert f"dossier reindex --cohort 'default' --embedding '{same_model_elsewhere}'" in str(refused.value)
    assert reindex(Home(own_home), "default", model=same_model_elsewhere) == 2
    assert ingest_paths(Home(own_home), "default", [place], model=same_model_elsewhere).added == ("kites",)
    assert missing(own_home) == 0
    assert [c.letter for c in open_assistant(Home(own_home)).answer("who mentions honey?").candidates] == ["bees"]


def test_other_passages_are_another_index(place: Path, ingest: Ingest, own_home: Path) -> None:
    ingest(place)
    recut = find_embedder(DEFAULT_MODEL, "cut in another way")
    with pytest.raises(EmbeddingMismatch, match="passages cut in another way"):
        ingest_drafts(Home(own_home), "default", [], embedder=recut)


def test_reindexing_keeps_every_letter_as_it_was(place: Path, ingest: Ingest, own_home: Path, stored: Stored) -> None:
    ingest(place)
    before = stored()
    reindex(Home(own_home), "default")
    assert stored() == before
    assert ingest(place).unchanged == ("bees", "boats")
    assert missing(own_home) == 0


@pytest.mark.parametrize("name", ["no-such-model", "/nowhere/at/all", "../x"])
def test_a_model_that_is_not_here_is_named(place: Path, own_home: Path, name: str) -> None:
    with pytest.raises(ModelUnavailable, match=name):
        ingest_paths(Home(own_home), "default", [place], model=name)


def test_afolder_without_weights_is_no_model(place: Path, own_home: Path) -> None:
    with pytest.raises(ModelUnavailable, match="no model weights"):
        ingest_paths(Home(own_home), "default", [place], model=str(place))


# ---- one writer, and forgetting --------------------------------------------------------------------------------------


def test_while_one_writes_no_other_does(place: Path, ingest: Ingest, own_home: Path) -> None:
    with Home(own_home).writing(), pytest.raises(HomeBusy, match=str(os.getpid())):
        ingest(place)
    assert ingest(place).added == ("bees", "boats")


def hits(home: Path, needle: bytes) -> list[str]:
    return [str(file) for file in home.rglob("*") if file.is_file() and needle.lower() in file.read_bytes().lower()]


@pytest.mark.parametrize("how", ["forget", "sync"])
def test_of_a_forgotten_letter_no_byte_is_left(
    place: Path, ingest: Ingest, own_home: Path, embedder: LocalEmbedder, how: str
) -> None:
    secret = "The quokka of Żelazowa Wola plays the theremin."
    write(place, secret=secret)
    ingest(place)
    (vector,) = np.asarray(embedder.passages([secret]), dtype=np.float32)
    needles = [secret.encode(), b"quokka", b"theremin", vector.tobytes()[:256], b"secret.txt"]
    assert all(hits(own_home, needle) for needle in needles)
    if how == "forget":
        forget(Home(own_home), "default", ["secret"])
    else:
        (place / "secret.txt").unlink()
        ingest(place, sync=True)
    assert [hits(own_home, needle) for needle in needles] == [[]] * len(needles)
    assert missing(own_home) == 0


def test_what_a_killed_forget_left_is_erased_by_the_next_ingest(
    place: Path, ingest: Ingest, own_home: Path, database: Database
) -> None:
    write(place, secret="The quokka plays the theremin.")
    ingest(place)
    _remove(database, database.cohort("default"), ["secret"])  # and here the power goes
    database.close()
    assert hits(own_home, b"theremin")
    ingest(place / "bees.txt")
    assert hits(own_home, b"theremin") == []


def test_a_letter_can_be_changed_and_then_forgotten(place: Path, ingest: Ingest, own_home: Path) -> None:
    write(place, secret="The quokka plays the theremin.")
    ingest(place)
    write(place, secret="The wombat plays the tuba.")
    ingest(place)
    forget(Home(own_home), "default", ["secret"])
    assert hits(own_home, b"quokka") == hits(own_home, b"wombat") == []


def test_forgetting_an_unknown_letter_forgets_none(place: Path, ingest: Ingest, own_home: Path, stored: Stored) -> None:
    ingest(place)
    with pytest.raises(UnknownLetter, match="nobody"):
        forget(Home(own_home), "default", ["bees", "nobody"])
    assert set(stored()) == {"bees", "boats"}


def test_a_forgotten_letter_comes_back_only_with_its_file(place: Path, ingest: Ingest, own_home: Path) -> None:
    ingest(place)
    forget(Home(own_home), "default", ["bees"])
    assert ingest(place).added == ("bees",)


def test_what_was_set_aside_is_part_of_the_found(own_home: Path) -> None:
    items = [SetAside("/x", "empty"), Draft("/y", "y", BEES)]
    assert ingest_drafts(Home(own_home), "default", items, embedder=ByEye()).found == 2
