"""Fit how much each sign counts when a letter is weighed (``assistant.weigh``), and judge that honestly.

Fitted on labelled sets whose letters the annotator was not fitted on. The judgement is nested: a letter's or a
subject's verdicts come from weights that never saw it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from assistant.cohort import Cohort
from assistant.match import STANCES, YES, look_up
from assistant.parse import parse
from assistant.question import About, Wanted
from assistant.subjects import by_letter
from assistant.weigh import MENTION_FEATURES, STANCE_FEATURES, Logistic, letter_signs, mention_features
from eval.dataset import LabelledSet, load
from eval.metrics import set_score
from eval.stored import stored
from ingest.letters import Stance

SETS = (
    "dev",
    "school",
    "policy",
    "health",
)  # what the weights are fitted on; ``marine`` stays unseen
_STANCES = list(Stance)
_STRENGTH = {"mention": 0.3, "stance": 0.1}  # inverse of the L2 penalty
_FOLDS = 8
_KINDS = {"who-does": Wanted.DOES, "who-wants": Wanted.WANTS, "who-lacks": Wanted.LACKS}
_COHORTS = Path(__file__).parents[1] / "cohorts"


@dataclass(frozen=True)
class Pairs:
    """Letters and subjects of labelled sets, ``n`` pairs."""

    cohort: list[str]
    letter: list[str]
    subject: list[str]
    mention: NDArray[np.float32]  # (n, 14) features
    stance: NDArray[np.float32]  # (n, 26) features
    spoken: NDArray[np.bool_]  # (n,) whether the letter speaks of the subject
    meant: NDArray[np.int_]  # (n,) which stance, where it does

    def weights(self) -> NDArray[np.float64]:
        """Weights under which each cohort counts as much as another."""
        sizes = {name: self.cohort.count(name) for name in set(self.cohort)}
        return np.array([len(self.cohort) / len(sizes) / sizes[name] for name in self.cohort])


@click.option("--on", "names", default=",".join(SETS), show_default=True, help="Labelled sets, by name.")
def fit(names: str) -> None:
    """Fit the weights and print macro F1 by kind of question: plain, and cross-validated by letters and by subjects."""
    sets = names.split(",")
    pairs = collect(sets)
    everything = np.arange(len(pairs.letter))
    plain = _predict(pairs, everything, everything)
    click.echo(f"{len(everything)} pairs of letter and subject out of {', '.join(sets)}")
    for how, probabilities in (
        ("plain", plain),
        ("across letters", _across(pairs, [f"{c}:{v}" for c, v in zip(pairs.cohort, pairs.letter, strict=True)])),
        ("across subjects", unseen(pairs)),
    ):
        for name in sets:
            by_kind = _scores(name, pairs, probabilities)
            shown = "  ".join(f"{kind} {np.mean(scores):.3f}" for kind, scores in sorted(by_kind.items()))
            every = [score for scores in by_kind.values() for score in scores]
            click.echo(f"{how:16} {name:8} {shown}  all {np.mean(every):.3f}")
    path = Path(__file__).parents[2] / "assistant" / "data" / "weights.json"
    models = dict(zip(("mention", "stance"), _fitted(pairs, everything), strict=True))
    features = {"mention": MENTION_FEATURES, "stance": STANCE_FEATURES}
    path.write_text(json.dumps({k: as_data(m, features[k]) for k, m in models.items()}, indent=1) + "\n", "utf-8")
    click.echo(f"wrote {path.name}")


def collect(names: Sequence[str]) -> Pairs:
    """Return all pairs of a letter and a subject that the labels of these sets decide."""
    rows = [row for name in names for row in _rows(name)]
    cohort, letter, subject, mention, stance, label = zip(*rows, strict=True)
    return Pairs(
        list(cohort),
        list(letter),
        list(subject),
        np.array(mention, dtype=np.float32),
        np.array(stance, dtype=np.float32),
        np.array([value is not None for value in label]),
        np.array([_STANCES.index(value or Stance.OTHER) for value in label]),
    )


def _rows(name: str) -> Iterator[tuple[str, str, str, Any, Any, Stance | None]]:
    labels, undecided = _labels(name)
    labelled = load(name)
    with stored(labelled) as cohort:
        absent = _absent(labelled, cohort)
        for topic in sorted({topic for _, topic in labels} | absent):
            subject, found, _ = look_up(topic, cohort, asked=topic)
            near = cohort.near(subject)
            said = by_letter(found)
            mention = mention_features(subject, said, near, cohort.read)
            for number, letter in enumerate(cohort.read.letters):
                decided = (letter, topic) not in undecided and not (topic in absent and letter in said)
                if decided:
                    stance = letter_signs(letter, said.get(letter, ()), near, cohort).features
                    yield name, letter, topic, mention[number], stance, labels.get((letter, topic))


def _absent(labelled: LabelledSet, cohort: Cohort) -> set[str]:
    """The subjects of questions that nobody matches: no letter speaks of them, unless it holds their words."""
    asked = [
        parse(query.text, cohort.surroundings()).criterion for query in labelled.queries if query.kind == "who-none"
    ]
    return {found.subject for found in asked if isinstance(found, About) and found.wanted is not Wanted.ANY}


def _labels(name: str) -> tuple[dict[tuple[str, str], Stance], set[tuple[str, str]]]:
    """The stance of each letter and topic that its labels give, and the pairs that they leave open."""
    stances: dict[tuple[str, str], Stance] = {}
    undecided: set[tuple[str, str]] = set()
    for path in sorted((_COHORTS / name / "gold").glob("*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        stances |= {(path.stem, topic["topic"]): Stance.OTHER for topic in gold.get("not_topics", [])}
        stances |= {(path.stem, topic["topic"]): Stance(topic["stance"]) for topic in gold["topics"]}
        for topic in [*gold.get("neutral_topics", []), *gold.get("ambiguous", [])]:
            undecided.add((path.stem, topic if isinstance(topic, str) else topic["topic"]))
    return stances, undecided


def _fitted(pairs: Pairs, rows: NDArray[np.int_]) -> tuple[Logistic, Logistic]:
    spoken = rows[pairs.spoken[rows]]
    weights = pairs.weights()
    return (
        logistic(pairs.mention[rows], pairs.spoken[rows].astype(int), weights[rows], _STRENGTH["mention"]),
        logistic(pairs.stance[spoken], pairs.meant[spoken], None, _STRENGTH["stance"]),
    )


def logistic(
    x: NDArray[np.float32], y: NDArray[np.int_], weights: NDArray[np.float64] | None, strength: float
) -> Logistic:
    """Fit a logistic regression over standardised features; ``strength`` is the inverse of the L2 penalty."""
    scaler = StandardScaler().fit(x)
    model = LogisticRegression(C=strength, max_iter=5000).fit(scaler.transform(x), y, sample_weight=weights)
    coef, bias = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # one row says both
        coef, bias = np.vstack([0 * coef, coef]), np.concatenate([0 * bias, bias])
    return Logistic(*(np.asarray(part, dtype=np.float32) for part in (scaler.mean_, scaler.scale_, coef, bias)))


def unseen(pairs: Pairs) -> NDArray[np.float32]:
    """Return the probability of each stance by weights that never saw the pair's subject, of shape (n, 6)."""
    return _across(pairs, [f"{c}:{v}" for c, v in zip(pairs.cohort, pairs.subject, strict=True)])


