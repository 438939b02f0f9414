"""Facets: what organisers ask beside subjects, recognised in questions and in letters."""

from __future__ import annotations

import pytest

from assistant.cohort import Cohort
from assistant.domain import shipped
from assistant.facets import Facet


def facet(question: str) -> Facet:
    asked = shipped().facets.asked_in(question)
    assert asked is not None
    return asked.facets[0]


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("needs a visa", "needs a visa or an invitation letter for it"),
        ("PhD students", "is a PhD student"),
        ("has published", "has published"),
        ("a travel grant", "asks for a travel grant or fee waiver"),
        ("speaks French", "speaks French"),
    ],
)
def test_a_facet_is_recognised_in_a_question(question: str, name: str) -> None:
    asked = shipped().facets.asked_in(question)
    assert asked is not None
    assert ([found.name for found in asked.facets], asked.left_over) == ([name], "")


@pytest.mark.parametrize("question", ["works on diffusion models", "keeps bees", "", "?", "Kraków"])
def test_most_words_are_no_facet(question: str) -> None:
    assert shipped().facets.asked_in(question) is None


def test_words_that_a_facet_does_not_account_for_are_left_over() -> None:
    asked = shipped().facets.asked_in("needs a visa for Wonderland")
    assert asked is not None
    assert asked.left_over == "Wonderland"


@pytest.mark.parametrize(
    ("question", "sentence", "said"),
    [
        ("needs a visa", "I need a visa to enter the country.", True),
        ("needs a visa", "I would need a visa and a travel grant.", True),
        ("needs a visa", "I do not need a visa.", False),
        ("needs a visa", "I like visiting castles.", False),
        ("has published", "Our paper on sampling was published at MICCAI 2025.", True),
        ("has published", "Our paper on sampling was publlished at MICCAI 2025.", True),
        ("has published", "I have not published anything yet.", False),
        ("PhD students", "I am a second-year PhD student at the University of Gdańsk.", True),
        ("PhD students", "I would like to do a PhD one day.", False),
        ("PhD students", "My brother is a PhD student in Rome.", False),
        ("bachelor students", "I am a first-year bachelor student of biology.", True),
        ("a travel grant", "I ask for a travel grant, because the train costs 180 francs.", True),
    ],
)
def test_a_facet_is_recognised_in_a_letter(question: str, sentence: str, said: bool) -> None:
    assert facet(question).said_in(sentence) is said


def test_levels_of_study_exclude_each_other() -> None:
    levels = {rival.name for rival in shipped().facets.rivals(facet("PhD students"))}
    assert {"is a PhD student", "is a bachelor student", "is a master's student"} <= levels
    assert shipped().facets.rivals(facet("needs a visa")) == []


def test_a_letter_says_each_facet_once_with_the_sentence_that_says_it(cohort: Cohort) -> None:
    said = shipped().facets.said_of(cohort.of_letter("Kowalska"))
    names = [name for name, _ in said]
    assert len(names) == len(set(names))
    quoted = {name: item.passage.text for name, item in said}
    assert quoted["is a PhD student"] == "I am a second-year PhD student at the University of Gdańsk."
    assert quoted["needs a visa or an invitation letter for it"] == "I need a visa to enter the country."


def test_of_levels_that_exclude_each_other_the_first_is_taken(cohort: Cohort) -> None:
    levels = [name for name, _ in shipped().facets.said_of(cohort.of_letter("Sahin")) if name.endswith("student")]
    assert levels == ["is a bachelor student"]
