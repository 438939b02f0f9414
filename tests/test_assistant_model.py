"""The whole way of a question with a local model, over a socket: quotes first, then its words; and every fault."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable

import pytest

from assistant import Answer, Assistant, Conversation, Kind, Role, open_assistant
from assistant.ollama import Patience, choose_model
from ingest.home import Home
from tests.ollama_behaviours import saying
from tests.ollama_call import Behaviour, Call
from tests.ollama_faults import FAULTS
from tests.ollama_protocol import FakeOllama

Ollama = Callable[..., FakeOllama]
BRIEF = Patience(silence=0.4, whole=1)
FACT = "What does the train cost?"


def helped(home: Home, patience: Patience = BRIEF) -> Assistant:
    plain = open_assistant(home, llm="none")
    return Assistant(plain.cohort, plain.retriever, choose_model("auto", patience))


def telling(text: str) -> Behaviour:
    """Say ``text`` with the first quote's id; in JSON, nothing."""

    def behave(call: Call) -> str:
        if call.schema is not None:
            return json.dumps({"question": "", "synonyms": []})
        ids = re.findall(r"\bE-\w+", call.user)
        return f"{text} [{ids[0]}]"

    return behave


def test_a_server_is_found_and_its_model_is_named(filled: Home, ollama: Ollama) -> None:
    ollama()
    model = open_assistant(filled).model
    assert model is not None
    assert model.name == "llama3.2:3b"
    assert open_assistant(filled, llm="none").model is None


def test_without_a_server_auto_writes_from_quotes(filled: Home) -> None:
    assert open_assistant(filled).model is None


def test_quotes_come_first_and_stay_below_what_the_model_tells(filled: Home, ollama: Ollama) -> None:
    plain = open_assistant(filled, llm="none").answer(FACT)
    assert plain.evidence
    ollama(telling(plain.evidence[0].quote.partition(".")[0] + "."))
    first, *_, last = helped(filled).ask(FACT)
    assert (first.statements, first.final) == (plain.statements, False)
    assert (last.writer, last.final) == ("ollama:llama3.2:3b", True)
    assert last.statements[0].role is Role.PROSE
    assert last.statements[0].supported
    assert last.statements[0].evidence == (plain.evidence[0],)
    assert last.statements[1:] == plain.statements


def test_what_the_quotes_do_not_say_is_marked(filled: Home, ollama: Ollama) -> None:
    ollama(telling("The writer won the lottery in 1999."))
    last = helped(filled).answer(FACT)
    assert [statement.supported for statement in last.statements if statement.role is Role.PROSE] == [False]
    assert any("not borne out" in warning for warning in last.warnings)


def judging(stance: str) -> Behaviour:
    """Judge every letter alike, with a line of it as the quote."""

    def behave(call: Call) -> str:
        assert call.schema is not None
        known = call.schema["properties"]
        if "quote" not in known:
            return json.dumps({"question": "", "synonyms": []})
        line = max(call.letters[0].splitlines(), key=len)
        return json.dumps({"reason": "so it says", "stance": stance, "quote": line})

    return behave


def test_a_set_is_shown_at_once_and_judged_after_that(filled: Home, ollama: Ollama) -> None:
    server = ollama(judging("none"))
    question = "who works on statistics?"
    plain = open_assistant(filled, llm="none").answer(question)
    first, *_, last = helped(filled).ask(question, thorough=True)
    assert (first.candidates, first.final) == (plain.candidates, False)
    assert len(server.chats) == 6  # every letter, once
    assert last.writer == "ollama:llama3.2:3b"
    assert any(s.text == "the model has judged 6 uncertain letters" for s in last.statements)
    chances = {candidate.letter: candidate.score for candidate in (*plain.candidates, *plain.unsure)}
    assert all(c.score < chances[c.letter] for c in (*last.candidates, *last.unsure) if c.letter in chances)


def test_asking_again_asks_the_model_nothing(filled: Home, ollama: Ollama) -> None:
    server = ollama(judging("does"))
    assistant = helped(filled)
    first = assistant.answer("who works on statistics?", thorough=True)
    calls = len(server.chats)
    again = helped(filled).answer("who works on statistics?", thorough=True)
    assert (calls, len(server.chats)) == (6, 6)
    assert again.candidates == first.candidates
    assert len(first.candidates) + len(first.unsure) == 6


def test_only_uncertain_letters_are_judged(filled: Home, ollama: Ollama) -> None:
    server = ollama(judging("does"))
    helped(filled).answer("who works on diffusion models?")
    assert len(server.chats) < 6


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_costs_the_set(filled: Home, ollama: Ollama, fault: str) -> None:
    plain = open_assistant(filled, llm="none").answer("who works on statistics?")
    ollama(FAULTS[fault])
    last = helped(filled).answer("who works on statistics?", thorough=True)
    assert (last.candidates, last.unsure, last.final) == (plain.candidates, plain.unsure, True)
    assert any("answers of the model are missing" in warning for warning in last.warnings)


def test_a_question_in_another_language_is_read_by_the_model(filled: Home, ollama: Ollama) -> None:
    ollama(saying('{"question": "who works on diffusion models?"}'))
    asked = helped(filled).answer("Wer arbeitet an Diffusionsmodellen?")
    plain = open_assistant(filled, llm="none").answer("who works on diffusion models?")
    assert asked.kind is Kind.WHO
    assert asked.candidates == plain.candidates != ()
    assert "who works on diffusion models?" in asked.understood
    assert asked.question == "Wer arbeitet an Diffusionsmodellen?"


def test_a_conversation_goes_on_from_the_question_as_it_was_taken(filled: Home, ollama: Ollama) -> None:
    ollama(saying('{"question": "who works on diffusion models?"}'))
    talk, assistant = Conversation(), helped(filled)
    first = assistant.answer("Wer arbeitet an Diffusionsmodellen?", conversation=talk)
    assert talk.letters == tuple(candidate.letter for candidate in first.candidates)


def test_whoever_stops_ends_the_call(filled: Home, ollama: Ollama) -> None:
    server = ollama(FAULTS["drips slowly"] if "drips slowly" in FAULTS else next(iter(FAULTS.values())))
    snapshots = helped(filled, Patience(silence=5, whole=20)).ask(FACT)
    next(snapshots)
    began = time.monotonic()
    snapshots.close()  # type: ignore[attr-defined]  # ask is a generator
    assert time.monotonic() - began < 1
    assert len(server.chats) <= 1


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("question", [FACT, "summarise Sahin"])
def test_no_fault_costs_the_quotes(filled: Home, ollama: Ollama, fault: str, question: str) -> None:
    plain = open_assistant(filled, llm="none").answer(question)
    ollama(FAULTS[fault])
    assistant = helped(filled)
    began = time.monotonic()
    snapshots: list[Answer] = list(assistant.ask(question))
    assert time.monotonic() - began < BRIEF.whole + 1
    last = snapshots[-1]
    assert last.final
    assert last.evidence == plain.evidence
    assert [statement for statement in last.statements if statement.role is not Role.PROSE] == list(plain.statements)
    assert any(warning.startswith("The model ") for warning in last.warnings)
    assert snapshots[0].elapsed_ms < 1_000
