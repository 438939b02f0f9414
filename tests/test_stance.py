"""What cue phrases say of a sentence's writer, one of the signs that are weighed: clear cases one by one, the labelled
sentences of ``eval/training`` as a whole.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.answer import Stance
from assistant.stance import Context, judge

LABELLED = Path(__file__).parent.parent / "eval" / "training" / "stance.jsonl"


def likeliest(marked: str, heading: str = "", before: str = "", after: str = "") -> Stance:
    """Judge a sentence whose mention stands in double square brackets."""
    start, end = marked.index("[["), marked.index("]]") - 2
    sentence = marked.replace("[[", "").replace("]]", "")
    context = Context(sentence, heading, (before,) if before else (), (after,) if after else ())
    stances = judge(context, start, end)
    assert sum(stances.values()) == pytest.approx(1.0)
    return max(stances, key=lambda stance: stances[stance])


@pytest.mark.parametrize(
    ("sentence", "stance"),
    [
        ("At present I work on [[beekeeping statistics]].", Stance.DOES),
        ("My bachelor thesis on [[tides]] was handed in two years ago.", Stance.DID),
        ("I took one course on [[topology]] and passed the exam.", Stance.COURSE),
        ("I would like to learn [[tomography]].", Stance.WANTS),
        ("[[Topology]] is my weak spot: I cannot explain a single proof.", Stance.LACKS),
        ("My supervisor works on [[glaciers]].", Stance.OTHER),
        ("Please, no [[robotics]]: I am not interested.", Stance.OTHER),
        ("My supervisor works on glaciers; I study [[moss]].", Stance.DOES),
    ],
)
def test_a_clear_sentence_is_understood(sentence: str, stance: Stance) -> None:
    assert likeliest(sentence) is stance


def test_a_heading_speaks_for_the_fragments_under_it() -> None:
    assert likeliest("[[Robotics]].", heading="What I want to learn") is Stance.WANTS
    assert likeliest("[[Robotics]].", heading="Weak spots") is Stance.LACKS


def test_a_fragment_is_explained_by_the_next_sentence() -> None:
    assert likeliest("[[Robotics]].", after="I would love to learn it.") is Stance.WANTS


def test_labelled_sentences_are_judged_no_worse_than_when_last_measured() -> None:
    rows = [json.loads(line) for line in LABELLED.read_text(encoding="utf-8").splitlines()]
    working = {Stance.DOES, Stance.DID}
    right = 0
    for row in rows:
        found = likeliest(row["sentence"], row["heading"], row["before"], row["after"])
        right += found == row["stance"] or {found, Stance(row["stance"])} <= working
    assert right / len(rows) >= 0.63  # 0.65 at 1,901 sentences, many of them traps; does and did taken together
