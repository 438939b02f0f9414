"""Common words of English: a word is told from a slip."""

from __future__ import annotations

import pytest

from ingest.english import is_common


@pytest.mark.parametrize(
    ("word", "common"),
    [
        ("honey", True),
        ("Horses", True),
        ("modelling", True),
        ("horsse", False),
        ("hnoey", False),
        ("quagga", False),  # a word, but a rare one
        ("rl", False),  # too short to tell
        ("##ing", False),
        ("", False),
    ],
)
def test_is_common(word: str, common: bool) -> None:
    assert is_common(word) == common
