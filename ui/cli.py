"""The command ``dossier``. Results go to standard output, progress and messages to standard error.

Exit codes: 0 done; 1 could not do it; 2 wrong usage; 3 done, but some files were set aside.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ingest.errors import BadQuestion, DossierError
from ingest.home import DEFAULT_COHORT, Home, check_cohort_name, find_home

if TYPE_CHECKING:
    from ingest.database import Database

SAMPLE = "sample"
_Command = TypeVar("_Command", bound=Callable[..., Any])


def main() -> None:
    """Run the command; every failure is one sentence on standard error."""
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        code = dossier.main(prog_name="dossier", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except (click.ClickException, DossierError) as error:
        _say(f"dossier: {error.format_message() if isinstance(error, click.ClickException) else error}")
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        _say("dossier: stopped; what was stored stays stored, and the same command goes on from there")
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _say(message: str) -> None:
    click.echo(message, err=True)


def _where(command: _Command) -> _Command:
    """Add ``--home`` and ``--cohort``."""
    for option in (
        click.option("--cohort", default=DEFAULT_COHORT, show_default=True, help="Which set of letters."),
        click.option(
            "--home", type=click.Path(path_type=Path), help="Where Dossier keeps its data (else DOSSIER_HOME)."
        ),
    ):
        command = option(command)
    return command


_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_llm_option = click.option(
    "--llm",
    default="auto",
    show_default=True,
    metavar="auto|none|MODEL",
    help="Who writes: quotes alone, or a local model.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dossier")
def dossier() -> None:
    """Ask your application letters anything, and get answers you can check. Nothing leaves this machine."""


@dossier.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@_where
@click.option("--sample", is_flag=True, help="Index the sample letters that come with Dossier (cohort 'sample').")
@click.option(
    "--text-column", "text_columns", multiple=True, help="Column of a table that holds the letter; may be given again."
)
@click.option("--id-column", help="Column of a table that holds the letters' ids.")
@click.option("--sync", is_flag=True, help="Also remove letters whose files are gone.")
@click.option("--embedding", help="Embedding model: a name on this machine, or a folder.")
@_json_option
def ingest(
    paths: tuple[Path, ...],
    cohort: str,
    home: Path | None,
    sample: bool,
    text_columns: tuple[str, ...],
    id_column: str | None,
    sync: bool,
    embedding: str | None,
    as_json: bool,
) -> int:
    """Read letters from folders, files, zips and tables, and index them. Again: only what changed."""
    from rich.console import Console

    from ingest.embed import DEFAULT_MODEL
    from ingest.pipeline import ingest_paths
    from ingest.readers import ReadOptions
    from ui.terminal import print_report, progress_bars

    if sample:
        from eval.dataset import sample_letters

        paths = (*paths, sample_letters())
        cohort = SAMPLE if cohort == DEFAULT_COHORT else cohort
    if not paths:
        raise click.UsageError("name a folder, file, zip or table to read, or use --sample")
    options = ReadOptions(tuple(text_columns), id_column)
    with progress_bars(Console(stderr=True)) as progress:
        report = ingest_paths(
            find_home(home),
            cohort,
            paths,
            options=options,
            model=embedding or DEFAULT_MODEL,
            sync=sync,
            progress=progress,
        )
    if as_json:
        _print_json(
            {
                "cohort": cohort,
                "added": report.added,
                "changed": report.changed,
                "unchanged": report.unchanged,
                "removed": report.removed,
                "set_aside": [vars(item) for item in report.set_aside],
                "same_text": report.same_text,
            }
        )
    else:
        print_report(Console(), report, cohort)
    if not report.found:
        _say("dossier: nothing there that could be a letter")
        return 1
    return 3 if report.set_aside else 0


@dossier.command()
@_where
@click.option("--embedding", help="Embedding model to change to: a name on this machine, or a folder.")
def reindex(cohort: str, home: Path | None, embedding: str | None) -> None:
    """Make a cohort's index anew, with another embedding model if wanted. The letters are not touched."""
    from rich.console import Console

    from ingest.embed import DEFAULT_MODEL
    from ingest.pipeline import reindex as make_anew
    from ui.terminal import progress_bars

    with progress_bars(Console(stderr=True)) as progress:
        count = make_anew(find_home(home), cohort, model=embedding or DEFAULT_MODEL, progress=progress)
    click.echo(f"{count} passages of cohort {cohort} indexed anew")


