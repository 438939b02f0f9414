"""LIMIT's form and figures, on five letters and five questions that a hand can check."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from eval.dataset import load
from eval.limit import Asked, ask, main, report, slip

LETTERS = {
    "Ida Roth": "Ida Roth likes Quinces, Old Maps, Rain, Fish and Chips and Owls.",
    "Ulf Berg": "Ulf Berg likes Quince Jam, Old Maps, Fog, Chess and Kites.",
    "Eva Cole": "Eva Cole likes Quinces, Key Limes, Rain, Kites and Soup.",
    "Bo Falk": "Bo Falk likes Limes, Fog, Canoes, Chess and Fish and Chips.",
    "Ann Lund": "Ann Lund likes Bread, Owls, Limes, Canoes and Soup.",
}
QUESTIONS = {
    "Who likes Quinces?": ["Ida Roth", "Eva Cole"],
    "Who likes Old Maps?": ["Ida Roth", "Ulf Berg"],
    "Who likes Limes?": ["Bo Falk", "Ann Lund"],
    "Who likes Fish and Chips?": ["Ida Roth", "Bo Falk"],
    "Who likes Bread?": ["Ann Lund", "Ida Roth"],  # wrong on purpose: Ida Roth does not
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "mini"
    place.mkdir()
    corpus = [{"_id": name, "title": "", "text": text} for name, text in LETTERS.items()]
    queries = [{"_id": f"query_{number}", "text": text} for number, text in enumerate(QUESTIONS)]
    qrels = [
        {"query-id": f"query_{number}", "corpus-id": name, "score": 1}
        for number, names in enumerate(QUESTIONS.values())
        for name in names
    ]
    for file, records in (("corpus", corpus), ("queries", queries), ("qrels", qrels)):
        (place / f"{file}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return place


def test_every_question_is_asked_and_scored(folder: Path) -> None:
    asked = ask(load(folder))
    assert [each.text for each in asked] == list(QUESTIONS)
    assert [set(each.returned) for each in asked] == [*map(set, list(QUESTIONS.values())[:4]), {"Ann Lund"}]
    assert [each.recall_at_2 for each in asked] == [1, 1, 1, 1, 1 / 2]
    assert [each.is_exact for each in asked] == [True, True, True, True, False]
    assert all(each.elapsed_ms > 0 for each in asked)


def test_the_report_has_the_figures_and_what_went_wrong(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(folder)], standalone_mode=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("-mini: 5 letters, 5 questions")
    assert lines[1:3] == ["R@2        0.9000", "exact set  0.8000"]  # (1 + 1 + 1 + 1 + 1/2) / 5, 4 / 5
    assert re.fullmatch(r"p50, p95   \d+\.\d ms, \d+\.\d ms", lines[3])
    assert lines[4:] == ["missed     Who likes Bread?: 1 letters, 1 of 2 right"]


def test_with_typos_each_thing_has_one_edit_and_the_seed_says_which(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def printed(*words: str) -> str:
        main([str(folder), *words], standalone_mode=False)
        return re.sub(r"p50.*", "", capsys.readouterr().out)

    assert "-mini, one edit each (seed 3): 5 letters" in printed("--typos", "--seed", "3")
    assert printed("--typos", "--seed", "3") == printed("--typos", "--seed", "3")
    edited = ask(load(folder), lambda question: question.replace("Limes", "Limse").replace("d Maps", " dMaps"))
    assert [each.is_exact for each in edited] == [True, True, True, True, False]
    assert [each.notes for each in edited[1:3]] == [("read as “old maps”",), ("read as “limes”",)]


def test_at_most_ten_misses_are_listed() -> None:
    asked = [Asked(f"Who likes {n}?", frozenset("ab"), ("a", "c", "b"), ("read as “n”",), float(n)) for n in range(20)]
    lines = report("set", 2, asked).splitlines()
    assert lines[1:4] == ["R@2        0.5000", "exact set  0.0000", "p50, p95   10.0 ms, 19.0 ms"]
    assert lines[4:] == [f"missed     Who likes {n}? (read as “n”): 3 letters, 2 of 2 right" for n in range(10)]


def test_what_is_no_such_folder_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([str(tmp_path)])
    assert stopped.value.code == 2
    assert "is not a labelled set" in capsys.readouterr().err


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([*QUESTIONS, "Who likes a?"]), st.integers(0, 1000))
def test_a_slip_is_one_edit_of_the_thing(question: str, seed: int) -> None:
    edited = slip(question, random.Random(seed))
    assert OSA.distance(question, edited) == 1
    assert edited.startswith("Who likes")
    assert edited.endswith("?")
