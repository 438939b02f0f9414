"""A quote is found where it stands, or not at all."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assistant.quotes import find_quote

LETTER = "I keep bees:\n14 hives, “on the roof”. Bo's  dog — a pug — sleeps.\nI keep bees."


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        pytest.param("14 hives", "14 hives", id="exact"),
        pytest.param("  14 hives\n", "14 hives", id="blanks at its ends"),
        pytest.param("I keep bees: 14 hives", "I keep bees:\n14 hives", id="a blank for a line end"),
        pytest.param("Bo's dog", "Bo's  dog", id="one blank for two"),
        pytest.param('"on the roof".', "“on the roof”.", id="other quotation marks"),
        pytest.param("Bo’s  dog", "Bo's  dog", id="another apostrophe"),
        pytest.param("dog - a pug - sleeps", "dog — a pug — sleeps", id="other dashes"),
        pytest.param('"I keep bees:"', "I keep bees:", id="marks of the model's own around it"),
        pytest.param("14 Hives", None, id="other case"),
        pytest.param("14 hives, ... roof", None, id="words left out"),
        pytest.param("15 hives", None, id="another word"),
        pytest.param("", None, id="nothing"),
        pytest.param(' "" ', None, id="marks only"),
        pytest.param("14.hives", None, id="a sign is no pattern"),
    ],
)
def test_a_quote_is_found_as_the_letter_has_it(quote: str, found: str | None) -> None:
    place = find_quote(quote, LETTER)
    assert (LETTER[slice(*place)] if place else None) == found


def test_of_two_places_the_first_counts() -> None:
    assert find_quote("I keep bees", LETTER) == (0, 11)


def test_a_composed_and_a_decomposed_accent_are_the_same() -> None:
    assert find_quote("Z\u0307elazowa Wola", "in Żelazowa Wola") == (3, 16)


WORDS = st.lists(st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=5), min_size=1, max_size=12)
BLANKS = st.sampled_from([" ", "  ", "\n", "\t", " \n "])


def alike(text: str) -> list[str]:
    for marks in ('"“”„‟«»＂', "'’‘‚‛`´ʼ′", "-‐‑‒–—−"):
        text = re.sub(f"[{re.escape(marks)}]", marks[0], text)
    return text.split()


@given(words=WORDS, data=st.data())
def test_any_part_of_a_letter_is_found_whatever_its_white_space(words: list[str], data: st.DataObject) -> None:
    text = "".join(word + data.draw(BLANKS) for word in words)
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    quote = "".join(word + data.draw(BLANKS) for word in words[first : last + 1])
    assume(unicodedata.is_normalized("NFC", text))
    place = find_quote(quote, text)
    assert place is not None
    assert alike(text[slice(*place)]) == alike(quote)


@given(words=WORDS, extra=st.text(st.characters(categories=("Lu",)), min_size=1, max_size=4))
def test_what_a_letter_does_not_hold_is_not_found(words: list[str], extra: str) -> None:
    text = " ".join(words)
    assume(extra not in text)
    assert find_quote(f"{words[0]} {extra}", text) is None
