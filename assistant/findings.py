"""What was found for a question, before it is put into words: the seam between finding and writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.answer import Coverage, Evidence
from assistant.match import Matches
from assistant.question import Question


@dataclass(frozen=True)
class Passage:
    """A quote that may answer a question, and how surely: in [0, 1]."""

    evidence: Evidence
    confidence: float


@dataclass(frozen=True)
class Trait:
    """Something a letter says of its writer that organisers ask about ("is a PhD student"), with the quote."""

    name: str
    evidence: Evidence


@dataclass(frozen=True)
class Findings:
    """Everything a writer may use; it may add no other facts.

    For sets ``matches`` is given; for facts and open questions ``passages``, best first; for summaries and comparisons
    ``traits`` of each letter.
    """

    question: Question
    understood: str
    cohort: str
    coverage: Coverage
    matches: Matches | None = None
    passages: tuple[Passage, ...] = ()
    traits: Mapping[str, tuple[Trait, ...]] | None = None
    warnings: tuple[str, ...] = ()
