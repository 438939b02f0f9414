"""Lists within a sentence: "I like Tapirs, Key Limes, Rain, Fish and Chips." has whole items and parts of items.

Who asks for limes does not mean those who like key limes: a whole item is worth more than the same words within one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_FEWEST = 3  # commas or semicolons; fewer are found in any sentence
_SEPARATOR = re.compile(r"[,;]")
_STARTS = re.compile(r"[:(]|\b(?:and|or|likes?|loves?|enjoys?|are|is|of|in)\b")  # an item may begin after these, too
_ENDS = re.compile(r"[.!?)]|\b(?:and|or)\b")  # and end before these
_ARTICLE = re.compile(r"\s*(?:[Tt]he|[Aa]n?)\b")
_BEFORE = re.compile(rf"(?:^|{_SEPARATOR.pattern}|{_STARTS.pattern})\s*\Z")
_AFTER = re.compile(rf"\s*(?:\Z|{_SEPARATOR.pattern}|{_ENDS.pattern})")
_LONGEST_BEFORE = 12  # characters: more than the longest word of ``_STARTS`` and a blank


def is_item(sentence: str, start: int, end: int) -> bool:
    """Whether ``sentence[start:end]`` is a whole item of a list: ", Tapirs, Limes," but not ", Key Limes,"."""
    if len(_SEPARATOR.findall(sentence)) < _FEWEST:
        return False
    before = sentence[max(0, start - _LONGEST_BEFORE) : start]
    return bool(_BEFORE.search(before)) and bool(_AFTER.match(sentence, end))


def stretches(sentence: str) -> list[str]:
    """Return what stands between the separators of a sentence that holds a list; nothing if it holds none."""
    parts = _SEPARATOR.split(sentence)
    return parts if len(parts) > _FEWEST else []


def items(stretch: str) -> Iterator[str]:
    """Yield all that may be an item in one of the ``stretches``.

    The whole stretch, and what "and" or "likes" leave of it ("Fish and Chips", "Fish", "Chips"), an article put aside
    or not: questions are asked with either.
    """
    starts = [0, *(found.end() for found in _STARTS.finditer(stretch))]
    starts += [article.end() for start in starts if (article := _ARTICLE.match(stretch, start))]
    ends = [*(found.start() for found in _ENDS.finditer(stretch)), len(stretch)]
    for start in starts:
        for end in ends:
            if item := stretch[start:end].strip():
                yield item
