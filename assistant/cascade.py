"""Which letters are worth a judge's call: those whose verdict is neither nearly certain nor nearly excluded.

The bounds are data (``data/cascade.json``), fitted by ``python -m eval.training cascade`` on labelled letters with a
stated recall target: of the letters that match, at least so many lie above the lower bound. In the manner of LOTUS'
semantic filter (arXiv 2407.11418).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from assistant.cohort import Cohort
from assistant.nearness import Floats
from assistant.question import Has
from assistant.verdicts import YES, Matches
from assistant.weigh import Logistic

TRAIT_FEATURES = ("said as facets know it", "nearness")


@dataclass(frozen=True)
class Band:
    """Probabilities between which a letter is put before the judge, both bounds included."""

    low: float
    high: float

    def __contains__(self, probability: float) -> bool:
        return self.low <= probability <= self.high


ALL = Band(0.0, 1.0)


def subject_band() -> Band:
    """Return the band for a stance to a subject."""
    return _band("subject")


def trait_band() -> Band:
    """Return the band for an attribute."""
    return _band("trait")


def trait_features(has: Has, matches: Matches, cohort: Cohort) -> tuple[Floats, Floats]:
    """Return ``TRAIT_FEATURES`` for every letter, of shape (letters, 2), and how near every sentence is, of shape (n,).

    :param matches: the letters that say it in a way that facets know.
    """
    saying = [verdict for verdict in matches.verdicts.values() if verdict.probability >= YES]
    starts = {(quote.letter, quote.start) for verdict in saying for quote in verdict.evidence}
    items = [i for v in saying for i in cohort.of_letter(v.letter) if (v.letter, i.passage.start) in starts]
    name = "; ".join([*(facet.name for facet in has.facets), *filter(None, [has.words])])
    near = cohort.resembling(name, items)
    best = np.maximum.reduceat(near, cohort.read.first)
    said = {verdict.letter for verdict in saying}
    hits = np.array([letter in said for letter in cohort.read.letters], dtype=np.float32)
    return np.column_stack([hits, best]), near


def trait_chances(features: Floats) -> Floats:
    """Return how likely each letter has an attribute, of shape (letters,)."""
    chances: Floats = _trait_model().probabilities(features)[:, 1]
    return chances


@cache
def _trait_model() -> Logistic:
    return Logistic.of(_stored()["trait"]["weights"])


@cache
def _band(kind: str) -> Band:
    return Band(float(_stored()[kind]["low"]), float(_stored()[kind]["high"]))


@cache
def _stored() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(
        (resources.files("assistant.data") / "cascade.json").read_text(encoding="utf-8")
    )
    return found