def _predict(pairs: Pairs, train: NDArray[np.int_], test: NDArray[np.int_]) -> NDArray[np.float32]:
    """Probability of each stance, spoken of at all, of shape (len(test), 6)."""
    mention, stance = _fitted(pairs, train)
    spoken = mention.probabilities(pairs.mention[test])[:, 1:]
    return spoken * stance.probabilities(pairs.stance[test])


def _across(pairs: Pairs, groups: Sequence[str]) -> NDArray[np.float32]:
    found = np.zeros((len(groups), len(_STANCES)), dtype=np.float32)
    for train, test in GroupKFold(_FOLDS).split(pairs.mention, groups=groups):
        found[test] = _predict(pairs, train, test)
    return found


def _scores(name: str, pairs: Pairs, probabilities: NDArray[np.float32]) -> Mapping[str, list[float]]:
    by_kind: dict[str, list[float]] = defaultdict(list)
    for query in load(name).queries:
        if query.kind in _KINDS and query.topic:
            wanted = [_STANCES.index(stance) for stance in STANCES[_KINDS[query.kind]]]
            returned = {
                letter
                for cohort, letter, subject, row in zip(
                    pairs.cohort, pairs.letter, pairs.subject, probabilities, strict=True
                )
                if cohort == name and subject == query.topic and row[wanted].sum() >= YES
            }
            by_kind[query.kind].append(set_score(returned, query.relevant, query.neutral).f1)
    return by_kind


def as_data(model: Logistic, features: Sequence[str]) -> dict[str, Any]:
    """Return a logistic regression as the data files hold it."""
    rounded = {name: np.round(value.astype(float), 5).tolist() for name, value in vars(model).items()}
    return {"features": list(features), **rounded}
