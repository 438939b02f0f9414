"""Labelled sets: letters, questions whose right answers are known, and what each letter really says.

Three forms are read: a folder in Dossier's own form, the name of a shipped set (``dev``), and a BEIR folder.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from eval.dataset.beir import corpus_file, load_beir
from eval.dataset.consistency import check as check
from eval.dataset.labelled import BadDataset as BadDataset
from eval.dataset.labelled import GoldLetter as GoldLetter
from eval.dataset.labelled import GoldTopic as GoldTopic
from eval.dataset.labelled import LabelledSet as LabelledSet
from eval.dataset.labelled import Query as Query
from eval.dataset.own import load_own


def shipped_names() -> list[str]:
    """Return the names of the labelled sets that come with Dossier."""
    return sorted(folder.name for folder in _shipped().iterdir() if (folder / "queries.jsonl").is_file())


def sample_letters() -> Path:
    """Return the folder of the sample cohort's letters, which are those of the labelled set ``dev``."""
    return Path(str(_shipped() / "dev" / "letters"))


def load(path_or_name: str | Path) -> LabelledSet:
    """Read the labelled set in a folder, or the shipped one of that name.

    A plain word that is the name of a shipped set means that set, even beside a folder of the same name: ``./dev`` and
    a ``Path`` mean the folder.

    :raises BadDataset: If there is no such set, or a file of it is not what it should be.
    """
    if isinstance(path_or_name, str) and path_or_name in shipped_names():
        return load_own(_shipped() / path_or_name)
    folder = Path(path_or_name).expanduser()
    if (folder / "letters").is_dir():
        return load_own(folder)
    if corpus_file(folder) is not None:
        return load_beir(folder)
    raise BadDataset(
        f"{folder} is not a labelled set: expected a folder with letters/ and queries.jsonl, a BEIR folder with "
        f"corpus.jsonl, queries.jsonl and qrels, or one of the names {', '.join(shipped_names())}."
    )


def _shipped() -> Path:
    return Path(str(files("eval"))) / "cohorts"
