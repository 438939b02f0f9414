"""Spelling: a word that no letter holds is read as the nearest that one does, or left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.spelling import corrected

KNOWN = {"time": 5, "sery": 4, "robot": 3, "volcano": 2, "beekeeping": 2, "rain": 9, "ruin": 1, "chess": 1}


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        pytest.param("volcanno", None, id="a doubled letter is no mistake"),
        pytest.param("vulcano", "volcano", id="one letter wrong"),
        pytest.param("volcan", "volcano", id="one letter missing"),
        pytest.param("vloacno", None, id="two mistakes in a short word"),
        pytest.param("beekeping", None, id="again doubled letters"),
        pytest.param("beekiipign", "bekeping", id="two mistakes in a long word"),
        pytest.param("tiem series", "time sery", id="neighbours swapped, one of two words"),
        pytest.param("raun", "rain", id="of two as near, the more frequent"),
        pytest.param("robot", None, id="right already"),
        pytest.param("zebra", None, id="nothing near"),
        pytest.param("vulcano zebra", None, id="one that cannot be mended"),
        pytest.param("ran", None, id="too short to tell"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_corrected(text: str, read_as: str | None) -> None:
    known = {**KNOWN, "bekeping": KNOWN["beekeeping"]}  # as it is folded
    assert corrected(text, known) == read_as


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30))
def test_a_correction_holds_known_words_only(text: str) -> None:
    read_as = corrected(text, KNOWN)
    assert read_as is None or all(word in KNOWN or len(word) < 4 for word in read_as.split())
