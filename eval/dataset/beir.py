"""BEIR's form: ``corpus.jsonl`` or ``corpus.jsonl.gz``, ``queries.jsonl``, and ``qrels/*.tsv`` or ``qrels.jsonl``.

Its questions become kind ``who``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from eval.dataset.fields import Qrel, Record, json_lines, qrel, read_tsv, relevant_of, string
from eval.dataset.labelled import BadDataset, LabelledSet, Query
from ingest.letters import canonical


def corpus_file(folder: Path) -> Path | None:
    """Return the file of a BEIR folder's letters, or None if it is no such folder."""
    return next((file for name in ("corpus.jsonl", "corpus.jsonl.gz") if (file := folder / name).is_file()), None)


def load_beir(folder: Path) -> LabelledSet:
    """Read a BEIR folder. As BEIR does, keep the queries that qrels speak of, and of several splits take ``test``."""
    corpus = corpus_file(folder)
    assert corpus is not None
    letters = {
        string(record, "_id", f"{corpus}, line {number}"): canonical(_titled(record, f"{corpus}, line {number}"))
        for number, record in json_lines(corpus)
    }
    relevant = relevant_of(_beir_qrels(folder))
    queries_file = folder / "queries.jsonl"
    records = [(string(record, "_id", f"{queries_file}, line {n}"), record) for n, record in json_lines(queries_file)]
    queries = tuple(
        Query(id=name, kind="who", text=string(record, "text", str(queries_file)), relevant=relevant[name])
        for name, record in records
        if name in relevant
    )
    if not queries:
        raise BadDataset(f"{queries_file}: no _id of it is a query-id of the qrels: expected them to be the same.")
    return LabelledSet(name=_beir_name(folder), letters=letters, queries=queries)


def _beir_name(folder: Path) -> str:
    folder = folder.resolve()
    return "-".join(part for part in (folder.parent.name, folder.name) if part)


def _titled(record: Record, where: str) -> str:
    title = string(record, "title", where, required=False)
    text = string(record, "text", where)
    return f"{title}\n\n{text}" if title else text


def _beir_qrels(folder: Path) -> Iterator[Qrel]:
    lines = folder / "qrels.jsonl"
    if lines.is_file():
        for number, record in json_lines(lines):
            where = f"{lines}, line {number}"
            yield qrel(record.get("query-id"), record.get("corpus-id"), record.get("score"), where)
        return
    test = folder / "qrels" / "test.tsv"
    tables = [test] if test.is_file() else sorted((folder / "qrels").glob("*.tsv"))
    if not tables:
        raise BadDataset(f"{folder} has no qrels: expected qrels/test.tsv or qrels.jsonl.")
    for table in tables:
        yield from read_tsv(table)
