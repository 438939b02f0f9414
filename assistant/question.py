"""What a question wants: its kind, the letters it names, and for sets an expression over criteria.

Rules only, so that the same words are always understood in the same way and ``describe`` can say how.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
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
    r"|is there|are there|do we have|did|does|do|who|whom|whose|which|what|how many|count|number of|all|" + _PEOPLE + r")\b",
    re.IGNORECASE,
)
_FRAME = re.compile(
    r"^(?:(?:and|so|but|also|then|ok|okay|please|now)[, ]+)*"
    r"(?:(?:can|could|would) you (?:please )?)?(?:list|show(?: me)?|name|find(?: me)?|give me|tell me|display)?\s*"
    r"(?:is there|are there|do we have|what is the number of|the number of|number of|count)?\s*(?:all|any|every|the|each)?\s*"
    r"(?:the )?(?:names of )?(?:all )?(?:the )?(?:who else|who all|who|whom|whose|how many|which|what)?\s*"
    r"(?P<back>(?:of|among|from|in|out of) (?:them|those|these|this (?:list|group|set)|that (?:list|group)|the (?:above|list))\b)?\s*"
    r"(?:of the )?(?:other )?(?P<people>" + _PEOPLE + r"\b)?\s*(?P<back2>(?:of|among|from) (?:them|those|these)\b)?\s*(?:(?:is|are) there\s*)?(?:that|who|which|whose|with|having|where the writer)?\b\s*",
    re.IGNORECASE,
)
_COUNT = re.compile(r"^(?:and |so |but )*(?:how many|count|what is the number of|the number of|number of)\b", re.IGNORECASE)
_SUMMARY = re.compile(r"^\W*(?:please )?(?:summari[sz]e|sum up|give (?:me )?(?:a |an )?(?:short |brief )?(?:summary|overview)|summary of|tell me (?:more )?about|describe|who is|what is .{0,30} about)\b", re.IGNORECASE)
_COMPARE = re.compile(r"^\W*(?:please )?compare\b|\b(?:versus|vs\.?)\b|\bdifferences? between\b", re.IGNORECASE)
_ONE = re.compile(r"\b(?:the|this|that) (?:applicant|candidate|writer|letter|author|student|person)\b(?! who)", re.IGNORECASE)

_VERBS: tuple[tuple[re.Pattern[str], Wanted], ...] = tuple(
    (re.compile(r"^(?:" + pattern + r")\s+", re.IGNORECASE), wanted)
    for pattern, wanted in (
        (
            r"(?:also |really |only |still )*(?:(?:says?|admits?|thinks?|writes?|states?|claims?) (?:that )?(?:they |he or she |he |she )?)?(?:(?:has |have |is |are |feels? )?(?:knows?|understands?) (?:very |too |only )?(?:little|nothing|not much|next to nothing|less)(?: of| about| on)?"
            r"|(?:is|are|feels?) (?:new|a beginner|beginners|weak|inexperienced|unsure|bad|not good)(?: to| in| at| with| on| about)?|(?:does not|do not|doesn't|don't) (?:know|understand)(?: much| a lot)?(?: about| of)?"
            r"|(?:has|have) (?:no|little|not much|never had(?: any)?) (?:prior |previous )?(?:experience|background|knowledge|expertise|idea)(?: of| in| with| about| on)?|lacks?(?: (?:knowledge|experience|skills?|a background)(?: of| in| with| about)?)?"
            r"|(?:has|have) never (?:worked|done|tried|used)(?: on| with| in)?|struggles? with|beginners? in|new to|(?:has|have) (?:a )?(?:gaps?|weakness(?:es)?) in)",
            Wanted.LACKS,
        ),
        (
            r"(?:also |really |only |still )*(?:wants?|wish(?:es)?|would (?:also )?(?:like|love)|'?d (?:like|love)|hop(?:es?|ing)|plans?|aims?|intends?|wanting|hoping|planning|dreams? of|looks? forward|(?:is|are) (?:keen|eager|hoping|planning|looking|interested|curious))"
            r"(?: to| in| about| on| for)?(?: (?:start |begin |do some |get )?(?:learn(?:ing)?(?: more| something)?|stud(?:y|ying)|work(?:ing)?|do(?:ing)?|research(?:ing)?|explor(?:e|ing)|understand(?:ing)?|build(?:ing)?|develop(?:ing)?|get(?:ting)? into|be taught|know(?:ing)?(?: more)?|try(?:ing)?|us(?:e|ing)|combin(?:e|ing)|get better|improve|pick up|hear(?: more)?|go(?:ing)?|apply(?:ing)?|switch(?:ing)?|move|moving|start(?:ing)?|begin(?:ning)?))?(?: (?:about|on|with|in|at|of|how|to|into))?",
            Wanted.WANTS,
        ),
        (r"(?:has |have )?(?:(?:only )?(?:took|taken|attended|had|heard|followed|done) (?:a |an |some |any )?(?:courses?|class(?:es)?|lectures?)|(?:only )?stud(?:ied|ies) in (?:a )?courses?)(?: on| in| about| of)", Wanted.COURSE),
        (
            r"(?:is|are|was|were)?\s*(?:also |currently |already |now |actively |really |mainly |ever )*(?:(?:(?:has|have|had) )?(?:also |already |ever |previously |actually )*(?:(?:any |some |prior |previous |real |practical |hands-on |research |work |working )*(?:experience|expertise|a background|background|knowledge|skills?|projects?|a project|a thesis|practice|competence)(?: of| in| with| on| about| using)?(?: (?:working|doing|building|using))?(?: on| with| in)?"
            r"|(?:worked|working|done|built|trained|used|researched|studied|developed|written|implemented|published|applied)(?: (?:research|work|projects?|something|a thesis|a project|anything))?(?: on| with| in| about| at| for)?)"
            r"|works?|working|worked|do(?:es|ing)?|did|research(?:es|ing|ed)?|stud(?:y|ies|ied|ying)|us(?:e|es|ed|ing)|builds?|built|building|trains?|trained|develop(?:s|ed|ing)?|investigat(?:e|es|ed|ing)|specialis(?:e|es|ed|ing)|specializ(?:e|es|ed|ing)|knows?|focus(?:es|ed|ing)?|experienced|experts?|expertise|experience|deal(?:s|ing)?|background|publish(?:ed|es)?|wr(?:ite|ites|ote|itten)|like|likes|enjoys?|loves?|owns?|plays?)"
            r"(?: (?:research|work|projects?|something|anything))?(?: on| with| in| at| about| for| to)?",
            Wanted.DOES,
        ),
        (r"(?:mentions?|mentioned|talks? about|writes? about|refers? to|names?)", Wanted.ANY),
    )
)
_EXPERIENCE = re.compile(r"^(?:has |have |with )?(?:any |some |prior )?(?P<what>(?!any\b|some\b|no\b)\w.*?) (?:experience|background|expertise|skills|knowledge)$", re.IGNORECASE)
_LIKES = re.compile(r"^(?:like|likes|enjoys?|loves?|owns?|plays?)\b", re.IGNORECASE)
_ARTICLES = re.compile(r"^(?:the|a|an|some|any|their|with|on|in|about|of|to|field of|area of|topic of|subject of)\s+", re.IGNORECASE)
_TAIL = re.compile(r"\s*(?:\?|\.|!|please|in (?:the|their) letters?|among the (?:applicants|candidates)|at all|already|, or the other way (?:a)?round|themselves)+\s*$", re.IGNORECASE)
_NEGATED = re.compile(r"^(?:(?:does|do|did|has|have|is|are|was|were) ?(?:not|n't)|(?:doesn't|don't|didn't|hasn't|haven't|isn't|aren't)|never|without(?: any| an| a)?|no|not|(?:has|have|with) (?:no|not|never|neither))\b(?! (?:student|know|longer|decided|sure))\s*", re.IGNORECASE)
_BUT = re.compile(r"[,;]?\s+(?:but|yet|though|although|and|,)\s+(?=(?:(?:who |they )?(?:does|do|did|has|have|is|are) ?(?:not|n't)\b|doesn't|don't|hasn't|haven't|isn't|aren't|not\b|never\b|(?:has|have|with)? ?no\b|without\b))|,?\s+(?=without\b|except\b|excluding\b)|,?\s+but\s+", re.IGNORECASE)
_AND = re.compile(r",?\s+(?:and(?: also| have| has| who| are| is)?|as well as|who also|plus|&)\s+", re.IGNORECASE)
_OR = re.compile(r",?\s+or\s+|\s*/\s*", re.IGNORECASE)
_COMMA = re.compile(r"\s*,\s*(?:and\s+|or\s+)?")
_PRONOUN = re.compile(r"^(?:it|this|that|them|these|so|this (?:topic|subject)|that (?:topic|subject))$", re.IGNORECASE)
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
    letters = named_letters(question, around)
    if len(letters) > 1 and _COMPARE.search(question):
        return Question(question, Kind.COMPARE, letters=letters)
    if letters and _SUMMARY.search(question):
        return Question(question, Kind.SUMMARY, letters=letters)
    if letters or _ONE.search(question):
        return Question(question, Kind.FACT, letters=letters)
    if _SET.search(question) and (criterion := _criterion(question, around)):
        kind = Kind.COUNT if _COUNT.search(question) else Kind.WHO
        return Question(question, kind, criterion, within_last=bool(_BACK.search(question)))
    return Question(question, Kind.FACT if re.match(r"(?i)\W*(?:what|when|where|how|which|why|who|in which|at which|to what|from what|on what)\b", question) else Kind.OPEN)


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


def named_letters(question: str, around: Surroundings) -> tuple[str, ...]:
    """Return the letters a question names: by id, by number ("candidate 17"), or by a name that one letter alone gives."""
    lowered = question.casefold()
    found = [
        (place.start(), id_)
        for id_ in around.letter_ids
        if id_.casefold() in lowered and (place := re.search(rf"(?<![\w-]){re.escape(id_.casefold())}(?![\w-])", lowered))
        if any(c.isdigit() for c in id_) or len(id_) > 3
    ]
    for place in re.finditer(r"(?i)\b(?:candidate|applicant|letter|number|no\.?|nr\.?|#)\s*(\d+)\b", question):
        same = [id_ for id_ in around.letter_ids if (digits := re.findall(r"\d+", id_)) and int(digits[-1]) == int(place[1])]
        if len(same) == 1:
            found.append((place.start(), same[0]))
    if not found:
        for place in re.finditer(r"(?:[^\W\d_][\w'’.-]*\s+)?[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’-]+(?:\s+[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’-]+)+", question):
            parts = [part for part in re.sub(r"['’]s?\b", "", place.group()).split() if part[:1].isupper()]
            for start in range(len(parts) - 1):
                holders = around.name_finder(" ".join(parts[start:]))
                if len(holders) == 1:
                    found.append((place.start(), holders[0]))
                    break
    return tuple(dict.fromkeys(id_ for _, id_ in sorted(found)))


def _criterion(question: str, around: Surroundings) -> Criterion | None:
    """The expression a set question stands for, or None when nothing in it is a criterion."""
    body = _TAIL.sub("", question).strip()
    framed = _FRAME.match(body)
    head = None
    if framed:
        rest = body[framed.end() :]
        if not framed["people"] and not framed["back"] and re.match(r"(?i)(?:and |so |but )*(?:which|how many|what|list|show|find|all)\b", body):
            head, rest = _head_noun(rest)
        body = rest
    parts = [part for part in (head and _leaf(head, None, around), _expression(body, around)) if part]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Every(tuple(parts))


def _head_noun(rest: str) -> tuple[str | None, str]:
    """Split "PhD students have published" into the noun and the rest."""
    split = re.match(
        r"(?P<noun>(?:[\w'’./-]+ ){0,4}?[\w'’/-]+?)\s+(?:(?:who|that|which|with)\s+)?(?P<rest>(?:have|has|are|is|do|does|did|want|wants|need|needs|work|works|worked|would|can|know|knows|had|were|was|ask|asks|took|won|study|studied|like|likes|come|comes|publish\w*|found\w*|without|but|and|mention\w*|speak|offer)\b.*)",
        rest,
    )
    if split and asked_in(split["noun"]):
        return split["noun"], re.sub(r"^(?:are|is) there\b\s*", "", split["rest"])
    return None, rest


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
        found.append(part)
        first = last + 1
    return found


def _verb(text: str) -> tuple[Wanted | None, str]:
    """The stance that a predicate's verb asks for, and what is left after it."""
    experience = _EXPERIENCE.match(text)
    if experience:
        return Wanted.DOES, experience["what"]
    for pattern, wanted in _VERBS:
        found = pattern.match(text + " ")
        if found:
            left = text[found.end() :] if found.end() <= len(text) else ""
            return (Wanted.ANY if _LIKES.match(text) else wanted), left.strip()
    return None, text


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
