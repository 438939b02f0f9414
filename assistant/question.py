"""What a question wants: its kind, the letters it names, and for sets an expression over criteria."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from assistant.answer import Kind
from assistant.domain import Domain, shipped
from assistant.facets import Facet


class Wanted(StrEnum):
    """Which stance a question about a subject asks for; the value completes "letters whose writer ..."."""

    DOES = "does or did"
    WANTS = "wants to learn"
    LACKS = "knows little of"
    COURSE = "took a course on"
    ANY = "mentions"


@dataclass(frozen=True)
class About:
    """Letters whose writer has this stance to a subject."""

    subject: str
    wanted: Wanted
    asked: str = field(default="", compare=False)  # the subject in the question's words, where it has another name
    guessed: bool = False  # out of a predicate that is not known: its words, else what they mean


@dataclass(frozen=True)
class Has:
    """Letters whose writer has an attribute; the quote must hold ``words`` too ("internship" at "Siemens")."""

    facets: tuple[Facet, ...]
    words: str = ""


@dataclass(frozen=True)
class Column:
    """Letters whose form has this value in this column."""

    column: str
    value: str


@dataclass(frozen=True)
class Not:
    """Letters without evidence of the criterion."""

    part: Criterion


@dataclass(frozen=True)
class Every:
    """Letters that meet all parts."""

    parts: tuple[Criterion, ...]


@dataclass(frozen=True)
class Some:
    """Letters that meet at least one part."""

    parts: tuple[Criterion, ...]


Criterion: TypeAlias = About | Has | Column | Not | Every | Some


@dataclass(frozen=True)
class Question:
    """A question as it was understood."""

    text: str
    kind: Kind
    criterion: Criterion | None = None
    letters: tuple[str, ...] = ()  # that it names
    within_last: bool = False  # asks of the letters of the last answer only
    asked: str = ""  # the question without the names it gives to letters
    judges: bool = False  # asks for a verdict on people, which Dossier does not give


@dataclass(frozen=True)
class Surroundings:
    """What a question may refer to: the cohort's letters and columns, its field, the last criterion."""

    letter_ids: Sequence[str] = ()
    name_finder: Callable[[str], Sequence[str]] = lambda name: ()  # letters that hold a name
    columns: Mapping[str, Sequence[str]] | None = None  # values of each column of a form export
    last: Criterion | None = None
    domain: Domain = field(default_factory=shipped)


def describe(question: Question) -> str:
    """Say in words how a question was understood."""
    if question.judges:
        return "a verdict on people"
    if question.criterion is None:
        named = ", ".join(question.letters)
        return {
            Kind.SUMMARY: f"a summary of {named}",
            Kind.COMPARE: f"a comparison of {named}",
            Kind.FACT: f"what {named or 'the letters'} say{'s' if named else ''} about this",
        }.get(question.kind, "the passages nearest to the question")
    within = ", of the letters of the last answer" if question.within_last else ""
    return f"letters whose writer {_describe(question.criterion)}{within}"


def _describe(criterion: Criterion) -> str:
    match criterion:
        case About(subject, wanted):
            return f"{wanted}: {subject}"
        case Has(facets, more):
            return " or ".join(facet.name for facet in facets) + (f" ({more})" if more else "")
        case Column(column, value):
            return f"has {value} under {column}"
        case Not(Column(column, value)):
            return f"does not have {value} under {column}"
        case Not(part):
            return f"gives no evidence of this: {_grouped(part)}"
        case Every(parts):
            return "; and ".join(_grouped(part) for part in parts)
        case Some(parts):
            return "; or ".join(_grouped(part) for part in parts)


def _grouped(part: Criterion) -> str:
    return f"({_describe(part)})" if isinstance(part, Every | Some) else _describe(part)
