"""What a question asks of people: an expression over criteria, by *except*, *but*, *and*, *or*, commas and negation."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.columns import columns_in
from assistant.domain import Domain
from assistant.frame import Frame
from assistant.nouns import of_kind
from assistant.predicates import single, stance
from assistant.question import About, Criterion, Every, Has, Not, Some, Surroundings, Wanted
from assistant.wording import pattern

_TOGETHER = 4  # pieces of a list that may together be one known thing
_EXCEPTIONS = 3  # in one question; who writes more means something else
_BRACKET = re.compile(r"^(?P<before>[^()]+?)\s*\((?P<list>[^()]+)\)\s*(?P<after>.*)$")
_COMMA = re.compile(r"\s*,\s*(?:and\s+|or\s+)?")


def criterion(frame: Frame, around: Surroundings) -> Criterion | None:
    """Return the expression that a frame's words stand for, or None when nothing in it is a criterion."""
    columns, predicate = columns_in(frame.predicate, around)
    noun = of_kind(frame.kind_of, frame.noun, around.domain) if frame.kind_of else None
    alone = not columns and noun is None
    parts = [part for part in (*columns, noun, _expression(predicate, around, alone=alone)) if part]
    return _every(parts) if parts else None


def _expression(
    text: str, around: Surroundings, verb: Wanted | None = None, *, alone: bool = False
) -> Criterion | None:
    """Negation first, then the whole phrase, then *except*, *but*, *and*, *or* and commas.

    :param verb: the stance that the verb before a list asks for.
    :param alone: whether nothing else is asked.
    """
    text = pattern("two_nouns").sub("", pattern("tail").sub("", text.strip(" ,;")))
    if not text:
        return None
    opposite = _opposite(text, around, verb, alone=alone)
    if opposite:
        return opposite
    whole = single(text, verb, around, sure=True)
    if whole:
        return whole
    spelt, text = _brackets(text, around, verb)
    if spelt:
        return spelt
    text = pattern("both").sub("", text)
    excepted = pattern("except").search(text)
    if excepted and len(pattern("except").findall(text)) <= _EXCEPTIONS:
        left = _expression(text[: excepted.start()], around, verb)
        right = _expression(text[excepted.end() :], around, verb)
        if right and (left or not excepted.start()):
            out = Not(Some(right.parts) if isinstance(right, Every) else right)
            return _every((left, out)) if left else out
    for border, make in _borders(text):
        found = _split(text, border, around, verb)
        if len(found) > 1:
            return make(found)
        if found:
            return found[0]
    return single(text, verb, around)


def _brackets(text: str, around: Surroundings, verb: Wanted | None) -> tuple[Criterion | None, str]:
    """What brackets spell out, if they do; else the text without them."""
    bracket = _BRACKET.match(text)
    if not bracket:
        return None, text
    return _spelt_out(bracket, around, verb), " ".join(p for p in (bracket["before"], bracket["after"]) if p)


def _spelt_out(bracket: re.Match[str], around: Surroundings, verb: Wanted | None) -> Criterion | None:
    """ "Generative models (diffusion, GANs)": the known subjects in brackets say which; None where they do not."""
    whole = single(bracket["before"], verb, around)
    items = [item for item in re.split(r"\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+", bracket["list"]) if item]
    if not isinstance(whole, About) or len(items) < 2 or not all(around.domain.subjects.named(item) for item in items):
        return None
    which = _some([About(item, whole.wanted) for item in items])
    if not bracket["after"]:
        return which
    joined = re.match(r"(?:and|but)\s+", bracket["after"])
    rest = _expression(bracket["after"][joined.end() :], around) if joined else None
    return _every((which, rest)) if rest else None


