"""How near every sentence of a cohort is to a subject in meaning, by the vectors that ingest left.

A sentence is compared with the subject and with all other subjects: what counts is not that it lies near, but that it
lies nearer to this subject than to the others. A subject's place is the mean of its phrases and of sentences that speak
of it without naming it (``data/prototypes.npz``, made by ``python -m eval.training`` out of ``subjects.toml`` and
``passages.toml``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from ingest.annotate import Annotations

Floats = NDArray[np.float32]

_SHARPNESS = 12.0  # of the comparison with other subjects (inverse temperature of the softmax)
_NEIGHBOUR = 0.7  # what the sentences before and after count in a sentence's surroundings
_CHUNK = 20_000  # sentences compared with all subjects at once
_BY_NAME = 8.0  # what a cosine of 1 with the name adds to log odds, to find where a letter speaks of a subject


@dataclass(frozen=True)
class Near:
    """How near the ``n`` sentences of a cohort are to one subject; each array has shape (n,)."""

    alone: Floats  # log probability that the sentence speaks of it, of all subjects
    around: Floats  # the same for the sentence with its neighbours
    name: Floats  # cosine with the subject's name
    name_around: Floats

    @property
    def site(self) -> Floats:
        """Where a letter most likely speaks of the subject: higher is likelier."""
        return self.alone + self.around + _BY_NAME * self.name


class Sentences:
    """The sentences of a cohort, letter after letter, with their vectors and stances."""

    def __init__(self, annotations: Mapping[str, Annotations]) -> None:
        """Take over what ingest read out of the letters, by letter id; letters without sentences are left out."""
        self.letters = [id_ for id_, found in annotations.items() if len(found.sentences)]
        parts = [annotations[id_] for id_ in self.letters]
        sizes = [len(part.sentences) for part in parts]
        self.first = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(int)  # (letters,): each letter's first row
        self.letter = np.repeat(np.arange(len(parts)), sizes)  # (n,): each row's letter
        self.stances = np.concatenate([_by_sentence(part) for part in parts])  # (n, 6), rows sum to 1
        self._alone = np.concatenate([part.vectors for part in parts]).astype(np.float32)
        self._around = _with_neighbours(self._alone, self.letter)
        self._rest = (_total(self._alone), _total(self._around))
        self.number = {id_: number for number, id_ in enumerate(self.letters)}

    def near(self, name: Floats, places: Floats, *, shipped: bool) -> Near:
        """Compare all sentences with a subject.

        :param name: vector of its name, of shape (dimension,).
        :param places: the vectors that stand for it, of shape (places, dimension).
        :param shipped: whether these are among ``prototypes``.
        """
        logs = []
        for vectors, rest in zip((self._alone, self._around), self._rest, strict=True):
            own = _log_sum(_SHARPNESS * (vectors @ places.T))
            logs.append(own - (rest if shipped else np.logaddexp(rest, own)))
        return Near(logs[0], logs[1], self._alone @ name, self._around @ name)

    def resembling(self, name: Floats, rows: Sequence[int]) -> Floats:
        """Return each sentence's cosine with the mean of a vector and of what the sentences in ``rows`` say.

        Relevance feedback (Rocchio 1971): sentences that are known to say it tell more of how it is said than its name.
        """
        place = name + self._alone[rows].mean(0) if len(rows) else name
        found: Floats = self._alone @ (place / np.linalg.norm(place))
        return found


@cache
def prototypes() -> Mapping[str, Floats]:
    """Return the place of each subject of the thesaurus: unit vectors by the subject's usual name."""
    with np.load(str(resources.files("assistant.data") / "prototypes.npz")) as stored:
        vectors = stored["vectors"].astype(np.float32)
        return dict(zip(stored["subjects"].tolist(), vectors, strict=True))


@cache
def name_vectors() -> Mapping[str, Floats]:
    """Return the vectors of the subjects' usual names, so that asking for one of them needs no model."""
    with np.load(str(resources.files("assistant.data") / "prototypes.npz")) as stored:
        vectors = stored["names"].astype(np.float32)
        return dict(zip(stored["subjects"].tolist(), vectors, strict=True))


def _total(vectors: Floats) -> Floats:
    """Log of the sum over all subjects, of shape (n,)."""
    places = np.stack(list(prototypes().values()))
    sums = []
    for start in range(0, len(vectors), _CHUNK):
        sums.append(_log_sum(_SHARPNESS * (vectors[start : start + _CHUNK] @ places.T)))
    return np.concatenate(sums) if sums else np.zeros(0, dtype=np.float32)


def _log_sum(scores: Floats) -> Floats:
    """Log of the sum of the exponentials of each row."""
    most = scores.max(1, keepdims=True)
    found: Floats = (most + np.log(np.exp(scores - most).sum(1, keepdims=True)))[:, 0]
    return found


def _with_neighbours(vectors: Floats, letter: Sequence[int] | NDArray[np.int_]) -> Floats:
    """Each sentence's vector with part of its neighbours' in the same letter, of length 1."""
    same = (np.asarray(letter)[1:] == np.asarray(letter)[:-1])[:, None] * np.float32(_NEIGHBOUR)
    mixed = vectors.copy()
    mixed[1:] += same * vectors[:-1]
    mixed[:-1] += same * vectors[1:]
    unit: Floats = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
    return unit


def _by_sentence(found: Annotations) -> Floats:
    """The stances of each sentence as a whole, of shape (n, 6)."""
    return np.stack([found.stance(int(start), int(end)) for start, end in found.sentences])
