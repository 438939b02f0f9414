"""Understand a question by rules, so that the same words are always understood in the same way.

The phrasings are data (``data/questions.toml``); here is the grammar: a frame ("which of them ..."), then the whole
phrase,
then *but not*, *and*, *or* and commas, down to criteria.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from assistant.answer import Kind
from assistant.facets import asked_in
from assistant.question import About, Column, Criterion, Every, Has, Not, Question, Some, Surroundings, Wanted
from assistant.subjects import thesaurus
from assistant.wording import pattern, verbs
from ingest.errors import BadQuestion
from ingest.letters import canonical

_TOGETHER = 4  # pieces of a list that may together be one known thing
LONGEST = 2_000  # characters; more is no question

_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’-]+"
_NAME = re.compile(rf"{_CAPITAL}(?:\s+{_CAPITAL})+")
_ID = re.compile(r"[\w](?:[\w.\-]*[\w])?")  # what an id may look like in a question
_COMMA = re.compile(r"\s*,\s*(?:and\s+|or\s+)?")


def parse(text: str, around: Surroundings | None = None) -> Question:
    """Understand a question.

    :raises BadQuestion: if it is empty or longer than 2,000 characters.
    """
    around = around or Surroundings()
    question = " ".join(canonical(text).split())
    if not any(c.isalnum() for c in question):
        raise BadQuestion("the question is empty: ask, for example, who works on time series?")
    if len(question) > LONGEST:
        raise BadQuestion(f"the question has {len(question):,} characters; ask in at most {LONGEST:,}")
    if pattern("judges").search(question):
        return Question(question, Kind.OPEN, judges=True)
    named = _named(question, around)
    letters = tuple(dict.fromkeys(letter for letter, _ in named))
    if len(letters) > 1 and pattern("compare").search(question):
        return Question(question, Kind.COMPARE, letters=letters)
    if letters and pattern("summary").search(question):
        return Question(question, Kind.SUMMARY, letters=letters)
    asked = _without([words for _, words in named], question)
    if letters or pattern("one").search(question):
        return Question(question, Kind.FACT, letters=letters, asked=asked)
    if (
        pattern("set").search(question)
        and not pattern("definite").search(question)
        and (criterion := _criterion(question, around))
    ):
        kind = Kind.COUNT if pattern("count").search(question) else Kind.WHO
        return Question(question, kind, criterion, within_last=bool(pattern("back").search(question)))
    return Question(question, Kind.FACT if pattern("asks_fact").match(question) else Kind.OPEN, asked=asked)


def _named(question: str, around: Surroundings) -> list[tuple[str, str]]:
    """The letters a question names, with the words that name them, in the question's order.

    By id, by number ("candidate 17"), or by a name that one letter alone holds.
    """
    of_people = re.match(
        r"(?i)\W*(?:who|whose|which|how many|list|show|find)\b", question
    )  # "glass" is no letter's id there
    ids, numbers = _lookup(tuple(around.letter_ids))
    found = [
        (place.start(), ids[word], place.group())
        for place in _ID.finditer(question)
        if (word := place.group().casefold()) in ids
        if any(c.isdigit() for c in word) or (len(word) > 3 and not of_people)
    ]
    for place in pattern("numbered").finditer(question):
        same = numbers.get(int(place[1]), ())
        if len(same) == 1:
            found.append((place.start(), same[0], place.group()))
    if not found and not pattern("speaks_of").search(question):
        found = list(_by_name(question, around))
    return [(id_, words) for _, id_, words in sorted(found)]


@lru_cache(maxsize=8)
def _lookup(letter_ids: tuple[str, ...]) -> tuple[dict[str, str], dict[int, list[str]]]:
    """Letters by their id in lower case, and by the last number in it."""
    numbers: dict[int, list[str]] = defaultdict(list)
    for id_ in letter_ids:
        if digits := re.findall(r"\d+", id_):
            numbers[int(digits[-1])].append(id_)
    return {id_.casefold(): id_ for id_ in letter_ids}, numbers


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
        # an id may be a first name: "Ines Falk" names the letter "ines" as a whole
        question = re.sub(rf"{re.escape(name)}(?:\s+[A-ZÀ-Þ][\w-]+)*", "the applicant", question)
    return question


def _criterion(question: str, around: Surroundings) -> Criterion | None:
    """The expression a set question stands for, or None when nothing in it is a criterion."""
    body = pattern("tail").sub("", question).strip()
    framed = pattern("frame").match(body)
    head = None
    if framed:
        rest = body[framed.end() :]
        people = framed["people"] or framed["back"] or framed["back2"]
        if not people and not re.match(r"(?i)(?:and |so |but )*(?:who|whose|whom)\b", body):
            head, rest = _head_noun(rest)
            is_set = pattern("predicate").match(rest) and not re.match(r"(?i)(?:and |so |but )*what\b", body)
            if head is None and not is_set:
                return None  # "which simulator ...", "how many castings ...": not a question about people
        body = rest
    columns, body = _columns(body, around)
    parts = [part for part in (*columns, head and _leaf(head, None, around), _expression(body, around)) if part]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else Every(tuple(parts))


def _head_noun(rest: str) -> tuple[str | None, str]:
    """Split "PhD students have published" into the noun and the rest."""
    split = pattern("head_noun").match(rest)
    if split and asked_in(split["noun"]):
        return split["noun"], re.sub(r"^(?:are|is) there\b\s*", "", split["rest"])
    whole = asked_in(rest)
    return (rest, "") if whole and not whole.left_over else (None, rest)


def _expression(text: str, around: Surroundings, verb: Wanted | None = None) -> Criterion | None:
    """Whole phrase first, then *but not*, then *and*, then *or* and commas."""
    text = pattern("tail").sub("", text.strip(" ,;"))
    if not text:
        return None
    negated = _negation(text)
    whole = None if negated else _leaf(text, verb, around, sure=True)
    if whole:
        return whole
    if negated and len(text) > negated.end():
        part = _expression(text[negated.end() :], around)
        return Not(part) if part else None
    bracket = re.match(r"^(?P<before>[^()]+?)\s*\((?P<list>[^()]+)\)\s*(?P<after>.*)$", text)
    if bracket:
        text = " ".join(part for part in (bracket["before"], bracket["after"]) if part)
    for border, make in ((pattern("but"), Every), (pattern("and"), Every), (pattern("or"), Some), (_COMMA, Some)):
        found = _split(text, border, around, verb)
        if len(found) > 1:
            return make(tuple(dict.fromkeys(found)))
        if found:
            return found[0]
    return _leaf(text, verb, around)


def _negation(text: str) -> re.Match[str] | None:
    """The "has not" at the beginning of a predicate, unless it is part of a facet ("is not a student any more")."""
    negated = pattern("negated").match(text)
    if negated is None:
        return None
    whole, rest = asked_in(text), asked_in(text[negated.end() :])
    is_facet = whole is not None and not whole.left_over and (rest is None or rest.facets != whole.facets)
    return None if is_facet else negated


def _split(text: str, border: re.Pattern[str], around: Surroundings, verb: Wanted | None) -> list[Criterion]:
    """The criteria between the ``border``s; none if it does not occur or a piece is no criterion.

    Neighbouring pieces that together are one known thing stay together ("won or placed in a hackathon").
    """
    borders = [0, *(place for found in border.finditer(text) for place in found.span()), len(text)]
    pieces = [(start, end) for start, end in zip(borders[::2], borders[1::2], strict=True) if text[start:end].strip()]
    if len(pieces) < 2:
        return []
    found: list[Criterion] = []
    first = 0
    while first < len(pieces):
        for last in range(min(first + _TOGETHER, len(pieces)) - 1, first - 1, -1):
            piece = text[pieces[first][0] : pieces[last][1]]
            part = (
                _leaf(piece, verb, around, sure=True)
                if last > first
                else _expression(piece, around, _verb(piece)[0] or verb)
            )
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
    gap = pattern("says_gap").match(text)
    if gap:
        return Wanted.LACKS, gap["what"]
    experience = pattern("experience").match(text)
    if experience:
        return Wanted.DOES, experience["what"]
    text = pattern("two_verbs").sub(r"\1", text)
    for wanted, verb in verbs():
        found = verb.match(text + " ")
        if found:
            return Wanted(wanted), text[found.end() :].strip()
    return None, text


def _leaf(text: str, verb: Wanted | None, around: Surroundings, *, sure: bool = False) -> Criterion | None:
    """One criterion. With ``sure``, only if the whole text is known: a column's value, a facet or a subject's name."""
    text = text.strip(" ,;?.!")
    wanted, rest = _verb(text)
    rest = _strip(rest)
    if rest and (wanted or verb) is Wanted.ANY and not pattern("joined").search(rest):
        return About(rest, Wanted.ANY)  # "mentions X", "likes X": these very words
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
    if pattern("pronoun").match(rest) and around.last is not None:
        return _restate(around.last, wanted or verb or Wanted.DOES)
    if sure and (wanted or verb) is Wanted.ANY and pattern("joined").search(rest) and around.name_finder(rest):
        return About(rest, Wanted.ANY)  # "likes Fish and Chips": one thing, because a letter writes it so
    if sure or not any(c.isalnum() for c in rest):
        return None
    return About(rest, wanted or verb or Wanted.ANY)


# what a piece of a list inherits: "who has a background in biology or medicine"
_PREFIX = {Wanted.DOES: "background in", Wanted.WANTS: "wants to"}


def _strip(text: str) -> str:
    while (shorter := pattern("articles").sub("", text)) != text:
        text = shorter
    return text.strip(' ,;?.!"“”')


def _columns(text: str, around: Surroundings) -> tuple[list[Criterion], str]:
    """Values of a form's columns that a question asks for, and the question without them.

    "from Poland or Italy", "country: Poland", "country is Poland", or the value alone where nothing else is asked.
    """
    found: list[Criterion] = []
    for column, values in (around.columns or {}).items():
        value = "(?:" + "|".join(re.escape(v) for v in sorted(values, key=len, reverse=True)) + ")"
        listed = rf"{value}(?:(?:\s*,\s*(?:or\s+)?|\s+or\s+)(?:from\s+)?(?:the\s+)?{value})*"
        named = rf"{re.escape(column)}\s*(?::|=|is|of|are|was)?\s*[\"'“”]?{listed}[\"'“”]?"
        plain = rf"(?:(?:is|are|comes?|was|were|lives?|based)\s+)?(?:from|in|at)\s+(?:the\s+)?{listed}"
        only = rf"^(?:(?:is|are)\s+)?{listed}$"
        tells = not any(v.casefold() in _ANSWERS for v in values)
        wanted = "|".join((named, plain, only) if tells else (named,))
        place = re.search(rf"(?:^|(?<=\s))(?P<not>{_NO})?(?:with\s+)?(?:{wanted})(?=\W|$)", text, re.IGNORECASE)
        if place:
            asked = re.findall(rf"(?<!\w){value}(?!\w)", place.group(), re.IGNORECASE)
            columns = [Column(column, v) for a in asked for v in values if v.casefold() == a.casefold()]
            part = columns[0] if len(columns) == 1 else Some(tuple(columns))
            found.append(Not(part) if place["not"] else part)
            text = (text[: place.start()] + " " + text[place.end() :]).strip()
    return found, re.sub(r"^(?:and|who|that|,)\s+|\s+(?:and|who|,)$", "", text.strip()) if found else text


_NO = r"(?:but\s+)?(?:(?:is|are|was|were|does|do)\s+not|isn't|aren't|not|without)\s+(?:come\s+)?"
_ANSWERS = frozenset(("yes", "no", "true", "false", "none", "other"))  # say nothing without their column's name


def _restate(criterion: Criterion, wanted: Wanted) -> Criterion | None:
    """The last question's subjects with another stance: "and who wants to learn it?"."""
    match criterion:
        case About(subject, _):
            return About(subject, wanted)
        case Every(parts) | Some(parts):
            restated = tuple(part for part in (_restate(part, wanted) for part in parts) if part)
            return (type(criterion)(restated) if len(restated) > 1 else restated[0]) if restated else None
    return None
