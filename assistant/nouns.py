"""What a noun says of people with the words before it: "PhD students", "robotics people"."""

from __future__ import annotations

import re

from assistant.facets import AskedFacet, asked_in
from assistant.question import About, Criterion, Has, Some, Wanted
from assistant.subjects import thesaurus

LISTED = re.compile(r",?\s+(?:and|or)\s+|\s*,\s*|\s*/\s*")  # between the items of a list
_LETTERS = re.compile(r"(?:letter|application|essay|profile)s?", re.IGNORECASE)


def whole_facet(text: str) -> AskedFacet | None:
    """Return the facet that accounts for every word of a text, or None."""
    facet = asked_in(text)
    return facet if facet and not facet.left_over else None


def says_something(kind_of: str, noun: str) -> bool:
    """Whether a noun with what stands before it is a facet or a subject."""
    words = f"{kind_of} {noun}".strip()
    for text in (words, kind_of, f"{kind_of} students"):
        asked = asked_in(text)
        if asked and len(asked.left_over.split()) <= (1 if noun else 0):
            return True
    if noun and thesaurus().usual_name(kind_of):
        return True
    pieces = [piece for piece in LISTED.split(kind_of) if piece]
    return len(pieces) > 1 and all(says_something(piece, noun) for piece in pieces)


def of_kind(kind_of: str, noun: str) -> Criterion:
    """Return what such a noun asks for."""
    for text in (f"{kind_of} {noun}".strip(), kind_of, f"{kind_of} students"):
        facet = whole_facet(text)
        if facet:
            return Has(facet.facets)
    pieces = [piece for piece in LISTED.split(kind_of) if piece]
    words = f"{kind_of} {noun}".split()
    for start in range(1, len(words) - 1) if len(pieces) == 1 else ():
        facet = whole_facet(" ".join(words[start:]))
        if facet:
            return Has(facet.facets, " ".join(words[:start]))  # "second-year PhD students"
    if len(pieces) > 1 and all(whole_facet(f"{piece} {noun}") or whole_facet(piece) for piece in pieces):
        return Some(tuple(of_kind(piece, noun) for piece in pieces))
    name = thesaurus().usual_name(kind_of)
    return About(name, Wanted.DOES) if name and not _LETTERS.fullmatch(noun) else About(kind_of, Wanted.ANY)
