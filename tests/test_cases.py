"""Leaves as cases: what is believed of the six letters, what answers make of it, the words that prove it."""

from __future__ import annotations

import pytest

from assistant.answer import Stance
from assistant.cases import Case, case
from assistant.cohort import Cohort
from assistant.domain import shipped
from assistant.judge_prompt import UNPROVEN
from assistant.match import match
from assistant.question import About, Column, Has, Wanted
from assistant.verdicts import MAYBE, YES
from ingest.judgements import Judgement

DIFFUSION = About("diffusion models", Wanted.DOES)


def has(text: str) -> Has:
    asked = shipped().facets.whole(text)
    assert asked is not None
    return Has(asked.facets)


def made(leaf: About | Has, cohort: Cohort, *, thorough: bool = False) -> Case:
    found = case(leaf, cohort, thorough=thorough)
    assert found is not None
    return found


def quoting(answer: str, letter: str, words: str, cohort: Cohort) -> Judgement:
    start = cohort.letters[letter].text.index(words)
    return Judgement(answer, start, start + len(words))


@pytest.mark.parametrize("leaf", [DIFFUSION, has("has published"), has("needs a visa")])
def test_before_anybody_is_asked_the_verdicts_are_those_without_a_judge(leaf: About | Has, cohort: Cohort) -> None:
    assert made(leaf, cohort).matches == match(leaf, cohort)


@pytest.mark.parametrize("leaf", [About("rain", Wanted.ANY), Column("country", "Poland")])
def test_words_and_columns_need_no_judge(leaf: About | Column, cohort: Cohort) -> None:
    assert case(leaf, cohort) is None


@pytest.mark.parametrize("leaf", [DIFFUSION, About("basket weaving", Wanted.WANTS), has("has published")])
def test_thorough_is_every_letter_whatever_is_believed(leaf: About | Has, cohort: Cohort) -> None:
    found = made(leaf, cohort, thorough=True)
    assert set(found.chances) == set(cohort.letters)
    assert all(chance in found.band for chance in found.chances.values())
    assert {found.span(letter) for letter in cohort.letters} == {(0.0, 1.0)}


def test_the_first_place_is_where_the_letter_speaks_of_it(cohort: Cohort) -> None:
    assert "My friend Omar works on diffusion models" in made(DIFFUSION, cohort).places("Sahin")[0].passage.text
    assert made(has("has published"), cohort).places("Kowalska")[0].passage.text.startswith("Our paper")
    assert made(has("has published"), cohort).places("Neri")[0].passage.text == "I have not published anything yet."


def test_a_stance_that_the_judge_confirms_is_surer_and_has_its_quote(cohort: Cohort) -> None:
    found = made(DIFFUSION, cohort)
    words = "In my bachelor's thesis I worked on diffusion models"
    verdict = found.verdict("Chen", quoting("did", "Chen", words, cohort))
    assert verdict is not None
    assert verdict.probability > found.chances["Chen"] >= YES
    assert verdict.stance is Stance.DID
    assert verdict.evidence[0].quote == words
    assert len([quote for quote in verdict.evidence if words in quote.quote]) == 1  # its sentence is not quoted again


def test_a_stance_that_was_not_asked_for_makes_the_wanted_one_unlikely(cohort: Cohort) -> None:
    found = made(DIFFUSION, cohort)
    verdict = found.verdict("Sahin", quoting("other", "Sahin", "My friend Omar works on diffusion models", cohort))
    assert verdict is not None  # the letter speaks of it
    assert verdict.probability < found.chances["Sahin"]
    assert verdict.stance is Stance.OTHER
    assert verdict.evidence[0].quote == "My friend Omar works on diffusion models"


def test_an_answer_moves_a_letter_as_bayes_rule_does(cohort: Cohort) -> None:
    found = made(has("has published"), cohort)
    before = found.chances["Neri"]
    quote = quoting("yes", "Neri", "I have not published", cohort)
    told = before * 0.9 / (before * 0.9 + (1 - before) * 0.05)
    verdict = found.verdict("Neri", quote)
    assert verdict is not None
    assert verdict.probability == pytest.approx(told)
    assert found.span("Neri") == pytest.approx((before * 0.05 / (before * 0.05 + (1 - before) * 0.9), told))


def test_a_letter_that_the_judge_denies_is_left_out(cohort: Cohort) -> None:
    assert made(has("has published"), cohort).verdict("Neri", Judgement("no")) is None
    assert made(About("robotics", Wanted.DOES), cohort).verdict("Neri", Judgement("none")) is None


def test_an_unclear_answer_leaves_things_as_they_are(cohort: Cohort) -> None:
    found = made(has("has published"), cohort)
    for letter in ("Kowalska", "Neri"):
        assert found.verdict(letter, Judgement("unclear")) == found.matches.verdicts.get(letter)


@pytest.mark.parametrize("leaf", [DIFFUSION, has("has published")])
def test_an_unproven_answer_makes_nobody_a_no(leaf: About | Has, cohort: Cohort) -> None:
    found = made(leaf, cohort, thorough=True)
    for letter in cohort.letters:
        verdict = found.verdict(letter, Judgement(UNPROVEN))
        known = found.matches.verdicts.get(letter)
        assert verdict is not None
        if known and known.probability >= YES:
            assert verdict == known  # its own words prove it
        else:
            assert MAYBE <= verdict.probability < YES


def test_thorough_a_letter_that_hints_at_nothing_is_at_best_unsure(cohort: Cohort) -> None:
    found = made(DIFFUSION, cohort, thorough=True)
    verdict = found.verdict("Osei", quoting("does", "Osei", "I work on time series", cohort))
    assert verdict is not None
    assert found.chances["Osei"] < 0.02
    assert MAYBE <= verdict.probability < YES


def test_words_that_a_wide_subject_stands_for_are_never_believed_to_be_likely(cohort: Cohort) -> None:
    found = made(About("learning machines that dream", Wanted.DOES), cohort)
    assert all(chance <= max(MAYBE, found.matches.probability(id_)) + 1e-9 for id_, chance in found.chances.items())
