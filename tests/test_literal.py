"""Subjects by their words: the sentences that hold them, the place in each, and what is said of another spelling."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.cohort import Cohort
from assistant.literal import find
from ingest.database import Database
from ingest.home import DEFAULT_COHORT, Home

LETTERS = {
    "Roth": "Ida Roth likes Quinces, Pear Trees, Rubik's Cubes, Magpies and Jam.",
    "Berg": "Ulf Berg likes Quince Jam, Magpies, Pear Trees, Hymns. He forecasts floods with a rain gauge.",
    "Cole": "I forecasted floods. My neighbour, who has three saws and a general plan, planted a pear tree.",
    "Eva-Saling": "Eva Saling likes Hymns, Sailing, Tea, Salt.",
}
Mentions = Callable[[str], tuple[dict[str, str], tuple[str, ...]]]


@pytest.fixture
def mentions(tmp_path: Path, ingest: Callable[..., object], own_home: Path) -> Mentions:
    """Where letters hold a phrase, ``{letter: the words there}``, and the notes."""
    for name, text in LETTERS.items():
        (tmp_path / f"{name}.txt").write_text(text)
    ingest(tmp_path)
    cohort = Cohort(DEFAULT_COHORT, Database(Home(own_home).database))

    def ask(text: str) -> tuple[dict[str, str], tuple[str, ...]]:
        held, notes = find(text, cohort)
        return {each.item.passage.letter: each.words for each in held}, notes

    return ask


BOTH = {"Roth": "Pear Trees", "Berg": "Pear Trees"}


@pytest.mark.parametrize(
    ("text", "held"),
    [
        pytest.param("Quinces", {"Roth": "Quinces"}, id="a whole item, not a part of one"),
        pytest.param("pear tree", BOTH, id="items, not prose"),
        pytest.param("rain gauge", {"Berg": "rain gauge"}, id="prose where there is no item"),
        pytest.param("forecasting floods", {"Berg": "forecasts floods", "Cole": "forecasted floods"}, id="roots"),
        pytest.param("generalizes", {"Cole": LETTERS["Cole"].split(". ")[1]}, id="a stem: the whole sentence"),
        pytest.param("Roth", {"Roth": "Roth"}, id="a writer's name is not changed"),
        pytest.param("basket weaving", {}, id="nothing"),
    ],
)
def test_what_is_spelt_right_is_found_without_a_note(mentions: Mentions, text: str, held: dict[str, str]) -> None:
    assert mentions(text) == (held, ())


@pytest.mark.parametrize(
    ("text", "held", "read_as"),
    [
        pytest.param("Qiunces", {"Roth": "Quinces"}, "quinces", id="one edit"),
        pytest.param("Pear Treees", BOTH, "pear trees", id="a doubled letter"),
        pytest.param("Rubics Cubes", {"Roth": "Rubik's Cubes"}, "rubik's cubes", id="said as letters write it"),
        pytest.param("raingauge", {"Berg": "rain gauge"}, "rain gauge", id="a blank left out"),
        pytest.param("Saliing", {"Eva-Saling": "Sailing"}, "sailing", id="a writer's name is not what was meant"),
    ],
)
def test_another_spelling_is_said(mentions: Mentions, text: str, held: dict[str, str], read_as: str) -> None:
    assert mentions(text) == (held, (f"read as “{read_as}”",))
