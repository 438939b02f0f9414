"""What is read out of a letter once, at ingest: the stance of every word, and a vector for every sentence.

A subject that is mentioned somewhere in a letter has the stance of the words that mention it. A sentence's vector lies
near the names of the subjects it speaks of. With both at hand, a question needs no model.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.embed import DEFAULT_MODEL, Vectors, find_embedder, offline
from ingest.letters import Stance
from ingest.segment import SEGMENTS, Span

if TYPE_CHECKING:
    from ingest.network import Network

_TOKENS = 220  # in one stretch of a letter; the model was trained on 256
_LONGEST = 250  # tokens of a stretch of one sentence; what such a sentence holds beyond them is not read
_CONTEXT = 2  # sentences read again before a stretch, so that its first sentence is understood
_AT_ONCE = 16  # stretches


@dataclass(frozen=True)
class Annotations:
    """What was read out of one letter of ``n`` sentences and ``t`` tokens."""

    sentences: NDArray[np.int32]  # (n, 2): start and end in characters of the letter
    vectors: NDArray[np.float16]  # (n, dimension), each row of length 1
    tokens: NDArray[np.int32]  # (t, 2): start and end in characters of the letter, in order
    stances: NDArray[np.float16]  # (t, 6): scores (logits) in the order of ``Stance``

    def to_bytes(self) -> bytes:
        """Return the arrays in NumPy's own format."""
        buffer = io.BytesIO()
        np.savez(buffer, **vars(self))
        return buffer.getvalue()

    @staticmethod
    def from_bytes(data: bytes) -> Annotations:
        """Read what ``to_bytes`` wrote."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return Annotations(**{name: arrays[name] for name in ("sentences", "vectors", "tokens", "stances")})

    def stance(self, start: int, end: int) -> NDArray[np.float32]:
        """Return how likely each stance is, of shape (6,), for a subject mentioned at ``[start, end)``."""
        first = int(np.searchsorted(self.tokens[:, 1], start, side="right"))
        last = int(np.searchsorted(self.tokens[:, 0], end, side="left"))
        if first >= last:
            return np.full(self.stances.shape[1], 1 / self.stances.shape[1], dtype=np.float32)
        return softmax(self.stances[first:last].astype(np.float32).mean(0))


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the probabilities that scores stand for, over the last axis."""
    likely = np.exp(scores - scores.max(-1, keepdims=True))
    shares: NDArray[np.float32] = likely / likely.sum(-1, keepdims=True)
    return shares


class Tokenizer(Protocol):
    """What is needed of a tokenizer of transformers."""

    cls_token_id: int
    sep_token_id: int

    def __call__(
        self, text: str, *, return_offsets_mapping: bool, add_special_tokens: bool, verbose: bool
    ) -> Mapping[str, Any]:
        """Return ``input_ids`` and, in characters, ``offset_mapping``."""
        ...


@dataclass(frozen=True)
class Stretch:
    """Part of a letter that the network reads at once. ``scored`` are its sentences, without those read for context."""

    ids: Sequence[int]
    tokens: Sequence[tuple[int, int]]  # in characters of the letter; the first and the last are the model's own marks
    scored: Sequence[tuple[int, int, Span]]  # first token, end token, sentence; none of them is left out


