"""What a question wants: its kind, the letters it names, and for sets an expression over criteria.

Rules only, so that the same words are always understood in the same way and ``describe`` can say how.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TypeAlias

from assistant.answer import Kind
from assistant.facets import Facet, asked_in
from assistant.subjects import thesaurus
from ingest.errors import BadQuestion

LONGEST = 2_000  # characters; more is no question


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


@dataclass(frozen=True)
class Surroundings:
    """What a question may refer to: the cohort's letters and columns, and the last answer's criterion."""

    letter_ids: Sequence[str] = ()
    name_finder: Callable[[str], Sequence[str]] = lambda name: ()  # letters that hold a name
    columns: Mapping[str, Sequence[str]] | None = None  # values of each column of a form export
    last: Criterion | None = None


_PEOPLE = r"(?:applicants?|candidates?|people|persons?|students|letters?|writers?|ones?|participants?|authors?|applications?|everyone|everybody|anyone|anybody|somebody|someone|those)"
_SET = re.compile(
    r"^(?:(?:and|so|but|also|then|ok|okay|please|now)[, ]+)*(?:"
    r"(?:can|could|would) you (?:please )?(?:list|show|name|find|tell me|give me)|list|show(?: me)?|name|find(?: me)?|give me|tell me|display"
    r"|is there|are there|do we have|(?:has|have|is|are|does|do|did|was) (?:anyone|anybody|any of|any (?:applicants?|candidates?|students?|letters?)|somebody|someone|they|them)|who|whom|whose|which|what|how many|count|number of|all|" + _PEOPLE + r")\b",
    re.IGNORECASE,
)
_FRAME = re.compile(
    r"^(?:(?:and|so|but|also|then|ok|okay|please|now)[, ]+)*"
    r"(?:(?:can|could|would) you (?:please )?)?(?:list|show(?: me)?|name|find(?: me)?|give me|tell me|display)?\s*"
    r"(?:is there|are there|do we have|(?:has|have|is|are|does|do|did|was)(?= (?:any|some))|what is the number of|the number of|number of|count)?\s*(?:all|any|every|the|each)?\s*"
    r"(?:the )?(?:names of )?(?:all )?(?:the )?(?:who else|who all|who|whom|whose|how many|which|what)?\s*"
    r"(?P<back>(?:of|among|from|in|out of) (?:them|those|these|this (?:list|group|set)|that (?:list|group)|the (?:above|list))\b)?\s*"
    r"(?:of the )?(?:other )?(?P<people>" + _PEOPLE + r"\b)?\s*(?P<back2>(?:of|among|from) (?:them|those|these)\b)?\s*(?:(?:is|are) there\s*)?(?:that|who|which|whose|with|having|where the writer)?\b\s*",
    re.IGNORECASE,
)
_COUNT = re.compile(r"^(?:and |so |but )*(?:how many|count|what is the number of|the number of|number of)\b", re.IGNORECASE)
_SUMMARY = re.compile(r"^\W*(?:please )?(?:summari[sz]e|sum up|give (?:me )?(?:a |an )?(?:short |brief )?(?:summary|overview)|summary of|tell me (?:more )?about|describe|who is|what is .{0,30} about)\b", re.IGNORECASE)
_COMPARE = re.compile(r"^\W*(?:please )?compare\b|\b(?:versus|vs\.?)\b|\bdifferences? between\b", re.IGNORECASE)
_ONE = re.compile(r"\b(?:the|this|that) (?:applicant|candidate|writer|letter|author|student|person)\b(?! who)", re.IGNORECASE)

# "Who is the supervisor of ...?" asks for a fact, not for letters
_DEFINITE = re.compile(
    r"^\W*(?:[Aa]nd )?[Ww]ho(?:'s| is| are| was| were) (?:the|[\w-]+['’]s|[A-Z][\w'’-]+ [A-Z][\w'’-]+)\b"
    r"|\b[A-Z][\w'’-]+['’]s? (?:supervisor|adviser|advisor|professor|friend|co-authors?)\b|\bthe first \w+ \w+ of the\b"
)
_ASKS_FACT = re.compile(r"(?i)\W*(?:(?:and|so|but) )?(?:(?:in|at|on|to|from|by|for|of|with|under|into|during|since|until|through)\b[^,?]{0,40}?\b)?(?:what|when|where|how|which|why|who|whom|whose|does|do|did|is|are|was|were|has|have|had|can)\b")
_NUMBERED = re.compile(r"(?i)\b(?:candidate|applicant|letter|number|no\.?|nr\.?|#)\s*(\d+)\b")
_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’-]+"
_NAME = re.compile(rf"{_CAPITAL}(?:\s+{_CAPITAL})+")

_EXPERIENCE = re.compile(r"^(?:has |have |with )?(?:any |some |prior )?(?P<what>(?!any\b|some\b|no\b)\w.*?) (?:experience|background|expertise|skills|knowledge)$", re.IGNORECASE)
_SAYS_GAP = re.compile(r"^(?:says?|writes?|admits?)(?: that)? (?P<what>.+?) is (?:a |an |the |their )?(?:\w+ )?(?:gap|weakness|weak (?:point|spot|side))\b.*$", re.IGNORECASE)
_TWO_VERBS = re.compile(r"^((?:has |have )?)\w+(?:ed|es|ing|s|t) (?:or|and) (?=\w+(?:ed|es|ing|s|t) )", re.IGNORECASE)  # "built or operated"
_ARTICLES = re.compile(r"^(?:the|a|an|some|any|their|with|on|in|about|of|to|field of|area of|topic of|subject of)\s+", re.IGNORECASE)
_TAIL = re.compile(r"\s*(?:\?|\.|!|please|in (?:the|their) letters?|among the (?:applicants|candidates)|at all|already|, or the other way (?:a)?round|themselves)+\s*$", re.IGNORECASE)
_NEGATED = re.compile(r"^(?:(?:does|do|did|has|have|is|are|was|were) ?(?:not|n't)|(?:doesn't|don't|didn't|hasn't|haven't|isn't|aren't)|never|without(?: any| an| a)?|no|not|(?:has|have|with) (?:no|not|never|neither))\b(?! (?:student|know|longer|decided|sure))\s*", re.IGNORECASE)
_BUT = re.compile(r"[,;]?\s+(?:but|yet|though|although|and|,)\s+(?=(?:(?:who |they )?(?:does|do|did|has|have|is|are) ?(?:not|n't)\b|doesn't|don't|hasn't|haven't|isn't|aren't|not\b|never\b|(?:has|have|with)? ?no\b|without\b))|,?\s+(?=without\b|except\b|excluding\b)|,?\s+but\s+", re.IGNORECASE)
_AND = re.compile(r",?\s+(?:and(?: also| have| has| who| are| is)?|as well as|who also|plus|&)\s+", re.IGNORECASE)
_OR = re.compile(r",?\s+or\s+|\s*/\s*", re.IGNORECASE)
_COMMA = re.compile(r"\s*,\s*(?:and\s+|or\s+)?")
_PRONOUN = re.compile(r"^(?:it|this|that|them|these|so|this (?:topic|subject)|that (?:topic|subject))(?: (?:in|before|during|at|already|yet|themselves)\b.*)?$|^yet$", re.IGNORECASE)
_BACK = re.compile(r"\b(?:of|among|from|out of) (?:them|those|these|this list|that list)\b|\b(?:which|who) (?:of|among) (?:them|those|these)\b|^(?:and )?(?:do|are|have|is|did|were) (?:any of )?(?:they|them|those|these)\b", re.IGNORECASE)


def parse(text: str, around: Surroundings | None = None) -> Question:
    """Understand a question.

    :raises BadQuestion: if it is empty or longer than 2,000 characters.
    """
    around = around or Surroundings()
    question = " ".join(text.split())
    if not any(c.isalnum() for c in question):
        raise BadQuestion("the question is empty: ask, for example, who works on time series?")
    if len(question) > LONGEST:
        raise BadQuestion(f"the question has {len(question):,} characters; ask in at most {LONGEST:,}")
    named = _named(question, around)
    letters = tuple(dict.fromkeys(letter for letter, _ in named))
    if len(letters) > 1 and _COMPARE.search(question):
        return Question(question, Kind.COMPARE, letters=letters)
    if letters and _SUMMARY.search(question):
        return Question(question, Kind.SUMMARY, letters=letters)
    asked = _without([words for _, words in named], question)
    if letters or _ONE.search(question):
        return Question(question, Kind.FACT, letters=letters, asked=asked)
    if _SET.search(question) and not _DEFINITE.search(question) and (criterion := _criterion(question, around)):
        kind = Kind.COUNT if _COUNT.search(question) else Kind.WHO
        return Question(question, kind, criterion, within_last=bool(_BACK.search(question)))
    return Question(question, Kind.FACT if _ASKS_FACT.match(question) else Kind.OPEN, asked=asked)


def describe(question: Question) -> str:
    """Say in words how a question was understood."""
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
        case Not(part):
            return f"gives no evidence of this: {_describe(part)}"
        case Every(parts):
            return "; and ".join(_describe(part) for part in parts)
        case Some(parts):
            return "; or ".join(_describe(part) for part in parts)


def _named(question: str, around: Surroundings) -> list[tuple[str, str]]:
    """The letters a question names, with the words that name them, in the question's order.

    By id, by number ("candidate 17"), or by a name that one letter alone holds.
    """
    lowered = question.casefold()
    found: list[tuple[int, str, str]] = []
    for id_ in around.letter_ids:
        wanted = id_.casefold()
        if wanted in lowered and (any(c.isdigit() for c in id_) or len(id_) > 3):
            place = re.search(rf"(?<![\w-]){re.escape(wanted)}(?![\w-])", lowered)
            if place:
                found.append((place.start(), id_, question[place.start() : place.end()]))
    for place in _NUMBERED.finditer(question):
        same = [id_ for id_ in around.letter_ids if (digits := re.findall(r"\d+", id_)) and int(digits[-1]) == int(place[1])]
        if len(same) == 1:
            found.append((place.start(), same[0], place.group()))
    if not found:
        found = list(_by_name(question, around))
    return [(id_, words) for _, id_, words in sorted(found)]


def _by_name(question: str, around: Surroundings) -> Iterator[tuple[int, str, str]]:
    for place in _NAME.finditer(question):
        parts = [re.sub(r"['’]s?$", "", part) for part in place.group().split()]
        for start in range(len(parts) - 1):
            name = " ".join(parts[start:])
            holders = around.name_finder(name)
            if len(holders) == 1:
                yield place.start(), holders[0], name
                break


def _without(names: Sequence[str], question: str) -> str:
    for name in names:
        question = question.replace(name, "the applicant")
    return question


def _criterion(question: str, around: Surroundings) -> Criterion | None:
    """The expression a set question stands for, or None when nothing in it is a criterion."""
    body = _TAIL.sub("", question).strip()
    framed = _FRAME.match(body)
    head = None
    if framed:
        rest = body[framed.end() :]
        people = framed["people"] or framed["back"] or framed["back2"]
        if not people and not re.match(r"(?i)(?:and |so |but )*(?:who|whose|whom)\b", body):
            head, rest = _head_noun(rest)
            is_set = _PREDICATE.match(rest) and not re.match(r"(?i)(?:and |so |but )*what\b", body)
            if head is None and not is_set:
                return None  # "which simulator ...", "how many castings ...": not a question about people
        body = rest
    parts = [part for part in (head and _leaf(head, None, around), _expression(body, around)) if part]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Every(tuple(parts))


_PREDICATE = re.compile(r"(?i)(?:have|has|are|is|do|does|did|don't|want|wants|need|needs|work|works|worked|would|can|know|knows|had|were|was|ask|asks|took|won|study|studied|like|likes|come|comes|publish\w*|found\w*|without|with|mention\w*|speak|offer|apply|contribut\w*|use[sd]?|volunteer\w*|said|say|miss|will|cannot|can't)\b")


def _head_noun(rest: str) -> tuple[str | None, str]:
    """Split "PhD students have published" into the noun and the rest."""
    split = re.match(
        r"(?P<noun>(?:[\w'’./-]+ ){0,4}?[\w'’/-]+?)\s+(?:(?:who|that|which|with)\s+)?(?P<rest>(?:have|has|are|is|do|does|did|want|wants|need|needs|work|works|worked|would|can|know|knows|had|were|was|ask|asks|took|won|study|studied|like|likes|come|comes|publish\w*|found\w*|without|but|and|mention\w*|speak|offer)\b.*)",
        rest,
    )
    if split and asked_in(split["noun"]):
        return split["noun"], re.sub(r"^(?:are|is) there\b\s*", "", split["rest"])
    whole = asked_in(rest)
    return (rest, "") if whole and not whole.left_over else (None, rest)


def _expression(text: str, around: Surroundings, verb: Wanted | None = None) -> Criterion | None:
    """Whole phrase first, then *but not*, then *and*, then *or* and commas."""
    text = _TAIL.sub("", text.strip(" ,;"))
    if not text:
        return None
    whole = _leaf(text, verb, around, sure=True)
    if whole:
        return whole
    negated = _NEGATED.match(text)
    if negated and len(text) > negated.end():
        part = _expression(text[negated.end() :], around)
        return Not(part) if part else None
    bracket = re.match(r"^(?P<before>[^()]+?)\s*\((?P<list>[^()]+)\)\s*(?P<after>.*)$", text)
    if bracket:
        text = " ".join(part for part in (bracket["before"], bracket["after"]) if part)
    for pattern, make in ((_BUT, Every), (_AND, Every), (_OR, Some), (_COMMA, Some)):
        found = _split(text, pattern, around, verb)
        if len(found) > 1:
            return make(tuple(dict.fromkeys(found)))
        if found:
            return found[0]
    return _leaf(text, verb, around)


def _split(text: str, pattern: re.Pattern[str], around: Surroundings, verb: Wanted | None) -> list[Criterion]:
    """The criteria between the ``pattern``s; none if it does not occur or a piece is no criterion.

    Neighbouring pieces that together are one known thing stay together ("won or placed in a hackathon").
    """
    borders = [0, *(place for found in pattern.finditer(text) for place in found.span()), len(text)]
    pieces = [(start, end) for start, end in zip(borders[::2], borders[1::2], strict=True) if text[start:end].strip()]
    if len(pieces) < 2:
        return []
    found: list[Criterion] = []
    first = 0
    while first < len(pieces):
        for last in range(len(pieces) - 1, first - 1, -1):
            piece = text[pieces[first][0] : pieces[last][1]]
            part = _leaf(piece, verb, around, sure=True) if last > first else _expression(piece, around, _verb(piece)[0] or verb)
            if part is not None:
                break
        else:
            return []
        verb = _verb(piece)[0] or verb
        around = replace(around, last=part)  # "who does X or did it in the past"
        found.append(part)
        first = last + 1
    return found


def _verb(text: str) -> tuple[Wanted | None, str]:
    """The stance that a predicate's verb asks for, and what is left after it."""
    gap = _SAYS_GAP.match(text)
    if gap:
        return Wanted.LACKS, gap["what"]
    experience = _EXPERIENCE.match(text)
    if experience:
        return Wanted.DOES, experience["what"]
    text = _TWO_VERBS.sub(r"\1", text)
    for wanted, pattern in _verbs():
        found = pattern.match(text + " ")
        if found:
            return wanted, text[found.end() :].strip()
    return None, text


