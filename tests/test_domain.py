"""A cohort's own subjects and facets: they add to what ships, or stand in its place, and a mistake is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant import open_assistant
from assistant.domain import FACETS, SUBJECTS, domain_in, shipped
from ingest.errors import DossierError
from ingest.home import Home
from ui.words import start

Run = Callable[..., Any]


def write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


def test_a_cohort_without_files_has_what_ships(tmp_path: Path) -> None:
    assert domain_in(tmp_path) == shipped()


def test_an_own_subject_is_known_by_all_its_names(tmp_path: Path) -> None:
    write(tmp_path, SUBJECTS, '[[subject]]\nname = "bell ringing"\nnames = ["campanology"]\nparents = ["music"]')
    subjects = domain_in(tmp_path).subjects
    assert subjects.usual_name("campanology") == "bell ringing"
    assert "bell ringing" in subjects.subject("music").family
    assert len(subjects.subject_names) == len(shipped().subjects.subject_names) + 1
    assert shipped().subjects.usual_name("campanology") is None


def test_under_a_known_name_lists_grow(tmp_path: Path) -> None:
    write(tmp_path, SUBJECTS, '[[subject]]\nname = "robotics"\nmethods = ["Mandarina arm"]')
    own, ours = domain_in(tmp_path).subjects.subject("robotics"), shipped().subjects.subject("robotics")
    assert [phrase.text for phrase in own.entries[0].methods] == [
        *(phrase.text for phrase in ours.entries[0].methods),
        "Mandarina arm",
    ]
    assert own.entries[0].names == ours.entries[0].names


def test_with_replace_nothing_else_is_known(tmp_path: Path) -> None:
    write(tmp_path, SUBJECTS, 'replace = true\n[[subject]]\nname = "bell ringing"')
    sings = "[[facet]]\nname = 'sings'\nask = ['\\bsings?\\b']\nsay = ['\\bi sing\\b']"
    write(tmp_path, FACETS, f"replace = true\n{sings}")
    domain = domain_in(tmp_path)
    assert domain.subjects.subject_names == ["bell ringing"]
    assert [facet.name for facet in domain.facets.table] == ["sings"]
    assert domain.facets.table[0].said_in("On Sundays I sing.")
    assert domain.facets.whole("needs a visa") is None


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        pytest.param(SUBJECTS, "[[subject]", r"is not TOML: .* line 1", id="no TOML"),
        pytest.param(SUBJECTS, "[[subjects]]", r"may hold \[\[subject\]\] tables", id="another table"),
        pytest.param(SUBJECTS, "subject = 3", r"may hold \[\[subject\]\] tables", id="no table"),
        pytest.param(SUBJECTS, '[[subject]]\nnames = ["x"]', "every entry needs a name", id="no name"),
        pytest.param(SUBJECTS, '[[subject]]\nname = "x"\nnames = "y"', "names of 'x' must be a list", id="no list"),
        pytest.param(
            SUBJECTS, '[[subject]]\nname = "x"\nparents = ["y"]', "parents of 'x': no subject 'y'", id="orphan"
        ),
        pytest.param(FACETS, "[[facet]]\nname = 'x'\nsay = ['(']", "say of 'x' is no regular expression", id="pattern"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, name: str, text: str, message: str) -> None:
    write(tmp_path, name, text)
    with pytest.raises(DossierError, match=message) as raised:
        domain_in(tmp_path)
    assert str(tmp_path / name) in str(raised.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / SUBJECTS).write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(DossierError, match="cannot be read: save it as text in UTF-8"):
        domain_in(tmp_path)


def test_the_starting_files_hold_examples_that_work(tmp_path: Path) -> None:
    home = Home(tmp_path)
    paths = start(home, "2026")
    assert domain_in(home.words("2026")).subjects.subject_names == shipped().subjects.subject_names
    for path in paths:
        lines = path.read_text(encoding="utf-8").splitlines()
        first = lines.index("#")
        path.write_text("\n".join(line.removeprefix("# ") for line in lines[first + 1 :]), encoding="utf-8")
    domain = domain_in(home.words("2026"))
    assert domain.subjects.usual_name("mire") is not None
    asked = domain.facets.whole("has a driving licence")
    assert asked is not None
    assert asked.facets[0].said_in("I have a driving licence.")
    assert not asked.facets[0].said_in("I have a driving licence, no, I mean no driving licence.")
    assert start(home, "2026") == []


def test_answers_follow_a_cohorts_own_files(filled: Home) -> None:
    question = "who works on tensor gardening?"
    assert open_assistant(filled, llm="none").answer(question).candidates == ()
    write(filled.words("default"), SUBJECTS, '[[subject]]\nname = "tensor gardening"\nmethods = ["diffusion model"]')
    found = open_assistant(filled, llm="none").answer(question)
    assert found.understood == "letters whose writer does or did: tensor gardening"
    expected = open_assistant(filled, llm="none").answer("who works on diffusion models?")
    assert {c.letter for c in found.candidates} & {c.letter for c in expected.candidates}


def test_the_command_shows_and_explains(run: Run) -> None:
    assert "subjects, " in run("words").out
    shown = run("words", "GANs").out.splitlines()
    assert shown[0] == "generative adversarial networks"
    assert any(line.startswith("  methods: ") and "StyleGAN" in line for line in shown)
    unknown = run("words", "bell ringing")
    assert (unknown.code, unknown.out) == (1, "")
    assert "no subject goes by the name 'bell ringing'" in unknown.err


def test_the_command_starts_files_once(run: Run, own_home: Path) -> None:
    first = run("words", "--start", "--cohort", "2026")
    assert first.out.count("written") == 2
    assert run("words", "--start", "--cohort", "2026").out.count("written") == 0
    assert (own_home / "words" / "2026" / SUBJECTS).stat().st_mode & 0o777 == 0o600
    write(own_home / "words" / "2026", SUBJECTS, "[[subject]")
    broken = run("words", "--cohort", "2026")
    assert (broken.code, broken.err.count("\n")) == (1, 1)
