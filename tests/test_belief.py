"""Bayes' rule, by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.belief import doubted, posterior


def test_an_unlikely_truth_that_a_good_judge_names_is_likely() -> None:
    # 0.1 * 0.9 = 0.09; 0.9 * (0.1 / 2) = 0.045; 0.09 / 0.135 = 2 / 3
    assert posterior({"yes": 0.1, "no": 0.9}, "yes", 3, 0.9) == pytest.approx({"yes": 2 / 3, "no": 1 / 3})


def test_a_likely_truth_that_it_denies_stays_possible() -> None:
    # 0.9 * 0.05 = 0.045; 0.1 * 0.9 = 0.09
    assert posterior({"yes": 0.9, "no": 0.1}, "no", 3, 0.9) == pytest.approx({"yes": 1 / 3, "no": 2 / 3})


def test_of_many_truths_the_one_that_is_named_gains_and_the_others_keep_their_proportions() -> None:
    # does 0.2 * 0.05 = 0.01, wants 0.1 * 0.8 = 0.08, none 0.7 * 0.05 = 0.035; sum 0.125
    after = posterior({"does": 0.2, "wants": 0.1, "none": 0.7}, "wants", 5, 0.8)
    assert after == pytest.approx({"does": 0.08, "wants": 0.64, "none": 0.28})


def test_an_answer_that_names_no_truth_changes_nothing() -> None:
    assert posterior({"yes": 0.3, "no": 0.7}, "unclear", 3, 0.9) == {"yes": 0.3, "no": 0.7}


def test_a_judge_that_guesses_changes_nothing() -> None:
    assert posterior({"yes": 0.3, "no": 0.7}, "yes", 2, 0.5) == pytest.approx({"yes": 0.3, "no": 0.7})


@given(chances=st.lists(st.floats(0.001, 1), min_size=2, max_size=7), reliability=st.floats(0.2, 1))
def test_the_chances_sum_to_1_and_the_named_truth_does_not_lose(chances: list[float], reliability: float) -> None:
    before = {str(n): chance / sum(chances) for n, chance in enumerate(chances)}
    after = posterior(before, "0", 7, reliability)
    assert sum(after.values()) == pytest.approx(1)
    assert after["0"] >= before["0"] - 1e-9


def test_doubt_mixes_in_ignorance() -> None:
    assert doubted({"yes": 0.0, "no": 1.0}, 0.1) == pytest.approx({"yes": 0.05, "no": 0.95})
