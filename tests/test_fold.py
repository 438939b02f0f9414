"""Folding: what is written differently and means the same meets; what means something else stays apart."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.fold import collapse, collapse_pattern, fold, fold_word, root, singular, stem, words, written

WRITTEN = st.text(st.sampled_from("abcdefgilmnorstuyzABCSZéßłДж五 -'.,+#0123\n"), max_size=60)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Reccomender Sytsem", "Recomender Sytsem", id="a doubled letter"),
        pytest.param("recommender systems", "Recommender System", id="plural and capitals"),
        pytest.param("quantised", "quantized", id="British ised"),
        pytest.param("generalisation", "generalization", id="British isation"),
        pytest.param("analyse", "analyze", id="British yse"),
        pytest.param("behaviour", "behavior", id="British our"),
        pytest.param("theories", "theory", id="plural in ies"),
        pytest.param("boxes", "box", id="plural in es"),
        pytest.param("ﬁnal ｒｏｂｏｔ", "final robot", id="compatibility forms"),
        pytest.param("U-Net", "u net", id="a hyphen is a blank"),
        pytest.param("Gauß", "gauss", id="sharp s"),
    ],
)
def test_these_are_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C++", "C"),
        ("C#", "C"),
        ("C++", "C#"),
        (".NET", "net"),
        ("bus", "bu"),
        ("analysis", "analysi"),
        ("physics", "physic students"),
        ("four", "for"),
        ("stats", "state"),
    ],
)
def test_these_are_not(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_words_as_they_are_written() -> None:
    assert written("Rubik's ｃｕｂｅｓ, C++ and .NET") == ["rubik", "s", "cubes", "c++", "and", ".net"]


@pytest.mark.parametrize(
    ("word", "alike", "unlike"), [("Beers", "beer", "bers"), ("quantised", "quantized", "quanntized")]
)
def test_a_singular_keeps_its_doubled_letters(word: str, alike: str, unlike: str) -> None:
    assert singular(word) == singular(alike) != singular(unlike)
    assert fold_word(word) == fold_word(alike) == fold_word(unlike)


def test_words_know_where_they_stand() -> None:
    text = "Ünïted C++ (.NET)!"
    assert [(word.text, text[word.start : word.end]) for word in words(text)] == [
        ("ünïted", "Ünïted"),
        ("c++", "C++"),
        (".net", ".NET"),
    ]


@settings(max_examples=200, deadline=None)
@given(WRITTEN, st.data())
def test_a_phrase_of_a_text_is_found_in_the_folded_text(text: str, data: st.DataObject) -> None:
    found = words(text)
    first = data.draw(st.integers(0, len(found)))
    last = data.draw(st.integers(first, len(found)))
    if first < last:
        phrase = text[found[first].start : found[last - 1].end]
        assert f" {fold(phrase)} " in f" {fold(text)} "


@settings(max_examples=100, deadline=None)
@given(WRITTEN)
def test_folding_minds_no_case_and_no_white_space(text: str) -> None:
    assert fold(text) == fold(f"\n {text.replace(' ', '  ')} ")
    assert fold(text) == " ".join(word.text for word in words(text))


@pytest.mark.parametrize(
    ("one", "other"), [("pruning", "pruned"), ("modelling", "models"), ("forecasting", "forecast")]
)
def test_roots_meet(one: str, other: str) -> None:
    assert root(fold(one)) == root(fold(other))


def test_roots_are_gentler_than_stems() -> None:
    assert root("federated") != root("federal")
    assert stem("generalization") == stem("general")


@pytest.mark.parametrize("acronym", ["AAAI", "IEEE"])
def test_an_acronym_does_not_collapse_into_another_word(acronym: str) -> None:
    pattern = re.compile(rf"\b{collapse_pattern(acronym.casefold())}\b")
    assert pattern.search(collapse(f"a paper at {acronym}"))
    assert not pattern.search(collapse("rules for AI, that is, i.e. robots"))


@pytest.mark.parametrize("written", ["published", "publlished", "Published", "PUBLISSHED"])
def test_a_collapsed_pattern_finds_doubled_letters(written: str) -> None:
    assert re.search(collapse_pattern(r"\bpublished\b"), collapse(f"I {written} it."))
    assert re.search(collapse_pattern(r"\bclass\b"), collapse("a class"))
