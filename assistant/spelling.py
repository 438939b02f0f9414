"""Mend the spelling of words that no letter holds, by the words and list items that the letters do hold."""

from __future__ import annotations

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

from assistant.lists import items, stretches
from ingest.english import is_common
from ingest.fold import fold_word, root, singular, written

_LONG = 8  # letters; one edit makes shorter words into other words, where nobody looks what came of it
_TWICE = 6  # letters; in shorter words two edits leave too little
_SHORTEST = 4  # letters of a word in running text; shorter ones have too many neighbours
_SHORTEST_ITEM = 3  # letters of an item of a list
_NEIGHBOURS = 8  # words as which one misspelt word may be read
_READINGS = 20  # of a whole phrase
_ACRONYM = re.compile(r"\b(?=\w*[A-Z]\w*[A-Z])[A-Z]\w{0,4}\b")  # "RL" is no slip of "ML"
_DIGIT = re.compile(r"\d")


class Reading(NamedTuple):
    """What a misspelt phrase may have been meant to say. The smaller of two readings is the likelier.

    Fewer edits come first; of equals whole items of lists, then slips that can happen in one way only (a letter left
    out, two swapped) before those that could have brought in any letter, then what is said more often.
    """

    edits: int
    in_text: bool  # not a whole item of a list
    any_letter: bool
    rarity: int  # minus how often letters say it, or its rarest word
    text: str  # words as they are written, in lower case, blanks between them


@dataclass(frozen=True)
class Lexicon:
    """The words that letters hold and the whole items of their lists, as written, in lower case, with their counts."""

    words: Mapping[str, int]
    items: Mapping[str, int]
    singulars: frozenset[str]  # of the words

    @staticmethod
    def of(sentences: Iterable[str]) -> Lexicon:
        """Collect what sentences hold."""
        pieces: Counter[str] = Counter()
        listed: Counter[str] = Counter()
        for sentence in sentences:
            parts = stretches(sentence)
            listed.update(parts)
            pieces.update(parts or [sentence])
        words: Counter[str] = Counter()
        for piece, count in pieces.items():  # lists repeat themselves: each stretch is read once
            for word in written(piece):
                words[word] += count
        whole: Counter[str] = Counter()
        for stretch, count in listed.items():
            for item in {" ".join(written(item)) for item in items(stretch)}:
                whole[item] += count
        del whole[""]
        return Lexicon(words, whole, frozenset(map(singular, words)))

    def knows(self, word: str) -> bool:
        """Whether a letter holds this word, in the singular or plural, in British spelling or American."""
        return singular(word) in self.singulars

    def readings(self, text: str) -> list[Reading]:
        """Return what ``text`` may have been meant to say, the likeliest first; nothing if nothing needs mending.

        One edit, two in words of six letters and more; an edit is a letter or a blank too many, too few, replaced or
        swapped with its neighbour (Damerau's optimal string alignment). Words that letters hold stay as they are, but
        blanks may move between them. Common words, acronyms and digits stay too: "honey" is no slip of "money",
        "GPT-4" none of "GPT-3".
        """
        acronyms = {word.casefold() for word in _ACRONYM.findall(text)}
        typed = [_Typed(word, self.knows(word) or word in acronyms, is_common(word)) for word in written(text)]
        if len(typed) == 1 and typed[0].held:
            return []
        found = {*self._items_near(typed), *self._phrases_near(typed)}
        digits = _DIGIT.findall(text)
        return sorted(reading for reading in found if _DIGIT.findall(reading.text) == digits)[:_READINGS]

    def _items_near(self, typed: Sequence[_Typed]) -> Iterator[Reading]:
        phrase = " ".join(word.text for word in typed)
        if len(phrase) < _SHORTEST_ITEM:
            return
        most = 2 if len(phrase) >= _TWICE - 1 else 1  # an edit may have taken the sixth letter
        for item, edits in _near(phrase, self.items.keys(), most):
            if 0 < edits <= _allowed(phrase, item) and _may_mean(typed, item.split()):
                yield Reading(edits, False, _any_letter(phrase, item), -self.items[item], item)

    def _phrases_near(self, typed: Sequence[_Typed]) -> Iterator[Reading]:
        """Word by word; blanks put in, taken out or moved; what is right stays."""
        phrase = " ".join(word.text for word in typed)
        ways: dict[int, list[tuple[int, tuple[str, ...]]]] = defaultdict(list, {0: [(0, ())]})  # by words read so far
        for place in range(len(typed)):
            so_far = heapq.nsmallest(_READINGS, ways[place])
            for step, edits, words in self._steps(typed[place : place + 2]):
                ways[place + step] += [(before + edits, (*said, *words)) for before, said in so_far]
        for edits, words in ways[len(typed)]:
            if edits:
                meant = " ".join(words)
                rarity = -min(self.words.get(word, 0) for word in words)
                yield Reading(edits, meant not in self.items, _any_letter(phrase, meant), rarity, meant)

    def _steps(self, typed: Sequence[_Typed]) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """Ways to read the first word, or the first two together: ``(words read, edits, what they say)``."""
        first = typed[0].text
        if typed[0].right:
            yield 1, 0, (first,)
        else:
            yield from ((1, edits, (word,)) for edits, word in self._words_near(first))
            yield from ((1, 1, parts) for parts in self._parts(first))
        if len(typed) == 2:
            second = typed[1].text
            if self.knows(first + second):
                yield 2, 1, (first + second,)
            for parts in ((first[:-1], first[-1] + second), (first + second[0], second[1:])):
                if self._hold(parts):
                    yield 2, 1, parts

    def _words_near(self, word: str) -> Iterator[tuple[int, str]]:
        """The words that this one may be meant to be, with the edits; two edits spare the first letter."""
        if len(word) >= _SHORTEST:
            near = _near(word, self.words.keys(), _allowed(word))
            ranked = ((edits, -self.words[other], other) for other, edits in near if edits == 1 or other[0] == word[0])
            likely = heapq.nsmallest(_NEIGHBOURS, ranked)
            yield from ((edits, other) for edits, _, other in likely)

    def _parts(self, word: str) -> Iterator[tuple[str, str]]:
        """Two words that stand as one, or with a letter in place of the blank."""
        for place in range(1, len(word)):
            for parts in ((word[:place], word[place:]), (word[:place], word[place + 1 :])):
                if self._hold(parts):
                    yield parts

    def _hold(self, parts: tuple[str, str]) -> bool:
        return all(part in self.words for part in parts)


