"""Replies of a given form: checked, asked for again, and given up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.model import Prompt
from assistant.ollama import choose_model
from assistant.structured import reply_json
from ingest.errors import ModelFailed
from tests.ollama_behaviours import saying
from tests.ollama_faults import cut_off
from tests.ollama_protocol import FakeOllama

Start = Callable[..., FakeOllama]
SCHEMA = {
    "type": "object",
    "properties": {"why": {"type": "string"}, "stance": {"enum": ["does", "wants", "other"]}},
    "required": ["why", "stance"],
    "additionalProperties": False,
}
PROMPT = Prompt("Judge.", "Does she work on rivers?", SCHEMA)
RIGHT = '{"why": "she says so", "stance": "does"}'
VALUE = {"why": "she says so", "stance": "does"}


@pytest.mark.parametrize(
    "reply",
    [RIGHT, f"```json\n{RIGHT}\n```", f"Here it is: {RIGHT} I hope it helps.", f"<think>{{}}</think>{RIGHT}"],
    ids=["bare", "fenced", "wrapped", "thought"],
)
def test_an_object_that_fits_is_taken(ollama: Start, reply: str) -> None:
    server = ollama(saying(reply))
    assert reply_json(choose_model(), PROMPT) == VALUE
    assert len(server.chats) == 1


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("Yes, she does.", "it is not JSON"),
        ('{"why": "she', "it is not JSON"),
        ('{"why": "", "stance": "does"} {"why": "", "stance": "other"}', "it is not JSON"),
        ('{"why": ' + "[" * 1500 + "}", "it is not JSON"),
        ('{"why": "", "stance": "yes"}', "it does not fit the schema at $.stance (enum)"),
        ('{"stance": "does"}', "it does not fit the schema at $ (required)"),
        ('{"why": 7, "stance": "does"}', "it does not fit the schema at $.why (type)"),
        ('{"why": "", "stance": "does", "rank": 1}', "it does not fit the schema at $ (additionalProperties)"),
    ],
)
def test_one_that_does_not_fit_is_asked_for_again_with_the_reason(ollama: Start, reply: str, told: str) -> None:
    server = ollama(saying(reply, RIGHT))
    assert reply_json(choose_model(), PROMPT) == VALUE
    first, second = (chat["messages"][1]["content"] for chat in server.chats)
    assert first == "Does she work on rivers?"
    assert second == f"Does she work on rivers?\n\nYour last reply could not be used: {told}. Reply again."


def test_after_so_many_tries_it_is_given_up(ollama: Start) -> None:
    server = ollama(saying("The quokka says no."))
    with pytest.raises(ModelFailed, match="tries: 3") as failed:
        reply_json(choose_model(), PROMPT)
    assert "quokka" not in str(failed.value)
    assert len(server.chats) == 3
    with pytest.raises(ModelFailed, match="tries: 1"):
        reply_json(choose_model(), PROMPT, tries=1)


def test_a_call_that_failed_is_not_tried_again(ollama: Start) -> None:
    server = ollama(cut_off)
    with pytest.raises(ModelFailed, match="cut off"):
        reply_json(choose_model(), PROMPT)
    assert len(server.chats) == 1


def test_a_prompt_without_a_schema_is_a_mistake(ollama: Start) -> None:
    ollama()
    with pytest.raises(ValueError, match="schema"):
        reply_json(choose_model(), Prompt("Judge.", "Does she?"))