@dossier.command()
@click.argument("question", required=False)
@_where
@_llm_option
@click.option("--batch", type=click.Path(path_type=Path, dir_okay=False), help="Read questions from a JSONL file.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the batch's answers to this JSONL file."
)
@click.option("--thorough", is_flag=True, help="Let the local model judge every letter, not only uncertain ones.")
@_json_option
def ask(
    question: str | None,
    cohort: str,
    home: Path | None,
    llm: str,
    batch: Path | None,
    out: Path | None,
    thorough: bool,
    as_json: bool,
) -> int:
    """Answer a question, or with --batch many."""
    from assistant import open_assistant

    if (question is None) == (batch is None):
        raise click.UsageError("give a question, or --batch FILE")
    if batch is not None:
        from ui.batch import answer_batch, read_batch

        lines = read_batch(batch)
        assistant = open_assistant(find_home(home), cohort, llm=llm)
        answer_batch(assistant, lines, out)
        return 0
    snapshots = open_assistant(find_home(home), cohort, llm=llm).ask(question or "", thorough=thorough)
    if as_json:
        *_, answer = snapshots
        _print_json(answer.to_json())
    else:
        from rich.console import Console

        from ui.terminal import print_growing

        print_growing(Console(), snapshots)
    return 0


@dossier.command()
@_where
@_llm_option
def chat(cohort: str, home: Path | None, llm: str) -> None:
    """Hold a conversation in the terminal; "which of them ...?" asks of the last answer."""
    from rich.console import Console

    from assistant import Conversation, open_assistant
    from ui.terminal import print_growing

    assistant, talk, console = open_assistant(find_home(home), cohort, llm=llm), Conversation(), Console()
    click.echo(
        f"{len(assistant.cohort.letters)} letters of cohort {cohort}. Ask; /clear begins anew, /quit ends.", err=True
    )
    for question in _questions():
        if question == "/clear":
            talk.clear()
            continue
        try:
            print_growing(console, assistant.ask(question, conversation=talk))
        except BadQuestion as error:
            _say(str(error))
        console.print()


def _questions() -> Iterator[str]:
    while True:
        try:
            question = click.prompt("?", prompt_suffix=" ", default="", show_default=False, err=True).strip()
        except (EOFError, click.Abort):
            return
        if question in ("/quit", "/exit"):
            return
        if question:
            yield question


@dossier.command()
@_where
@_llm_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=7860, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option("--auth", type=click.Path(path_type=Path, dir_okay=False), help="File of user:password lines.")
def ui(cohort: str, home: Path | None, llm: str, host: str, port: int, auth: Path | None) -> None:
    """Open the chat in the browser, on this machine only unless told otherwise."""
    from ui.desk import LetterDesk, read_accounts
    from ui.web import serve

    serve(LetterDesk(find_home(home), cohort, llm), host, port, read_accounts(auth) if auth else None)


@dossier.group(invoke_without_command=True)
@_where
@_json_option
@click.pass_context
def letters(context: click.Context, cohort: str, home: Path | None, as_json: bool) -> None:
    """List what is indexed and what was set aside; show or forget letters."""
    context.obj = (find_home(home), cohort, as_json)
    if context.invoked_subcommand is None:
        context.invoke(list_letters)


@letters.command("list")
@_json_option
@click.pass_obj
def list_letters(where: tuple[Home, str, bool], as_json: bool = False) -> None:
    """List letters and what was set aside."""
    from rich.console import Console

    from ui.terminal import letters_table, set_aside_table

    home, cohort, above = where
    with _database(home) as database:
        key = database.cohort(cohort)
        found, aside = database.letters(key), database.set_aside(key)
    if as_json or above:
        listed = [
            {"letter": item.id, "characters": len(item.text), "source": item.source, "metadata": dict(item.metadata)}
            for item in found
        ]
        _print_json({"cohort": cohort, "letters": listed, "set_aside": [vars(item) for item in aside]})
        return
    console = Console()
    console.print(letters_table(found))
    if aside:
        console.print()
        console.print(set_aside_table(aside))


@letters.command("show")
@click.argument("letter_id", metavar="ID")
@_json_option
@click.pass_obj
def show_letter(where: tuple[Home, str, bool], letter_id: str, as_json: bool) -> None:
    """Print one letter."""
    home, cohort, above = where
    with _database(home) as database:
        letter = database.letter(database.cohort(cohort), letter_id)
    if as_json or above:
        _print_json(
            {"letter": letter.id, "source": letter.source, "metadata": dict(letter.metadata), "text": letter.text}
        )
    else:
        click.echo(letter.text)


