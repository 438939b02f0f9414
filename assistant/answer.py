"""An answer and what it rests on: the values that flow from the assistant to every screen and file.

The assistant yields growing snapshots of one ``Answer``; the last one has ``final=True``. ``Answer.to_json`` is the
contract of ``dossier ask --json`` and of each line of a batch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ingest.letters import Stance as Stance


class Kind(StrEnum):
    """What sort of answer a question wants."""

    WHO = "who"
    COUNT = "count"
    FACT = "fact"
    SUMMARY = "summary"
    COMPARE = "compare"
    OPEN = "open"


UNSUPPORTED = "not in the letters"  # how screens mark a statement that its quotes do not support


class Role(StrEnum):
    """What a statement is for; screens choose the look."""

    PROSE = "prose"  # a sentence in a model's words; they stand first and make one paragraph
    LEAD = "lead"  # the answer in one sentence
    ITEM = "item"  # one line of a list, about one letter
    ASIDE = "aside"  # worth knowing, shown folded: unsure letters, those who only want to
    NOTE = "note"  # what was read, what was left out


@dataclass(frozen=True)
class Evidence:
    """A verbatim quote: ``quote == text[start:end]`` of the stored letter text, in characters."""

    letter: str
    quote: str
    start: int
    end: int

    def to_json(self) -> dict[str, Any]:
        """Return the quote as JSON values."""
        return {"letter": self.letter, "quote": self.quote, "start": self.start, "end": self.end}


@dataclass(frozen=True)
class Statement:
    """One thing the answer says. ``text`` is Dossier's own words and never letter text, except ``answer``.

    ``answer`` is a short verbatim answer (a name, a number) out of the first evidence, or ``""``.
    ``letter`` is the letter the statement is about, or ``""``. The text of a statement with ``Role.PROSE`` is
    a model's: plain and on one line, but to be trusted no more than a letter; ``evidence`` is what it cites, quoted
    further down, and ``supported`` says whether that bears it out (``assistant.support``).
    """

    role: Role
    text: str
    evidence: tuple[Evidence, ...] = ()
    letter: str = ""
    answer: str = ""
    supported: bool = True


@dataclass(frozen=True)
class Candidate:
    """A letter in the set (or among the unsure ones), with the stance found and a score in [0, 1]."""

    letter: str
    stance: str
    score: float
    evidence: tuple[Evidence, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the candidate as JSON values."""
        quotes = [{"quote": e.quote, "start": e.start, "end": e.end} for e in self.evidence]
        return {"letter": self.letter, "stance": self.stance, "score": round(self.score, 4), "evidence": quotes}


@dataclass(frozen=True)
class Coverage:
    """The ledger: how many letters there are, how many of them were read for this answer, what came of it."""

    letters: int = 0
    read: int = 0
    matched: int = 0
    unsure: int = 0
    set_aside: int = 0

    def to_json(self) -> dict[str, int]:
        """Return the ledger as JSON values."""
        return dict(vars(self))


@dataclass(frozen=True)
class Answer:
    """One snapshot of an answer. Snapshots only ever grow more complete; the last has ``final=True``."""

    question: str
    kind: Kind
    cohort: str
    writer: str
    understood: str = ""
    statements: tuple[Statement, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    unsure: tuple[Candidate, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    abstained: bool = False
    warnings: tuple[str, ...] = ()
    elapsed_ms: float = 0.0
    final: bool = False

    @property
    def ledger(self) -> str:
        """What was read for this answer, in words."""
        read = self.coverage
        parts = [f"{read.read} of {read.letters} letters read"]
        if self.kind in (Kind.WHO, Kind.COUNT):
            parts += [f"{read.matched} match", f"{read.unsure} unsure"]
        return " · ".join([*parts, f"{read.set_aside} set aside"])

    @property
    def markdown(self) -> str:
        """The answer as markdown with ``[letter-id]`` citations and its quotes. Not safe for a browser:
        see ``ui.show``.
        """
        told = " ".join(_cited(s) for s in self.statements if s.role is Role.PROSE)
        others = [_markdown(s) for s in self.statements if s.role is not Role.PROSE]
        return "\n".join([told, "", *others, "", self.ledger]).strip()

    def to_json(self) -> dict[str, Any]:
        """Return the answer as the contract of ``ask --json``."""
        return {
            "question": self.question,
            "kind": str(self.kind),
            "answer": self.markdown,
            "abstained": self.abstained,
            "candidates": [c.to_json() for c in self.candidates],
            "evidence": [e.to_json() for e in self.evidence],
            "unsure": [c.to_json() for c in self.unsure],
            "coverage": self.coverage.to_json(),
            "understood": self.understood,
            "writer": self.writer,
            "cohort": self.cohort,
            "elapsed_ms": round(self.elapsed_ms, 1),
            "warnings": list(self.warnings),
        }


def _cited(statement: Statement) -> str:
    letters = dict.fromkeys(quote.letter for quote in statement.evidence)
    mark = "" if statement.supported else f"({UNSUPPORTED})"
    return " ".join([statement.text, *(f"[{letter}]" for letter in letters), mark]).strip()


def _markdown(statement: Statement) -> str:
    quotes = "; ".join(f"“{' '.join(e.quote.split())}” [{e.letter}]" for e in statement.evidence)
    answer = f"**{statement.answer}**" if statement.answer else ""
    text = ": ".join(part for part in (answer or statement.text, quotes) if part)
    if statement.role is Role.ITEM:
        name = f"**{statement.letter}** " if statement.letter else ""
        return f"- {name}{text}"
    return f"{text}\n"
