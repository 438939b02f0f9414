"""The measures, each against a value worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import Candidate, Evidence
from eval.metrics import (
    Bin,
    Cited,
    Estimate,
    Forecast,
    answer_words,
    binned,
    brier_score,
    calibration,
    calibration_error,
    citation_precision,
    citation_recall,
    evidence_on_gold,
    fact_hits,
    interval,
    is_exact_set,
    is_exact_span,
    is_letter_first,
    is_verbatim,
    latency,
    mean,
    normalise,
    overlaps,
    paired_difference,
    recall_at,
    set_score,
)

letters = st.frozensets(st.sampled_from("abcdefgh"))
scores = st.lists(st.floats(0, 1), min_size=1, max_size=20)


forecasts = st.lists(st.builds(Forecast, st.floats(0, 1), st.booleans()), min_size=1, max_size=20)

FOUR = [Forecast(0.95, True), Forecast(0.90, False), Forecast(0.25, True), Forecast(0.15, False)]


def evidence(letter: str, quote: str, start: int = 0) -> Evidence:
    return Evidence(letter, quote, start, start + len(quote))


@pytest.mark.parametrize(
    ("returned", "relevant", "neutral", "precision", "recall", "f1"),
    [
        pytest.param("abc", "bcd", "", Fraction(2, 3), Fraction(2, 3), Fraction(2, 3), id="two of three"),
        # 1 of 1 returned is right, 1 of 3 right ones is returned: F1 = 2 * 1 * 1/3 / (1 + 1/3) = 1/2
        pytest.param("a", "abc", "", 1, Fraction(1, 3), Fraction(1, 2), id="precise, not complete"),
        pytest.param("abx", "ab", "x", 1, 1, 1, id="a neutral letter costs nothing"),
        pytest.param("axa", "ab", "x", 1, Fraction(1, 2), Fraction(2, 3), id="doubled letters count once"),
        pytest.param("", "ab", "", 0, 0, 0, id="nothing returned"),
        pytest.param("x", "ab", "x", 0, 0, 0, id="only neutral returned"),
        pytest.param("c", "ab", "", 0, 0, 0, id="only wrong ones"),
        pytest.param("", "", "", 1, 1, 1, id="nothing to find, nothing returned"),
        pytest.param("x", "", "x", 1, 1, 1, id="nothing to find, only neutral returned"),
        pytest.param("c", "", "", 0, 1, 0, id="nothing to find, something returned"),
    ],
)
def test_set_score(
    returned: str, relevant: str, neutral: str, precision: Fraction, recall: Fraction, f1: Fraction
) -> None:
    found = set_score(returned, relevant, neutral)
    assert found == pytest.approx((float(precision), float(recall), float(f1)))


@given(letters, letters)
def test_f1_is_between_precision_and_recall(returned: frozenset[str], relevant: frozenset[str]) -> None:
    score = set_score(returned, relevant)
    assert 0 <= score.f1 <= 1
    assert score.f1 <= max(score.precision, score.recall) + 1e-12
    assert (score.f1 == 1) == is_exact_set(returned, relevant)


@given(letters, letters, letters)
def test_returning_a_neutral_letter_changes_nothing(
    returned: frozenset[str], relevant: frozenset[str], neutral: frozenset[str]
) -> None:
    neutral -= relevant
    assert set_score(returned | neutral, relevant, neutral) == set_score(returned - neutral, relevant, neutral)


@given(letters, letters)
def test_exchanging_returned_and_relevant_exchanges_precision_and_recall(
    returned: frozenset[str], relevant: frozenset[str]
) -> None:
    if returned and relevant:
        there, back = set_score(returned, relevant), set_score(relevant, returned)
        assert (there.precision, there.recall) == (back.recall, back.precision)


def test_exact_set_ignores_neutral_letters_and_order() -> None:
    assert is_exact_set("bax", {"a", "b"}, {"x"})
    assert not is_exact_set("ab", {"a", "b", "c"})
    assert not is_exact_set("abc", {"a", "b"})


def test_recall_at_k_counts_the_first_k_of_the_ranking() -> None:
    ranked = ["a", "x", "b", "c"]
    assert recall_at(ranked, {"a", "b"}, 2) == 1 / 2
    assert recall_at(ranked, {"a", "b"}, 3) == 2 / 2
    assert recall_at(ranked, {"a", "b", "c", "d"}, 4) == 3 / 4
    assert recall_at(ranked, set(), 2) == 1


def test_normalise_joins_white_space_and_composes_accents() -> None:
    assert normalise("  a\n\tb\u00a0 c ") == "a b c"
    assert normalise("cafe\u0301") == "caf\u00e9"


def test_a_quote_is_verbatim_whatever_its_white_space() -> None:
    letter = normalise("I work on\nscore matching.")
    assert is_verbatim("work  on score", letter)
    assert not is_verbatim("works on score", letter)


def test_an_exact_span_is_exact_to_the_character() -> None:
    text = "I work on\nscore matching."
    assert is_exact_span(Evidence("a", "on\nscore", 7, 15), text)
    assert not is_exact_span(Evidence("a", "on score", 7, 15), text)
    assert not is_exact_span(Evidence("a", "on\nscore", 6, 14), text)


@pytest.mark.parametrize(
    ("quote", "gold", "expected"),
    [
        ("one two", "two three", True),
        ("one two three four", "two", True),
        ("two", "one two three", True),
        ("one two ", "three", False),  # they touch at a blank, and share no character
        ("one", "four", False),
        ("five", "one", False),  # not in the letter
        ("one", "five", False),
    ],
)
def test_overlaps(quote: str, gold: str, expected: bool) -> None:
    assert overlaps(quote, gold, "one two three four") is expected


def test_evidence_on_gold_needs_one_quote_on_one_gold_quote() -> None:
    letter = "one two three four"
    good = Candidate("a", "does", 1.0, (evidence("a", "one"), evidence("a", "three four")))
    assert evidence_on_gold(good, ["four"], letter)
    assert not evidence_on_gold(good, ["two"], letter)
    assert not evidence_on_gold(good, [], letter)
    assert not evidence_on_gold(Candidate("a", "does", 1.0, ()), ["four"], letter)


def test_fact_hits_are_of_the_right_letter_and_on_the_gold_quote() -> None:
    pieces = [evidence("b", "nine customers"), evidence("a", "of our"), evidence("a", "our nine customers")]
    assert fact_hits(pieces, "a", "nine customers", "of our nine customers") == [False, False, True]


def test_letter_first() -> None:
    assert is_letter_first([evidence("a", "x"), evidence("b", "x")], "a")
    assert not is_letter_first([evidence("b", "x"), evidence("a", "x")], "a")
    assert not is_letter_first([], "a")


@pytest.mark.parametrize(
    ("expected", "said", "share"),
    [
        ("From 71 to 84 percent", "It rose from 71 to 84 percent.", 1.0),
        ("From 71 to 84 percent", "84 percent", 2 / 5),
        ("Nine", "NINE customers", 1.0),
        ("Nine", "ninety", 0.0),
        ("to and to", "to", 2 / 3),
        ("?", "anything", 0.0),
    ],
)
def test_answer_words(expected: str, said: str, share: float) -> None:
    assert answer_words(expected, said) == pytest.approx(share)


def test_calibration_of_four_letters() -> None:
    """Bins: 0.15 of nothing relevant, 0.25 of all, (0.95 + 0.90) / 2 = 0.925 of one half."""
    found = calibration(FOUR)
    assert found is not None
    filled = {number: (b.n, b.mean_score, b.share_relevant) for number, b in enumerate(found.bins) if b.n}
    assert filled == {1: (1, 0.15, 0), 2: (1, 0.25, 1), 9: (2, pytest.approx(0.925), 1 / 2)}
    assert len(found.bins) == 10
    assert found.bins[5] == Bin(0.5, 0.6, 0, None, None)
    assert found.n == 4
    # 1/4 * |0 - 0.15| + 1/4 * |1 - 0.25| + 2/4 * |0.5 - 0.925|
    assert found.error == pytest.approx(0.0375 + 0.1875 + 0.2125)
    # (0.05² + 0.90² + 0.75² + 0.15²) / 4
    assert found.brier == pytest.approx((0.0025 + 0.81 + 0.5625 + 0.0225) / 4)


def test_calibration_of_nothing_is_none() -> None:
    assert calibration([]) is None


@pytest.mark.parametrize(
    ("score", "place"),
    [*((tenth / 10, tenth) for tenth in range(10)), (0.29, 2), (1.0, 9), (1.0000000000000002, 9)],
)
def test_a_score_on_an_edge_is_in_the_bin_above_it(score: float, place: int) -> None:
    assert [len(held) for held in binned([Forecast(score, True)])] == [int(number == place) for number in range(10)]


def test_scores_that_are_probabilities_have_no_calibration_error() -> None:
    """Of four letters at 3/4 three are relevant. Brier still charges that it is not said which: 3/4 * 1/4."""
    right = [Forecast(0.75, number < 3) for number in range(4)]
    assert calibration_error(right) == 0
    assert brier_score(right) == 3 / 16


@given(forecasts)
def test_calibration_measures_are_shares_and_bins_hold_everything(given_forecasts: list[Forecast]) -> None:
    found = calibration(given_forecasts)
    assert found is not None
    assert sum(each.n for each in found.bins) == found.n
    assert 0 <= found.error <= 1
    assert 0 <= found.brier <= 1
    by_definition = sum(b.n * abs((b.share_relevant or 0) - (b.mean_score or 0)) for b in found.bins) / found.n
    assert found.error == pytest.approx(by_definition)


def test_mean_of_nothing_is_none() -> None:
    assert mean([]) is None
    assert mean([True, False, False, True]) == 2 / 4


def test_interval_of_equal_scores_has_no_width() -> None:
    assert interval([0.5] * 7) == Estimate(0.5, 0.5, 0.5, 7)
    assert interval([]) is None


def test_interval_of_a_coin_is_the_binomial_one() -> None:
    """Of 100 fair coins the share of heads has standard error sqrt(1/4 / 100) = 0.05: 95 % lie within 1.96 * 0.05."""
    found = interval([0.0, 1.0] * 50)
    assert found is not None
    assert found.mean == 1 / 2
    assert (found.low, found.high) == pytest.approx((0.5 - 0.098, 0.5 + 0.098), abs=0.015)


def test_interval_of_a_ratio_draws_whole_questions() -> None:
    """3 of 4 in one question and 0 of 0 in the other: every draw that has a judgement has the same ratio."""
    assert interval([3, 0], [4, 0]) == Estimate(3 / 4, 3 / 4, 3 / 4, 2)
    assert interval([0, 0], [0, 0]) is None
    found = interval([4, 0], [4, 1])
    assert found is not None
    assert (found.mean, found.low, found.high) == (4 / 5, 0.0, 1.0)


@given(scores)
def test_interval_holds_what_was_seen_and_is_the_same_again(values: list[float]) -> None:
    found = interval(values)
    assert found is not None
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9
    assert found == interval(values)


def test_paired_difference_is_over_the_questions_both_have() -> None:
    found = paired_difference({"q1": 1.0, "q2": 0.5, "q3": 0.0}, {"q2": 0.25, "q1": 0.75, "q9": 1.0})
    assert found == Estimate(1 / 4, 1 / 4, 1 / 4, 2)
    assert paired_difference({"q1": 1.0}, {}) is None


@given(scores)
def test_a_system_does_not_differ_from_itself(values: list[float]) -> None:
    own = {str(number): value for number, value in enumerate(values)}
    assert paired_difference(own, own) == Estimate(0.0, 0.0, 0.0, len(values))


def test_latency_takes_the_value_at_the_place() -> None:
    times = [5.0, 1.0, 3.0, 2.0, 4.0]
    assert latency(times, 0.5) == 3.0  # place floor(5 * 0.5) = 2 of 1, 2, 3, 4, 5
    assert latency(times, 0.95) == 5.0  # place floor(4.75) = 4
    assert latency([], 0.5) is None


# ---- citations: a judge that knows which quotes it takes for enough ----

ENOUGH = {"bees and owls": ({"bees", "owls"}, {"both"}), "rain": ({"rain"},), "stars": ({"a telescope"},)}


def holds(text: str, quotes: Sequence[Evidence]) -> bool:
    return any(wanted <= {quote.quote for quote in quotes} for wanted in ENOUGH[text])


def cited(text: str, *quotes: str) -> Cited:
    return Cited(text, tuple(evidence("ann", quote) for quote in quotes))


def test_citation_recall_takes_the_quotes_of_a_sentence_together() -> None:
    said = [
        cited("bees and owls", "bees", "owls"),
        cited("bees and owls", "bees"),
        cited("rain"),
        cited("rain", "rain"),
    ]
    assert citation_recall(said, holds) == 2 / 4
    assert citation_recall([], holds) is None


@pytest.mark.parametrize(
    ("sentence", "precise"),
    [
        pytest.param(cited("bees and owls", "bees", "owls"), 2 / 2, id="neither is enough, neither can be spared"),
        pytest.param(cited("rain", "rain", "owls"), 1 / 2, id="the second adds nothing to the first"),
        pytest.param(cited("bees and owls", "both", "bees", "owls"), 1 / 3, id="the first is enough, others can go"),
        pytest.param(cited("rain", "rain"), 1, id="one that is enough"),
        pytest.param(cited("stars", "rain", "owls"), 0, id="of an unsupported sentence none counts"),
        pytest.param(cited("rain"), None, id="nothing is cited"),
    ],
)
def test_citation_precision_by_hand(sentence: Cited, precise: float | None) -> None:
    assert citation_precision([sentence], holds) == precise


def test_citation_precision_is_over_citations_not_sentences() -> None:
    said = [cited("rain", "rain", "owls", "bees"), cited("stars", "a telescope")]
    assert citation_precision(said, holds) == 2 / 4
