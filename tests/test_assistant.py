"""The front object: opened over a home, asked of all letters or of one, always up to date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant import Answer, Assistant, Conversation, Kind, open_assistant
from ingest.errors import BadQuestion, ModelFailed, NothingFound, UnknownCohort, UnknownLetter
from ingest.home import Home

Ask = Callable[..., Answer]


def test_without_letters_it_says_how_to_get_some(own_home: Path) -> None:
    with pytest.raises(NothingFound, match=r"no letters in .* dossier ingest"):
        open_assistant(Home(own_home))
    assert not own_home.exists()


def test_an_unknown_cohort_is_named_beside_those_there_are(home: Home) -> None:
    with pytest.raises(UnknownCohort, match=r"'2027'.*default"):
        open_assistant(home, "2027")


def test_a_model_is_refused_before_anything_is_opened(home: Home) -> None:
    with pytest.raises(ModelFailed, match="no model server answers"):
        open_assistant(home, llm="llama3")


def test_the_last_snapshot_is_final_and_is_the_answer(assistant: Assistant) -> None:
    snapshots = list(assistant.ask("who works on diffusion models?"))
    assert [snapshot.final for snapshot in snapshots] == [False] * (len(snapshots) - 1) + [True]
    assert snapshots[-1].markdown == assistant.answer("who works on diffusion models?").markdown
    assert snapshots[-1].elapsed_ms > 0


@pytest.mark.parametrize("question", ["", "  ", "?", "x" * 10_000])
def test_a_bad_question_is_refused(ask: Ask, question: str) -> None:
    with pytest.raises(BadQuestion):
        ask(question)


def test_asked_of_one_letter_only_that_one_answers(ask: Ask) -> None:
    answer = ask("How many hives are there?", letter="Dürr")
    assert (answer.kind, answer.coverage.read) == (Kind.FACT, 1)
    assert "14 hives" in answer.evidence[0].quote
    assert {evidence.letter for evidence in answer.evidence} == {"Dürr"}


def test_asked_of_one_letter_that_does_not_say_it_says_so(ask: Ask) -> None:
    answer = ask("How many hives are there?", letter="Osei")
    assert answer.abstained
    assert answer.statements[0].text == "The letter Osei does not say."


def test_asked_of_one_letter_a_set_question_is_about_that_letter(ask: Ask) -> None:
    answer = ask("who works on diffusion models?", letter="Kowalska")
    assert answer.kind is Kind.FACT
    assert answer.candidates == ()
    assert {evidence.letter for evidence in answer.evidence} <= {"Kowalska"}


def test_an_unknown_letter_is_named(ask: Ask) -> None:
    with pytest.raises(UnknownLetter, match="'nobody'"):
        ask("How many hives are there?", letter="nobody")


def test_facts_are_found_over_all_letters(ask: Ask) -> None:
    answer = ask("How many neighbours buy the honey?")
    assert answer.evidence[0].letter == "Dürr"
    assert "40 neighbours" in answer.evidence[0].quote
    assert answer.coverage.read == 6


@pytest.mark.parametrize(
    "question", ["who works on diffusion models?", "how many need a visa?", "who does not need a visa?"]
)
def test_the_ledger_adds_up(ask: Ask, question: str) -> None:
    answer = ask(question)
    assert answer.coverage.letters == answer.coverage.read == 6
    assert answer.coverage.matched == len(answer.candidates)
    shown = [c.letter for c in (*answer.candidates, *answer.unsure)]
    assert len(shown) == len(set(shown)) <= 6


def test_a_cohort_without_letters_answers_that_they_do_not_say(tmp_path: Path, ingest: Callable[..., object]) -> None:
    (tmp_path / "empty").mkdir()
    ingest(tmp_path / "empty")
    assistant = open_assistant(Home(tmp_path / "home"))
    for question in ("who works on robots?", "how many need a visa?", "What does it cost?", "who has not published?"):
        answer = assistant.answer(question)
        assert answer.abstained
        assert answer.coverage.letters == 0


def test_cohorts_answer_from_their_own_letters(tmp_path: Path, ingest: Callable[..., object], own_home: Path) -> None:
    for cohort, text in (("2025", "I keep bees on the roof."), ("2026", "I keep owls in the barn.")):
        (tmp_path / f"{cohort}.txt").write_text(text)
        ingest(tmp_path / f"{cohort}.txt", cohort=cohort)
    for cohort, expected in (("2025", 0), ("2026", 1)):
        answer = open_assistant(Home(own_home), cohort).answer("who mentions owls?")
        assert len(answer.candidates) == expected
        assert (answer.cohort, answer.coverage.letters) == (cohort, 1)


def test_what_could_not_be_read_is_in_the_ledger(tmp_path: Path, ingest: Callable[..., object], own_home: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("I keep bees on the roof.")
    (tmp_path / "in" / "b.jpg").write_bytes(b"\xff\xd8")
    ingest(tmp_path / "in")
    answer = open_assistant(Home(own_home)).answer("who mentions bees?")
    assert answer.coverage.set_aside == 1
    assert answer.ledger == "1 of 1 letters read · 1 match · 0 unsure · 1 set aside"


def test_a_question_that_fails_leaves_the_conversation_as_it_was(ask: Ask) -> None:
    talk = Conversation()
    ask("who works on diffusion models?", conversation=talk)
    with pytest.raises(BadQuestion):
        ask("?", conversation=talk)
    assert len(ask("which of them need a visa?", conversation=talk).candidates) == 2
