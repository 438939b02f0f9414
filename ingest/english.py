"""Common words of English, to tell a word that is right from one that is a slip: "honey" is no slip of "money"."""

from __future__ import annotations

from functools import cache

from ingest.embed import packaged_model
from ingest.fold import singular

_SHORTEST = 4  # letters; the shorter pieces are syllables and abbreviations as often as words


def is_common(word: str) -> bool:
    """Whether this is one of some 20,000 words of everyday English, in the singular or plural.

    A rare word is not, nor is a slip. The words are those that the packaged embedding model knows whole: it learnt
    them from books and an encyclopedia.
    """
    return singular(word) in _singulars()


@cache
def _singulars() -> frozenset[str]:
    pieces = (packaged_model() / "vocab.txt").read_text(encoding="utf-8").split()
    return frozenset(singular(piece) for piece in pieces if len(piece) >= _SHORTEST and piece.isalpha())
