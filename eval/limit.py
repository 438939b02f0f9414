"""Ask what LIMIT asks: ``python -m eval.limit FOLDER [--typos] [--seed N]``.

LIMIT (arXiv 2508.21038) has letters that are lists of what people like, and a question for each of a thousand things
that exactly two of 50,000 people like. Embeddings of any size fail at it; words need not. FOLDER has the authors' form:
``corpus.jsonl`` or ``corpus.jsonl.gz``, ``queries.jsonl`` and ``qrels.jsonl``. The letters are stored in a home that is
gone afterwards, without vectors, and questions go the way they go in the product, from the words to the set.
"""

from __future__ import annotations

import random
import re
import string
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from assistant.cohort import Cohort
from assistant.match import match
from assistant.parse import parse
from eval.dataset import LabelledSet, load
from eval.metrics import is_exact_set, latency, mean, recall_at
from eval.stored import stored
from ingest.errors import DossierError

_MISSES_SHOWN = 10
_ITEM = re.compile(r"\w+ \w+ (?P<item>.+?)\W*")  # "Who likes Key Limes?"


@dataclass(frozen=True)
class Asked:
    """One question as it was asked, what should have come back and what did, the likeliest letter first."""

    text: str
    relevant: frozenset[str]
    returned: tuple[str, ...]
    notes: tuple[str, ...]
    elapsed_ms: float

    @property
    def recall_at_2(self) -> float:
        """Share of the right letters that are among the first two."""
        return recall_at(self.returned, self.relevant, 2)

    @property
    def is_exact(self) -> bool:
        """Whether the right letters came back and no other."""
        return is_exact_set(self.returned, self.relevant)


def ask(labelled: LabelledSet, edit: Callable[[str], str] = str) -> list[Asked]:
    """Ask every question of a set, each one edited, of its letters."""
    with stored(labelled) as cohort:
        _asked("who likes nothgin?", frozenset(), cohort)  # reads the letters, once; the others are timed
        return [_asked(edit(query.text), query.relevant, cohort) for query in labelled.queries]


def slip(question: str, chance: random.Random) -> str:
    """Return a question with one random edit of the thing it asks for.

    A letter is put in, taken out, replaced, or swapped with the sign before it; the blank before the thing counts as
    such a sign, the question's end is left alone.
    """
    found = _ITEM.fullmatch(question)
    start, end = found.span("item") if found else (0, len(question))
    while True:
        place = chance.randrange(start, end)
        letter = chance.choice(string.ascii_lowercase)
        before, here, after = question[:place], question[place], question[place + 1 :]
        edited = chance.choice(
            (
                before + letter + here + after,
                before + after,
                before + letter + after,
                before[:-1] + here + before[-1:] + after,
            )
        )
        if edited != question:
            return edited


def report(name: str, letters: int, asked: Sequence[Asked]) -> str:
    """Return the figures in a few lines, with at most ten questions that went wrong."""
    times = [each.elapsed_ms for each in asked]
    missed = [each for each in asked if not each.is_exact]
    lines = [
        f"{name}: {letters:,} letters, {len(asked):,} questions",
        f"R@2        {mean([each.recall_at_2 for each in asked]):.4f}",
        f"exact set  {mean([each.is_exact for each in asked]):.4f}",
        f"p50, p95   {latency(times, 0.5):.1f} ms, {latency(times, 0.95):.1f} ms",
        *(f"missed     {_miss(each)}" for each in missed[:_MISSES_SHOWN]),
    ]
    return "\n".join(lines)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--typos", is_flag=True, help="Make one random edit in the thing each question asks for.")
@click.option("--seed", default=0, show_default=True, help="Which edits.")
def main(folder: Path, typos: bool, seed: int) -> None:
    """Measure who-questions on FOLDER: corpus.jsonl or corpus.jsonl.gz, queries.jsonl and qrels.jsonl."""
    try:
        labelled = load(folder)
    except DossierError as error:
        raise click.UsageError(str(error)) from error
    chance = random.Random(seed)
    asked = ask(labelled, (lambda question: slip(question, chance)) if typos else str)
    name = f"{labelled.name}, one edit each (seed {seed})" if typos else labelled.name
    click.echo(report(name, len(labelled.letters), asked))


def _asked(question: str, relevant: frozenset[str], cohort: Cohort) -> Asked:
    began = time.perf_counter()
    criterion = parse(question, cohort.surroundings()).criterion
    found = match(criterion, cohort) if criterion else None
    returned = tuple(verdict.letter for verdict in found.yes) if found else ()
    elapsed_ms = (time.perf_counter() - began) * 1000
    return Asked(question, relevant, returned, found.notes if found else (), elapsed_ms)


def _miss(asked: Asked) -> str:
    notes = f" ({'; '.join(asked.notes)})" if asked.notes else ""
    right = len(asked.relevant.intersection(asked.returned))
    return f"{asked.text}{notes}: {len(asked.returned)} letters, {right} of {len(asked.relevant)} right"


if __name__ == "__main__":
    main()
