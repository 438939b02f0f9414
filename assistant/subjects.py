"""Subjects by meaning: the thesaurus of ``data/subjects.toml`` and how its phrases are found in text.

A subject is known by its names, by methods that imply it, and by weaker signs of which two different ones are needed.
Names that
are everyday words (``weak`` in the data) count as signs in letters.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources

from ingest.fold import Word, words

_ACRONYM = re.compile(r"(?=(?:.*[A-Z]){2})[A-Z0-9][A-Za-z0-9-]{1,7}")


@dataclass(frozen=True)
class Phrase:
    """A phrase as it is sought: its words' roots, and its capitals where they are part of it ("RAG" is not "rag")."""

    text: str
    roots: tuple[str, ...]
    folded: str  # as the word index holds it
    acronym: bool

    @staticmethod
    def of(text: str) -> Phrase:
        """Prepare a phrase of everyday spelling."""
        acronym = _ACRONYM.fullmatch(text) is not None and sum(c.isupper() for c in text) >= len(text.rstrip("s")) - 1
        found = words(text)
        return Phrase(
            text, tuple(word.root for word in found), " ".join(word.text for word in found), acronym and len(text) <= 6
        )


@dataclass(frozen=True)
class Mention:
    """A phrase found in a sentence, in characters of that sentence."""

    start: int
    end: int
    phrase: Phrase
    strong: bool  # a name or a method; else a sign


@dataclass(frozen=True)
class Subject:
    """A subject with all it may be recognised by, those of narrower subjects included."""

    name: str
    names: tuple[Phrase, ...]
    methods: tuple[Phrase, ...]
    signs: tuple[Phrase, ...]
    excluded: tuple[Phrase, ...]

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """Everything worth looking a sentence up for."""
        return self.names + self.methods + self.signs

    @cached_property
    def _by_first(self) -> Mapping[str, Sequence[tuple[Phrase, bool]]]:
        table: dict[str, list[tuple[Phrase, bool]]] = defaultdict(list)
        for strong, group in ((True, self.names + self.methods), (False, self.signs)):
            for phrase in group:
                table[phrase.roots[0]].append((phrase, strong))
        return table

    def mentions(self, sentence: str) -> list[Mention]:
        """Return where ``sentence`` mentions this subject, strong mentions first."""
        found = words(sentence)
        roots = [word.root for word in found]
        hidden = [span for phrase in self.excluded for span in _occurrences(sentence, found, roots, phrase)]
        mentions = [
            Mention(start, end, phrase, strong)
            for first in dict.fromkeys(roots)
            for phrase, strong in self._by_first.get(first, ())
            for start, end in _occurrences(sentence, found, roots, phrase)
            if not any(start < stop and begin < end for begin, stop in hidden)
        ]
        return sorted(mentions, key=lambda m: (not m.strong, m.start - m.end, m.start))


def literal(text: str) -> Subject:
    """Return a subject that the thesaurus does not know: its own words and nothing else."""
    return Subject(text, (Phrase.of(text),), (), (), ())


