"""A cohort as the assistant reads it: every letter, every sentence with what stands around it,
and passages near a question.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import numpy as np

from assistant.answer import Evidence
from assistant.domain import Domain, shipped
from assistant.nearness import Floats, Near, Sentences, name_vectors, prototypes
from assistant.question import Criterion, Surroundings
from assistant.spelling import Lexicon, misspelt
from assistant.stance import Context
from assistant.subjects import Subject
from ingest.annotate import Annotations, Annotator
from ingest.database import Database, StoredPassage
from ingest.fold import fold, words
from ingest.letters import Letter, Passage
from ingest.segment import sentences

_SAME = 0.8  # cosine from which a text means a subject: "deep-sea life", "deep sea"
_MEANT, _LEAD = 0.58, 0.09  # the same where no other subject is nearly as near: "house prices", "housing policy"


class Cohort:
    """The letters of one cohort. Reads the database once; make a new one when ``is_stale``."""

    def __init__(self, name: str, database: Database, domain: Domain | None = None) -> None:
        """Open a cohort; ``domain`` is what is known of its field, else what comes with Dossier.

        :raises UnknownCohort: if there is none of this name.
        """
        self.name = name
        self.database = database
        self.domain = domain or shipped()
        self.key = database.cohort(name)
        self._version = database.version()
        self._asked: dict[str, Floats] = {}  # vectors of subjects that the thesaurus does not know

    @property
    def is_stale(self) -> bool:
        """Whether another process has changed the letters since."""
        return self.database.version() != self._version

    @cached_property
    def letters(self) -> Mapping[str, Letter]:
        """All letters by id, in the order of their ids."""
        return {letter.id: letter for letter in self.database.letters(self.key)}

    @cached_property
    def set_aside(self) -> int:
        """How many files or rows could not be read."""
        return len(self.database.set_aside(self.key))

    @cached_property
    def sentences(self) -> Sequence[StoredPassage]:
        """All sentences, letter by letter, in order."""
        return self.database.passages(self.key, "sentence")

    @cached_property
    def stem_counts(self) -> Mapping[str, int]:
        """How many sentences hold each stem."""
        return Counter(stem for item in self.sentences for stem in {word.stem for word in words(item.passage.text)})

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """Misspelt words of the letters, folded, with the subject's word each was meant to be."""
        return misspelt(self.database.vocabulary(), self.domain.subjects.vocabulary)

    @cached_property
    def lexicon(self) -> Lexicon:
        """The words and list items of the letters, without the names their writers go by: "Ida Roth" of Ida-Roth."""
        return Lexicon.of(_nameless(item.passage) for item in self.sentences)

    @cached_property
    def columns(self) -> Mapping[str, Sequence[str]]:
        """The different values of each column of a form export, for columns that sort letters into groups."""
        values: dict[str, set[str]] = defaultdict(set)
        for letter in self.letters.values():
            for column, value in letter.metadata.items():
                values[column].add(value)
        most = max(20, len(self.letters) // 2)
        return {column: sorted(found) for column, found in values.items() if len(found) <= most}

    @cached_property
    def _annotator(self) -> Annotator:
        return Annotator()

    @cached_property
    def annotations(self) -> Mapping[str, Annotations]:
        """What was read out of each letter, in the order of their ids; what ingest did not come to is read now."""
        stored = self.database.annotations(self.key, self._annotator.fingerprint)
        missing = [id_ for id_ in self.letters if id_ not in stored]
        if missing:
            texts = [self.letters[id_].text for id_ in missing]
            read = self._annotator.annotate([(text, sentences(text)) for text in texts])
            stored.update(zip(missing, read, strict=True))
        return {id_: stored[id_] for id_ in self.letters}

    @cached_property
    def read(self) -> Sentences:
        """All sentences with their vectors and stances."""
        return Sentences(self.annotations)

    def near(self, subject: Subject) -> Near:
        """Compare all sentences with a subject."""
        name = self._name_vector(subject.name)
        shipped = [prototypes()[member] for member in subject.places if member in prototypes()]
        if shipped:
            return self.read.near(name, np.stack(shipped), shipped=True)
        return self.read.near(name, self._own_place(subject)[None], shipped=False)

    def closest(self, text: str) -> tuple[str | None, bool]:
        """Return the shipped subject that a text means, if any, and whether it means the same, not only nearly."""
        names = [name for name in prototypes() if name in self.domain.subjects.subject_names]
        if len(names) < 2:
            return None, False
        asked = self._name_vector(text)
        by_name = np.stack([name_vectors()[name] for name in names]) @ asked
        if by_name.max() >= _SAME:
            return names[int(by_name.argmax())], True
        by_place = np.stack([prototypes()[name] for name in names]) @ asked
        second, best = np.sort(by_place)[-2:]
        found = best >= _SAME or (best >= _MEANT and best - second >= _LEAD)
        return (names[int(by_place.argmax())] if found else None), False

    def _own_place(self, subject: Subject) -> Floats:
        """The mean of the vectors of what a subject is recognised by, for one that does not ship with Dossier."""
        own = [subject.name, *(phrase.text for phrase in (*subject.entries[0].names, *subject.entries[0].methods))]
        total = np.sum([self._name_vector(text) for text in dict.fromkeys(own)], axis=0)
        place: Floats = total / np.linalg.norm(total)
        return place

    def resembling(self, text: str, items: Iterable[StoredPassage]) -> Floats:
        """Return how near every sentence is to a text and to sentences that say what it means: a cosine."""
        first, number = self.read.first, self.read.number
        rows = [int(first[number[item.passage.letter]]) + self.place(item) for item in items]
        return self.read.resembling(self._name_vector(text), rows)

    def _name_vector(self, subject: str) -> Floats:
        found = name_vectors().get(subject)
        if found is None:
            found = self._asked.get(subject)
        if found is None:
            found = self._asked[subject] = self._annotator.vectors([subject])[0]
        return found

    def stance(self, item: StoredPassage, start: int, end: int) -> Floats:
        """Return how likely each stance is for a subject mentioned at ``[start, end)`` of a sentence."""
        begin = item.passage.start
        return self.annotations[item.passage.letter].stance(begin + start, begin + end)

    def surroundings(self, last: Criterion | None = None) -> Surroundings:
        """Return what a question about these letters may refer to; ``last`` is what the last one asked for."""
        return Surroundings(tuple(self.letters), self.holders, self.columns, last, self.domain)

    def holders(self, name: str) -> list[str]:
        """Return the letters that hold a name, word for word."""
        return list(dict.fromkeys(item.passage.letter for item in self.database.holding(self.key, [fold(name)])))

    def context(self, item: StoredPassage) -> Context:
        """Return a sentence with its heading and its neighbours in the same paragraph, the nearest first."""
        sentences = self._by_letter[item.passage.letter]
        place = self.place(item)
        before = itertools.takewhile(
            lambda other: self._together(other, item), reversed(sentences[max(0, place - 2) : place])
        )
        after = itertools.takewhile(lambda other: self._together(item, other), sentences[place + 1 : place + 3])
        return Context(
            item.passage.text,
            item.passage.heading,
            tuple(other.passage.text for other in before),
            tuple(other.passage.text for other in after),
        )

    def evidence(self, item: StoredPassage) -> Evidence:
        """Return a sentence as evidence."""
        passage = item.passage
        return Evidence(passage.letter, passage.text, passage.start, passage.end)

    def sentences_in(self, window: StoredPassage) -> list[StoredPassage]:
        """Return the sentences that a window is made of."""
        inside = self._by_letter[window.passage.letter]
        return [s for s in inside if window.passage.start <= s.passage.start and s.passage.end <= window.passage.end]

    def of_letter(self, letter: str) -> Sequence[StoredPassage]:
        """Return the sentences of one letter, in order."""
        return self._by_letter.get(letter, ())

    def place(self, item: StoredPassage) -> int:
        """Return which sentence of its letter this is, from 0."""
        return bisect_right(self._starts[item.passage.letter], item.passage.start) - 1

    def _together(self, one: StoredPassage, other: StoredPassage) -> bool:
        """Whether two sentences of a letter stand under one heading with no empty line between them."""
        first, second = one.passage, other.passage
        between = self.letters[first.letter].text[first.end : second.start]
        return first.heading == second.heading and "\n\n" not in between

    @cached_property
    def _by_letter(self) -> Mapping[str, Sequence[StoredPassage]]:
        grouped: dict[str, list[StoredPassage]] = defaultdict(list)
        for item in self.sentences:
            grouped[item.passage.letter].append(item)
        return grouped

    @cached_property
    def _starts(self) -> Mapping[str, Sequence[int]]:
        return {letter: [item.passage.start for item in items] for letter, items in self._by_letter.items()}


def _nameless(passage: Passage) -> str:
    name = " ".join(re.split(r"[-_. ]+", passage.letter))
    return passage.text.replace(name, " ") if " " in name else passage.text
