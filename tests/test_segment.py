"""Sentences and windows: nothing lost, nothing twice, offsets that fit the text."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.letters import canonical
from ingest.segment import WINDOW_CHARACTERS, WINDOW_SENTENCES, Span, sentences, windows

MARKER = re.compile(r"[-*+•–—·▪◦]|\(?\d{1,2}[.)]|\(?[a-zA-Z][.)]")
PIECES = st.sampled_from(
    [
        *(
            "I work on robots.",
            "Dr. Ødegård said no!",
            "Why?",
            "e.g. this",
            "żółć",
            "数据科学。我喜欢",
            "naïve 🤖 net",
            "№ 5",
        ),
        *("\n", "\n\n", " ", "- ", "1. ", "(a) ", "• ", "# ", "## Motivation", "Motivation", "My goals:", "**Bold**"),
        *(
            "A line that is long enough to look as if an editor had wrapped it at the",
            "small words follow",
            "\t",
            "—",
            "…",
        ),
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=25).map("".join)).map(canonical)


def cut(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text)]


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_sentences_are_in_order_apart_and_without_white_space_at_their_ends(text: str) -> None:
    found = sentences(text)
    for span in found:
        piece = text[span.start : span.end]
        assert piece
        assert piece == piece.strip()
    assert all(one.end <= two.start for one, two in pairwise(found))


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_nothing_but_list_markers_is_left_out(text: str) -> None:
    position = 0
    for span in [*sentences(text), Span(len(text), len(text))]:
        between = text[position : span.start].strip()
        assert not between or MARKER.fullmatch(between)
        position = span.end


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_every_sentence_is_in_a_window_and_windows_are_small(text: str) -> None:
    found = sentences(text)
    made = windows(found)
    for span in found:
        assert any(w.start <= span.start and span.end <= w.end and w.heading == span.heading for w in made)
    for window in made:
        inside = [s for s in found if window.start <= s.start and s.end <= window.end]
        assert window.start == inside[0].start
        assert window.end == inside[-1].end
        assert len(inside) <= WINDOW_SENTENCES
        assert len(inside) == 1 or window.end - window.start <= WINDOW_CHARACTERS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("I row. I sing!", ["I row.", "I sing!"], id="two sentences"),
        pytest.param("Dr. Vogt rows. I sing.", ["Dr. Vogt rows.", "I sing."], id="a title ends nothing"),
        pytest.param("- I row\n- I sing", ["I row", "I sing"], id="bullets are left out"),
        pytest.param("1. I row.\n2) I sing.", ["I row.", "I sing."], id="numbers are left out"),
        pytest.param("(a) I row.\n• I sing.", ["I row.", "I sing."], id="letters and dots are left out"),
        pytest.param("I row\n\nI sing", ["I row", "I sing"], id="a blank line ends a sentence"),
        pytest.param("Ich heiße Jörg. Мне нужна виза.", ["Ich heiße Jörg.", "Мне нужна виза."], id="not English"),
        pytest.param("🤖🤖 I row. I sing.", ["🤖🤖 I row.", "I sing."], id="astral characters count as one"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_cut(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


def test_a_line_wrapped_by_an_editor_goes_on() -> None:
    text = "For two years I have repaired the engines of ferries that cross\nto the island every hour. I like it."
    assert cut(text) == [text[: text.index(" I like")], "I like it."]


def test_short_lines_are_lines_of_their_own() -> None:
    assert cut("Anna Kowalska\nGdańsk\n2026") == ["Anna Kowalska", "Gdańsk", "2026"]


@pytest.mark.parametrize("line", ["Research", "## Research", "Research:", "**Research**", "1. Research"])
def test_a_heading_stands_over_the_sentences_below_it(line: str) -> None:
    text = f"I am Ann.\n\n{line}\n\nI study bees. I count them.\n\nThanks\n\nThank you all for reading."
    headings = {text[span.start : span.end]: span.heading for span in sentences(text)}
    assert headings["I am Ann."] == ""
    assert headings["I study bees."] == headings["I count them."]
    assert headings["I study bees."].endswith("Research")
    assert headings["Thank you all for reading."] == "Thanks"


def test_a_heading_is_a_sentence_too_and_shares_no_window_with_what_is_above() -> None:
    text = "I am Ann.\n\nResearch\n\nI study bees."
    assert cut(text) == ["I am Ann.", "Research", "I study bees."]
    made = [text[w.start : w.end] for w in windows(sentences(text))]
    assert not any("Ann" in window and "bees" in window for window in made)


def test_windows_share_a_sentence() -> None:
    spans = [Span(10 * n, 10 * n + 9) for n in range(5)]
    assert windows(spans) == [Span(0, 29), Span(20, 49)]


def test_a_sentence_longer_than_a_window_has_a_window_of_its_own() -> None:
    spans = [Span(0, 9), Span(10, 910), Span(911, 920)]
    assert windows(spans) == [Span(0, 9), Span(10, 910), Span(911, 920)]


def test_a_very_long_text_is_cut_in_seconds() -> None:
    text = canonical("I work on robots and boats. " * 7_000)
    assert len(sentences(text)) == 7_000
