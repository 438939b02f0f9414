"""The passages that are put before a model: a letter's own words, in its order, and not many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from assistant.cohort import Cohort
from assistant.excerpt import excerpt
from ingest.database import Database, Segmented, StoredPassage
from ingest.letters import Draft
from ingest.segment import sentences

TEXT = """Dear all,

One sails. Two rows. Three swims. Four dives. Five rests.

What I do
I keep bees. I sell honey.

What I want
I hope to learn of moss."""


@pytest.fixture
def cohort(tmp_path: Path) -> Iterator[Cohort]:
    with closing(Database(tmp_path / "letters.db")) as database:
        key = database.add_cohort("2026")
        texts = {"ann": TEXT, "bo": "x" * 5_000}
        database.store(key, [Segmented(id_, Draft(id_, id_, text), sentences(text), ()) for id_, text in texts.items()])
        yield Cohort("2026", database)


def said(cohort: Cohort, *texts: str) -> list[StoredPassage]:
    return [next(item for item in cohort.of_letter("ann") if item.passage.text == text) for text in texts]


def test_a_sentence_comes_with_its_neighbours(cohort: Cohort) -> None:
    assert excerpt(said(cohort, "Three swims."), cohort, 6) == "Two rows.\nThree swims.\nFour dives."


def test_what_is_left_out_is_marked_and_the_order_is_the_letters(cohort: Cohort) -> None:
    chosen = said(cohort, "I sell honey.", "Two rows.")
    assert excerpt(chosen, cohort, 100).splitlines() == [
        *("One sails.", "Two rows.", "Three swims."),
        *("[…]", "What I do", "I keep bees.", "I sell honey.", "What I want"),
    ]


def test_a_heading_is_shown_once(cohort: Cohort) -> None:
    shown = excerpt(said(cohort, "I keep bees.", "I hope to learn of moss."), cohort, 100)
    assert shown.splitlines() == [
        "What I do",
        "I keep bees.",
        "I sell honey.",
        "What I want",
        "I hope to learn of moss.",
    ]


def test_the_first_place_is_taken_and_no_more_than_asked(cohort: Cohort) -> None:
    assert excerpt(said(cohort, "Three swims.", "I keep bees."), cohort, 1) == "Two rows.\nThree swims.\nFour dives."


def test_every_line_is_the_letters(cohort: Cohort) -> None:
    lines = excerpt(cohort.of_letter("ann"), cohort, 100).splitlines()
    assert all(line in TEXT for line in lines)


def test_a_sentence_without_end_is_cut(cohort: Cohort) -> None:
    assert excerpt(cohort.of_letter("bo"), cohort, 100) == "x" * 1_000


def test_nothing_of_nothing(cohort: Cohort) -> None:
    assert excerpt([], cohort, 100) == ""
