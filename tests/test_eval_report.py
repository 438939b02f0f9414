"""One small set, one scripted system: the scores, their agreement with the release judge, the reports made of them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from assistant.answer import Answer, Candidate, Evidence, Kind, Role, Statement
from eval.dataset import LabelledSet, Query, load
from eval.metrics import Bin, Forecast
from eval.reliability_plot import reliability_plot
from eval.report import compare, markdown, render, worst, write
from eval.run import evaluate, run_evaluation
from eval.scores import Report, Round
from eval.systems import UnknownSystem
from eval.systems.base import Conversing
from ingest.index import Progress

JUDGE = Path(__file__).parents[2] / "shared" / "score.py"
needs_judge = pytest.mark.skipif(not JUDGE.is_file(), reason="the release judge, score.py, is not on this machine")

LETTERS = {
    "a": "I work on score matching.\nMy thesis is about robots.",
    "b": "I hope to learn about diffusion models.",
    "c": "In my job I trained diffusion models for nine customers.",
    "d": "I like bread.",
}
GOLD: Mapping[str, list[dict[str, Any]]] = {
    "a": [{"topic": "diffusion models", "stance": "does", "quotes": ["score matching"]}],
    "b": [{"topic": "diffusion models", "stance": "wants", "quotes": ["learn about diffusion models"]}],
    "c": [{"topic": "diffusion models", "stance": "did", "quotes": ["trained diffusion models"]}],
}
QUERIES: list[dict[str, Any]] = [
    {"id": "q1", "kind": "who-does", "text": "who works on diffusion?", "relevant": ["a", "c"], "neutral": ["d"]},
    {"id": "q2", "kind": "who-does", "text": "who works on robots?", "relevant": ["a"], "neutral": []},
    {"id": "q3", "kind": "who-wants", "text": "who wants diffusion?", "relevant": ["b"], "neutral": []},
    {"id": "q4", "kind": "who-none", "text": "who works on cheese?", "relevant": [], "neutral": ["d"]},
    {
        "id": "q5",
        "kind": "fact",
        "text": "How many customers?",
        "letter": "c",
        "answer": "Nine",
        "quote": "nine customers",
    },
    {
        "id": "q6",
        "kind": "fact",
        "text": "What thesis?",
        "letter": "a",
        "answer": "about robots",
        "quote": "about robots",
    },
    {"id": "q7", "kind": "fact-absent", "text": "Which bakery?", "letter": "d"},
    {"id": "q8", "kind": "fact-absent", "text": "Which school?", "letter": "b"},
]
TURNS = [
    {"id": "c1-1", "conversation": "c1", "text": "who works on diffusion?", "relevant": ["a", "c"], "neutral": ["d"]},
    {"id": "c1-2", "conversation": "c1", "text": "which of them as a job?", "relevant": ["c"], "neutral": []},
]

# What score.py printed for the scripted answers below, worked out by hand beside each number
JUDGED = {
    "who": {
        # q1: {a, b, d} without neutral d: P 1/2, R 1/2, F1 1/2; q2: {a}: all 1
        "who-does": {"n": 2, "P": 0.75, "R": 0.75, "F1": 0.75},
        "who-none": {"n": 1, "P": 1.0, "R": 1.0, "F1": 1.0},  # q4: {d}, which is neutral
        "who-wants": {"n": 1, "P": 0.5, "R": 1.0, "F1": 0.6667},  # q3: {b, c}: F1 = 2 * 1/2 * 1 / (3/2)
    },
    "who_macro_F1": 0.7917,  # (1/2 + 1 + 2/3 + 1) / 4 = 19/24
    "stance_accuracy": 0.5,  # q1: a is right; q3: b is called "does". q2's topic has no label
    "evidence_on_gold": 0.5,  # q1: a's quote overlaps "score matching"; q3: b's quote is not in b
    "verbatim": "7/8",
    "fact": {
        "evidence@1": 0.5,  # q5 yes; q6's first is of the right letter, beside the gold quote
        "evidence@3": 1.0,  # q6's second overlaps it
        "letter@1": 1.0,
        "answer_words": 0.5,  # q5: "nine" of nine; q6: neither "about" nor "robots" is said
        "answered": 1.0,
    },
    "absent_abstained": 0.5,  # q7 yes, q8 no
    "elapsed_ms": {"p50": 50.0, "p95": 80.0},  # 10 ... 80: places 4 and 7
    "conversation_F1": {"turn1": 0.6667, "turn2": 1.0},  # {a}: P 1, R 1/2; {c}
}


def piece(letter: str, quote: str) -> Evidence:
    start = LETTERS[letter].find(quote)
    return Evidence(letter, quote, start, start + len(quote))


def found(letter: str, stance: str, *quotes: str) -> Candidate:
    return Candidate(letter, stance, 1.0, tuple(piece(letter, quote) for quote in quotes))


def who(*candidates: Candidate) -> Answer:
    return Answer("", Kind.WHO, "", "scripted", candidates=candidates, final=True)


def fact(said: str, *evidence: Evidence, abstained: bool = False) -> Answer:
    statements = (Statement(Role.LEAD, said),)
    return Answer(
        "", Kind.FACT, "", "scripted", statements=statements, evidence=evidence, abstained=abstained, final=True
    )


ANSWERS = {
    "q1": who(found("a", "does", "on score"), found("b", "wants", "learn"), found("d", "does")),
    "q2": who(found("a", "did", "robots")),
    "q3": who(found("b", "does", "not in the letter"), found("c", "wants")),
    "q4": who(found("d", "does", "bread")),
    "q5": fact("They are nine.", piece("c", "for nine")),
    "q6": fact("A degree.", piece("a", "My thesis"), piece("a", "robots.")),
    "q7": fact("The letter does not say.", abstained=True),
    "q8": fact("A school."),
    "c1-1": who(found("a", "does", "score")),
    "c1-2": who(found("c", "does")),
}
UNNAMED = {"q5": fact("nine", piece("b", "hope"), piece("c", "nine customers")), "q6": fact("", piece("a", "robots"))}


class Scripted:
    """A system that says what is written above."""

    name = "scripted"
    settings: Mapping[str, str] = {"script": "1"}

    def prepare(self, labelled: LabelledSet, workdir: Path, progress: Progress | None = None) -> None:
        self.prepared = labelled.name, workdir.is_dir()

    def answer(self, query: Query, *, named: bool) -> Answer:
        if query.kind == "fact" and not named:
            return UNNAMED[query.id]
        return replace(ANSWERS[query.id], elapsed_ms=10.0 * int(query.id[1:]))


class Talking(Scripted):
    """The same, and it holds conversations."""

    def converse(self, turns: Sequence[Query]) -> Iterator[Answer]:
        yield from (ANSWERS[turn.id] for turn in turns)


class Silent(Scripted):
    """A system that finds nothing."""

    name = "silent"

    def answer(self, query: Query, *, named: bool) -> Answer:
        return who()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    (folder / "letters").mkdir(parents=True)
    (folder / "gold").mkdir()
    for letter, text in LETTERS.items():
        (folder / "letters" / f"{letter}.txt").write_text(text)
    for letter, topics in GOLD.items():
        (folder / "gold" / f"{letter}.json").write_text(json.dumps({"topics": topics}))
    topic_of = {"q1": "diffusion models", "q2": "robots", "q3": "diffusion models"}
    queries = [{"relevant": [], **query, "topic": topic_of.get(query["id"], "")} for query in QUERIES]
    (folder / "queries.jsonl").write_text("".join(json.dumps(query) + "\n" for query in queries))
    (folder / "conversations.jsonl").write_text("".join(json.dumps(turn) + "\n" for turn in TURNS))
    return folder


@pytest.fixture
def report(folder: Path, tmp_path: Path) -> Report:
    return evaluate(load(folder), Talking(), workdir=tmp_path / "work")


def judge(*files: Path) -> dict[str, Any]:
    done = subprocess.run([sys.executable, JUDGE, *files], capture_output=True, text=True, check=True)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_scores_are_those_of_the_judge(report: Report) -> None:
    assert report.scores() == JUDGED


@needs_judge
def test_the_judge_says_the_same_of_the_files_written(report: Report, folder: Path, tmp_path: Path) -> None:
    write([report], tmp_path / "out")
    own = tmp_path / "out" / "scripted"
    assert judge(folder, own / "answers.jsonl", own / "conversations.jsonl") == JUDGED
    unnamed = judge(folder, own / "unnamed.jsonl")["fact"]
    assert unnamed["letter@1"] == 1 / 2


@needs_judge
@pytest.mark.slow
def test_the_judge_says_the_same_of_the_baseline(tmp_path: Path) -> None:
    [stock] = run_evaluation("dev", ["stock"], workdir=tmp_path / "work")
    write([stock], tmp_path / "out")
    dev = Path(__file__).parents[1] / "eval" / "cohorts" / "dev"
    assert judge(dev, tmp_path / "out" / "stock" / "answers.jsonl") == stock.scores()
    assert stock.scores()["who_macro_F1"] == pytest.approx(0.21, abs=0.01)
    assert judge(dev, tmp_path / "out" / "stock" / "unnamed.jsonl")["fact"]["letter@1"] == pytest.approx(0.38, abs=0.01)


def test_facts_are_asked_twice_and_conversations_once(report: Report) -> None:
    assert [result.query.id for result in report.asked(Round.MAIN)] == [query["id"] for query in QUERIES]
    assert [result.query.id for result in report.asked(Round.UNNAMED)] == ["q5", "q6"]
    assert [result.query.id for result in report.asked(Round.TURN)] == ["c1-1", "c1-2"]


def test_a_system_that_cannot_converse_is_not_asked_to(folder: Path, tmp_path: Path) -> None:
    assert isinstance(Talking(), Conversing)
    assert not isinstance(Scripted(), Conversing)
    plain = evaluate(load(folder), Scripted(), workdir=tmp_path)
    assert plain.asked(Round.TURN) == ()
    assert plain.scores() == {key: value for key, value in JUDGED.items() if key != "conversation_F1"}


def test_estimates_have_the_judges_means(report: Report) -> None:
    means = {measure.label: estimate.mean for measure in report.measures() if (estimate := report.estimate(measure))}
    assert means["who, all: F1"] == pytest.approx(19 / 24)
    assert means["who, all: exact sets"] == 2 / 4  # q2 and q4
    assert means["who-does: P"] == 3 / 4
    assert means["stance right"] == means["evidence on gold"] == 1 / 2
    assert means["quotes verbatim"] == means["quotes at their offsets"] == 7 / 8
    assert means["fact, letter not named: letter@1"] == 1 / 2
    assert means["fact, letter named: evidence@3"] == 1
    assert means["conversation, turn1: F1"] == pytest.approx(2 / 3)


def test_results_name_what_was_missed_and_what_was_wrong(report: Report) -> None:
    first = report.results[0]
    assert (first.returned, first.missed, first.wrong) == (("a", "b", "d"), ("c",), ("b",))


def test_recall_at_two_is_told_of_ranked_sets(tmp_path: Path) -> None:
    query = Query("q1", "who", "?", frozenset({"a", "b"}))
    ranked = LabelledSet("ranked", LETTERS, (query,))
    report = evaluate(ranked, Scripted(), workdir=tmp_path)  # q1 returns a, b, d in this order
    [measure] = [measure for measure in report.measures() if measure.label == "who: R@2"]
    estimate = report.estimate(measure)
    assert estimate is not None
    assert estimate.mean == 2 / 2
    assert report.scores()["who_macro_F1"] == 0.8  # P 2/3, R 1


def test_progress_counts_every_question(folder: Path, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    evaluate(load(folder), Talking(), workdir=tmp_path, progress=lambda *step: seen.append(step))
    assert seen == [("asking scripted", done, 12) for done in range(1, 13)]  # 8 questions, 2 facts again, 2 turns


def test_provenance_names_data_settings_and_versions(report: Report, folder: Path) -> None:
    provenance = report.provenance
    assert provenance["dataset_sha256"] == load(folder).hash
    assert provenance["settings"] == {"script": "1"}
    assert provenance["packages"]["chromadb"]
    assert (provenance["letters"], provenance["questions"], provenance["problems"]) == (4, 8, [])


def test_an_unknown_system_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(UnknownSystem, match="'stok': choose one of dossier, stock"):
        run_evaluation("dev", ["stock", "stok"], workdir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_comparison_is_paired(report: Report, folder: Path, tmp_path: Path) -> None:
    silent = evaluate(load(folder), Silent(), workdir=tmp_path)
    rows = {row.label: row for row in compare([report, silent])}
    [difference] = rows["who, all: F1"].differences
    assert difference is not None
    assert difference.mean == pytest.approx(19 / 24 - 1 / 4)  # of nothing, only q4 is right
    assert rows["who, all: F1"].n == "4"
    assert rows["who, all: F1"].cells[1].startswith("0.250 [")
    assert rows["conversation, turn1: F1"].cells[1] == "–"
    assert rows["conversation, turn1: F1"].differences == (None,)
    assert rows["stance right"].differences == (None,)


def test_worst_questions_come_lowest_first_and_never_the_right_ones(report: Report) -> None:
    listed = [(result.query.id, result.round.value, round(result.score, 2)) for result in worst(report, 20)]
    assert listed == [
        ("q5", "unnamed", 0.0),
        ("q6", "main", 0.0),
        ("q8", "main", 0.0),
        ("q1", "main", 0.5),
        ("c1-1", "turn", 0.67),
        ("q3", "main", 0.67),
    ]
    assert [result.query.id for result in worst(report, 2)] == ["q5", "q6"]


def test_the_terminal_shows_systems_side_by_side(report: Report, folder: Path, tmp_path: Path) -> None:
    silent = evaluate(load(folder), Silent(), workdir=tmp_path)
    screen = io.StringIO()
    render([report, silent], Console(file=screen, width=200), worst_shown=4)
    shown = screen.getvalue()
    assert "small: 4 letters, 8 questions" in shown
    assert "scripted − silent" in shown
    assert "0.792 [" in shown
    [line] = [line for line in shown.splitlines() if "q1" in line]
    assert [cell.strip() for cell in line.strip("│").split("│")] == [
        "q1",
        "who-does",
        "who works on diffusion?",
        "0.50",
        "c",
        "b",
    ]


def test_words_in_square_brackets_are_shown_not_taken_as_style(report: Report) -> None:
    odd = replace(report.results[0], query=replace(report.results[0].query, text="who knows [bold]Rust[/bold]?"))
    screen = io.StringIO()
    render([replace(report, results=(odd,))], Console(file=screen, width=200), worst_shown=1)
    assert "[bold]Rust[/bold]?" in screen.getvalue()


def test_a_faulty_set_is_announced(report: Report) -> None:
    faulty = replace(report, provenance={**report.provenance, "problems": ["q1: letter x is not in the set"]})
    screen = io.StringIO()
    render([faulty], Console(file=screen, width=200))
    assert "q1: letter x is not in the set" in screen.getvalue()
    assert "q1: letter x is not in the set" in markdown([faulty])


def test_files_hold_numbers_tables_and_answers(report: Report, folder: Path, tmp_path: Path) -> None:
    silent = evaluate(load(folder), Silent(), workdir=tmp_path)
    out = tmp_path / "out"
    write([report, silent], out)
    assert sorted(str(file.relative_to(out)) for file in out.rglob("*.*")) == [
        "reliability.svg",
        "report.json",
        "report.md",
        "scripted/answers.jsonl",
        "scripted/conversations.jsonl",
        "scripted/unnamed.jsonl",
        "silent/answers.jsonl",
        "silent/unnamed.jsonl",
    ]
    numbers = json.loads((out / "report.json").read_text())
    assert [each["system"] for each in numbers] == ["scripted", "silent"]
    assert numbers[0]["scores"] == JUDGED
    assert numbers[0]["questions"][0]["metrics"]["F1"] == 0.5
    lines = (out / "scripted" / "answers.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [query["id"] for query in QUERIES]
    assert "| who, all: F1 | 4 | 0.792 [" in (out / "report.md").read_text()


def test_reports_hold_no_words_of_a_letter(report: Report, tmp_path: Path) -> None:
    write([report], tmp_path)
    for name in ("report.json", "report.md", "reliability.svg"):
        assert "score matching" not in (tmp_path / name).read_text()


def test_forecasts_are_the_letters_listed_sure_or_unsure_without_neutral_ones(report: Report) -> None:
    def listed(letter: str, score: float) -> Candidate:
        return Candidate(letter, "does", score, ())

    answer = replace(who(listed("a", 0.9), listed("d", 0.8)), unsure=(listed("c", 0.2), listed("b", 0.15)))
    first = replace(report.results[0], answer=answer)  # a and c are relevant, d is neutral
    assert first.forecasts == [Forecast(0.9, True), Forecast(0.2, True), Forecast(0.15, False)]


def test_a_letter_listed_twice_is_forecast_once(report: Report) -> None:
    twice = replace(who(found("a", "does"), found("a", "did")), unsure=(found("a", "wants"),))
    assert replace(report.results[0], answer=twice).forecasts == [Forecast(1.0, True)]


def test_calibration_is_over_the_labelled_kinds_of_the_main_round(report: Report) -> None:
    """q1: a of {a, b}; q2: a; q3: b of {b, c}: 3 of 5 at score 1. Neither q4 (who-none) nor conversations count."""
    found = report.calibration()
    assert found is not None
    assert (found.n, found.error, found.brier) == (5, pytest.approx(2 / 5), pytest.approx(2 / 5))
    assert found.bins[-1] == Bin(0.9, 1.0, 5, 1.0, 3 / 5)


def test_reports_tell_the_calibration_of_the_first_system(report: Report, folder: Path, tmp_path: Path) -> None:
    silent = evaluate(load(folder), Silent(), workdir=tmp_path)
    out = tmp_path / "out"
    write([report, silent], out)
    screen = io.StringIO()
    render([report, silent], Console(file=screen, width=200))
    line = "Scores of scripted as probabilities: ECE 0.400, Brier 0.400, n 5"
    assert line in screen.getvalue()
    written = (out / "report.md").read_text()
    assert line in written
    assert "| 0.9 to 1.0 | 5 | 1.000 | 0.600 |" in written
    assert "](reliability.svg)" in written
    first, second = json.loads((out / "report.json").read_text())
    assert {name: first["calibration"][name] for name in ("n", "ECE", "Brier")} == {"n": 5, "ECE": 0.4, "Brier": 0.4}
    assert len(first["calibration"]["bins"]) == 10
    assert first["calibration"]["bins"][9] == {
        "low": 0.9,
        "high": 1.0,
        "n": 5,
        "mean_score": 1.0,
        "share_relevant": 0.6,
    }
    assert second["calibration"] is None


def test_a_system_that_lists_nothing_has_no_calibration_and_no_plot(folder: Path, tmp_path: Path) -> None:
    silent = evaluate(load(folder), Silent(), workdir=tmp_path)
    screen = io.StringIO()
    render([silent], Console(file=screen, width=200))
    write([silent], tmp_path / "out")
    assert "ECE" not in screen.getvalue()
    assert "reliability.svg" not in (tmp_path / "out" / "report.md").read_text()
    assert not (tmp_path / "out" / "reliability.svg").exists()


SVG = "{http://www.w3.org/2000/svg}"


def test_the_report_folder_holds_the_plot(report: Report, tmp_path: Path) -> None:
    write([report], tmp_path)
    plot = ElementTree.parse(tmp_path / "reliability.svg").getroot()
    assert plot.tag == f"{SVG}svg"
    [dot] = plot.iter(f"{SVG}circle")
    assert dot.findtext(f"{SVG}title") == "5 letters, mean score 1.00, share relevant 0.60"
    words = {text.text for text in plot.iter(f"{SVG}text")}
    assert {"mean score", "share relevant", "Scores of scripted on small", "5"} <= words
    assert "prefers-color-scheme: dark" in "".join(style.text or "" for style in plot.iter(f"{SVG}style"))


def test_a_dot_stands_at_its_bin_with_an_area_by_count() -> None:
    bins = [Bin(0.2, 0.3, 4, 0.25, 0.5), Bin(0.5, 0.6, 0, None, None), Bin(0.9, 1.0, 16, 1.0, 1.0)]
    small, large = ElementTree.fromstring(reliability_plot(bins, "")).iter(f"{SVG}circle")
    left, top, side = 70, 50, 400
    assert (small.get("cx"), small.get("cy")) == (f"{left + side / 4}", f"{top + side / 2}")
    assert (large.get("cx"), large.get("cy")) == (f"{left + side}.0", f"{top}.0")
    assert float(large.get("r", 0)) == 2 * float(small.get("r", 0))  # 4 times the letters


def test_a_name_with_marks_of_xml_does_not_break_the_plot() -> None:
    plot = ElementTree.fromstring(reliability_plot([Bin(0.0, 0.1, 1, 0.0, 0.0)], 'a<b & "c"'))
    assert plot.findtext(f"{SVG}title") == 'a<b & "c"'
