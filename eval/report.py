"""Reports for people: systems side by side in the terminal and as Markdown, the questions that went worst, files.

The first report is the one in question; those after it are what it is compared with.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.metrics import Bin, Calibration, Estimate, paired_difference
from eval.reliability_plot import reliability_plot
from eval.scores import STANCE_KINDS, QuestionResult, Report, Round

_ABOUT = (
    "Means with 95 % bootstrap intervals over the questions. A difference is over the same questions; "
    "in bold, its interval leaves out 0."
)
_IDS_SHOWN = 8
_PLOT = "reliability.svg"


@dataclass(frozen=True)
class Row:
    """One line of the comparison: a measure, how many questions bear on it, a cell for each report.

    ``differences`` are first report minus each other one; None where the two cannot be compared question by question.
    """

    label: str
    n: str
    cells: tuple[str, ...]
    differences: tuple[Estimate | None, ...]


def compare(reports: Sequence[Report]) -> list[Row]:
    """Return the lines of the comparison: every measure that some report has, then the time to answer."""
    first, *others = reports
    measures = {measure.label: measure for report in reports for measure in report.measures()}
    rows = []
    for label, measure in measures.items():
        estimates = [report.estimate(measure) for report in reports]
        known = [estimate for estimate in estimates if estimate]
        if known:
            values = first.by_question(measure)
            differences = tuple(paired_difference(values, other.by_question(measure)) for other in others)
            rows.append(Row(label, str(known[0].n), tuple(map(_cell, estimates)), differences))
    return [*rows, *(_latency_row(reports, share) for share in ("p50", "p95"))]


def worst(report: Report, count: int) -> list[QuestionResult]:
    """Return up to ``count`` questions that scored below 1, lowest first, then most letters missed or wrong."""
    failed = [result for result in report.results if result.score < 1]
    return sorted(failed, key=lambda r: (r.score, -len(r.missed) - len(r.wrong), r.query.id))[:count]


def render(reports: Sequence[Report], console: Console, *, worst_shown: int = 0) -> None:
    """Print the comparison, and the ``worst_shown`` worst questions of the first report."""
    first = reports[0]
    console.print(Text(_headline(first), style="bold"))
    for problem in first.provenance.get("problems", []):
        console.print(Text(f"the set has a fault: {problem}", style="yellow"))
    console.print(_comparison_table(reports))
    console.print(Text(_ABOUT, style="dim"))
    if found := first.calibration():
        console.print(Text(_calibration_line(first, found)))
    if worst_shown:
        console.print(_worst_table(first, worst_shown))


def markdown(reports: Sequence[Report], *, worst_shown: int = 10) -> str:
    """Return the comparison, then of the first report calibration and worst questions, then what was run, as Markdown.

    It shows the plot that ``write`` puts beside it.
    """
    header = ["measure", "questions", *(report.system for report in reports), *_difference_names(reports)]
    rows = [
        [row.label, row.n, *row.cells, *(_marked(difference) for difference in row.differences)]
        for row in compare(reports)
    ]
    bad = [_worst_cells(result) for result in worst(reports[0], worst_shown)]
    problems = [f"- the set has a fault: {problem}" for problem in reports[0].provenance.get("problems", [])]
    parts = [f"# {_headline(reports[0])}", *problems, "\n".join(_markdown_table(header, rows)), _ABOUT]
    if found := reports[0].calibration():
        parts += ["## Calibration", *_calibration_parts(reports[0], found)]
    if bad:
        parts += [f"## Worst questions of {reports[0].system}", "\n".join(_markdown_table(_WORST_HEADER, bad))]
    parts += ["## What was run", *(_provenance_list(report) for report in reports)]
    return "\n\n".join(parts) + "\n"


def write(reports: Sequence[Report], folder: Path) -> None:
    """Write ``report.json``, ``report.md`` with its plot ``reliability.svg``, and each system's ``answers.jsonl``.

    Answers are as ``dossier ask --batch`` would write them. Beside them, in the same form:
    ``unnamed.jsonl``, facts asked without naming their letter, and ``conversations.jsonl``. Answers hold words of the
    letters; reports and plot do not.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [report.to_json() for report in reports]
    (folder / "report.json").write_text(json.dumps(numbers, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder / "report.md").write_text(markdown(reports), encoding="utf-8")
    if found := reports[0].calibration():
        plot = reliability_plot(found.bins, f"Scores of {reports[0].system} on {reports[0].dataset}")
        (folder / _PLOT).write_text(plot, encoding="utf-8")
    for report in reports:
        own = folder / report.system
        own.mkdir(exist_ok=True)
        for round_, name in ((Round.MAIN, "answers"), (Round.UNNAMED, "unnamed"), (Round.TURN, "conversations")):
            if results := report.asked(round_):
                (own / f"{name}.jsonl").write_text("".join(_batch_lines(results)), encoding="utf-8")


def _batch_lines(results: Iterable[QuestionResult]) -> Iterator[str]:
    for result in results:
        yield json.dumps({"id": result.query.id, **result.answer.to_json()}, ensure_ascii=False) + "\n"


def _headline(report: Report) -> str:
    counts = f"{report.provenance.get('letters', '?')} letters, {report.provenance.get('questions', '?')} questions"
    return f"{report.dataset}: {counts}"


# Cells


def _cell(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    return f"{estimate.mean:.3f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def _difference(difference: Estimate | None) -> str:
    if difference is None:
        return ""
    return f"{difference.mean:+.3f} [{difference.low:+.2f}, {difference.high:+.2f}]"


def _is_clear(difference: Estimate | None) -> bool:
    """Whether the interval of a difference leaves out 0."""
    return difference is not None and (difference.low > 0 or difference.high < 0)


def _marked(difference: Estimate | None) -> str:
    return f"**{_difference(difference)}**" if _is_clear(difference) else _difference(difference)


def _latency_row(reports: Sequence[Report], share: str) -> Row:
    times = [report.latency()[share] for report in reports]
    cells = tuple("–" if time is None else f"{time:.1f} ms" for time in times)
    asked = str(len(reports[0].asked(Round.MAIN)))
    return Row(f"time to answer, {share}", asked, cells, (None,) * (len(reports) - 1))


def _difference_names(reports: Sequence[Report]) -> list[str]:
    return [f"{reports[0].system} − {other.system}" for other in reports[1:]]


# Calibration


def _calibration_line(report: Report, found: Calibration) -> str:
    return f"Scores of {report.system} as probabilities: ECE {found.error:.3f}, Brier {found.brier:.3f}, n {found.n}"


def _calibration_parts(report: Report, found: Calibration) -> Iterator[str]:
    kinds = ", ".join(STANCE_KINDS)
    yield f"{_calibration_line(report, found)}: the letters listed for {kinds}, as matching or as unsure."
    header = ["score", "letters", "mean score", "share relevant"]
    yield "\n".join(_markdown_table(header, [_bin_cells(each) for each in found.bins if each.n]))
    yield f"![Share of relevant letters against mean score; on the diagonal, scores are probabilities]({_PLOT})"


def _bin_cells(each: Bin) -> list[str]:
    values = ["–" if value is None else f"{value:.3f}" for value in (each.mean_score, each.share_relevant)]
    return [f"{each.low:.1f} to {each.high:.1f}", str(each.n), *values]


# Tables


def _comparison_table(reports: Sequence[Report]) -> Table:
    table = Table()
    table.add_column("measure")
    table.add_column("n", justify="right")
    for heading in (*(report.system for report in reports), *_difference_names(reports)):
        table.add_column(Text(heading), justify="right")
    for row in compare(reports):
        differences = [Text(_difference(d), style="bold" if _is_clear(d) else "") for d in row.differences]
        table.add_row(Text(row.label), row.n, *(Text(cell) for cell in row.cells), *differences)
    return table


_WORST_HEADER = ("question", "asked", "text", "score", "missed", "wrong")


def _worst_table(report: Report, count: int) -> Table:
    table = Table(*_WORST_HEADER, title=f"Worst questions of {report.system}")
    for result in worst(report, count):
        table.add_row(*(Text(cell) for cell in _worst_cells(result)))
    return table


def _worst_cells(result: QuestionResult) -> list[str]:
    return [
        result.query.id,
        f"{result.query.kind}, letter not named" if result.round is Round.UNNAMED else result.query.kind,
        result.query.text,
        f"{result.score:.2f}",
        _some(result.missed),
        _some(result.wrong),
    ]


def _some(letters: Sequence[str]) -> str:
    more = len(letters) - _IDS_SHOWN
    return ", ".join(letters[:_IDS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _provenance_list(report: Report) -> str:
    shown = {key: value for key, value in report.provenance.items() if key != "problems"}
    lines = [f"### {report.system}", ""]
    for key, value in shown.items():
        text = ", ".join(f"{name} {part}" for name, part in value.items()) if isinstance(value, dict) else value
        lines.append(f"- {key}: {text}")
    return "\n".join(lines)
