"""Lists in a sentence: a whole item is told from a part of one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.lists import is_item, items, stretches

LIST = "I like Tapirs, Key Limes, the Moon, Fish and Chips, and Soup."


@pytest.mark.parametrize(
    ("phrase", "whole"),
    [
        pytest.param("Tapirs", True, id="the first"),
        pytest.param("Key Limes", True, id="two words"),
        pytest.param("Limes", False, id="a part"),
        pytest.param("Key", False, id="another part"),
        pytest.param("the Moon", True, id="with its article"),
        pytest.param("Fish and Chips", True, id="with an and"),
        pytest.param("Chips", True, id="after the and"),
        pytest.param("Soup", True, id="the last"),
    ],
)
def test_whole_items(phrase: str, whole: bool) -> None:
    start = LIST.index(phrase)
    assert is_item(LIST, start, start + len(phrase)) == whole


@pytest.mark.parametrize(
    ("sentence", "whole"),
    [
        ("Rain, Owls, Tea, Soap", True),  # three commas
        ("Rain; Owls; Tea; Soap", True),
        ("Rain, Owls, Tea and Soap", False),  # two
        ("Rain", False),
    ],
)
def test_a_list_has_three_separators(sentence: str, whole: bool) -> None:
    assert is_item(sentence, 0, len("Rain")) == whole
    assert bool(stretches(sentence)) == whole


def test_items_of_a_list_with_an_article_and_without() -> None:
    found = {item for stretch in stretches(LIST) for item in items(stretch)}
    assert {"Tapirs", "Key Limes", "the Moon", "Moon", "Fish and Chips", "Fish", "Chips", "Soup"} <= found
    assert not {"Key", "Limes"} & found


PIECES = ["Rain", "Owls", "Tea", " ", " and ", ", ", "; ", " likes ", ".", " or ", "("]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_items_are_whole_items_where_they_stand(sentence: str) -> None:
    place = 0
    for stretch in stretches(sentence):
        for item in items(stretch):
            places = [start for start in range(place, place + len(stretch)) if sentence.startswith(item, start)]
            assert any(is_item(sentence, start, start + len(item)) for start in places)
        place += len(stretch) + 1
