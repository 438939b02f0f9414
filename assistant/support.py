"""Whether a sentence is supported by the quotes it cites: what stands in for an NLI model on this machine.

ALCE (Gao et al. 2023, arXiv 2305.14627) lets a network for natural language inference decide whether quotes entail a
sentence. Dossier ships none; this is an approximation by words. A sentence passes if

* its names, numbers and what it says somebody is occur in the quotes, a number beside what it counts;
* of each of its clauses most words that carry meaning occur there, by their stems, or it is near in meaning as well;
* they are said in the same mood: denied or not, wished for or done, only taught, of the writer or of others;
* what it says of a letter by its id stands in quotes of that letter, of each letter where it names several.

It is not entailment. It does not see who did what to whom ("taught by refugees" from "I teach refugees"), nor past
and present, cause, irony, or words of the same meaning that look different; it rather marks a true sentence than passes
a false one. ``tests/test_support.py`` says how often it is right. English only: elsewhere little but copies passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise

from assistant.answer import Evidence
from assistant.claims import Claim, claims, has_verb
from ingest.embed import Embedder

Supports = Callable[[str, Sequence[Evidence]], bool]  # whether quotes together bear a sentence out
Nearness = Callable[[str, str], float]  # cosine of two texts, in [-1, 1]

_MOST = 0.6  # share of a clause's words that must occur in the quotes
_SOME = 0.3  # share that must occur of a sentence that is near in meaning
_NEAR = 0.6  # cosine from which it is near
_AGREED = 0.5  # more than this share of the words found must be said in the same mood, the first among them
_FIRST = 1.5  # what the first word of a clause, mostly its verb, counts of the others
_BESIDE = 2  # words from a number to what it counts


def is_supported(sentence: str, evidence: Sequence[Evidence], near: Nearness | None = None) -> bool:
    """Whether the quotes together say what a sentence says; never without a quote.

    :param near: how near two texts are in meaning; without it, words alone decide.
    """
    if any(_is_sentence_of(sentence, item.quote) for item in evidence):
        return True
    parts = list(_by_letter(sentence, evidence)) if evidence else []
    said = [part for part, _ in parts if claims([part])]
    return bool(said) and all(
        _holds(part, [item.quote for item in quotes], near) if part in said else not has_verb(part)
        for part, quotes in parts
    )


def cosine(embedder: Embedder) -> Nearness:
    """Return the cosine of two texts by a model's vectors."""

    def near(one: str, other: str) -> float:
        first, second = embedder.passages([one, other])
        return float(first @ second)

    return near


def _is_sentence_of(sentence: str, quote: str) -> bool:
    """Whether a sentence is one of the quote's, word for word."""
    words = re.escape(" ".join(sentence.split()).rstrip(".!?"))
    return bool(words) and bool(re.search(rf"(?:^|[.!?] ){words}(?:[.!?]|$)", " ".join(quote.split())))


def _by_letter(sentence: str, evidence: Sequence[Evidence]) -> Iterator[tuple[str, list[Evidence]]]:
    """The parts of a sentence that speak of different letters, without their ids, each with what it must rest on.

    What is said of several letters at once must hold for each of them. A part without words of its own ("while d2
    does not") says what the part before says.
    """
    ids = sorted({item.letter for item in evidence}, key=len, reverse=True)
    one = "|".join(rf"(?<![\w-]){re.escape(id_)}(?:['’]s)?(?![\w-])" for id_ in ids)
    several = re.compile(rf"(?:both\s+)?(?:{one})(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+)(?:{one}))*", re.IGNORECASE)
    named = list(several.finditer(sentence))
    if not named:
        sentence = sentence[:1].upper() + sentence[1:]  # what a sentence begins with may be a name, also in lower case
    borders = [0, *(found.start() for found in named[1:]), len(sentence)]
    before = ""
    for place, (start, end) in enumerate(pairwise(borders)):
        about = {found.group().casefold() for found in re.finditer(one, named[place].group(), re.I)} if named else set()
        part = several.sub(" ", sentence[start:end])
        if not claims([part]) and has_verb(part):
            part = f"{part.strip(' .')} {before}"
        for letters in [[id_] for id_ in ids if about & {id_.casefold(), f"{id_.casefold()}'s"}] or [ids]:
            yield part, [item for item in evidence if item.letter in letters]
        before = part


def _holds(text: str, quotes: Sequence[str], near: Nearness | None) -> bool:
    given = claims(quotes)
    said = [(claim, [other for other in given if claim.same(other)]) for claim in claims([text])]
    clauses = [list(clause) for _, clause in groupby(said, key=lambda item: item[0].clause)]
    if any(claim.is_needed and not found for claim, found in said):
        return False
    if not all(_counts_right(claim, [own for own, _ in clause], given) for clause in clauses for claim, _ in clause):
        return False
    if not all(map(_agrees, clauses)):
        return False
    shares = [_share([bool(found) for _, found in clause]) for clause in clauses]
    if all(share >= _MOST for share in shares):
        return True
    return near is not None and min(shares) >= _SOME and near(text, " ".join(quotes)) >= _NEAR


def _counts_right(number: Claim, clause: Sequence[Claim], given: Sequence[Claim]) -> bool:
    """Whether a number stands in the quotes before what it counts, or in a clause with another word of its own."""
    if not number.is_number:
        return True
    counted = [claim for claim in clause if claim.place == number.place + 1]
    for there, same in enumerate(given):
        if same.is_number and same.word == number.word:
            after = given[there + 1 : there + 1 + _BESIDE] if counted else given
            beside = [other for other in after if other.clause == same.clause and other is not same]
            if len(clause) == 1 or any(c.same(other) for c in counted or clause for other in beside):
                return True
    return False


def _share(found: Sequence[bool]) -> float:
    return (sum(found) + (_FIRST - 1) * found[0]) / (len(found) + _FIRST - 1)


def _agrees(clause: Sequence[tuple[Claim, Sequence[Claim]]]) -> bool:
    """Whether the words of a clause that the quotes have are said there in the same mood: the first, and most."""
    agreed = [any(other.mood == claim.mood for other in found) for claim, found in clause if found]
    return not agreed or (agreed[0] and sum(agreed) > _AGREED * len(agreed))
