"""Subjects by meaning: the thesaurus of ``data/subjects.toml`` and how its phrases are found in text.

A subject is known by its names, by methods that imply it, and by weaker signs of which two different ones are needed.
Names that
are everyday words (``weak`` in the data) count as signs in letters.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ingest.database import StoredPassage
from ingest.fold import Word, root, words

_ACRONYM = re.compile(r"(?=(?:.*[A-Z]){2})[A-Z0-9][A-Za-z0-9-]{1,7}")


_PLACE_AFTER = re.compile(
    r"[ -](?:start-?ups?|compan(?:y|ies)|firms?|lab(?:oratory)?|group|institute|department|faculty|conference|journal|"
    r"club|community|students?|engineers?|teams?|people)\b",
    re.IGNORECASE,
)


_CUT = 5  # letters that a stem may lack
_FIELD = 20  # a subject with so many narrower ones is a field


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
class Finding:
    """A sentence that mentions a subject, and where."""

    item: StoredPassage
    mention: Mention

    @property
    def letter(self) -> str:
        """The id of the sentence's letter."""
        return self.item.passage.letter

    @property
    def words(self) -> str:
        """The subject as this sentence has it."""
        return self.item.passage.text[self.mention.start : self.mention.end]


def by_letter(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Return findings by the id of their letter."""
    grouped: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        grouped[finding.letter].append(finding)
    return dict(grouped)


@dataclass(frozen=True)
class Entry:
    """One entry of the thesaurus, prepared for search. ``excluded`` hides what it overlaps, for this entry only."""

    names: tuple[Phrase, ...]
    methods: tuple[Phrase, ...]
    signs: tuple[Phrase, ...] = ()
    excluded: tuple[Phrase, ...] = ()

    @cached_property
    def by_first(self) -> Mapping[str, Sequence[tuple[Phrase, bool]]]:
        """The phrases, each with whether it is strong, by the root of their first word."""
        table: dict[str, list[tuple[Phrase, bool]]] = defaultdict(list)
        for strong, group in ((True, self.names + self.methods), (False, self.signs)):
            for phrase in group:
                table[phrase.roots[0]].append((phrase, strong))
        return table


@dataclass(frozen=True)
class Subject:
    """A subject with all it is recognised by: its own entry, then those of narrower subjects, without their signs."""

    name: str
    entries: tuple[Entry, ...]
    family: tuple[str, ...] = ()  # its usual name and those of the narrower subjects; none if it is not known

    @property
    def places(self) -> tuple[str, ...]:
        """The subjects that stand for it among the vectors: itself, of a field also all its parts."""
        return self.family if self.is_field else self.family[:1]

    @property
    def is_field(self) -> bool:
        """Whether it is a whole field, so that who names a part of it names it."""
        return len(self.entries) > _FIELD

    def also_called(self, text: str) -> Subject:
        """Return this subject with one more name, unless it has that already."""
        phrase = Phrase.of(text)
        own, *narrower = self.entries
        if not phrase.roots or phrase.folded in {known.folded for known in (*own.names, *own.signs)}:
            return self
        return replace(self, entries=(replace(own, names=(*own.names, phrase)), *narrower))

    @property
    def phrases(self) -> list[Phrase]:
        """Everything worth looking a sentence up for."""
        own = self.entries[0].signs
        return [phrase for entry in self.entries for phrase in (*entry.names, *entry.methods)] + list(own)

    def mentions(self, sentence: str, spellings: Mapping[str, str] | None = None) -> list[Mention]:
        """Return where ``sentence`` mentions this subject, strong mentions first.

        :param spellings: misspelt folded words with what they should be.
        """
        found = words(sentence)
        roots = [root((spellings or {}).get(word.text, word.text)) for word in found]
        mentions = [
            mention
            for place, entry in enumerate(self.entries)
            for mention in _mentions(entry, sentence, found, roots)
            if mention.strong or place == 0
        ]
        strong = [mention for mention in mentions if mention.strong]
        weak = [m for m in mentions if not m.strong and not any(m.start < s.end and s.start < m.end for s in strong)]
        return sorted(strong, key=lambda m: (m.start - m.end, m.start)) + sorted(weak, key=lambda m: m.start)


def unknown(text: str) -> Subject:
    """Return a subject that the thesaurus does not know: its own words and nothing else."""
    return Subject(text, (Entry((Phrase.of(text),), ()),))


def _mentions(entry: Entry, sentence: str, found: Sequence[Word], roots: Sequence[str]) -> Iterator[Mention]:
    hidden = [span for phrase in entry.excluded for span in _occurrences(sentence, found, roots, phrase)]
    for first in dict.fromkeys(roots):
        for phrase, strong in entry.by_first.get(first, ()):
            for start, end in _occurrences(sentence, found, roots, phrase):
                if not any(start < stop and begin < end for begin, stop in hidden):
                    # "a robotics start-up", "the Institute of Statistics": a place, not a claim
                    yield Mention(start, end, phrase, strong and not _PLACE_AFTER.match(sentence, end))


class Thesaurus:
    """All known subjects."""

    def __init__(self, entries: Iterable[Mapping[str, object]]) -> None:
        self._entries = {str(entry["name"]): entry for entry in entries}
        self._names: dict[tuple[str, ...], str] = {}
        self._methods: dict[tuple[str, ...], str] = {}
        self._prepared: dict[str, Subject] = {}
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
        name = self.usual_name(text)
        return self.subject(name) if name else None

    def usual_name(self, text: str) -> str | None:
        """Return the usual name of the subject that goes by this name, or None."""
        return next((self._names[key] for key in _keys(text) if key in self._names), None)

    def implied(self, text: str) -> Subject | None:
        """Return the subject that these words suggest without being its name, or None.

        A method of the subject; else words that stand together in the phrases of one subject more than of any other
        ("tutoring systems" in "intelligent tutoring system").
        """
        name = self._methods.get(Phrase.of(text).roots)
        if name is None:
            name = self._by_part({part for part in Phrase.of(text).roots if part not in _JOINERS})
        return self.subject(name) if name else None

    def _by_part(self, roots: set[str]) -> str | None:
        if not roots:
            return None
        counts = Counter(name for name, phrase in self._by_root.get(min(roots), ()) if roots <= phrase)
        return counts.most_common(1)[0][0] if counts else None

    @cached_property
    def _by_root(self) -> Mapping[str, Sequence[tuple[str, frozenset[str]]]]:
        """The phrases that hold each root, as ``(subject's name, the phrase's roots)``."""
        table: dict[str, list[tuple[str, frozenset[str]]]] = defaultdict(list)
        for name, entry in self._entries.items():
            for text in (name, *_listed(entry, "names"), *_listed(entry, "methods")):
                roots = frozenset(Phrase.of(text).roots)
                for part in roots:
                    table[part].append((name, roots))
        return table

    def subject(self, name: str) -> Subject:
        """Return a subject by its usual name, with the phrases of the subjects under it."""
        if name not in self._prepared:
            family = list(self._family(name))
            names = tuple(str(entry["name"]) for entry in family)
            self._prepared[name] = Subject(name, tuple(map(self._entry, family)), names)
        return self._prepared[name]

    def _entry(self, entry: Mapping[str, object]) -> Entry:
        def prepared(*keys: str) -> tuple[Phrase, ...]:
            listed = [Phrase.of(text) for key in keys for text in _listed(entry, key)]
            # "plant breeding" and "plant breeder" have the same roots, but the word index tells them apart
            return tuple({phrase.folded: phrase for phrase in listed if phrase.roots}.values())

        weak = {phrase.roots for phrase in prepared("weak")}
        names = (Phrase.of(str(entry["name"])), *prepared("names"))
        return Entry(
            tuple(phrase for phrase in names if phrase.roots not in weak),
            prepared("methods"),
            prepared("signs", "weak"),
            prepared("not"),
        )

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """All folded words of names and methods: what a misspelt word may have been meant to be."""
        return frozenset(
            word.text
            for name, entry in self._entries.items()
            for text in (name, *_listed(entry, "names"), *_listed(entry, "methods"))
            for word in words(text)
        )

    def _family(self, name: str) -> Iterator[Mapping[str, object]]:
        todo, seen = [name], set[str]()
        while todo:
            current = todo.pop()
            if current in seen:
                continue
            seen.add(current)
            yield self._entries[current]
            todo += [other for other, entry in self._entries.items() if current in _listed(entry, "parents")]


def _keys(text: str) -> list[tuple[str, ...]]:
    """The forms by which a name is looked up: as written, without words that names may lack, by Porter's stems."""
    short = _ABBREVIATED.sub(lambda found: _ABBREVIATIONS[found.group().casefold()], text)
    roots = Phrase.of(short).roots
    bare = tuple(part for part in roots if part not in _JOINERS)
    # an empty first word keeps stems apart from roots; a short stem of a long word says too little ("hospitality")
    stems = ("", *(word.stem if len(word.text) - len(word.stem) < _CUT else word.text for word in words(short)))
    return [key for key in (roots, bare, stems) if key and key != ("",)]


_ABBREVIATIONS = {"ml": "machine learning", "dl": "deep learning", "ai": "artificial intelligence"}
_ABBREVIATED = re.compile(r"\b(?:ml|dl)\b", re.IGNORECASE)

# words that a subject's name may have or lack
_JOINERS = frozenset(
    part
    for word in ["and", "or", "the", "of", "in", "for", "research", "models", "methods", "systems", "theory"]
    for part in Phrase.of(word).roots
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
