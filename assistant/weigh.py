"""Weigh what a letter says of a subject: how likely it speaks of it, and how likely each stance of its writer is.

Two logistic regressions over a few figures per letter. Their weights are data (``data/weights.json``), fitted by
``python -m eval.training weights`` on labelled letters.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import chain
from typing import Any

import numpy as np

from assistant.answer import Stance
from assistant.cohort import Cohort
from assistant.nearness import Floats, Near, Sentences
from assistant.stance import judge
from assistant.subjects import Finding, Subject, by_letter
from ingest.annotate import softmax
from ingest.database import StoredPassage

_STANCES = tuple(Stance)
_SHOWN = 8  # sentences kept of a letter
FAINT = 0.02  # a letter that speaks of the subject with a lower probability is not worth a verdict

_NEARNESS = ("alone", "around", "name", "name around", "name among letters")
MENTION_FEATURES = (
    *("named", "times named", "narrower named", "times narrower named", "method", "different methods"),
    *("one sign", "two signs", "three signs"),
    *(f"{feature}, {how}" for how in ("named", "not named") for feature in _NEARNESS),
)
STANCE_FEATURES = (
    *(f"{where}: {stance}" for where in ("words", "sentence", "cues", "near") for stance in _STANCES),
    "has words",
    "has signs only",
)


@dataclass(frozen=True)
class Said:
    """A sentence of a letter, the share of what the letter says of the subject that it holds, and its stances."""

    item: StoredPassage
    share: float
    stances: Mapping[Stance, float]


@dataclass(frozen=True)
class Weighed:
    """What a letter says of a subject."""

    letter: str
    spoken: float  # probability that it speaks of the subject
    stances: Mapping[Stance, float]  # if it does; the sum is 1
    sentences: Sequence[Said]  # the likeliest first


def weigh(
    subject: Subject, findings: Iterable[Finding], near: Near, cohort: Cohort, least: float = FAINT
) -> list[Weighed]:
    """Weigh all letters of a cohort.

    :param least: letters that speak of the subject with a lower probability are left out.
    """
    read = cohort.read
    said = by_letter(findings)
    spoken = _model("mention").probabilities(mention_features(subject, said, near, read))[:, 1]
    likely = [n for n, letter in enumerate(read.letters) if spoken[n] >= least or letter in said]
    if not likely:
        return []
    signs = [letter_signs(read.letters[n], said.get(read.letters[n], ()), near, cohort) for n in likely]
    stances = _model("stance").probabilities(np.stack([each.features for each in signs]))
    return [
        Weighed(read.letters[n], float(spoken[n]), _mapping(row), each.sentences)
        for n, each, row in zip(likely, signs, stances, strict=True)
    ]


def mention_features(
    subject: Subject, findings: Mapping[str, Sequence[Finding]], near: Near, read: Sentences
) -> Floats:
    """Return ``MENTION_FEATURES`` for every letter, of shape (letters, 19)."""
    own, *narrower = [{phrase.roots for phrase in entry.names} for entry in subject.entries]
    below = set[tuple[str, ...]]().union(*narrower)
    names, narrow = (own | below, set()) if subject.is_field else (own, below - own)
    counts = np.zeros((len(read.letters), 9), dtype=np.float32)
    for letter, found in findings.items():
        strong = [finding.mention.phrase.roots for finding in found if finding.mention.strong]
        named = sum(roots in names for roots in strong)
        narrowed = sum(roots in narrow for roots in strong)
        methods = len(set(strong) - names - narrow)
        signs = len({finding.mention.phrase.roots for finding in found if not finding.mention.strong})
        three = [(min(count, 1), min(count, 3)) for count in (named, narrowed, methods)]
        counts[read.number[letter]] = (*chain(*three), signs > 0, signs > 1, signs > 2)
    best = [np.maximum.reduceat(each, read.first) for each in (near.alone, near.around, near.name, near.name_around)]
    among = (best[2] - near.name.mean()) / max(float(near.name.std()), 1e-6)
    nearness = np.column_stack([*best, among])
    has_name = counts[:, [0, 2]].any(axis=1, keepdims=True)  # where a name stands, nearness tells other things
    return np.column_stack([counts, nearness * has_name, nearness * ~has_name])


@dataclass(frozen=True)
class Signs:
    """What the places where a letter speaks of a subject say of its writer."""

    features: Floats  # ``STANCE_FEATURES``, of shape (26,)
    sentences: Sequence[Said]  # the likeliest places, the likeliest first


def letter_signs(letter: str, findings: Sequence[Finding], near: Near, cohort: Cohort) -> Signs:
    """Return what one letter's words, cues and sentences near the subject say."""
    strong = [finding for finding in findings if finding.mention.strong]
    used = strong or list(findings)
    items = cohort.of_letter(letter)
    begin = int(cohort.read.first[cohort.read.number[letter]])
    whole = cohort.read.stances[begin : begin + len(items)]
    score = near.site[begin : begin + len(items)]
    shares = np.exp(score - score.max())
    at = [cohort.place(finding.item) for finding in used]
    np.add.at(shares, at, 1)
    shares /= shares.sum()
    words = [cohort.stance(f.item, f.mention.start, f.mention.end) for f in used]
    cues = [_array(judge(cohort.context(f.item), f.mention.start, f.mention.end)) for f in used]
    none = np.zeros(len(_STANCES), dtype=np.float32)
    told = [np.mean(each, axis=0) if used else none for each in (words, whole[at], cues)]
    features = np.concatenate([*told, shares @ whole, [bool(strong), bool(used and not strong)]])
    here = dict(zip(at, words, strict=True))
    likeliest = [int(row) for row in np.argsort(-shares)[:_SHOWN]]
    return Signs(features, [Said(items[n], float(shares[n]), _mapping(here.get(n, whole[n]))) for n in likeliest])


@dataclass(frozen=True)
class Logistic:
    """A logistic regression over standardised features, for two or more classes."""

    mean: Floats  # (features,)
    scale: Floats  # (features,)
    weights: Floats  # (classes, features)
    bias: Floats  # (classes,)

    def probabilities(self, features: Floats) -> Floats:
        """Return the classes' probabilities, of shape (n, classes), for features of shape (n, features)."""
        scores = ((features - self.mean) / self.scale) @ self.weights.T + self.bias
        return softmax(scores.astype(np.float32))

    @staticmethod
    def of(stored: Mapping[str, Any]) -> Logistic:
        """Read one as the data files hold it."""
        return Logistic(*(np.array(stored[part], dtype=np.float32) for part in ("mean", "scale", "weights", "bias")))


@cache
def _model(name: str) -> Logistic:
    return Logistic.of(
        json.loads((resources.files("assistant.data") / "weights.json").read_text(encoding="utf-8"))[name]
    )


def _array(stances: Mapping[Stance, float]) -> Floats:
    return np.array([stances[stance] for stance in _STANCES], dtype=np.float32)


def _mapping(stances: Floats) -> dict[Stance, float]:
    return {stance: float(value) for stance, value in zip(_STANCES, stances, strict=True)}
