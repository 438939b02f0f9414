"""The last gate: a quote that is not in its letter, character for character, is not shown."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from assistant import Answer, Candidate, Evidence, Kind, Role, Statement
from assistant.verify import is_verbatim, verified
from ingest.letters import Letter

TEXT = "I row boats. Łódź is my town. I row boats."
LETTERS: Mapping[str, Letter] = {"ann": Letter("ann", TEXT, "/ann.txt"), "bo": Letter("bo", "I sing.", "/bo.txt")}
ROWS = Evidence("ann", "I row boats.", 0, 12)
TOWN = Evidence("ann", "Łódź is my town.", 13, 29)


def answer(*quotes: Evidence, short: str = "") -> Answer:
    """An answer that rests on the quotes in every place an answer has for them."""
    candidate = Candidate("ann", "does", 0.9, quotes)
    return Answer(
        "who rows?",
        Kind.WHO,
        "default",
        "extractive",
        statements=(Statement(Role.ITEM, "rows", quotes, "ann", short),),
        candidates=(candidate,),
        evidence=quotes,
        unsure=(candidate,),
        final=True,
    )


def quotes_of(found: Answer) -> list[tuple[Evidence, ...]]:
    places = (*found.statements, *found.candidates, *found.unsure)
    return [*(place.evidence for place in places), found.evidence]


def test_true_quotes_pass_and_nothing_is_changed() -> None:
    given_ = answer(ROWS, TOWN)
    assert verified(given_, LETTERS) == given_


@pytest.mark.parametrize(
    "false",
    [
        pytest.param(Evidence("ann", "I row ships.", 0, 12), id="other words"),
        pytest.param(Evidence("ann", "I row boats.", 1, 13), id="other place"),
        pytest.param(Evidence("bo", "I row boats.", 0, 12), id="other letter"),
        pytest.param(Evidence("cem", "I row boats.", 0, 12), id="no such letter"),
        pytest.param(Evidence("ann", "Lodz is my town.", 13, 29), id="accents lost"),
        pytest.param(Evidence("ann", "I row  boats.", 0, 12), id="a blank more"),
        pytest.param(Evidence("ann", "", 5, 5), id="nothing"),
    ],
)
def test_a_false_quote_is_dropped_everywhere_and_counted(false: Evidence) -> None:
    found = verified(answer(ROWS, false), LETTERS)
    assert quotes_of(found) == [(ROWS,)] * 4
    assert len(found.warnings) == 1
    assert "not verbatim" in found.warnings[0]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_altered_quote_is_dropped(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(TEXT) - 1))
    end = data.draw(st.integers(start + 1, len(TEXT)))
    true = Evidence("ann", TEXT[start:end], start, end)
    assert is_verbatim(true, LETTERS)
    at = data.draw(st.integers(0, len(true.quote) - 1))
    letter = data.draw(st.characters())
    altered = true.quote[:at] + letter + true.quote[at + 1 :]
    assume(altered != true.quote)
    false = Evidence("ann", altered, start, end)
    assert not is_verbatim(false, LETTERS)
    assert quotes_of(verified(answer(false), LETTERS)) == [()] * 4


@settings(max_examples=100, deadline=None)
@given(st.integers(-60, 60), st.integers(-60, 60), st.text(max_size=12))
@example(42, 43, "")  # nothing, beyond the end
def test_only_what_stands_there_is_verbatim(start: int, end: int, quote: str) -> None:
    if is_verbatim(Evidence("ann", quote, start, end), LETTERS):
        assert quote
        assert TEXT[start:end] == quote


def test_a_short_answer_falls_with_the_quote_it_was_taken_from() -> None:
    false = Evidence("ann", "My town is Łódź.", 13, 29)
    assert verified(answer(TOWN, short="Łódź"), LETTERS).statements[0].answer == "Łódź"
    assert verified(answer(false, short="Łódź"), LETTERS).statements[0].answer == ""
    assert verified(answer(TOWN, false, short="Łódź"), LETTERS).statements[0].answer == "Łódź"
