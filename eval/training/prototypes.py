"""Place each subject among the vectors: the mean of its phrases and of passages that speak of it without its name."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

import click
import numpy as np

from ingest.annotate import Annotator

_COUNTS = {"names": 1.0, "methods": 0.5, "signs": 0.25}  # what one phrase of each kind counts; a passage counts 1


def fit() -> None:
    """Make the places of all subjects of the thesaurus anew (a few minutes)."""
    data = resources.files("assistant.data")
    subjects = tomllib.loads((data / "subjects.toml").read_text(encoding="utf-8"))["subject"]
    passages = tomllib.loads((data / "passages.toml").read_text(encoding="utf-8"))
    weighed = [
        [(entry["name"], 1.0)]
        + [(phrase, count) for key, count in _COUNTS.items() for phrase in entry.get(key, [])]
        + [(passage, 1.0) for passage in passages.get(entry["name"], [])]
        for entry in subjects
    ]
    annotator = Annotator()
    vectors = annotator.vectors([text for phrases in weighed for text, _ in phrases])
    places, start = [], 0
    for phrases in weighed:
        counts = np.array([count for _, count in phrases], dtype=np.float32)
        mean = counts @ vectors[start : start + len(phrases)]
        places.append(mean / np.linalg.norm(mean))
        start += len(phrases)
    names = [entry["name"] for entry in subjects]
    path = Path(__file__).parents[2] / "assistant" / "data" / "prototypes.npz"
    np.savez_compressed(
        path,
        subjects=np.array(names),
        vectors=np.array(places, dtype=np.float16),
        names=annotator.vectors(names).astype(np.float16),
    )
    click.echo(f"wrote {path.name}: {len(names)} subjects from {len(vectors)} phrases and passages")
