"""Which calls are worth making, in which order, and what their answers do to the set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from assistant.answer import Stance
from assistant.cascade import Band
from assistant.docket import Call, Docket
from assistant.judge_prompt import Ask
from assistant.question import About, Column, Criterion, Every, Not, Some, Wanted
from assistant.verdicts import Leaf, Matches, Verdict
from ingest.database import StoredPassage
from ingest.judgements import Judgement

MOSS, TIDES, MADE = About("moss", Wanted.DOES), About("tides", Wanted.WANTS), Column("country", "Poland")
SURE, NOT = Judgement("yes"), Judgement("no")
BAND, NOTHING = Band(0.1, 0.9), Ask("", "", "", (), frozenset())


@dataclass(frozen=True)
class Plain:
    """A case whose judge is always right."""

    leaf: Leaf
    chances: Mapping[str, float]
    band: Band = BAND
    ask: Ask = NOTHING
    spans: Mapping[str, tuple[float, float]] | None = None

    @property
    def matches(self) -> Matches:
        return Matches({id_: Verdict(id_, chance, Stance.DOES, ()) for id_, chance in self.chances.items()})

    def places(self, letter: str) -> Sequence[StoredPassage]:
        return ()

    def span(self, letter: str) -> tuple[float, float]:
        return (self.spans or {}).get(letter, (0.01, 0.99))

    def verdict(self, letter: str, judgement: Judgement) -> Verdict | None:
        return Verdict(letter, 0.99, Stance.DID, ()) if judgement == SURE else None


def docket(criterion: Criterion, *cases: Plain, within: str = "abcdef", made: str = "") -> Docket:
    known: dict[Leaf, Matches] = {case.leaf: case.matches for case in cases}
    known[MADE] = Matches({id_: Verdict(id_, 1.0, Stance.DOES, ()) for id_ in made})
    return Docket(criterion, known, cases, "abcdef", set(within))


def taken(found: Docket, judgement: Judgement | None = NOT) -> list[tuple[str, Leaf]]:
    """All calls in their order, each answered before the next."""
    calls = []
    while call := found.take():
        calls.append((call.letter, call.case.leaf))
        found.note(call, judgement)
    return calls


def yes(found: Docket) -> set[str]:
    return {verdict.letter for verdict in found.matches.yes}


def test_only_letters_in_the_band_are_called_the_most_uncertain_first() -> None:
    found = docket(MOSS, Plain(MOSS, {"a": 0.95, "b": 0.8, "c": 0.5, "d": 0.1, "e": 0.05}))
    assert found.to_go == 3
    assert [letter for letter, _ in taken(found)] == ["c", "b", "d"]
    assert found.to_go == 0


def test_an_answer_replaces_the_verdict_and_no_answer_leaves_it() -> None:
    found = docket(MOSS, Plain(MOSS, {"a": 0.95, "b": 0.4, "c": 0.45, "d": 0.2}))
    assert yes(found) == {"a", "b", "c"}
    for judgement in (NOT, None, SURE):
        call = found.take()
        assert call is not None
        found.note(call, judgement)
    assert yes(found) == {"a", "b", "d"}  # c was denied, b not answered, d confirmed
    assert found.matches.verdicts["d"].stance is Stance.DID


def test_what_is_under_way_is_to_go_and_not_called_again() -> None:
    found = docket(MOSS, Plain(MOSS, {"a": 0.5, "b": 0.4}))
    assert [call.letter for call in (found.take(), found.take()) if call] == ["a", "b"]
    assert found.take() is None
    assert found.to_go == 2


def test_letters_that_the_question_is_not_about_are_left_alone() -> None:
    found = docket(MOSS, Plain(MOSS, {"a": 0.5, "b": 0.5}), within="b")
    assert taken(found, SURE) == [("b", MOSS)]
    assert yes(found) == {"b"}


@pytest.mark.parametrize(
    ("criterion", "made", "calls"),
    [
        pytest.param(Every((MOSS, MADE)), "", [], id="and: the other part is not met"),
        pytest.param(Every((MOSS, MADE)), "a", ["a"], id="and: it is met"),
        pytest.param(Some((MOSS, MADE)), "a", [], id="or: the other part is met"),
        pytest.param(Some((MOSS, MADE)), "", ["a"], id="or: it is not met"),
        pytest.param(Every((MOSS, Not(MADE))), "a", [], id="and not: the other part is met"),
        pytest.param(Not(MOSS), "", ["a"], id="not"),
    ],
)
def test_a_letter_is_called_only_where_the_answer_can_change_the_set(
    criterion: Criterion, made: str, calls: list[str]
) -> None:
    assert [letter for letter, _ in taken(docket(criterion, Plain(MOSS, {"a": 0.5}), made=made))] == calls


@pytest.mark.parametrize(
    ("criterion", "judgement", "calls"),
    [
        pytest.param(Every((MOSS, TIDES)), NOT, 1, id="and, denied: the rest is of no interest"),
        pytest.param(Every((MOSS, TIDES)), SURE, 2, id="and, confirmed: the rest decides"),
        pytest.param(Some((MOSS, TIDES)), SURE, 1, id="or, confirmed"),
        pytest.param(Some((MOSS, TIDES)), NOT, 2, id="or, denied"),
        pytest.param(Every((MOSS, TIDES)), None, 2, id="no answer"),
    ],
)
def test_one_thing_at_a_time_is_asked_of_a_letter(criterion: Criterion, judgement: Judgement, calls: int) -> None:
    found = docket(criterion, Plain(MOSS, {"a": 0.5}), Plain(TIDES, {"a": 0.4}))
    first = found.take()
    assert first is not None
    assert first.case.leaf == MOSS
    assert found.take() is None  # not before the first is answered
    assert found.to_go == 2
    found.note(first, judgement)
    assert 1 + len(taken(found)) == calls


def test_an_answer_that_cannot_change_the_verdict_is_not_asked_for() -> None:
    spans = {"a": (0.35, 0.99), "b": (0.0, 0.14), "c": (0.2, 0.99)}
    assert taken(docket(MOSS, Plain(MOSS, {"a": 0.8, "b": 0.1, "c": 0.5}, spans=spans))) == [("c", MOSS)]


def test_notes_of_the_leaves_stay() -> None:
    known = {MOSS: Matches({}, ("read as “moss”",))}
    assert Docket(MOSS, known, [], "ab", "ab").matches.notes == ("read as “moss”",)


def test_a_call_is_a_letter_and_a_case() -> None:
    case = Plain(MOSS, {"a": 0.5})
    assert docket(MOSS, case).take() == Call("a", case)
