"""Spelling: what no letter holds is read as the nearest that one does; what a letter holds is never changed."""

from __future__ import annotations

import string

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from assistant.spelling import Lexicon
from ingest.english import is_common
from ingest.fold import fold

LEXICON = Lexicon.of(
    [
        "Ida Roth likes Quinces, Pear Trees, Magpies, Rubik's Cubes, 3D Printing, Cod and Fish and Chips.",
        "Emil Dürr likes Plum Trees, Ponds, the Bronze Age, Sunflowers, Oil Painting, Magpies.",
        "I repaired the volcano model with a recommender system and GPT-3, and I draw volcanoes and quagmires.",
    ]
)


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        pytest.param("Qinces", "quinces", id="a letter left out"),
        pytest.param("Quirnces", "quinces", id="one put in"),
        pytest.param("Quinxes", "quinces", id="one replaced"),
        pytest.param("Qunices", "quinces", id="two swapped"),
        pytest.param("uinces", "quinces", id="the first left out"),
        pytest.param("uQinces", "quinces", id="the capital swapped"),
        pytest.param("Xuinces", "quinces", id="the first replaced"),
        pytest.param("Qinecs", "quinces", id="two edits in a long word"),
        pytest.param("Codd", "cod", id="a short word"),
        pytest.param("quin ces", "quinces", id="a blank put in"),
        pytest.param("PearTrees", "pear trees", id="a blank left out"),
        pytest.param("PearxTrees", "pear trees", id="a blank replaced"),
        pytest.param("PearT rees", "pear trees", id="a blank moved to the right"),
        pytest.param("Pea rTrees", "pear trees", id="a blank moved to the left"),
        pytest.param("sun flowers", "sunflowers", id="a blank between words, one of which is a word"),
        pytest.param("Peer Trees", "pear trees", id="a word, but not beside this one"),
        pytest.param("Bronce Age", "bronze age", id="an item without its article"),
        pytest.param("the Bronce Age", "the bronze age", id="and with it"),
        pytest.param("Rubiks Cubes", "rubik s cubes", id="an apostrophe left out"),
        pytest.param("3D Pirnting", "3d printing", id="beside a number"),
        pytest.param("Fsih and Chips", "fish and chips", id="an item with and"),
        pytest.param("vulcano modle", "volcano model", id="running text, a slip in each word"),
        pytest.param("recomender system", "recommender system", id="a doubled letter"),
        pytest.param("recommendersystem", "recommender system", id="running text, a blank left out"),
        pytest.param("recommen der system", "recommender system", id="running text, a blank put in"),
        pytest.param("recommenders ystem", "recommender system", id="running text, a blank moved"),
    ],
)
def test_the_likeliest_reading(text: str, read_as: str) -> None:
    assert LEXICON.readings(text)[0].text == read_as


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("magpies", id="right already"),
        pytest.param("quince", id="right but for the number"),
        pytest.param("Pond Trees", id="two words that letters hold, elsewhere"),
        pytest.param("points", id="a common word two edits from ponds"),
        pytest.param("bonds", id="a common word one edit from ponds"),
        pytest.param("zygote", id="nothing near"),
        pytest.param("vulcano zygote", id="one that cannot be mended"),
        pytest.param("mx", id="too short to tell"),
        pytest.param("COB", id="an acronym"),
        pytest.param("GPT-4", id="another number"),
        pytest.param("4D Printing", id="another number in a list"),
        pytest.param("xuagmirs", id="two edits, the first letter among them"),
        pytest.param("?!", id="no word"),
        pytest.param("", id="nothing"),
    ],
)
def test_left_alone(text: str) -> None:
    assert LEXICON.readings(text) == []


def test_of_readings_as_near_items_come_first_then_what_one_slip_alone_explains_then_the_frequent() -> None:
    lexicon = Lexicon.of(
        ["I like Zarbs, Tarbs, Narbs, Larbes and Rain.", "I like Narbs, Mice, Tea, Soap.", "A varb, a varb and a varb."]
    )
    assert [reading.text for reading in lexicon.readings("arbs")] == ["narbs", "tarbs", "zarbs"]
    assert [reading.text for reading in lexicon.readings("larbs")] == ["larbes", "narbs", "tarbs", "zarbs"]
    assert [reading.text for reading in lexicon.readings("warb")] == ["varb"]


WORDS = st.text(string.ascii_lowercase[:8], min_size=5, max_size=10)
VOCABULARIES = st.lists(WORDS, min_size=1, max_size=12, unique_by=fold)


@st.composite
def one_edit(draw: st.DrawFn, text: str) -> str:
    place = draw(st.integers(0, len(text) - 1))
    letter = draw(st.sampled_from(string.ascii_lowercase))
    before, here, after = text[:place], text[place], text[place + 1 :]
    swapped = f"{before[:-1]}{here}{before[-1:]}{after}"
    return draw(st.sampled_from([before + letter + here + after, before + after, before + letter + after, swapped]))


@settings(max_examples=200, deadline=None)
@given(VOCABULARIES, st.booleans(), st.data())
def test_one_edit_that_makes_no_word_is_read_as_a_word_within_one_edit(
    vocabulary: list[str], listed: bool, data: st.DataObject
) -> None:
    lexicon = Lexicon.of([f"I like {', '.join([*vocabulary, 'x1', 'x2', 'x3'])}." if listed else " ".join(vocabulary)])
    typed = data.draw(one_edit(data.draw(st.sampled_from(vocabulary))))
    assume(not lexicon.knows(typed) and not is_common(typed))
    likeliest = lexicon.readings(typed)[0]
    assert likeliest.edits == OSA.distance(typed, likeliest.text) == 1
    assert all(word in vocabulary for word in likeliest.text.split())


@settings(max_examples=200, deadline=None)
@given(VOCABULARIES, st.data())
def test_a_known_word_is_never_changed(vocabulary: list[str], data: st.DataObject) -> None:
    lexicon = Lexicon.of([f"I like {', '.join(vocabulary)}.", " ".join(vocabulary)])
    assert lexicon.readings(data.draw(st.sampled_from(vocabulary))) == []
    phrase = data.draw(st.lists(st.sampled_from(vocabulary), min_size=2, max_size=4))
    for reading in lexicon.readings(" ".join(phrase)):
        said = reading.text.split()
        assert "".join(said) == "".join(phrase) or [fold(word) for word in said] == [fold(word) for word in phrase]


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("abcdegmnpqrstuv CDPR3'&é的,."), max_size=30))
def test_whatever_is_typed_readings_are_ranked_and_made_of_what_letters_hold(text: str) -> None:
    readings = LEXICON.readings(text)
    assert readings == sorted(readings)
    for reading in readings:
        assert reading.edits > 0
        assert reading.text in LEXICON.items or all(
            LEXICON.knows(word) or is_common(word) or word in text.casefold() for word in reading.text.split()
        )
