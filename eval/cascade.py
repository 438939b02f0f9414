"""Measure the judge without a model: ``python -m eval.cascade SET [--right 0.95] [--seed N]``.

Every who-question of a labelled set goes through ``assistant.judge`` with a model that knows what each letter truly
says, and tells it with a given chance, else anything else. It knows nothing but what it is sent: which letter it is
asked about it finds in the prompt's passages, what about in the prompt's first line. So it can stand behind any client.
"""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from assistant.cases import case
from assistant.cohort import Cohort
from assistant.excerpt import GAP
from assistant.judge import Judge, Judging
from assistant.judge_prompt import NO, NONE, UNCLEAR, YES
from assistant.model import Prompt
from assistant.parse import parse
from assistant.question import About, Criterion, Has
from assistant.verdicts import Leaf, leaves
from eval.dataset import LabelledSet, Query, load
from eval.metrics import mean, set_score
from eval.stored import stored
from ingest.errors import DossierError
from ingest.fold import words

_PASSAGES = re.compile(r"<letter (?P<mark>\w+)>\n(?P<text>.*)\n</letter (?P=mark)>", re.DOTALL)
_QUOTED = 10  # characters of a line that is worth quoting


class KnowingModel:
    """A local model that knows the truth about letters and tells it with a given chance."""

    name = "knowing"

    def __init__(
        self, letters: Mapping[str, str], truths: Mapping[str, Mapping[str, str]], right: float, seed: int = 0
    ) -> None:
        """Take over the letters' texts and, for each first line of a prompt, the true answer about each letter."""
        self.digest = f"knowing {right} {seed}"
        self.calls = 0
        self._letters, self._truths, self._right, self._seed = letters, truths, right, seed
        self._lock = threading.Lock()

    def reply(self, prompt: Prompt) -> str:
        """Return what it knows of the letter whose passages it was sent."""
        with self._lock:
            self.calls += 1
        about = prompt.user.partition("\n")[0]
        found = _PASSAGES.search(prompt.user)
        lines = [line for line in (found["text"] if found else "").splitlines() if line != GAP]
        letter = next(id_ for id_, text in self._letters.items() if all(line in text for line in lines))
        (field, answers), *_ = [(k, v["enum"]) for k, v in (prompt.schema or {})["properties"].items() if "enum" in v]
        truth = self._truths[about][letter]
        chance = random.Random(f"{self._seed} {letter} {about}")
        told = truth if chance.random() < self._right else chance.choice([a for a in answers if a != truth])
        quote = next((line for line in lines if len(line) >= _QUOTED), "")
        return json.dumps({"reason": "I know it.", field: told, "quote": quote})

    def stream(self, prompt: Prompt) -> Iterator[str]:
        """Yield the reply in one piece."""
        yield self.reply(prompt)

    def fits(self, prompt: Prompt) -> bool:
        """Take any prompt."""
        return True


@dataclass(frozen=True)
class Judged:
    """One question, without and with the judge."""

    query: Query
    before: float  # F1
    after: float
    sent: float  # share of the letters that were put before the judge


@dataclass(frozen=True)
class Measured:
    """All who-questions of a set, asked twice."""

    questions: Sequence[Judged]
    calls: int
    calls_again: int

    def __str__(self) -> str:
        questions = self.questions
        return (
            f"{len(questions)} questions  macro F1 before {mean([q.before for q in questions]):.3f}  "
            f"after {mean([q.after for q in questions]):.3f}  sent {mean([q.sent for q in questions]):.3f}  "
            f"calls {self.calls}  asked again {self.calls_again}"
        )


def measure(labelled: LabelledSet, right: float, seed: int = 0, *, thorough: bool = False) -> Measured:
    """Ask every who-question of a set twice, with a judge that is right with this chance."""
    queries = [query for query in labelled.queries if query.wants_set]
    with stored(labelled) as cohort:
        criteria = {query: found for query in queries if (found := _criterion(query, cohort))}
        model = KnowingModel(labelled.letters, truths(labelled, criteria, cohort), right, seed)
        judge = Judge(model)

        def ask(query: Query) -> list[Judging]:
            return list(judge.judge(criteria[query], cohort, thorough=thorough)) if query in criteria else []

        judged = [_judged(query, ask(query), len(cohort.letters)) for query in queries]
        calls = model.calls
        for query in queries:
            ask(query)
        return Measured(judged, calls, model.calls - calls)


def _judged(query: Query, states: Sequence[Judging], letters: int) -> Judged:
    if not states:
        nothing = set_score((), query.relevant, query.neutral).f1
        return Judged(query, nothing, nothing, 0.0)
    before, after = (
        set_score([verdict.letter for verdict in state.matches.yes], query.relevant, query.neutral).f1
        for state in (states[0], states[-1])
    )
    return Judged(query, before, after, len(states[-1].judged) / letters)


def truths(labelled: LabelledSet, criteria: Mapping[Query, Criterion], cohort: Cohort) -> dict[str, dict[str, str]]:
    """Return the true answer about each letter, for each first line of a prompt that the questions lead to."""
    attributes = {found: query for query, found in criteria.items() if isinstance(found, Has)}
    told: dict[str, dict[str, str]] = {}
    for query, criterion in criteria.items():
        for leaf in leaves(criterion):
            asked = case(leaf, cohort)
            if asked and asked.ask.about not in told:
                told[asked.ask.about] = {
                    letter: _truth(labelled, letter, leaf, query, attributes) for letter in labelled.letters
                }
    return told


def _truth(labelled: LabelledSet, letter: str, leaf: Leaf, query: Query, attributes: Mapping[Has, Query]) -> str:
    """What the labels say of a letter and a leaf; an attribute that they do not know is unclear."""
    if isinstance(leaf, Has):
        known = attributes.get(leaf)
        return UNCLEAR if known is None else YES if letter in known.relevant else NO
    assert isinstance(leaf, About)
    if query.kind in ("who-attribute", "who-none"):
        return "does" if letter in query.relevant else NONE
    topic = query.topic or _topic(leaf.subject, labelled)
    label = labelled.gold[letter].topic(topic) if letter in labelled.gold else None
    return label.stance if label else NONE


def _topic(subject: str, labelled: LabelledSet) -> str:
    """The topic of the labels that a subject is, or is a part of: that with which it shares most words."""
    own = {word.root for word in words(subject)}
    topics = sorted({topic.topic for gold in labelled.gold.values() for topic in gold.topics})
    return max(topics, key=lambda topic: _alike(own, {word.root for word in words(topic)}), default="")


def _alike(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other)


def _criterion(query: Query, cohort: Cohort) -> Criterion | None:
    return parse(query.text, cohort.surroundings()).criterion


@click.command()
@click.argument("dataset")
@click.option("--right", default=0.95, show_default=True, help="How often the judge names the truth.")
@click.option("--seed", default=0, show_default=True, help="Which of its answers are wrong.")
@click.option("--thorough", is_flag=True, help="Put every letter before the judge.")
def main(dataset: str, right: float, seed: int, thorough: bool) -> None:
    """Measure the judge on DATASET: a labelled set's folder or name."""
    folder = Path(dataset)
    try:
        labelled = load(folder if folder.is_dir() else dataset)
    except DossierError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"{labelled.name}  right {right:g}  seed {seed}  {measure(labelled, right, seed, thorough=thorough)}")


if __name__ == "__main__":
    main()
