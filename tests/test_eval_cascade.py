"""The measurement of the judge: a model that knows the truth, on three letters that a hand can check."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.judge_prompt import STANCE_ANSWERS, TRAIT_ANSWERS, Ask
from assistant.model import Prompt
from eval.cascade import KnowingModel, main, measure
from eval.dataset import LabelledSet, load

LETTERS = {
    "ann": "I train score networks on diffusion models every day.\n\nI have published a paper on them at ICML.",
    "bo": "My sister works on diffusion models. I keep bees on the roof.\n\nI have published nothing.",
    "cem": "I sail to the lighthouse and I mend boats.\n\nOur article appeared in a journal.",
}
QUERIES = [
    {"id": "q1", "kind": "who-does", "text": "who works on diffusion models?", "topic": "diffusion models"},
    {"id": "q2", "kind": "who-wants", "text": "who wants to learn diffusion models?", "topic": "diffusion models"},
    {"id": "q3", "kind": "who-attribute", "text": "who has published?"},
    {"id": "q4", "kind": "who-none", "text": "who works on seabirds?"},
    {"id": "q5", "kind": "who-boolean", "text": "who works on diffusion models and has published?"},
]
RELEVANT = {"q1": ["ann"], "q2": [], "q3": ["ann", "cem"], "q4": [], "q5": ["ann"]}
TOPICS = {
    "ann": [{"topic": "diffusion models", "stance": "does", "quotes": []}],
    "bo": [{"topic": "diffusion models", "stance": "other", "quotes": []}],
    "cem": [],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part in ("letters", "gold"):
        (tmp_path / part).mkdir()
    for name, text in LETTERS.items():
        (tmp_path / "letters" / f"{name}.txt").write_text(text)
        (tmp_path / "gold" / f"{name}.json").write_text(json.dumps({"id": name, "topics": TOPICS[name]}))
    rows = [{**query, "relevant": RELEVANT[query["id"]], "neutral": []} for query in QUERIES]
    (tmp_path / "queries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


@pytest.fixture
def labelled(folder: Path) -> LabelledSet:
    return load(folder)


STANCE = Ask("", "Subject: diffusion models", "stance", STANCE_ANSWERS, frozenset())
TRAIT = Ask("", "Statement: The writer has published.", "holds", TRAIT_ANSWERS, frozenset())
TRUTHS = {
    "Subject: diffusion models": {"ann": "does", "bo": "other", "cem": "none"},
    "Statement: The writer has published.": {"ann": "yes", "bo": "no", "cem": "yes"},
}


def told(model: KnowingModel, prompt: Prompt) -> dict[str, str]:
    found: dict[str, str] = json.loads(model.reply(prompt))
    return found


def test_it_knows_the_letter_by_its_passages_and_what_is_asked_by_the_first_line() -> None:
    model = KnowingModel(LETTERS, TRUTHS, right=1.0)
    assert told(model, STANCE.prompt("My sister works on diffusion models.\n[…]\nI have published nothing.")) == {
        "reason": "I know it.",
        "stance": "other",
        "quote": "My sister works on diffusion models.",
    }
    assert told(model, TRAIT.prompt("Our article appeared in a journal."))["holds"] == "yes"
    assert told(model, STANCE.prompt("Our article appeared in a journal."))["stance"] == "none"
    assert model.calls == 3


def test_one_that_is_never_right_says_anything_else() -> None:
    model = KnowingModel(LETTERS, TRUTHS, right=0.0)
    assert told(model, STANCE.prompt("My sister works on diffusion models."))["stance"] != "other"
    assert told(model, TRAIT.prompt("I have published nothing."))["holds"] != "no"


def test_it_is_right_as_often_as_it_should_be_and_says_the_same_each_time() -> None:
    letters = {f"l{number}": f"I am letter number {number}." for number in range(2_000)}
    truths = {STANCE.about: dict.fromkeys(letters, "none")}
    one, again, other = (KnowingModel(letters, truths, 0.85, seed) for seed in (0, 0, 1))
    prompts = [STANCE.prompt(text) for text in letters.values()]
    answers = [told(one, prompt)["stance"] for prompt in prompts]
    assert answers.count("none") / len(answers) == pytest.approx(0.85, abs=0.03)
    assert set(answers) == set(STANCE_ANSWERS)
    assert answers == [told(again, prompt)["stance"] for prompt in prompts]
    assert answers != [told(other, prompt)["stance"] for prompt in prompts]


def test_a_set_is_asked_twice_and_the_second_time_is_free(labelled: LabelledSet) -> None:
    measured = measure(labelled, right=1.0, thorough=True)
    assert [judged.query.id for judged in measured.questions] == ["q1", "q2", "q3", "q4", "q5"]
    assert [judged.after for judged in measured.questions] == [1.0] * 5
    assert [judged.sent for judged in measured.questions[:4]] == [1.0] * 4
    assert measured.calls == 3 * 3  # diffusion models, published, seabirds; q2 and q5 ask nothing new
    assert measured.calls_again == 0


def test_only_what_is_in_doubt_is_sent(labelled: LabelledSet) -> None:
    measured = measure(labelled, right=1.0)
    assert measured.calls < 9
    assert all(0 <= judged.sent <= 1 for judged in measured.questions)
    assert measured.questions[0].after == 1.0


def test_the_command_prints_the_figures(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(folder), "--right", "1"], standalone_mode=False)
    printed = capsys.readouterr().out
    assert "right 1  seed 0  5 questions  macro F1 before" in printed
    assert "asked again 0" in printed
