"""The rules of facets.toml, on sentences as applicants write them and questions as organisers ask them."""

from __future__ import annotations

import json
import re
import time
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assistant.domain import shipped
from assistant.facets import Facet
from ingest.fold import collapse

ENOUGH = 0.85  # of the sentences a facet is found in, and of those it should be found in
_WHO = re.compile(
    r"^(?:who(?:se)?|anyone who|which (?:applicants|candidates)|how many(?: applicants)?)\s+|\?$", re.IGNORECASE
)


@cache
def _rows() -> list[dict[str, Any]]:
    text = (Path(__file__).parent / "data" / "facets.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def _sentences() -> dict[str, list[dict[str, Any]]]:
    found = defaultdict(list)
    for row in _rows():
        if "sentence" in row:
            found[row["facet"]].append(row)
    return found


def _questions() -> dict[str | None, list[str]]:
    found = defaultdict(list)
    for row in _rows():
        if "question" in row:
            found[row["facet"]].append(row["question"])
    return found


@cache
def _facets() -> dict[str, Facet]:
    return {facet.name: facet for facet in shipped().facets.table}


@pytest.mark.parametrize(("name", "rows"), _sentences().items(), ids=list(_sentences()))
def test_precision_and_recall(name: str, rows: list[dict[str, Any]]) -> None:
    said = [row for row in rows if _facets()[name].said_in(row["sentence"])]
    right = [row for row in said if row["says"]]
    missed = [row["sentence"] for row in rows if row["says"] and row not in said]
    wrong = [row["sentence"] for row in said if not row["says"]]
    assert len(right) >= ENOUGH * len(said), wrong
    assert len(right) >= ENOUGH * (len(right) + len(missed)), missed


@pytest.mark.parametrize("name", [name for name in _questions() if name])
def test_questions_are_covered_whole(name: str) -> None:
    for question in _questions()[name]:
        asked = shipped().facets.asked_in(_WHO.sub("", question))
        assert asked, question
        assert name in [facet.name for facet in asked.facets], question
        assert not asked.left_over, question


@pytest.mark.parametrize("question", _questions()[None])
def test_a_question_about_a_subject_asks_for_no_facet(question: str) -> None:
    assert shipped().facets.asked_in(_WHO.sub("", question)) is None


def test_no_rule_depends_on_capitals_or_runs() -> None:
    for facet in shipped().facets.table:
        for rule in (facet.say, facet.unless):
            if rule:
                assert not re.search(r"\[A-Z]", rule.pattern), facet.name
                plain = re.sub(r"\\.", "", rule.pattern)
                assert plain == collapse(plain), facet.name


@pytest.mark.parametrize(
    "text", ["has ", "have has ", "a ", "the a ", "in the ", "wants to ", "my two ", "i have ", "first "]
)
def test_repeated_words_stay_cheap(text: str) -> None:
    start = time.perf_counter()
    for facet in shipped().facets.table:
        for rule in (facet.ask, facet.say, facet.unless):
            if rule:
                list(rule.finditer(text * 50))
    assert time.perf_counter() - start < 5
