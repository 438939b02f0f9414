"""What a noun says of people with the words before it: "PhD students", "robotics people"."""

from __future__ import annotations

import re

from assistant.domain import Domain
from assistant.question import About, Criterion, Has, Some, Wanted

LISTED = re.compile(r",?\s+(?:and|or)\s+|\s*,\s*|\s*/\s*")  # between the items of a list
_LETTERS = re.compile(r"(?:letter|application|essay|profile)s?", re.IGNORECASE)


def says_something(kind_of: str, noun: str, domain: Domain) -> bool:
    """Whether a noun with what stands before it is a facet or a subject."""
    words = f"{kind_of} {noun}".strip()
    for text in (words, kind_of, f"{kind_of} students"):
        asked = domain.facets.asked_in(text)
        if asked and len(asked.left_over.split()) <= (1 if noun else 0):
            return True
    if noun and domain.subjects.usual_name(kind_of):
        return True
    pieces = [piece for piece in LISTED.split(kind_of) if piece]
    return len(pieces) > 1 and all(says_something(piece, noun, domain) for piece in pieces)


def of_kind(kind_of: str, noun: str, domain: Domain) -> Criterion:
    """Return what such a noun asks for."""
    for text in (f"{kind_of} {noun}".strip(), kind_of, f"{kind_of} students"):
        facet = domain.facets.whole(text)
        if facet:
            return Has(facet.facets)
    pieces = [piece for piece in LISTED.split(kind_of) if piece]
    words = f"{kind_of} {noun}".split()
    for start in range(1, len(words) - 1) if len(pieces) == 1 else ():
        facet = domain.facets.whole(" ".join(words[start:]))
        if facet:
            return Has(facet.facets, " ".join(words[:start]))  # "second-year PhD students"
    if len(pieces) > 1 and all(
        domain.facets.whole(f"{piece} {noun}") or domain.facets.whole(piece) for piece in pieces
    ):
        return Some(tuple(of_kind(piece, noun, domain) for piece in pieces))
    name = domain.subjects.usual_name(kind_of)
    return About(name, Wanted.DOES, kind_of) if name and not _LETTERS.fullmatch(noun) else About(kind_of, Wanted.ANY)
