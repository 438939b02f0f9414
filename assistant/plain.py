"""A question as it was typed, made plain for the grammar: short forms written out, mistyped question words mended.

Only words of asking are touched, never the words of what is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from rapidfuzz.distance import OSA

from assistant.wording import word_table

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SHORT = re.compile(r"(?<!\w)(?:w/o|w/|\w+(?:'t)?)(?!\w)")
_IS = re.compile(r"\b(who|what|where|there|that|he|she|it|which)'s\b(?! (?:own|work)\b)", re.IGNORECASE)
_GOT = re.compile(r"^ (?:got|had|been|done|ever|never|worked|used|taken|written|built)\b")
_ENDINGS = (
    (re.compile(r"\b(i)'m\b", re.IGNORECASE), r"\1 am"),
    (re.compile(r"\b(\w+)n't\b"), r"\1 not"),
    (re.compile(r"\b(who|i|we|they|you)'d\b", re.IGNORECASE), r"\1 would"),
    (re.compile(r"\b(who|i|we|they|you)'ve\b", re.IGNORECASE), r"\1 have"),
    (re.compile(r"\b(who|we|they|you)'re\b", re.IGNORECASE), r"\1 are"),
    (re.compile(r"\b(who|i|we|they|you)'ll\b", re.IGNORECASE), r"\1 will"),
)
_MIDDLING = 5  # letters; a letter more or less makes shorter words into other words ("wheat")
_LONG = 7  # letters; a vowel for a vowel makes shorter words into other words
_VOWELS = frozenset("aeiou")


def plain(question: str) -> str:
    """Return a question with its short forms written out and its mistyped question words mended."""
    text = question.replace("’", "'")
    text = _SHORT.sub(lambda found: word_table("short").get(found.group().casefold(), found.group()), text)
    text = _IS.sub(lambda found: f"{found[1]} {'has' if _GOT.match(text[found.end() :]) else 'is'}", text)
    for ending, written in _ENDINGS:
        text = ending.sub(written, text)
    return _mended(text)


def _mended(text: str) -> str:
    words = list(_WORD.finditer(text))
    for place, found in reversed(list(enumerate(words))):
        following = words[place + 1].group().casefold() if place + 1 < len(words) else ""
        right = _meant(found.group().casefold(), following, first=place == 0)
        if right:
            text = text[: found.start()] + right + text[found.end() :]
    return text


def _meant(word: str, following: str, *, first: bool) -> str | None:
    known = _known()["first"] + _known()["anywhere"]
    if word in known:
        return None
    for right in known if first else _known()["anywhere"]:
        other = {"how": following != "many", "who": following == "many"}.get(right)  # both are near "hwo"
        if _is_slip(word, right) and not other:
            return right
    return None


def _is_slip(typed: str, meant: str) -> bool:
    """Whether one slip of the finger made ``typed`` of ``meant``.

    Two neighbours exchanged; in longer words a letter lost or doubled, a vowel for a vowel. No other letter for a
    letter, because that makes other words ("publisher").
    """
    if OSA.distance(typed, meant, score_cutoff=1) != 1:
        return False
    if sorted(typed) == sorted(meant):
        return True
    if len(typed) == len(meant):
        exchanged = {letter for pair in zip(typed, meant, strict=True) if pair[0] != pair[1] for letter in pair}
        return exchanged <= _VOWELS and len(meant) >= _LONG
    shorter, longer = sorted((typed, meant), key=len)
    return typed[:1] == meant[:1] and len(meant) >= _MIDDLING and longer != shorter + "s"


@cache
def _known() -> Mapping[str, tuple[str, ...]]:
    return {name: tuple(listed.split()) for name, listed in word_table("mended").items()}