class Thesaurus:
    """All known subjects."""

    def __init__(self, entries: Iterable[Mapping[str, object]]) -> None:
        self._entries = {str(entry["name"]): entry for entry in entries}
        self._names: dict[tuple[str, ...], str] = {}
        self._methods: dict[tuple[str, ...], str] = {}
        for name, entry in self._entries.items():
            for text in (name, *_listed(entry, "names")):
                for key in _keys(text):
                    self._names.setdefault(key, name)
            for text in _listed(entry, "methods"):
                self._methods.setdefault(Phrase.of(text).roots, name)

    @property
    def subject_names(self) -> list[str]:
        """The usual names of all subjects."""
        return list(self._entries)

    def named(self, text: str) -> Subject | None:
        """Return the subject that goes by this name, or None."""
        name = next((self._names[key] for key in _keys(text) if key in self._names), None)
        return self.subject(name) if name else None

    def implied(self, text: str) -> Subject | None:
        """Return the subject that these words suggest without being its name, or None.

        A method of the subject; else words that stand together in the phrases of one subject more than of any other
        ("tutoring systems" in "intelligent tutoring system").
        """
        name = self._methods.get(Phrase.of(text).roots)
        if name is None:
            name = self._by_part({root for root in Phrase.of(text).roots if root not in _JOINERS})
        return self.subject(name) if name else None

    def _by_part(self, roots: set[str]) -> str | None:
        if not roots:
            return None
        counts = {
            name: sum(
                roots <= set(Phrase.of(text).roots)
                for text in (name, *_listed(entry, "names"), *_listed(entry, "methods"))
            )
            for name, entry in self._entries.items()
        }
        best = max(counts, key=lambda name: counts[name])
        return best if counts[best] else None

    def subject(self, name: str) -> Subject:
        """Return a subject by its usual name, with the phrases of the subjects under it."""
        family = list(self._family(name))
        gather = {
            key: tuple(
                {p.roots: p for entry in family for p in map(Phrase.of, _listed(entry, key)) if p.roots}.values()
            )
            for key in ("names", "methods", "signs", "not", "weak")
        }
        own = tuple(Phrase.of(str(entry["name"])) for entry in family)
        weak = {phrase.roots for phrase in gather["weak"]}
        names = tuple(phrase for phrase in own + gather["names"] if phrase.roots not in weak)
        return Subject(name, names, gather["methods"], gather["signs"] + gather["weak"], gather["not"])

    def _family(self, name: str) -> Iterator[Mapping[str, object]]:
        todo, seen = [name], set[str]()
        while todo:
            current = todo.pop()
            if current in seen:
                continue
            seen.add(current)
            yield self._entries[current]
            todo += [other for other, entry in self._entries.items() if current in _listed(entry, "parents")]


@cache
def thesaurus() -> Thesaurus:
    """Return the thesaurus that comes with Dossier."""
    text = (resources.files("assistant.data") / "subjects.toml").read_text(encoding="utf-8")
    return Thesaurus(tomllib.loads(text)["subject"])


def _keys(text: str) -> list[tuple[str, ...]]:
    """The forms by which a name is looked up: as written, without words that names may lack, by Porter's stems."""
    short = _ABBREVIATED.sub(lambda found: _ABBREVIATIONS[found.group().casefold()], text)
    roots = Phrase.of(short).roots
    bare = tuple(root for root in roots if root not in _JOINERS)
    stems = ("", *(word.stem for word in words(short)))  # an empty first word keeps stems apart from roots
    return [key for key in (roots, bare, stems) if key and key != ("",)]


_ABBREVIATIONS = {"ml": "machine learning", "dl": "deep learning", "ai": "artificial intelligence"}
_ABBREVIATED = re.compile(r"\b(?:ml|dl)\b", re.IGNORECASE)

# words that a subject's name may have or lack
_JOINERS = frozenset(
    root
    for word in ["and", "or", "the", "of", "in", "for", "research", "models", "methods", "systems", "theory"]
    for root in Phrase.of(word).roots
)


def _listed(entry: Mapping[str, object], key: str) -> list[str]:
    value = entry.get(key, [])
    return [str(item) for item in value] if isinstance(value, list) else []


def _occurrences(
    sentence: str, found: Sequence[Word], roots: Sequence[str], phrase: Phrase
) -> Iterator[tuple[int, int]]:
    size = len(phrase.roots)
    for index in range(len(roots) - size + 1):
        if tuple(roots[index : index + size]) == phrase.roots:
            start, end = found[index].start, found[index + size - 1].end
            if not phrase.acronym or _capital(sentence[start:end]):
                yield start, end


def _capital(text: str) -> bool:
    return sum(c.isupper() for c in text) >= 2 or (len(text) == 1 and text.isupper())