def _opposite(text: str, around: Surroundings, verb: Wanted | None, *, alone: bool) -> Criterion | None:
    """ "Has not published", "knows neither X nor Y", "has no experience with X"; None where nothing is denied."""
    neither = pattern("neither").match(text)
    if neither:
        verb = stance(f"{neither['before']}x")[0] or verb
        parts = [
            _expression(f"{neither['before']}{part}", around, verb) for part in pattern("nor").split(neither["list"])
        ]
        return _every([Not(part) for part in parts if part]) if all(parts) else None
    if pattern("new_predicate").search(text):
        return None  # "without a degree and has published": each for itself
    negated = pattern("negated").match(text)
    if negated and _is_facet(text, text[negated.end() :], around.domain):
        return None
    denied = pattern("denied").match(text)
    if denied and not (negated and around.domain.facets.whole(text[negated.end() :])):
        what = denied["what"] or text[denied.end() :]
        part = _expression(what, around, Wanted.LACKS if alone else Wanted.DOES)
        return part if alone or part is None else Not(part)
    if negated and len(text) > negated.end():
        rest = text[negated.end() :]
        twice = pattern("negated").match(rest)
        part = single(rest, verb, around) if twice else _expression(rest, around, verb)
        return Not(part or About(rest, Wanted.ANY))
    return None


def _is_facet(text: str, rest: str, domain: Domain) -> bool:
    """Whether a negation is part of a facet: "is not a student any more"."""
    whole, part = domain.facets.whole(text), domain.facets.asked_in(rest)
    return whole is not None and (part is None or part.facets != whole.facets)


def _borders(text: str) -> list[tuple[re.Pattern[str], Callable[[Sequence[Criterion]], Criterion]]]:
    """What divides a text, the loosest first; commas before the last *and* say *and* too."""
    both, either = pattern("and"), pattern("or")
    listed = "," in text and both.search(text) and not either.search(text)
    commas = [(re.compile(f"{both.pattern}|{_COMMA.pattern}", re.IGNORECASE), _every)] if listed else []
    return [(pattern("but"), _every), *commas, (both, _every), (either, _some), (_COMMA, _some)]


def _every(parts: Sequence[Criterion]) -> Criterion:
    """All parts, but any of levels that exclude each other: "bachelor and master students"."""
    groups = {part.facets[0].group if isinstance(part, Has) else "" for part in parts}
    if len(groups) == 1 and "" not in groups:
        return _some(parts)
    flat = [part for whole in parts for part in (whole.parts if isinstance(whole, Every) else (whole,))]
    return flat[0] if len(flat) == 1 else Every(tuple(dict.fromkeys(flat)))


def _some(parts: Sequence[Criterion]) -> Criterion:
    flat = [part for whole in parts for part in (whole.parts if isinstance(whole, Some) else (whole,))]
    return flat[0] if len(flat) == 1 else Some(tuple(dict.fromkeys(flat)))


def _split(text: str, border: re.Pattern[str], around: Surroundings, verb: Wanted | None) -> list[Criterion]:
    """The criteria between the ``border``s; none if it does not occur or a piece is no criterion.

    Neighbouring pieces that together are one known thing stay together ("won or placed in a hackathon").
    """
    borders = [0, *(place for found in border.finditer(text) for place in found.span()), len(text)]
    pieces = [(start, end) for start, end in zip(borders[::2], borders[1::2], strict=True) if text[start:end].strip()]
    if len(pieces) < 2:
        return []
    found: list[Criterion] = []
    lead, *_ = text.split()
    first = 0
    while first < len(pieces):
        for last in range(min(first + _TOGETHER, len(pieces)) - 1, first - 1, -1):
            piece = text[pieces[first][0] : pieces[last][1]]
            part = (
                single(piece, verb, around, sure=True)
                if last > first
                else _samestance(lead, piece, around.domain) or _expression(piece, around, stance(piece)[0] or verb)
            )
            if part is not None:
                break
        else:
            return []
        verb = stance(piece)[0] or verb
        around = replace(around, last=part)  # "who does X or did it in the past"
        found.append(part)
        first = last + 1
    return found


def _samestance(lead: str, piece: str, domain: Domain) -> Criterion | None:
    """A facet whose verb stands before the list: "speaks French and [Spanish]"."""
    if (
        piece.startswith(lead)
        or pattern("goes_on").match(piece)
        or stance(piece)[0] is not None
        or domain.facets.asked_in(piece)
    ):
        return None
    facet = domain.facets.whole(f"{lead} {piece}")
    return Has(facet.facets) if facet else None