@cache
def _verbs() -> tuple[tuple[Wanted, re.Pattern[str]], ...]:
    table = tomllib.loads((resources.files("assistant.data") / "questions.toml").read_text(encoding="utf-8"))
    before = rf"^(?:(?:{table['adverbs']}|has|have|is|are|was|were) )*?"
    return tuple(
        (Wanted(entry["wanted"]), re.compile(before + "(?:" + "|".join(f"(?:{say})" for say in entry["say"]) + r")\s", re.IGNORECASE))
        for entry in table["stance"]
    )


def _leaf(text: str, verb: Wanted | None, around: Surroundings, *, sure: bool = False) -> Criterion | None:
    """One criterion. With ``sure``, only if the whole text is known: a column's value, a facet or a subject's name."""
    text = text.strip(" ,;?.!")
    column = _column(text, around)
    if column:
        return column
    wanted, rest = _verb(text)
    rest = _strip(rest)
    subject = thesaurus().named(rest) if rest else None
    if subject and not asked_in(text):
        return About(subject.name, wanted or verb or Wanted.DOES)
    facet = asked_in(text) or (asked_in(f"{_PREFIX[verb]} {text}") if verb in _PREFIX else None)
    if facet:
        if not sure or not facet.left_over:
            return Has(facet.facets, facet.left_over)
        return None
    if subject:
        return About(subject.name, wanted or verb or Wanted.DOES)
    if _PRONOUN.match(rest) and around.last is not None:
        return _restate(around.last, wanted or verb or Wanted.DOES)
    if sure or not any(c.isalnum() for c in rest):
        return None
    return About(rest, wanted or verb or Wanted.ANY)


