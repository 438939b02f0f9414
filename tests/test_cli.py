"""The command ``dossier``: what it prints, its exit codes, and never a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.home import Home

Run = Callable[..., Any]
ONE_LINE = r"dossier: .+\n"


# ---- ingest ----------------------------------------------------------------------------------------------------------


def test_ingest_says_what_it_did_and_does_it_once(run: Run, folder: Path) -> None:
    first = run("ingest", folder)
    assert (first.code, first.err) == (0, "")
    assert "6 found in all for cohort default: 6 added, 0 changed, 0 unchanged, 0 set aside" in first.out
    second = run("ingest", folder)
    assert second.code == 0
    assert "0 added, 0 changed, 6 unchanged" in second.out


def test_ingest_with_broken_files_is_done_with_code_3_and_lists_them(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("I keep bees on the roof of my school.")
    (tmp_path / "in" / "photo.jpg").write_bytes(b"\xff\xd8")
    done = run("ingest", tmp_path / "in")
    assert done.code == 3
    assert "1 added" in done.out
    assert "photo.jpg" in done.out.replace("\n", "")
    assert "OCR" in done.out
    shown = run("letters")
    assert "photo.jpg" in shown.out.replace("\n", "")


def test_ingest_as_json(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("I keep bees on the roof of my school.")
    (tmp_path / "in" / "b.txt").write_text("I keep bees on the roof of my school.")
    (tmp_path / "in" / "c.txt").write_text("")
    done = run("ingest", tmp_path / "in", "--json", "--cohort", "2026")
    assert done.code == 3
    assert json.loads(done.out) == {
        "cohort": "2026",
        "added": ["a", "b"],
        "changed": [],
        "unchanged": [],
        "removed": [],
        "set_aside": [{"source": str(tmp_path / "in" / "c.txt"), "reason": "empty: no text in it"}],
        "same_text": [["a", "b"]],
    }


def test_ingest_with_sync_removes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in "ab":
        (tmp_path / "in" / f"{name}.txt").write_text(f"I keep bees on roof {name} of my school.")
    run("ingest", tmp_path / "in")
    (tmp_path / "in" / "a.txt").unlink()
    assert json.loads(run("ingest", tmp_path / "in", "--sync", "--json").out)["removed"] == ["a"]


# ---- ask -------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("llm", ["none", "auto"])
def test_ask_prints_who_with_their_words(run: Run, llm: str) -> None:
    done = run("ask", "who works on diffusion models?", "--llm", llm)
    assert (done.code, done.err) == (0, "")
    assert "understood as: letters whose writer does or did: diffusion models" in done.out
    assert "2 letters match." in done.out
    assert "“My research is on diffusion models" in done.out
    assert "6 of 6 letters read · 2 match" in done.out


@pytest.mark.usefixtures("filled")
def test_ask_as_json_is_the_contract_and_nothing_else(run: Run) -> None:
    done = run("ask", "who works on diffusion models?", "--json")
    answer = json.loads(done.out)
    assert done.err == ""
    assert [candidate["letter"] for candidate in answer["candidates"]] == ["Kowalska", "Chen"]
    assert answer["kind"] == "who"
    assert "[Kowalska]" in answer["answer"]


@pytest.mark.usefixtures("filled")
def test_letters_of_other_languages_are_printed_as_they_are(run: Run) -> None:
    assert "Gdańsk" in run("ask", "summarise Kowalska", "--json").out


@pytest.mark.usefixtures("filled")
def test_chat_is_a_conversation(run: Run) -> None:
    turns = (
        "who works on diffusion models?\nwhich of them ask for a travel grant?\n?\n/clear\n\n/quit\nwho needs a visa?\n"
    )
    done = run("chat", stdin=turns)
    assert done.code == 0
    first, second = " ".join(done.out.split()).split("understood as: ")[1:]
    assert "2 letters match." in first
    assert "of the letters of the last answer" in second
    assert "One letter matches. Chen" in second
    assert "the question is empty" in done.err


@pytest.mark.usefixtures("filled")
def test_chat_ends_with_its_input(run: Run) -> None:
    assert run("chat", stdin="").code == 0


# ---- letters ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("filled")
def test_letters_are_listed_and_shown(run: Run, letters: dict[str, str], folder: Path) -> None:
    listed = json.loads(run("letters", "--json").out)
    assert [item["letter"] for item in listed["letters"]] == sorted(letters)
    assert listed["letters"][0] == {
        "letter": "Chen",
        "characters": len(letters["Chen"]),
        "source": str(folder / "Chen.txt"),
        "metadata": {},
    }
    assert run("letters", "list").code == 0
    assert run("letters", "show", "Dürr").out == letters["Dürr"] + "\n"
    assert json.loads(run("letters", "--json", "show", "Dürr").out)["text"] == letters["Dürr"]


@pytest.mark.usefixtures("filled")
def test_a_letter_is_forgotten_after_a_yes_and_not_after_a_no(run: Run) -> None:
    refused = run("letters", "forget", "Osei", stdin="n\n")
    assert (refused.code, run("letters", "show", "Osei").code) == (1, 0)
    assert run("letters", "forget", "Osei", stdin="y\n").out == "1 erased\n"
    assert run("letters", "show", "Osei").code == 1
    assert json.loads(run("ask", "who works on time series?", "--json").out)["candidates"] == []


# ---- what cannot be done ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["ask", "who works on robots?"], "no letters in", id="ask without letters"),
        pytest.param(["chat"], "no letters in", id="chat without letters"),
        pytest.param(["letters"], "no letters in", id="list without letters"),
        pytest.param(["letters", "forget", "x", "--yes"], "no", id="forget without letters"),
        pytest.param(["ingest", "/nowhere/at/all"], "no such file or folder: /nowhere/at/all", id="no such path"),
        pytest.param(["ingest", ".", "--cohort", "a/b"], "cohort's name", id="bad cohort"),
        pytest.param(["ingest", ".", "--embedding", "no-such-model"], "'no-such-model'", id="no such model"),
        pytest.param(["ingest", ".", "--home", "/dev/null/x"], "--home", id="impossible home"),
        pytest.param(["ask", "--batch", "/nowhere.jsonl"], "/nowhere.jsonl", id="no such batch"),
        pytest.param(["eval", "no-such-set"], "no-such-set", id="no such labelled set"),
        pytest.param(["eval", "dev", "--system", "no-such"], "no-such", id="no such system"),
        pytest.param(["ui", "--auth", "/nowhere"], "no letters in", id="ui without letters"),
    ],
)
def test_a_failure_is_one_sentence_and_code_1(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.code == 1
    assert told in done.err
    assert done.err.startswith("dossier: ")
    assert done.err.count("\n") == 1
    assert "Traceback" not in done.err


def test_an_empty_folder_is_said_to_be_empty(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run("ingest", tmp_path / "empty")
    assert (done.code, done.err) == (1, "dossier: nothing there that could be a letter\n")


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ask", ""], "the question is empty"),
        (["ask", "who " * 2_500], "ask in at most 2,000"),
        (["ask", "who rows?", "--llm", "llama3"], "no model server answers at"),
        (["ask", "who rows?", "--cohort", "2027"], "there is no cohort '2027' (there are: default)"),
        (["letters", "show", "nobody"], "there is no letter 'nobody'"),
        (["letters", "forget", "Osei", "nobody", "--yes"], "there is no letter 'nobody'"),
        (["ui", "--llm", "llama3"], "no model server answers at"),
    ],
)
def test_a_failure_over_letters_is_one_sentence_and_code_1(run: Run, words: list[str], told: str) -> None:
    done = run(*words)
    assert (done.code, done.out) == (1, "")
    assert told in done.err
    assert done.err.startswith("dossier: ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ["no-such-command"],
        ["ingest"],
        ["ask"],
        ["ask", "who?", "--batch", "q.jsonl"],
        ["ask", "who?", "--no-such-option"],
        ["ui", "--port", "70000"],
        ["letters", "forget"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_code_2(run: Run, words: list[str]) -> None:
    done = run(*words)
    assert (done.code, done.out) == (2, "")
    assert "Usage:" in done.err


@pytest.mark.parametrize(
    "command", ["", "ingest", "reindex", "ask", "chat", "ui", "letters", "letters forget", "eval", "doctor"]
)
def test_every_command_has_help(run: Run, command: str) -> None:
    done = run(*command.split(), "--help")
    assert done.code == 0
    assert done.out.startswith("Usage: dossier")


def test_the_version_is_printed(run: Run) -> None:
    done = run("--version")
    assert (done.code, done.out) == (0, "dossier, version 0.1.0\n")


def test_a_damaged_database_is_said_to_be_damaged(run: Run, own_home: Path) -> None:
    Home(own_home).create()
    Home(own_home).database.write_bytes(b"no database at all" * 100)
    for words in (["ask", "who rows?"], ["letters"], ["ingest", str(own_home.parent)]):
        done = run(*words)
        assert done.code == 1
        assert "restore it from a backup" in done.err


# ---- for real --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_as_a_process_from_letters_to_answer(process: Run, folder: Path, own_home: Path) -> None:
    assert process("ingest", folder).code == 0
    done = process("ask", "who works on diffusion models?", "--json")
    assert done.err == ""
    assert [candidate["letter"] for candidate in json.loads(done.out)["candidates"]] == ["Kowalska", "Chen"]


@pytest.mark.slow
def test_the_sample_comes_with_it(run: Run) -> None:
    done = run("ingest", "--sample", "--json")
    report = json.loads(done.out)
    assert (done.code, report["cohort"], report["set_aside"]) == (0, "sample", [])
    assert len(report["added"]) >= 50
    answer = json.loads(run("ask", "who works on diffusion models?", "--cohort", "sample", "--json").out)
    assert {candidate["letter"] for candidate in answer["candidates"]} <= set(report["added"])
    assert answer["candidates"]
