"""Which letters a question names: by id, by number ("candidate 17"), or by a name that one letter alone holds."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from assistant.question import Surroundings
from assistant.wording import pattern

_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’-]+"
_NAME = re.compile(rf"{_CAPITAL}(?:\s+{_CAPITAL})+")
_ID = re.compile(r"[\w](?:[\w.\-]*[\w])?")  # what an id may look like in a question
_OF_A_SET = re.compile(
    r"(?i)\W*(?:who(?:m|se)?|anyone|anybody|how many|which (?:of|applicants?|candidates?|letters?|students?|people))\b"
)
_OF_ONE = re.compile(rf"\b(?:is|was|are|were|do|does|did|has|had|will)\s+{_NAME.pattern}|{_NAME.pattern}['’]s\b")
_OF_PEOPLE = re.compile(r"(?i)\W*(?:who|whose|which|how many|list|show|find)\b")


def named(question: str, around: Surroundings) -> list[tuple[str, str]]:
    """Return the letters a question names, with the words that name them, in the question's order."""
    of_people = _OF_PEOPLE.match(question)  # "glass" is no letter's id there
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
    # "who worked at Siemens Energy?" asks for a set, "who did Omar Said thank?" of a letter
    of_a_set = _OF_A_SET.match(question) and not _OF_ONE.search(question)
    if not found and not of_a_set and not pattern("speaks_of").search(question):
        found = list(_by_name(question, around))
    return [(id_, words) for _, id_, words in sorted(found)]


def without_names(names: Sequence[str], question: str) -> str:
    """Return a question with "the applicant" where it names a letter."""
    for name in names:
        # an id may be a first name: "Ines Falk" names the letter "ines" as a whole
        question = re.sub(rf"{re.escape(name)}(?:\s+[A-ZÀ-Þ][\w-]+)*", "the applicant", question)
    return question


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