class _Typed(NamedTuple):
    """A word of a question."""

    text: str
    held: bool  # by a letter
    common: bool  # in English

    @property
    def right(self) -> bool:
        """Whether it is a word, held or not."""
        return self.held or self.common


def _allowed(typed: str, meant: str = "") -> int:
    return 2 if max(len(typed), len(meant)) >= _TWICE else 1


def _near(text: str, known: Collection[str], allowed: int) -> list[tuple[str, int]]:
    """Return ``(word or phrase, edits)`` of the known ones that are at most ``allowed`` edits away."""
    found = process.extract(text, known, scorer=OSA.distance, score_cutoff=allowed, limit=None)
    return [(near, int(edits)) for near, edits, _ in found]


def _may_mean(typed: Sequence[_Typed], meant: Sequence[str]) -> bool:
    """Whether a phrase that is near as a whole leaves right words alone and changes none beyond recognition.

    Beside words that agree, a common one may be a slip that no letter holds: "peer trees" where a list has pear trees.
    """
    if "".join(word.text for word in typed) == "".join(meant):
        return True
    if len(typed) != len(meant):
        said = {fold_word(word) for word in meant}
        return all(fold_word(word.text) in said for word in typed if word.held)
    return all(
        fold_word(word.text) == fold_word(other)
        if word.held or (word.common and len(typed) == 1)
        else OSA.distance(word.text, other, score_cutoff=2) <= _allowed(word.text, other)
        for word, other in zip(typed, meant, strict=True)
    )


def _any_letter(typed: str, meant: str) -> bool:
    """Whether a slip brought in a letter: it could have been any, so this very one is the less likely."""
    return bool(Counter(typed) - Counter(meant))


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
