"""Turns of a conversation: "of them" is the last set, "it" is the last subject, and no more is remembered."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant import Answer, Conversation
from assistant.question import About, Wanted

Ask = Callable[..., Answer]


@pytest.fixture
def tell(ask: Ask) -> Callable[[str], set[str]]:
    """Ask in one conversation; returns the letters of the answer."""
    talk = Conversation()

    def turn(question: str) -> set[str]:
        return {candidate.letter for candidate in ask(question, conversation=talk).candidates}

    return turn


def test_of_them_is_the_last_set(tell: Callable[[str], set[str]]) -> None:
    assert tell("who works on diffusion models?") == {"Kowalska", "Chen"}
    assert tell("which of them ask for a travel grant?") == {"Chen"}
    assert tell("how many of them need a visa?") == {"Chen"}


def test_it_is_the_last_subject_in_the_whole_cohort(tell: Callable[[str], set[str]]) -> None:
    tell("who works on diffusion models?")
    assert tell("and who wants to learn it?") == {"Neri"}


def test_a_facet_changes_the_set_and_not_the_subject(tell: Callable[[str], set[str]]) -> None:
    tell("who works on diffusion models?")
    assert tell("who needs a visa?") == {"Kowalska", "Chen"}
    assert tell("who wants to learn it?") == {"Neri"}


def test_an_empty_set_has_no_one_in_it(tell: Callable[[str], set[str]]) -> None:
    assert tell("who works on basket weaving?") == set()
    assert tell("which of them need a visa?") == set()


def test_questions_that_are_no_sets_change_nothing(tell: Callable[[str], set[str]]) -> None:
    tell("who works on diffusion models?")
    tell("What does the train cost?")
    tell("summarise Neri")
    assert tell("which of them ask for a travel grant?") == {"Chen"}


def test_two_conversations_are_apart(ask: Ask) -> None:
    one, other = Conversation(), Conversation()
    ask("who works on diffusion models?", conversation=one)
    ask("who works on time series?", conversation=other)
    assert {c.letter for c in ask("which of them ask for a travel grant?", conversation=one).candidates} == {"Chen"}
    assert {c.letter for c in ask("which of them ask for a travel grant?", conversation=other).candidates} == {"Osei"}


def test_what_is_remembered_can_be_seen_and_cleared(ask: Ask) -> None:
    talk = Conversation()
    ask("who works on diffusion models?", conversation=talk)
    assert set(talk.letters or ()) == {"Kowalska", "Chen"}
    assert talk.subject == About("diffusion models", Wanted.DOES)
    talk.clear()
    assert (talk.letters, talk.subject) == (None, None)


def test_a_question_on_its_own_remembers_nothing(ask: Ask) -> None:
    ask("who works on diffusion models?")
    assert {c.letter for c in ask("who asks for a travel grant?").candidates} == {"Chen", "Osei"}