@letters.command("forget")
@click.argument("letter_ids", metavar="ID...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def forget_letters(where: tuple[Home, str, bool], letter_ids: tuple[str, ...], yes: bool) -> None:
    """Erase letters: text, words and vectors. The files they came from are not touched."""
    from ingest.pipeline import forget

    home, cohort, _ = where
    if not yes:
        click.confirm(f"Erase {', '.join(letter_ids)} from cohort {cohort}?", abort=True, err=True)
    forget(home, cohort, letter_ids)
    click.echo(f"{len(letter_ids)} erased")


@dossier.command()
@click.argument("subject", required=False)
@_where
@click.option("--start", "starts", is_flag=True, help="Write the cohort's own files, with an example in each.")
def words(subject: str | None, cohort: str, home: Path | None, starts: bool) -> None:
    """Show what is known of the cohort's field, or what a SUBJECT is recognised by."""
    from ui.words import explain, known, start

    place = find_home(home)
    check_cohort_name(cohort)
    if starts:
        for path in start(place, cohort):
            click.echo(f"{path}: written; the next dossier ask follows it")
    for line in explain(place, cohort, subject) if subject else known(place, cohort):
        click.echo(line)


@dossier.command("eval")
@click.argument("dataset")
@click.option("--system", "systems", multiple=True, default=("dossier",), show_default=True, help="What to measure.")
@click.option(
    "--against",
    multiple=True,
    default=("stock",),
    show_default=True,
    help="What to measure beside it; 'none' for nothing.",
)
@click.option(
    "--report", type=click.Path(path_type=Path, file_okay=False), help="Write reports and answers to this folder."
)
@click.option("--worst", default=0, show_default=True, help="Also list this many of the worst questions.")
@click.option("--home", type=click.Path(path_type=Path), help="Where Dossier keeps its data (else DOSSIER_HOME).")
@_json_option
def evaluate(
    dataset: str,
    systems: tuple[str, ...],
    against: tuple[str, ...],
    report: Path | None,
    worst: int,
    home: Path | None,
    as_json: bool,
) -> None:
    """Measure answers on a labelled set: a shipped one (dev, marine) or a folder."""
    from rich.console import Console

    from eval.report import render, write
    from eval.run import run_evaluation
    from ui.terminal import progress_bars

    place = find_home(home)
    place.create()
    names = [*systems, *(name for name in against if name != "none")]
    with progress_bars(Console(stderr=True)) as progress:
        reports = run_evaluation(dataset, names, workdir=place.path / "eval", progress=progress)
    if report is not None:
        try:
            write(reports, report)
        except OSError as error:
            raise DossierError(f"the report cannot be written to {report} ({error.strerror})") from error
    if as_json:
        _print_json([item.to_json() for item in reports])
    else:
        render(reports, Console(), worst_shown=worst)


@dossier.command()
@click.option("--home", type=click.Path(path_type=Path), help="Where Dossier keeps its data (else DOSSIER_HOME).")
@_json_option
def doctor(home: Path | None, as_json: bool) -> int:
    """Say what works on this machine, what does not, and what to do."""
    from rich.console import Console

    from ui.doctor import examine
    from ui.terminal import print_check

    console = Console()
    checks = []
    for check in examine(find_home(home)):
        checks.append(check)
        if not as_json:
            print_check(console, check)
    if as_json:
        _print_json([check.to_json() for check in checks])
    return 1 if any(check.ok is False for check in checks) else 0


@dossier.command()
@click.argument("model", required=False)
def pull(model: str | None) -> None:
    """Let the Ollama server on this machine fetch a language model: MODEL, or a small one that suits Dossier."""
    from rich.console import Console

    from assistant.ollama import RECOMMENDED
    from assistant.ollama import pull as fetch
    from ui.terminal import progress_bars

    name = model or os.environ.get("DOSSIER_MODEL") or RECOMMENDED
    with progress_bars(Console(stderr=True), bytes_counted=True) as show, closing(fetch(name)) as steps:
        for step in steps:
            if step.total:
                show(step.status, step.completed, step.total)
    click.echo(f"{name} is there: dossier doctor tries it")


def _database(home: Home) -> closing[Database]:
    """Open the home's database for reading, as a context that closes it."""
    from ingest.database import Database
    from ingest.errors import NothingFound

    if not home.database.exists():
        raise NothingFound(f"no letters in {home.path} yet: dossier ingest FOLDER, or dossier ingest --sample")
    return closing(Database(home.database))


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
