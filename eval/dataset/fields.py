"""Files of a labelled set, line by line and field by field; what is wrong is named with its file and line."""

from __future__ import annotations

import csv
import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from eval.dataset.labelled import BadDataset

Record: TypeAlias = Mapping[str, Any]
Qrel: TypeAlias = tuple[str, str, float]  # query id, letter id, score


def read_text(file: Path) -> str:
    """Return a file's text, unpacked if its name ends in ``.gz``.

    :raises BadDataset: if it is missing, cannot be read, or is not UTF-8.
    """
    try:
        content = file.read_bytes()
        return (gzip.decompress(content) if file.suffix == ".gz" else content).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise BadDataset(f"{file} is missing: a labelled set needs it.") from error
    except (OSError, EOFError) as error:
        raise BadDataset(f"{file} cannot be read: {error}.") from error
    except UnicodeDecodeError as error:
        raise BadDataset(f"{file}: byte {error.start} is not UTF-8: expected UTF-8 text.") from error


def json_lines(file: Path) -> Iterator[tuple[int, Record]]:
    """Yield line number and object of each line that is not blank. Lines end at ``\\n`` only, as JSON allows U+2028."""
    for number, line in enumerate(read_text(file).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadDataset(f"{file}, line {number}: expected one JSON object ({error.msg}).") from error
        if not isinstance(record, dict):
            raise BadDataset(f"{file}, line {number}: expected one JSON object, got {type(record).__name__}.")
        yield number, record


def string(record: Record, key: str, where: str, *, required: bool = True) -> str:
    """Return a field that must be a text; empty where it may be missing.

    :raises BadDataset: if it is none.
    """
    value = record.get(key, "")
    if not isinstance(value, str) or (required and not value):
        raise BadDataset(f"{where}: expected {key!r} to be a text.")
    return value


def ids_of(record: Record, key: str, where: str, *, required: bool = False) -> frozenset[str]:
    """Return a field that must be a list of letter ids.

    :raises BadDataset: if it is none.
    """
    value = record.get(key, None if required else [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadDataset(f"{where}: expected {key!r} to be a list of letter ids.")
    return frozenset(value)


def read_tsv(file: Path) -> Iterator[Qrel]:
    """Yield the rows of a table of query id, letter id and score, whose first line may be a heading.

    :raises BadDataset: if a row is none.
    """
    rows = csv.reader(read_text(file).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    for number, row in enumerate(rows, start=1):
        if number == 1 and row[:1] == ["query-id"]:
            continue
        if len(row) != 3:
            raise BadDataset(f"{file}, line {number}: expected query-id, corpus-id and score with tabs between them.")
        yield qrel(row[0], row[1], row[2], f"{file}, line {number}")


def qrel(query: object, letter: object, score: object, where: str) -> Qrel:
    """Return one judgement.

    :raises BadDataset: if the score is no number.
    """
    try:
        return str(query), str(letter), float(str(score))
    except ValueError as error:
        raise BadDataset(f"{where}: score {score!r}: expected a number.") from error


def relevant_of(rows: Iterable[Qrel]) -> dict[str, frozenset[str]]:
    """Collect the letters scored above 0 by query; a query with none of them keeps its place, with an empty set."""
    relevant: defaultdict[str, set[str]] = defaultdict(set)
    for query, letter, score in rows:
        relevant[query].update([letter] if score > 0 else [])
    return {query: frozenset(letters) for query, letters in relevant.items()}
