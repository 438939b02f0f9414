"""What a sentence says of its writer and a subject it mentions: does, did, course, wants, lacks or other.

In the manner of ConText (Harkema et al. 2009): cue phrases out of ``data/stance.toml``, each counting less the
farther it stands from the mention: the clause counts most, then the sentence, then the heading above and the
neighbouring sentences. ``weigh`` takes this as one sign of several; the others come from the annotator's network.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from assistant.answer import Stance
from ingest.fold import collapse, collapse_pattern

# how much of a cue's weight counts at each place
_CLAUSE, _SENTENCE, _HEADING = 1.0, 0.4, 0.6
_AROUND = (0.2, 0.1)  # the nearest sentence before or after, the next but one
_AROUND_FRAGMENT = (0.7, 0.4)  # of a sentence that says nothing itself ("Diffusion models.", "One is robotics.")
_PRIOR = 1.5  # who writes of a subject in an application mostly works on it
_CLAUSE_BREAK = re.compile(
    r"[;:—–()]|--|,? (?:but|whereas|while|although|though|however|yet)\b|, (?:and|so|which|because|where)\b"
    r"|, (?=(?:i|we|my|our|he|she|they)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Context:
    """A sentence with what surrounds it in its paragraph: its heading, the sentences before and after,
    the nearest first.
    """

    sentence: str
    heading: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def judge(context: Context, start: int, end: int) -> dict[Stance, float]:
    """Return how likely each stance is for the subject mentioned at ``[start, end)`` of the sentence; the sum is 1."""
    clause_start, clause_end = _clause(context.sentence, start, end)
    clause = context.sentence[clause_start:clause_end]
    rest = context.sentence[:clause_start] + " … " + context.sentence[clause_end:]
    own = {name: _hits(name, clause) * _CLAUSE + _hits(name, rest) * _SENTENCE for name in _cues()}
    near = _AROUND if any(own.values()) else _AROUND_FRAGMENT
    return _decide({name: value + _around(name, context, near) for name, value in own.items()})


def _around(name: str, context: Context, near: Sequence[float]) -> float:
    score = _hits(name, context.heading) * _HEADING
    for sentences in (context.before, context.after):
        score += sum(_hits(name, sentence) * weight for sentence, weight in zip(sentences, near, strict=False))
    return score


def _decide(score: Mapping[str, float]) -> dict[Stance, float]:
    """Turn cue sums into stances; no experience speaks for what else is said, wanting or lacking."""
    wants, lacks = score["wants"], score["lacks"]
    if wants >= lacks:
        wants += score["novice"]
    else:
        lacks += score["novice"]
    if not wants and not lacks:
        lacks = score["novice"] * 0.8
    sums = {
        Stance.DOES: score["does"] + _PRIOR,
        Stance.DID: score["did"],
        Stance.COURSE: score["course"],
        Stance.WANTS: wants,
        Stance.LACKS: lacks,
        Stance.OTHER: score["refuses"] + score["others"],
    }
    weights = {stance: math.exp(value) for stance, value in sums.items()}
    return {stance: weight / sum(weights.values()) for stance, weight in weights.items()}


@lru_cache(maxsize=200_000)  # a sentence is the neighbour of others, and asked about again
def _hits(name: str, text: str) -> float:
    """Weight of a stance's cues in a text; the second and third hit add less."""
    weight, pattern = _cues()[name]
    count = sum(1 for _ in pattern.finditer(collapse(text))) if text else 0
    return weight * (0, 1, 1.3, 1.5)[min(count, 3)]


def _clause(sentence: str, start: int, end: int) -> tuple[int, int]:
    """The stretch between the breaks around the mention."""
    breaks: Sequence[re.Match[str]] = list(_CLAUSE_BREAK.finditer(sentence))
    left = max((found.end() for found in breaks if found.end() <= start), default=0)
    right = min((found.start() for found in breaks if found.start() >= end), default=len(sentence))
    return left, right


@cache
def _cues() -> dict[str, tuple[float, re.Pattern[str]]]:
    table = tomllib.loads((resources.files("assistant.data") / "stance.toml").read_text(encoding="utf-8"))
    return {
        name: (entry["weight"], re.compile(collapse_pattern("|".join(entry["say"])), re.IGNORECASE))
        for name, entry in table.items()
    }
