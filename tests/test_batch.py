"""Many questions in one process: one answer per line, in order, whatever happens to one of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant
from ingest.errors import DossierError
from ui.batch import answer_batch, read_batch


@pytest.fixture
def batch(tmp_path: Path, assistant: Assistant) -> Callable[..., list[dict[str, Any]]]:
    """Answer these questions as a batch."""

    def run(*lines: dict[str, Any]) -> list[dict[str, Any]]:
        asked, out = tmp_path / "q.jsonl", tmp_path / "a.jsonl"
        asked.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
        answer_batch(assistant, read_batch(asked), out)
        return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]

    return run


Batch = Callable[..., list[dict[str, Any]]]


def letters(answer: dict[str, Any]) -> set[str]:
    return {candidate["letter"] for candidate in answer["candidates"]}


def test_answers_come_in_order_with_the_ids_of_their_questions(batch: Batch) -> None:
    ids: list[object] = [7, "q-2", None, {"of": "mine"}, 7]
    answers = batch(*({"id": id_, "text": "who needs a visa?"} for id_ in ids))
    assert [answer["id"] for answer in answers] == ids
    assert all(letters(answer) == {"Kowalska", "Chen"} for answer in answers)


def test_a_bad_question_in_the_middle_stops_nothing_and_says_why(batch: Batch) -> None:
    first, empty, long, lost, last = batch(
        {"id": 1, "text": "who needs a visa?"},
        {"id": 2, "text": " "},
        {"id": 3, "text": "who " * 2_500},
        {"id": 4, "text": "How many hives?", "letter": "nobody"},
        {"id": 5, "text": "who works on time series?"},
    )
    assert (letters(first), letters(last)) == ({"Kowalska", "Chen"}, {"Osei"})
    for bad, why in ((empty, "empty"), (long, "at most 2,000"), (lost, "no letter 'nobody'")):
        assert bad["abstained"]
        assert (bad["candidates"], bad["evidence"]) == ([], [])
        assert why in bad["warnings"][0]
        assert bad.keys() == first.keys()


def test_lines_that_share_a_conversation_are_its_turns(batch: Batch) -> None:
    answers = batch(
        {"id": 1, "text": "who works on diffusion models?", "conversation": "a"},
        {"id": 2, "text": "who works on time series?", "conversation": "b"},
        {"id": 3, "text": "which of them ask for a travel grant?", "conversation": "a"},
        {"id": 4, "text": "which of them ask for a travel grant?", "conversation": "b"},
        {"id": 5, "text": "and who wants to learn it?", "conversation": "a"},
    )
    assert [letters(answer) for answer in answers[2:]] == [{"Chen"}, {"Osei"}, {"Neri"}]


def test_a_conversation_may_be_named_by_a_number(batch: Batch) -> None:
    answers = batch(
        {"id": 1, "text": "who works on diffusion models?", "conversation": 1},
        {"id": 2, "text": "which of them ask for a travel grant?", "conversation": 1},
    )
    assert letters(answers[1]) == {"Chen"}


def test_a_question_may_be_about_one_letter(batch: Batch) -> None:
    (answer,) = batch({"id": 1, "text": "How many hives?", "letter": "Dürr"})
    assert answer["kind"] == "fact"
    assert "14 hives" in answer["evidence"][0]["quote"]


def test_blank_lines_and_a_byte_order_mark_are_passed_over(tmp_path: Path) -> None:
    asked = tmp_path / "q.jsonl"
    asked.write_bytes(b'\xef\xbb\xbf{"id": 1, "text": "a?"}\r\n\r\n   \n{"id": 2, "text": "b\\u2028?"}')
    assert [(line.id, line.text) for line in read_batch(asked)] == [(1, "a?"), (2, "b\u2028?")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b'{"text": "a?"}\nwho rows?\n', "line 2 is not JSON", id="no JSON"),
        pytest.param(b'["a?"]', 'line 1 needs a "text"', id="no object"),
        pytest.param(b'{"id": 1}', 'line 1 needs a "text"', id="no text"),
        pytest.param(b'{"text": 7}', 'line 1 needs a "text"', id="text is a number"),
        pytest.param(b'{"text": "caf\xe9"}', "cannot be read as UTF-8", id="another encoding"),
    ],
)
def test_a_file_that_is_no_batch_is_refused_with_the_line(tmp_path: Path, content: bytes, told: str) -> None:
    asked = tmp_path / "q.jsonl"
    asked.write_bytes(content)
    with pytest.raises(DossierError) as refused:
        read_batch(asked)
    assert told in str(refused.value)
    assert str(asked) in str(refused.value)


def test_the_command_answers_a_batch_into_a_file_or_to_standard_output(
    run: Callable[..., Any], filled: object, tmp_path: Path
) -> None:
    asked, out = tmp_path / "q.jsonl", tmp_path / "a.jsonl"
    asked.write_text('{"id": 1, "text": "who needs a visa?"}\n{"id": 2, "text": ""}\n')
    assert run("ask", "--batch", asked, "--out", out).code == 0
    printed = run("ask", "--batch", asked)
    assert printed.code == 0
    for lines in (out.read_text().splitlines(), printed.out.splitlines()):
        assert [json.loads(line)["id"] for line in lines] == [1, 2]
