"""How answers, reports and checks look in a terminal. Letter text is printed as text, never as markup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group
from rich.live import Live
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from assistant.answer import UNSUPPORTED, Answer, Evidence, Role, Statement
from ingest.index import Progress as Report
from ingest.letters import Letter, SetAside
from ingest.pipeline import IngestReport
from ui.doctor import Check

_SHOWN_SET_ASIDE = 50


def print_answer(console: Console, answer: Answer) -> None:
    """Print an answer with its interpretation, quotes and ledger."""
    console.print(_whole(answer))


def print_growing(console: Console, snapshots: Iterator[Answer]) -> None:
    """Print the last of growing snapshots; on a terminal show each as it comes, as far as the screen reaches."""
    answer = next(snapshots)
    with Live(_whole(answer), console=console, transient=True, auto_refresh=False) as live:
        for answer in snapshots:
            live.update(_whole(answer), refresh=console.is_terminal)
    print_answer(console, answer)


def _whole(answer: Answer) -> Group:
    prose = [statement for statement in answer.statements if statement.role is Role.PROSE]
    return Group(
        Text(f"understood as: {answer.understood}", style="dim"),
        Text(),
        *((_prose(prose), Text()) if prose else ()),
        *(_statement(statement) for statement in answer.statements if statement.role is not Role.PROSE),
        Text(),
        Text(answer.ledger, style="dim"),
        *(Text(f"! {warning}", style="yellow") for warning in answer.warnings),
    )


def _prose(sentences: Iterable[Statement]) -> Text:
    """A model's sentences as one paragraph, each with the letters it cites."""
    line = Text()
    for sentence in sentences:
        line.append(f"{sentence.text} ")
        for letter in dict.fromkeys(evidence.letter for evidence in sentence.evidence):
            line.append(f"[{letter}] ", style="dim")
        if not sentence.supported:
            line.append(f"({UNSUPPORTED}) ", style="yellow")
    return line


def _statement(statement: Statement) -> Padding:
    style = {Role.LEAD: "bold", Role.ASIDE: "dim", Role.NOTE: "italic dim"}.get(statement.role, "")
    line = Text(style=style)
    shown = statement.letter if statement.role is not Role.LEAD else ""
    if shown:
        line.append(shown, style="bold cyan").append("  ")
    if statement.answer:
        line.append(statement.answer, style="bold").append("  ")
    line.append(statement.text)
    for evidence in statement.evidence:
        line.append("\n").append(_quote(evidence))
    return Padding(line, (0, 0, 0, 0 if statement.role is Role.LEAD else 2))


def _quote(evidence: Evidence) -> Text:
    return Text(f"    “{' '.join(evidence.quote.split())}”", style="not bold").append(
        f"  [{evidence.letter}]", style="dim"
    )


def print_report(console: Console, report: IngestReport, cohort: str) -> None:
    """Print what an ingest did; the numbers add up to what was found."""
    counts = (
        ("added", report.added),
        ("changed", report.changed),
        ("unchanged", report.unchanged),
        ("set aside", report.set_aside),
    )
    console.print(
        Text(
            f"{report.found} found in all for cohort {cohort}: "
            + ", ".join(f"{len(ids)} {name}" for name, ids in counts)
        )
    )
    if report.removed:
        console.print(Text(f"{len(report.removed)} removed: {', '.join(report.removed)}"))
    for first, second in report.same_text:
        console.print(Text(f"{second} has the same text as {first}", style="yellow"))
    if report.set_aside:
        console.print()
        console.print(set_aside_table(report.set_aside[:_SHOWN_SET_ASIDE]))
        if len(report.set_aside) > _SHOWN_SET_ASIDE:
            console.print(
                Text(f"… and {len(report.set_aside) - _SHOWN_SET_ASIDE} more: dossier letters --cohort {cohort}")
            )


def set_aside_table(items: Iterable[SetAside]) -> Table:
    """Return a table of what could not be read."""
    table = Table(title="Set aside, tried again next time", title_justify="left", box=None, padding=(0, 2, 0, 0))
    table.add_column("file", overflow="fold")
    table.add_column("why", overflow="fold")
    for item in items:
        table.add_row(Text(item.source), Text(item.reason))
    return table


def letters_table(letters: Iterable[Letter]) -> Table:
    """Return a table of letters."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("letter", style="bold cyan")
    table.add_column("characters", justify="right")
    table.add_column("source", overflow="fold")
    for letter in letters:
        table.add_row(Text(letter.id), f"{len(letter.text):,}", Text(letter.source))
    return table


def print_check(console: Console, check: Check) -> None:
    """Print one line of ``dossier doctor``."""
    mark, style = {True: ("ok", "green"), False: ("no", "bold red"), None: ("--", "dim")}[check.ok]
    line = (
        Text(f"{mark}  ", style=style).append(f"{check.what}: ", style="bold not dim").append(check.found, style="none")
    )
    if check.advice:
        line.append(f"  ({check.advice})", style="dim")
    console.print(line)


@contextmanager
def progress_bars(console: Console, *, bytes_counted: bool = False) -> Iterator[Report]:
    """Give a function that draws one bar for each thing that is being done, with rate and time left;
    silent in a pipe.
    """
    if not console.is_terminal:
        yield lambda label, done, total: None
        return
    counts = (DownloadColumn(), TransferSpeedColumn()) if bytes_counted else (MofNCompleteColumn(), _Rate())
    columns = (TextColumn("{task.description}"), BarColumn(), *counts, TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, int] = {}

        def show(label: str, done: int, total: int) -> None:
            if label not in tasks:
                tasks[label] = bars.add_task(label, total=total)
            bars.update(tasks[label], completed=done, total=total)  # type: ignore[arg-type]  # None: no end is known, as Progress.add_task has it

        yield show


class _Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "", style="dim")
