"""What a model thinks aloud is left out, wherever its reply is cut into pieces."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.ollama.endless import ending
from assistant.ollama.thoughts import ThoughtFilter, after_thoughts
from ingest.errors import ModelFailed

PARTS = st.lists(
    st.sampled_from(["<think>", "</think>", "<think", "</", "<", ">", "think>", " ", "\n", "Ann", "ż", "<<think>"])
)


def said(*pieces: str) -> str:
    thoughts = ThoughtFilter()
    return "".join([*map(thoughts.feed, pieces), thoughts.end()])


@pytest.mark.parametrize(
    ("reply", "spoken"),
    [
        ("Yes.", "Yes."),
        ("<think>Hm.</think>Yes.", "Yes."),
        ("Well <think>a</think>and <think>b</think>so.", "Well and so."),
        ("<think></think>", ""),
        ("<think>Hm. <think> </think>Yes.", "Yes."),
        ("2 < 3, a <thin line", "2 < 3, a <thin line"),
        ("<<think>Hm.</think>>", "<>"),
        ("Hm.</think>Yes.", "Hm.</think>Yes."),
        ("Yes.<think>And", "Yes."),
    ],
)
def test_thoughts_are_taken_out(reply: str, spoken: str) -> None:
    assert said(reply) == spoken


@given(PARTS, st.data())
def test_the_cut_does_not_matter(parts: list[str], data: st.DataObject) -> None:
    reply = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(reply)), max_size=8)))
    pieces = [reply[start:end] for start, end in zip([0, *cuts], [*cuts, len(reply)], strict=True)]
    assert said(*pieces) == said(reply) == said(*reply)


@given(PARTS)
def test_it_is_what_a_pattern_takes_out_of_the_whole(parts: list[str]) -> None:
    reply = "".join(parts)
    assert said(reply) == re.sub(r"<think>.*?(</think>|\Z)", "", reply, flags=re.DOTALL)


def test_what_is_sure_is_said_at_once() -> None:
    thoughts = ThoughtFilter()
    assert [thoughts.feed(piece) for piece in ("Ann <th", "ick", "et> <think>x", "</thi", "nk>end")] == [
        *("Ann ", "<thick", "et> ", "", "end")
    ]


def test_a_reply_begun_within_a_thought() -> None:
    assert after_thoughts("Hm.</think>Yes.") == "Yes."
    assert after_thoughts("Yes.") == "Yes."


def test_a_long_reply_is_passed_on_whole() -> None:
    prose = [f"Candidate {number} works on rivers; candidate {number + 1} does not. " for number in range(200)]
    assert list(ending(prose, 100_000)) == prose


def test_a_reply_may_have_so_many_characters_and_no_more() -> None:
    assert "".join(ending(["abc", "de"], 5)) == "abcde"
    with pytest.raises(ModelFailed, match="did not come to an end"):
        list(ending(["abc", "def"], 5))


@pytest.mark.parametrize("circle", ["x", "\n  ", "- Ann works on rivers.\n", "one two three four five " * 6])
def test_a_reply_that_goes_round_is_stopped_soon(circle: str) -> None:
    came = ""
    with pytest.raises(ModelFailed, match="repeated itself"):
        for piece in ending(["The list:\n"] + [circle] * 1000, 10**6):
            came += piece
    assert len(came) < 1000


def test_a_line_of_dashes_is_no_circle() -> None:
    table = ["| a | b |\n", "|" + "-" * 120 + "|\n", "Ann\n" * 3, "The end."]
    assert list(ending(table, 10_000)) == table
