"""Dossier's own form: ``letters/``, ``queries.jsonl``, where there are any ``gold/``, ``qrels.tsv``, conversations."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from eval.dataset.fields import Record, ids_of, json_lines, read_text, read_tsv, relevant_of, string
from eval.dataset.labelled import BadDataset, GoldLetter, GoldTopic, LabelledSet, Query
from ingest.letters import canonical

_KINDS = ("fact", "fact-absent")  # beside these, every kind that begins with "who"


def load_own(folder: Path) -> LabelledSet:
    """Read a folder in this form.

    :raises BadDataset: if a file of it is not what it should be.
    """
    letters = {file.stem: canonical(read_text(file)) for file in sorted((folder / "letters").glob("*.txt"))}
    if not letters:
        raise BadDataset(f"{folder / 'letters'} holds no letter: expected one .txt file for each letter.")
    queries_file = folder / "queries.jsonl"
    qrels_file = folder / "qrels.tsv"
    return LabelledSet(
        name=folder.resolve().name,
        letters=letters,
        queries=tuple(_query(record, queries_file, number) for number, record in json_lines(queries_file)),
        gold={file.stem: _gold_letter(file) for file in sorted((folder / "gold").glob("*.json"))},
        conversations=_conversations(folder / "conversations.jsonl"),
        qrels=relevant_of(read_tsv(qrels_file)) if qrels_file.is_file() else {},
    )


def _query(record: Record, file: Path, number: int, kind: str = "") -> Query:
    where = f"{file}, line {number}"
    kind = kind or string(record, "kind", where)
    if not kind.startswith(("who", "turn")) and kind not in _KINDS:
        raise BadDataset(f"{where}: unknown kind {kind!r}: expected who-..., {' or '.join(_KINDS)}.")
    is_fact = kind in _KINDS
    return Query(
        id=string(record, "id", where),
        kind=kind,
        text=string(record, "text", where),
        relevant=ids_of(record, "relevant", where, required=not is_fact),
        neutral=ids_of(record, "neutral", where),
        letter=string(record, "letter", where, required=is_fact),
        answer=string(record, "answer", where, required=kind == "fact"),
        quote=canonical(string(record, "quote", where, required=kind == "fact")),
        topic=string(record, "topic", where, required=False),
    )


def _conversations(file: Path) -> dict[str, tuple[Query, ...]]:
    turns: defaultdict[str, list[Query]] = defaultdict(list)
    if file.is_file():
        for number, record in json_lines(file):
            conversation = turns[string(record, "conversation", f"{file}, line {number}")]
            conversation.append(_query(record, file, number, kind=f"turn{len(conversation) + 1}"))
    return {name: tuple(conversation) for name, conversation in turns.items()}


def _gold_letter(file: Path) -> GoldLetter:
    try:
        labels = json.loads(read_text(file))
    except json.JSONDecodeError as error:
        raise BadDataset(f"{file}, line {error.lineno}: expected one JSON object ({error.msg}).") from error
    if not isinstance(labels, dict):
        raise BadDataset(f"{file}: expected one JSON object.")
    topics = tuple(
        GoldTopic(
            topic=string(topic, "topic", str(file)),
            stance=string(topic, "stance", str(file)),
            quotes=tuple(canonical(quote) for quote in topic.get("quotes", [])),
        )
        for topic in labels.get("topics", [])
    )
    return GoldLetter(topics=topics, quotes=tuple(canonical(quote) for quote in _quotes_anywhere(labels)))


def _quotes_anywhere(labels: object) -> Iterator[str]:
    """Yield every string under a key ``quote`` or ``quotes``, however deep."""
    if isinstance(labels, list):
        for item in labels:
            yield from _quotes_anywhere(item)
    elif isinstance(labels, dict):
        for key, value in labels.items():
            if key in ("quote", "quotes"):
                yield from (
                    [value] if isinstance(value, str) else [quote for quote in value or [] if isinstance(quote, str)]
                )
            else:
                yield from _quotes_anywhere(value)
