"""The values that flow through ingest, and the one form of text that is stored."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.letters import Draft, canonical


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_canonical_text_is_final(text: str) -> None:
    stored = canonical(text)
    assert canonical(stored) == stored
    assert unicodedata.is_normalized("NFC", stored)
    assert "\r" not in stored
    stored.encode("utf-8")


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        pytest.param("a\r\nb\rc", "a\nb\nc", id="line ends"),
        pytest.param("Cafe\u0301", "Caf\u00e9", id="accents"),
        pytest.param("e\x00\u0301", "\u00e9", id="accent behind a control character"),
        pytest.param("a\ud800b", "a?b", id="lone surrogate"),
        pytest.param("  a  \n b \n", "a\n b", id="blanks at line ends"),
        pytest.param("a\tb", "a\tb", id="tab stays"),
        pytest.param("می\u200cخواهم", "می\u200cخواهم", id="joiners of Persian stay"),
    ],
)
def test_canonical(raw: str, stored: str) -> None:
    assert canonical(raw) == stored


def test_equal_content_has_an_equal_hash_wherever_it_lies() -> None:
    one = Draft("/a/x.txt", "x", "I row.", {"country": "Poland", "age": "20"})
    other = Draft("/b/y.txt", "y", "I row.", {"age": "20", "country": "Poland"})
    assert one.hash == other.hash


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Draft("/a/x.txt", "x", "I row!", {"country": "Poland"}), id="text"),
        pytest.param(Draft("/a/x.txt", "x", "I row.", {"country": "Italy"}), id="metadata"),
        pytest.param(Draft("/a/x.txt", "x", "I row."), id="no metadata"),
    ],
)
def test_other_content_has_another_hash(other: Draft) -> None:
    assert other.hash != Draft("/a/x.txt", "x", "I row.", {"country": "Poland"}).hash
