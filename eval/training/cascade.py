"""Fit between which probabilities letters are put before a judge (``assistant.cascade``), and judge that honestly.

Bounds for stances are fitted to probabilities by weights that never saw the subject, bounds for attributes to those by
weights that never saw the question. The report is cross-validated once more: bounds from some subjects, told of others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from assistant.cascade import TRAIT_FEATURES, Band, trait_features
from assistant.match import STANCES, match_leaf
from assistant.parse import parse
from assistant.question import Has, Wanted
from assistant.verdicts import YES
from eval.dataset import load
from eval.stored import stored
from eval.training.weights import SETS, Pairs, as_data, collect, logistic, unseen
from ingest.letters import Stance

RECALL = 0.94  # of the letters that match, so many lie above the lower bound
PRECISION = 0.97  # of the letters above the upper bound, so many match
_FOLDS = 8
_STRENGTH = 1.0  # inverse of the L2 penalty
_ASKED = (Wanted.DOES, Wanted.WANTS, Wanted.LACKS, Wanted.COURSE)


@dataclass(frozen=True)
class Labelled:
    """Letters and leaves with the probability that the one meets the other, ``n`` pairs."""

    cohort: NDArray[np.str_]  # (n,)
    group: NDArray[np.str_]  # (n,) the subject or question
    chance: NDArray[np.float64]  # (n,)
    matches: NDArray[np.bool_]  # (n,) whether it truly does

    @property
    def weight(self) -> NDArray[np.float64]:
        """Weights under which each cohort counts as much as another."""
        return even(self.cohort)

    def of(self, rows: NDArray[np.int_]) -> Labelled:
        """Return some of the pairs."""
        return Labelled(self.cohort[rows], self.group[rows], self.chance[rows], self.matches[rows])


@click.option("--on", "names", default=",".join(SETS), show_default=True, help="Labelled sets, by name.")
@click.option("--recall", default=RECALL, show_default=True, help="Of the letters that match, above the lower bound.")
@click.option("--precision", default=PRECISION, show_default=True, help="Of the letters above the upper bound.")
def fit(names: str, recall: float, precision: float) -> None:
    """Fit the bounds and print what they let through: plain, and cross-validated by subjects and by questions."""
    sets = names.split(",")
    path = Path(__file__).parents[2] / "assistant" / "data" / "cascade.json"
    rows = [row for name in sets for row in _trait_rows(name)]
    features = np.array([row[2] for row in rows], dtype=np.float32)
    holds = np.array([row[3] for row in rows])
    cohort, question = (np.array([row[place] for row in rows]) for place in (0, 1))
    weights = logistic(features, holds.astype(int), even(cohort), _STRENGTH)
    found: dict[str, Any] = {"recall": recall, "precision": precision, "sets": sets}
    for kind, labelled in (
        ("subject", _subjects(collect(sets))),
        ("trait", Labelled(cohort, question, _unseen_traits(features, holds, cohort, question), holds)),
    ):
        band = bounds(labelled, recall, precision)
        told = tell(labelled, band)
        click.echo(f"{kind:8} from {band.low:.4f} to {band.high:.4f}")
        click.echo(f"{'':8} plain            {told}")
        click.echo(f"{'':8} cross-validated  {_across(labelled, recall, precision)}")
        found[kind] = {"low": round(band.low, 5), "high": round(band.high, 5), "sent": round(told.sent, 3)}
    found["trait"]["weights"] = as_data(weights, TRAIT_FEATURES)
    path.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    click.echo(f"wrote {path.name}")


@dataclass(frozen=True)
class Told:
    """What a band does; each number a share, each cohort counting as much as another."""

    recall: float  # of the letters that match, above the lower bound
    precision: float  # of the letters above the upper bound, matching
    sent: float  # of all letters, put before the judge

    def __str__(self) -> str:
        return f"recall {self.recall:.3f}  precision above {self.precision:.3f}  sent {self.sent:.3f}"


def bounds(labelled: Labelled, recall: float, precision: float) -> Band:
    """Return the highest lower bound and the lowest upper bound that keep to the targets.

    The upper bound is never below the probability from which a letter matches.
    """
    order = np.argsort(-labelled.chance, kind="stable")
    chance, weight = labelled.chance[order], labelled.weight[order]
    right = weight * labelled.matches[order]
    reached = np.cumsum(right) / right.sum() >= recall
    low = chance[int(np.argmax(reached))]
    sure = np.flatnonzero((np.cumsum(right) / np.cumsum(weight) >= precision) & (chance >= YES))
    return Band(float(low), float(chance[sure[-1]]) if len(sure) else 1.0)


def tell(labelled: Labelled, band: Band) -> Told:
    """Return what a band does to labelled pairs."""
    weight = labelled.weight
    above = labelled.chance > band.high
    sent = (labelled.chance >= band.low) & ~above
    matching = weight * labelled.matches
    return Told(
        float(matching[labelled.chance >= band.low].sum() / max(matching.sum(), 1e-9)),
        float(matching[above].sum() / max(weight[above].sum(), 1e-9)) if above.any() else 1.0,
        float(weight[sent].sum() / weight.sum()),
    )


def even(cohort: NDArray[np.str_]) -> NDArray[np.float64]:
    """Return weights under which each cohort counts as much as another, of shape (n,), with mean 1."""
    names, number, sizes = np.unique(cohort, return_inverse=True, return_counts=True)
    return np.asarray(len(cohort) / len(names) / sizes[number])


def _across(labelled: Labelled, recall: float, precision: float) -> Told:
    """What bounds from other subjects or questions do, pooled over the folds."""
    low, high = np.zeros(len(labelled.chance)), np.zeros(len(labelled.chance))
    for train, test in GroupKFold(_FOLDS).split(labelled.chance, groups=labelled.group):
        band = bounds(labelled.of(train), recall, precision)
        low[test], high[test] = band.low, band.high
    weight, matching = labelled.weight, labelled.weight * labelled.matches
    reached, above = labelled.chance >= low, labelled.chance > high
    return Told(
        float(matching[reached].sum() / matching.sum()),
        float(matching[above].sum() / max(weight[above].sum(), 1e-9)),
        float(weight[reached & ~above].sum() / weight.sum()),
    )


def _subjects(pairs: Pairs) -> Labelled:
    """Each pair of letter and subject, asked for each stance."""
    chances = unseen(pairs)
    stances = list(Stance)
    groups = np.array([f"{cohort}:{subject}" for cohort, subject in zip(pairs.cohort, pairs.subject, strict=True)])
    chance, matches = [], []
    for wanted in _ASKED:
        chosen = [stances.index(stance) for stance in STANCES[wanted]]
        chance.append(chances[:, chosen].sum(1).astype(float))
        matches.append(pairs.spoken & np.isin(pairs.meant, chosen))
    times = len(_ASKED)
    return Labelled(
        np.tile(np.array(pairs.cohort), times), np.tile(groups, times), np.concatenate(chance), np.concatenate(matches)
    )


def _trait_rows(name: str) -> Iterator[tuple[str, str, Sequence[float], bool]]:
    """Cohort, question, features and truth of each letter and question about an attribute."""
    labelled = load(name)
    with stored(labelled) as cohort:
        for query in labelled.queries:
            criterion = parse(query.text, cohort.surroundings()).criterion if query.wants_set else None
            if isinstance(criterion, Has):
                features, _ = trait_features(criterion, match_leaf(criterion, cohort), cohort)
                for letter, row in zip(cohort.read.letters, features.tolist(), strict=True):
                    if letter not in query.neutral:
                        yield name, f"{name}:{query.id}", row, letter in query.relevant


def _unseen_traits(
    features: NDArray[np.float32], holds: NDArray[np.bool_], cohort: NDArray[np.str_], question: NDArray[np.str_]
) -> NDArray[np.float64]:
    """The probability that a letter has an attribute, by weights that never saw the question."""
    found = np.zeros(len(holds))
    for train, test in GroupKFold(_FOLDS).split(features, groups=question):
        model = logistic(features[train], holds[train].astype(int), even(cohort[train]), _STRENGTH)
        found[test] = model.probabilities(features[test])[:, 1]
    return found
