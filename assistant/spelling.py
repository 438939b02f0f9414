"""Mend the spelling of words that no letter holds, by the words that the letters do hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from rapidfuzz import process
from rapidfuzz.distance import OSA

from ingest.fold import root, words

_LONG = 8  # letters; one edit makes shorter words into other words

_SHORTEST = 4  # letters; shorter words have too many neighbours


def misspelt(vocabulary: Iterable[str], right: Collection[str]) -> dict[str, str]:
    """Return the words of letters that are one edit away from a long right word, with that word.

    By symmetric deletion (Garbe's SymSpell, 2012): two words are one edit apart if they meet when at most one letter is
    taken from each. ``vocabulary`` and ``right`` hold folded words.
    """
    reached: dict[str, str] = {}
    for word in sorted(right):
        if len(word) >= _LONG and word.isalpha():
            for form in _shortened(word):
                reached.setdefault(form, word)
    found: dict[str, str] = {}
    for word in vocabulary:
        if len(word) >= _LONG - 1 and word.isalpha() and word not in right:
            meant = next((reached[form] for form in _shortened(word) if form in reached), None)
            if meant is not None and OSA.distance(word, meant) == 1 and root(word) != root(meant):
                found[word] = meant
    return found


def _shortened(word: str) -> list[str]:
    return [word, *(word[:place] + word[place + 1 :] for place in range(len(word)))]


def corrected(text: str, vocabulary: Mapping[str, int]) -> str | None:
    """Return ``text`` with each unknown word replaced by the nearest known one; None if nothing needs or finds mending.

    Nearest by Damerau's optimal string alignment, at most one edit in words under eight letters, two in longer ones; of
    equals the more frequent one. ``vocabulary`` maps folded words to the number of sentences that hold them.
    """
    pieces: list[str] = []
    changed = False
    for word in words(text):
        if word.text in vocabulary or len(word.text) < _SHORTEST:
            pieces.append(word.text)
            continue
        allowed = 1 if len(word.text) < 8 else 2
        near = process.extract(word.text, vocabulary.keys(), scorer=OSA.distance, score_cutoff=allowed, limit=20)
        if not near:
            return None
        best = min(near, key=lambda found: (found[1], -vocabulary[found[0]], found[0]))
        pieces.append(best[0])
        changed = True
    return " ".join(pieces) if changed else None
