"""Words as they are compared: case, accents' encoding, doubled letters and plurals put aside, offsets kept.

"Reccomender Systems" and "recommender system" fold to the same words. Used for letters and questions alike, so that
what is stored and what is sought always meet.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Protocol

# keeps C++, C#, .NET, U-Net's parts; an apostrophe ends a word
_WORD = re.compile(r"\.?[^\W_]+(?:\+\+|#)?|[^\W_]+", re.UNICODE)
_RUN = re.compile(r"([^\W\d_])\1+")
_RUN_IN_PATTERN = re.compile(r"(?<!\\)([^\W\d_])\1+")  # not the letter of an escape such as \b
_BRITISH = (
    (re.compile(r"is(e|ed|er|es|ing|ation|ations)$"), r"iz\1"),
    (re.compile(r"lys(e|ed|er|es|ing)$"), r"lyz\1"),
    (re.compile(r"(?<=[a-z]{3})our(?=$|s$|ed$|ing$)"), "or"),
)


@dataclass(frozen=True)
class Word:
    """A folded word and where its original stands, in characters."""

    text: str
    start: int
    end: int

    @property
    def stem(self) -> str:
        """The word's Porter stem: what ranking compares."""
        return stem(self.text)

    @property
    def root(self) -> str:
        """The word without its verb or noun ending: what a match by meaning compares."""
        return root(self.text)


def words(text: str) -> list[Word]:
    """Return the folded words of ``text`` in order with their offsets."""
    return [Word(fold_word(found.group()), found.start(), found.end()) for found in _WORD.finditer(text)]


def written(text: str) -> list[str]:
    """Return the words of ``text`` as they are written, but for case and compatibility forms: "Limes" is "limes"."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def fold(text: str) -> str:
    """Return the folded words of ``text``, joined by single blanks.

    Fold what was written, never what was folded: "glass" folds to "glas", which as a word of its own is a plural.
    """
    return " ".join(word.text for word in words(text))


@lru_cache(maxsize=200_000)
def stem(folded: str) -> str:
    """Return the stem of a folded word, by the algorithm that SQLite's ``porter`` tokenizer uses (Porter 1980)."""
    return _stemmer().stemWord(folded)


@lru_cache(maxsize=200_000)
def fold_word(word: str) -> str:
    """Fold one word: compatibility forms, case, American spelling, plural, runs of one letter.

    >>> fold_word("Reccomenders"), fold_word("quantised"), fold_word("GANs")
    ('recomender', 'quantized', 'gan')
    """
    return _RUN.sub(r"\1", singular(word))


@lru_cache(maxsize=200_000)
def singular(word: str) -> str:
    """Fold one word but for its doubled letters: "Beers" and "beer" are the same, "bers" is another word.

    >>> singular("Beers"), singular("bers")
    ('beer', 'ber')
    """
    folded = unicodedata.normalize("NFKC", word).casefold()
    for pattern, spelling in _BRITISH:
        folded = pattern.sub(spelling, folded)
    return _singular(folded)


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1]


@lru_cache(maxsize=200_000)
def root(folded: str) -> str:
    """Return a folded word without a verb's or noun's ending. Gentler than Porter: "federal" is not "federated".

    >>> root("pruning") == root("pruned") == root("prune"), root("federated") == root("federal")
    (True, False)
    """
    for ending in _ENDINGS:
        if folded.endswith(ending) and len(folded) - len(ending) >= 3:
            return folded[: -len(ending)]
    return folded


_ENDINGS = (
    "ations",
    "ation",
    "ating",
    "ated",
    "ates",
    "ate",
    "ions",
    "ion",
    "ings",
    "ing",
    "ers",
    "er",
    "ors",
    "or",
    "ed",
    "es",
    "e",
)


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - the library's name


@cache
def _stemmer() -> _Stemmer:
    import snowballstemmer

    stemmer: _Stemmer = snowballstemmer.stemmer("porter")
    return stemmer


def collapse(text: str) -> str:
    """Return ``text`` in lower case with doubled letters made single: "Publlished" becomes "published".

    Three of one letter stay, so that "AAAI" does not become "ai". For regular expressions over whole sentences;
    lengths change, so offsets do not carry over.
    """
    return _RUN.sub(_shorter, text.casefold())


def collapse_pattern(pattern: str) -> str:
    """Return a regular expression that finds in collapsed text what ``pattern`` finds in plain text."""
    return _RUN_IN_PATTERN.sub(_shorter, pattern)


def _shorter(run: re.Match[str]) -> str:
    return run[1] if len(run[0]) == 2 else 3 * run[1]