# what a piece of a list inherits: "who has a background in biology or medicine"
_PREFIX = {Wanted.DOES: "background in", Wanted.WANTS: "wants to"}


def _strip(text: str) -> str:
    while (shorter := _ARTICLES.sub("", text)) != text:
        text = shorter
    return text.strip(" ,;?.!\"“”")


def _column(text: str, around: Surroundings) -> Column | None:
    """A value of a form's column: "country: Poland", "from Poland", "Poland"."""
    for column, values in (around.columns or {}).items():
        named = re.search(rf"(?i)\b{re.escape(column)}\s*(?::|=|is|of|are|was)?\s*(.+)$", text)
        for value in values:
            if named and named[1].strip(" \"'“”").casefold() == value.casefold():
                return Column(column, value)
            if re.fullmatch(rf"(?i)(?:(?:is|are|come|comes|was|were|live|lives|based)\s+)?(?:from|in|at|with)?\s*(?:the\s+)?{re.escape(value)}", text):
                return Column(column, value)
    return None


def _restate(criterion: Criterion, wanted: Wanted) -> Criterion | None:
    """The last question's subjects with another stance: "and who wants to learn it?"."""
    match criterion:
        case About(subject, _):
            return About(subject, wanted)
        case Every(parts) | Some(parts):
            restated = tuple(part for part in (_restate(part, wanted) for part in parts) if part)
            return (type(criterion)(restated) if len(restated) > 1 else restated[0]) if restated else None
    return None
