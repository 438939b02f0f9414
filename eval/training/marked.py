"""Labelled text: letters and excerpts in which every mention of a subject is marked with what it says of the writer.

Two forms. In ``marked/*.txt`` items stand between lines of ``=``, and a mention is ``{stance|names|words}``:
``I {does|graph neural networks; GNN|pass messages between molecules}``. In ``stance.jsonl`` each line is one sentence
with its heading and neighbours, and the mention that is judged stands in double square brackets; others are not marked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.letters import Stance

FOLDER = Path(__file__).parent
_MARK = re.compile(r"\{(" + "|".join(Stance) + r")\|([^|{}]+)\|([^|{}]+)\}")
_BETWEEN = re.compile(r"(?m)^=+[ \t]*$")


@dataclass(frozen=True)
class Marked:
    """A text with its marks: ``(start, end, stance)`` in characters of the text."""

    field: str  # of study; texts of one field are left out together in cross-validation
    text: str
    marks: tuple[tuple[int, int, Stance], ...]


def labelled() -> Iterator[Marked]:
    """Return all labelled text."""
    for path in sorted((FOLDER / "marked").glob("*.txt")):
        for item in _BETWEEN.split(path.read_text(encoding="utf-8")):
            if item.strip():
                yield _marked(path.stem.partition("-")[0], item.strip())
    for line in (FOLDER / "stance.jsonl").read_text(encoding="utf-8").splitlines():
        yield _sentence(json.loads(line))


def _marked(field: str, item: str) -> Marked:
    text, marks, read = "", [], 0
    for found in _MARK.finditer(item):
        text += item[read : found.start()]
        marks.append((len(text), len(text) + len(found[3]), Stance(found[1])))
        text += found[3]
        read = found.end()
    text += item[read:]
    if "{" in text or "}" in text:
        raise ValueError(f"a mark of {field!r} is broken: {text[max(0, text.find('{') - 20) :][:60]!r}")
    return Marked(field, text, tuple(marks))


def _sentence(row: dict[str, str]) -> Marked:
    sentence = row["sentence"]
    start, end = sentence.index("[["), sentence.index("]]") - 2
    before = (row["heading"] + "\n\n" if row["heading"] else "") + (row["before"] + " " if row["before"] else "")
    text = before + sentence.replace("[[", "").replace("]]", "") + (" " + row["after"] if row["after"] else "")
    return Marked("sentences", text, ((len(before) + start, len(before) + end, Stance(row["stance"])),))
