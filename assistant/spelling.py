"""Mend the spelling of words that no letter holds, by the words that the letters do hold."""

from __future__ import annotations

from collections.abc import Mapping

from ingest.fold import words

_SHORTEST = 4  # letters; shorter words have too many neighbours


def corrected(text: str, vocabulary: Mapping[str, int]) -> str | None:
    """Return ``text`` with each unknown word replaced by the nearest known one; None if nothing needs or finds mending.

    Nearest by Damerau's optimal string alignment, at most one edit in words under eight letters, two in longer ones; of
    equals the more frequent one. ``vocabulary`` maps folded words to the number of sentences that hold them.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

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
