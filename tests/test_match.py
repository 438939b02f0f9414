"""Which letters meet a criterion: the set that a careful reader would name, with the words that prove it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant import Answer, Assistant, open_assistant
from assistant.answer import Stance
from assistant.cohort import Cohort
from assistant.domain import shipped
from assistant.match import match
from assistant.question import About, Column, Criterion, Every, Has, Not, Some, Wanted
from assistant.verdicts import MAYBE, YES, Matches, Verdict, bounds, combine, leaves, negated
from ingest.home import Home

Ask = Callable[..., Answer]


def letters(answer: Answer) -> set[str]:
    return {candidate.letter for candidate in answer.candidates}


# ---- the six letters -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        pytest.param("who works on diffusion models?", {"Kowalska", "Chen"}, id="does and did"),
        pytest.param("who wants to learn diffusion models?", {"Neri"}, id="wants"),
        pytest.param("who mentions diffusion models?", {"Kowalska", "Neri", "Chen", "Sahin"}, id="mentions"),
        pytest.param("who knows little of statistics?", {"Sahin"}, id="lacks"),
        pytest.param("who took a course on robotics?", {"Osei"}, id="course"),
        pytest.param("who works on time series?", {"Osei"}, id="does"),
        pytest.param("who works on machine learning?", {"Kowalska", "Chen"}, id="a wider subject, and a refusal"),
        pytest.param("who works on difusion models?", {"Kowalska", "Chen"}, id="misspelt"),
        pytest.param("who works on basket weaving?", set(), id="unknown and absent"),
        pytest.param("who is a bachelor student?", {"Sahin"}, id="level, not a bachelor's thesis"),
        pytest.param("who is a master's student?", {"Neri"}, id="another level"),
        pytest.param("which PhD students have published?", {"Kowalska"}, id="two facets"),
        pytest.param("who has published?", {"Kowalska"}, id="published, not: not published"),
        pytest.param("who needs a visa?", {"Kowalska", "Chen"}, id="needs, not: does not need"),
        pytest.param("who does not need a visa?", {"Neri", "Sahin", "Dürr", "Osei"}, id="not"),
        pytest.param("who asks for a travel grant?", {"Chen", "Osei"}, id="grant"),
        pytest.param("who works on diffusion models and asks for a travel grant?", {"Chen"}, id="and"),
        pytest.param("who works on diffusion models but has not published?", {"Chen"}, id="but not"),
        pytest.param("who works on diffusion models or time series?", {"Kowalska", "Chen", "Osei"}, id="or"),
        pytest.param("who likes Rain?", {"Sahin", "Dürr"}, id="a thing in a list"),
        pytest.param("who likes Limes?", {"Sahin"}, id="a whole item, not a part of one"),
        pytest.param("who likes key limes?", {"Dürr"}, id="an item of two words"),
        pytest.param("who likes Ky Limes?", {"Dürr"}, id="an item misspelt"),
        pytest.param("who mentions honey?", {"Dürr"}, id="any word"),
    ],
)
def test_the_set_is_complete_and_nobody_else_is_in_it(ask: Ask, question: str, expected: set[str]) -> None:
    assert letters(ask(question)) == expected


def test_a_count_is_the_size_of_the_set(ask: Ask) -> None:
    answer = ask("how many need a visa?")
    assert answer.kind == "count"
    assert letters(answer) == {"Kowalska", "Chen"}
    assert answer.statements[0].text == "2 of 6 letters."


def test_each_has_the_stance_and_the_words_that_prove_it(ask: Ask) -> None:
    found = {candidate.letter: candidate for candidate in ask("who works on diffusion models?").candidates}
    assert (found["Kowalska"].stance, found["Chen"].stance) == ("does", "did")
    assert found["Chen"].evidence[0].quote.startswith("In my bachelor's thesis I worked on diffusion models")
    assert list(found) == ["Kowalska", "Chen"]  # who does comes before who did
    assert all(YES <= candidate.score <= 1 for candidate in found.values())


def test_who_speaks_of_it_in_another_way_is_named_apart(ask: Ask) -> None:
    answer = ask("who works on diffusion models?")
    apart = [statement.text for statement in answer.statements if statement.text.startswith("Not in the list")]
    assert len(apart) == 1
    assert "Neri" in apart[0]
    assert "Sahin" in apart[0]


def test_a_misspelt_word_is_announced(ask: Ask) -> None:
    notes = [statement.text for statement in ask("who mentions tapires?").statements]
    assert "read as “tapirs”" in notes
    assert letters(ask("who mentions tapires?")) == {"Sahin"}


def test_a_spelling_that_is_right_is_not_announced(ask: Ask) -> None:
    assert not any("read as" in statement.text for statement in ask("who mentions tapirs?").statements)


WORK = "I repair boats and sails in the harbour of my town, day and night. " * 4

# ---- columns of a form -----------------------------------------------------------------------------------------------


@pytest.fixture
def form(tmp_path: Path, ingest: Callable[..., object], own_home: Path) -> Assistant:
    rows = ["id,country,letter"]
    for id_, country in (("ann", "Poland"), ("bo", "poland"), ("cem", "Italy")):
        rows.append(f'{id_},{country},"I am {id_}. {WORK}"')
    (tmp_path / "form.csv").write_text("\n".join(rows))
    ingest(tmp_path / "form.csv")
    return open_assistant(Home(own_home))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("who is from Poland?", {"ann", "bo"}),
        ("applicants from italy", {"cem"}),
        ("how many are from Poland?", {"ann", "bo"}),
    ],
)
def test_letters_are_filtered_by_a_column(form: Assistant, question: str, expected: set[str]) -> None:
    assert letters(form.answer(question)) == expected


def test_a_value_that_no_form_has_matches_nobody(form: Assistant) -> None:
    assert match(Column("country", "Peru"), form.cohort).verdicts == {}


# ---- the algebra -----------------------------------------------------------------------------------------------------


def has(question: str) -> Has:
    asked = shipped().facets.asked_in(question)
    assert asked is not None
    return Has(asked.facets)


LEAVES = st.sampled_from(
    [
        About("diffusion models", Wanted.WANTS),
        About("time series", Wanted.DOES),
        About("diffusion models", Wanted.DOES),
        About("machine learning", Wanted.WANTS),
        About("statistics", Wanted.LACKS),
        About("rain", Wanted.ANY),
        has("needs a visa"),
        has("a travel grant"),
        Column("country", "Poland"),
    ]
)
CRITERIA: st.SearchStrategy[Criterion] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Every(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Some(tuple(parts))),
    ),
    max_leaves=5,
)


def chances(matches: Matches, cohort: Cohort) -> dict[str, float]:
    return {id_: matches.verdicts[id_].probability if id_ in matches.verdicts else 0.0 for id_ in cohort.letters}


@settings(max_examples=20, deadline=None)
@given(one=CRITERIA, two=CRITERIA)
def test_order_makes_no_difference(cohort: Cohort, one: Criterion, two: Criterion) -> None:
    for kind in (Every, Some):
        assert chances(match(kind((one, two)), cohort), cohort) == chances(match(kind((two, one)), cohort), cohort)


@settings(max_examples=20, deadline=None)
@given(one=CRITERIA, two=CRITERIA)
def test_not_both_is_one_or_the_other_not(cohort: Cohort, one: Criterion, two: Criterion) -> None:
    neither = match(Not(Some((one, two))), cohort)
    assert chances(neither, cohort) == chances(match(Every((Not(one), Not(two))), cohort), cohort)
    not_both = match(Not(Every((one, two))), cohort)
    assert chances(not_both, cohort) == chances(match(Some((Not(one), Not(two))), cohort), cohort)


@settings(max_examples=20, deadline=None)
@given(one=CRITERIA, two=CRITERIA)
def test_and_is_the_smaller_set_or_the_larger(cohort: Cohort, one: Criterion, two: Criterion) -> None:
    first, second = chances(match(one, cohort), cohort), chances(match(two, cohort), cohort)
    for letter, chance in chances(match(Every((one, two)), cohort), cohort).items():
        assert chance == min(first[letter], second[letter])
    for letter, chance in chances(match(Some((one, two)), cohort), cohort).items():
        assert chance == max(first[letter], second[letter])


@settings(max_examples=20, deadline=None)
@given(criterion=CRITERIA)
def test_twice_not_is_nothing_and_every_verdict_is_in_bounds(cohort: Cohort, criterion: Criterion) -> None:
    once = match(criterion, cohort)
    again = chances(match(Not(Not(criterion)), cohort), cohort)
    assert again == pytest.approx(chances(once, cohort))
    assert set(once.verdicts) <= set(cohort.letters)
    for letter, verdict in once.verdicts.items():
        assert verdict.letter == letter
        assert 0 <= verdict.probability <= 1
        for quote in verdict.evidence:
            assert cohort.letters[quote.letter].text[quote.start : quote.end] == quote.quote


def test_yes_and_unsure_share_nobody(cohort: Cohort) -> None:
    found = match(About("machine learning", Wanted.DOES), cohort)
    assert not {v.letter for v in found.yes} & {v.letter for v in found.unsure}
    assert [v.probability for v in found.unsure] == sorted((v.probability for v in found.unsure), reverse=True)


@settings(max_examples=20, deadline=None)
@given(criterion=CRITERIA)
def test_no_letter_is_both_in_a_set_and_in_its_negation(cohort: Cohort, criterion: Criterion) -> None:
    found, opposite = match(criterion, cohort), match(Not(criterion), cohort)
    assert not {v.letter for v in found.yes} & {v.letter for v in opposite.yes}
    assert {v.letter for v in found.unsure} <= {v.letter for v in opposite.unsure}


def among(chance: float) -> Matches:
    """What is known of one letter, with this probability."""
    return Matches({"Neri": Verdict("Neri", chance, Stance.DOES, ())})


@pytest.mark.parametrize(
    ("chance", "opposite"),
    [(0.0, 1.0), (0.05, 0.7667), (0.2, 0.25), (MAYBE, YES), (YES, MAYBE), (0.65, 0.075), (1.0, 0.0)],
)
def test_a_negation_mirrors_a_probability_between_the_bounds(cohort: Cohort, chance: float, opposite: float) -> None:
    assert negated(among(chance), cohort.letters).verdicts["Neri"].probability == pytest.approx(opposite, abs=1e-4)


@given(chance=st.one_of(st.floats(0, 1), st.sampled_from([MAYBE, YES])))
def test_what_is_unsure_is_unsure_in_the_negation_too(cohort: Cohort, chance: float) -> None:
    found = among(chance)
    opposite = negated(found, cohort.letters)
    here, there = ({v.letter for v in matches.yes} & {"Neri"} for matches in (found, opposite))
    assert not here & there
    if found.unsure:
        assert "Neri" in {v.letter for v in opposite.unsure}
    elif not here:
        assert there == {"Neri"}
    again = negated(opposite, cohort.letters).verdicts["Neri"].probability
    assert again == pytest.approx(chance, abs=1e-6)


def test_of_a_letter_without_a_verdict_the_negation_is_certain(cohort: Cohort) -> None:
    opposite = negated(Matches({}), cohort.letters)
    assert [v.probability for v in opposite.verdicts.values()] == [1.0] * 6


# ---- leaves given from outside ---------------------------------------------------------------------------------------

WORKS, WISHES, MADE = About("moss", Wanted.DOES), About("tides", Wanted.WANTS), Column("country", "Poland")


def test_each_leaf_is_named_once() -> None:
    assert leaves(Every((Not(WORKS), Some((MADE, WORKS, WISHES))))) == [WORKS, MADE, WISHES]


@given(
    chances=st.tuples(*[st.floats(0, 1)] * 3),
    criterion=st.recursive(
        st.sampled_from([WORKS, WISHES, MADE]),
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: Every(tuple(parts))),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: Some(tuple(parts))),
        ),
        max_leaves=6,
    ),
)
def test_what_is_known_of_the_leaves_bounds_the_whole(
    chances: tuple[float, float, float], criterion: Criterion
) -> None:
    known = dict(zip((WORKS, WISHES, MADE), chances, strict=True))
    exact = combine(criterion, {leaf: among(chance) for leaf, chance in known.items()}, ["Neri"]).probability("Neri")
    assert bounds(criterion, lambda leaf: (known[leaf], known[leaf])) == pytest.approx((exact, exact))
    low, high = bounds(criterion, lambda leaf: (0.0, 1.0) if leaf == WORKS else (known[leaf], known[leaf]))
    assert low <= exact + 1e-9
    assert exact <= high + 1e-9


def test_verdicts_of_some_letters_only() -> None:
    both = Matches({"a": Verdict("a", 0.9, Stance.DOES, ()), "b": Verdict("b", 0.2, Stance.DID, ())}, ("note",))
    only = both.within(["b", "c"])
    assert (list(only.verdicts), only.notes) == (["b"], ("note",))
    assert (both.probability("a"), both.probability("c")) == (0.9, 0.0)
