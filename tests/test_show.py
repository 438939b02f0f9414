"""The encoder: nothing untrusted acts in the browser, and everything is shown as it was written."""

from __future__ import annotations

import html
import re
import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.show import marked, show

PLAIN = st.text(
    st.characters(blacklist_categories=("Cc", "Cs"), blacklist_characters="\u202a\u202b\u202c\u202d\u202e").filter(
        lambda c: not "\u2066" <= c <= "\u2069" and c not in "\u2028\u2029" and not 0xE0000 <= ord(c) < 0xE0080
    )
    | st.sampled_from("\n\t <>&;#`*_[]()!|$~-+.:/\\\"'"),
    max_size=200,
)


def read_back(encoded: str) -> str:
    """What a browser shows: tags taken out, entities decoded."""
    text = re.sub(r"</?mark[^>]*>", "", encoded).replace("<br>", "\n")
    return html.unescape(text)


def spaces_alike(text: str) -> str:
    return text.replace("\u00a0", " ")


@given(st.text())
def test_no_ascii_punctuation_of_the_input_survives(text: str) -> None:
    bare = re.sub(r"&#\d+;|<br>|U\+", "", show(text))
    assert not set(bare) & set(string.punctuation)


@given(PLAIN)
def test_a_browser_shows_the_input_again(text: str) -> None:
    assert spaces_alike(read_back(show(text))) == spaces_alike(text)


@given(st.text())
def test_no_control_character_survives(text: str) -> None:
    assert not [c for c in show(text) if unicodedata.category(c) in ("Cc", "Cs")]
    assert not set(show(text)) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")


@given(PLAIN, st.lists(st.tuples(st.integers(-5, 210), st.integers(-5, 210)), max_size=6), st.booleans())
def test_marks_change_nothing_but_the_marks(text: str, spans: list[tuple[int, int]], choose: bool) -> None:
    page = marked(text, spans, spans[0] if spans and choose else None)
    assert re.sub(r"</?mark[^>]*>", "", page) == show(text)
    numbers = [int(n) for n in re.findall(r'<mark id="quote-(\d+)"', page)]
    assert numbers == list(range(1, len(numbers) + 1)) and page.count("</mark>") == len(numbers)


@given(PLAIN, st.data())
def test_the_chosen_mark_holds_exactly_the_quote(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    others = data.draw(st.lists(st.tuples(st.integers(0, 210), st.integers(0, 210)), max_size=4))
    found = re.findall(r'<mark id="quote-\d+" class="chosen">(.*?)</mark>', marked(text, others, (start, end)))
    assert [spaces_alike(read_back(m)) for m in found] == [spaces_alike(text[start:end])] * (start < end)


def test_marks_by_hand() -> None:
    assert marked("I like cats.", [(7, 11)]) == 'I like <mark id="quote-1">cats</mark>&#46;'
    assert marked("abcdef", [(0, 3), (2, 4)]) == '<mark id="quote-1">abcd</mark>ef'
    assert marked("abcdef", [(0, 6)], (2, 4)) == (
        '<mark id="quote-1">ab</mark><mark id="quote-2" class="chosen">cd</mark><mark id="quote-3">ef</mark>'
    )


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("    four", "&#160;&#160;&#160;&#160;four"),
        ("a  b", "a &#160;b"),
        ("one\ntwo", "one<br>two"),
        ("![x](http", "&#33;&#91;x&#93;&#40;http"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("a\x00b", "a⟨U+0000⟩b"),
    ],
)
def test_by_hand(text: str, page: str) -> None:
    assert show(text) == page


def test_on_one_line() -> None:
    assert show("a\nb.pdf", lines=False) == "a b&#46;pdf"