class Annotator:
    """Reads letters with the models on this machine, loaded at first use."""

    def __init__(self) -> None:
        self._embedder = find_embedder(DEFAULT_MODEL, "sentences")

    @cached_property
    def fingerprint(self) -> str:
        """What identifies the annotations: SHA-256 of the learned additions, version of the sentences. Cheap."""
        return f"{hashlib.sha256(_additions().read_bytes()).hexdigest()} {SEGMENTS}"

    def annotate(self, letters: Sequence[tuple[str, Sequence[Span]]]) -> list[Annotations]:
        """Read letters, each given as its text and its sentences.

        :raises ModelUnavailable: if the embedding model's package is not installed.
        """
        import torch

        from ingest.network import padded

        network = self._network
        work = [
            (number, stretch)
            for number, (text, sentences) in enumerate(letters)
            for stretch in stretches(network.tokenizer, text, sentences)
        ]
        work.sort(key=lambda item: len(item[1].ids))  # little padding
        read: list[list[_Read]] = [[] for _ in letters]
        for batch in _batches(work):
            with torch.inference_mode():
                scores = network.head(network.tokens(*padded([stretch.ids for _, stretch in batch])))
            for row, (number, stretch) in enumerate(batch):
                read[number] += _sentences(stretch, scores[row].numpy())
        vectors = self.vectors(
            [t[r.sentence.start : r.sentence.end] for (t, _), rs in zip(letters, read, strict=True) for r in rs]
        )
        ends = list(accumulate(len(found) for found in read))
        return [_whole(found, vectors[end - len(found) : end]) for found, end in zip(read, ends, strict=True)]

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors of sentences or subjects' names, of shape (texts, dimension), to compare."""
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        return self._embedder.passages(texts)

    @cached_property
    def _network(self) -> Network:
        from safetensors.torch import load

        with offline():
            from ingest.network import Network

            network = Network(self._embedder.folder)
        network.learn(load(_additions().read_bytes()))
        network.merge()
        return network.eval()


def _batches(work: Sequence[tuple[int, Stretch]]) -> Iterator[Sequence[tuple[int, Stretch]]]:
    return (work[start : start + _AT_ONCE] for start in range(0, len(work), _AT_ONCE))


def _additions() -> Path:
    return Path(str(resources.files("ingest.data") / "annotator.safetensors"))


def stretches(tokenizer: Tokenizer, text: str, sentences: Sequence[Span]) -> Iterator[Stretch]:
    """Cut a letter into stretches of whole sentences, each with the two sentences before it for context if they fit.

    Every sentence is scored in exactly one stretch. The last sentence of a stretch that is not the letter's last is
    only context: it is scored in the next one, where it stands among what follows it.
    """
    read = tokenizer(text, return_offsets_mapping=True, add_special_tokens=False, verbose=False)
    ids, offsets = read["input_ids"], read["offset_mapping"]
    places = list(_token_places(offsets, sentences))
    first = 0
    while first < len(sentences):
        context = max(0, first - _CONTEXT)
        while context < first and places[first][1] - places[context][0] > _LONGEST:
            context += 1
        stop = first + 1
        while stop < len(sentences) and places[stop][1] - places[context][0] <= _TOKENS:
            stop += 1
        scored = stop if stop == len(sentences) else max(first + 1, stop - 1)
        begin = places[context][0]
        end = min(places[stop - 1][1], begin + _LONGEST)
        yield Stretch(
            [tokenizer.cls_token_id, *ids[begin:end], tokenizer.sep_token_id],
            [(-1, -1), *offsets[begin:end], (-1, -1)],
            [
                (places[n][0] - begin + 1, min(places[n][1], end) - begin + 1, sentences[n])
                for n in range(first, scored)
            ],
        )
        first = scored


def _token_places(offsets: Sequence[tuple[int, int]], sentences: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """First and end token of each sentence."""
    token = 0
    for sentence in sentences:
        while token < len(offsets) and offsets[token][0] < sentence.start:
            token += 1
        first = token
        while token < len(offsets) and offsets[token][0] < sentence.end:
            token += 1
        yield first, token


@dataclass(frozen=True)
class _Read:
    """One sentence as it was read."""

    sentence: Span
    tokens: Sequence[tuple[int, int]]
    stances: NDArray[np.float32]


def _sentences(stretch: Stretch, scores: NDArray[np.float32]) -> Iterator[_Read]:
    for first, end, sentence in stretch.scored:
        yield _Read(sentence, stretch.tokens[first:end], scores[first:end])


def _whole(read: Sequence[_Read], vectors: Vectors) -> Annotations:
    order = sorted(range(len(read)), key=lambda n: read[n].sentence.start)
    spans = [(read[n].sentence.start, read[n].sentence.end) for n in order]
    tokens = [place for n in order for place in read[n].tokens]
    return Annotations(
        np.array(spans, dtype=np.int32).reshape(-1, 2),
        vectors[order].astype(np.float16),
        np.array(tokens, dtype=np.int32).reshape(-1, 2),
        np.array([row for n in order for row in read[n].stances], dtype=np.float16).reshape(-1, len(Stance)),
    )
