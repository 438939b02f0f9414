"""A labelled set: letters, questions whose right answers are known, and what each letter really says.

Three forms are read: a folder in Dossier's own form (``letters/``, ``queries.jsonl``, and where there are any
``gold/``, ``qrels.tsv``, ``conversations.jsonl``), the name of a shipped set (``dev``), and a BEIR folder
(``corpus.jsonl`` or ``corpus.jsonl.gz``, ``queries.jsonl``, ``qrels/*.tsv`` or ``qrels.jsonl``), whose questions become
kind ``who``.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

from assistant.answer import Stance
from ingest.errors import DossierError
from ingest.letters import canonical

Record: TypeAlias = Mapping[str, Any]
Relevance: TypeAlias = Mapping[str, frozenset[str]]  # query id -> the letters that answer it

_KINDS = ("fact", "fact-absent")  # beside these, every kind that begins with "who"


class BadDataset(DossierError):
    """A labelled set cannot be read; the message names the file and what was expected of it."""


@dataclass(frozen=True)
class Query:
    """One question and its right answer.

    ``kind`` is ``who-...`` (the answer is the set ``relevant``; letters in ``neutral`` are left out of scoring),
    ``fact`` (the answer is ``answer``, told by ``quote`` in ``letter``), ``fact-absent`` (``letter`` does not say) or
    ``turnN``, the N-th turn of a conversation, scored as a set.
    """

    id: str
    kind: str
    text: str
    relevant: frozenset[str] = frozenset()
    neutral: frozenset[str] = frozenset()
    letter: str = ""
    answer: str = ""
    quote: str = ""
    topic: str = ""

    @property
    def wants_set(self) -> bool:
        """Whether the right answer is a set of letters."""
        return self.kind.startswith(("who", "turn"))


@dataclass(frozen=True)
class GoldTopic:
    """What a letter truly says of its writer and one topic, and the words that say it."""

    topic: str
    stance: str
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True)
class GoldLetter:
    """The labels of one letter: its topics, and every quote that its labels rest on, those of the topics among them."""

    topics: tuple[GoldTopic, ...] = ()
    quotes: tuple[str, ...] = ()

    def topic(self, name: str) -> GoldTopic | None:
        """Return the label of the topic ``name``, or None where the letter has none."""
        return next((topic for topic in self.topics if topic.topic == name), None)


@dataclass(frozen=True)
class LabelledSet:
    """Letters (id -> canonical text), questions with their answers, labels per letter, conversations (id -> turns).

    ``qrels`` is the same truth as ``Query.relevant``, as the set's BEIR file gives it; ``check`` compares the two.
    """

    name: str
    letters: Mapping[str, str]
    queries: tuple[Query, ...]
    gold: Mapping[str, GoldLetter] = field(default_factory=lambda: MappingProxyType({}))
    conversations: Mapping[str, tuple[Query, ...]] = field(default_factory=lambda: MappingProxyType({}))
    qrels: Relevance = field(default_factory=lambda: MappingProxyType({}))

    @property
    def turns(self) -> list[Query]:
        """Every turn of every conversation."""
        return [turn for turns in self.conversations.values() for turn in turns]

    @property
    def letters_hash(self) -> str:
        """SHA-256 of ids and texts: equal hash, equal letters."""
        return _digest(sorted(self.letters.items()))

    @property
    def hash(self) -> str:
        """SHA-256 of all that scoring depends on: letters, questions, labels, conversations."""
        gold = [(letter, topic) for letter, labels in sorted(self.gold.items()) for topic in labels.topics]
        return _digest(
            [
                sorted(self.letters.items()),
                [_plain(query) for query in (*self.queries, *self.turns)],
                [(letter, topic.topic, topic.stance, topic.quotes) for letter, topic in gold],
            ]
        )


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
        return _load_own(_shipped() / path_or_name)
    folder = Path(path_or_name).expanduser()
    if (folder / "letters").is_dir():
        return _load_own(folder)
    if _corpus_file(folder) is not None:
        return _load_beir(folder)
    raise BadDataset(
        f"{folder} is not a labelled set: expected a folder with letters/ and queries.jsonl, a BEIR folder with "
        f"corpus.jsonl, queries.jsonl and qrels, or one of the names {', '.join(shipped_names())}."
    )


def check(labelled: LabelledSet) -> list[str]:
    """Return what is inconsistent in a set, one sentence each; an empty list when all is well.

    Reported are quotes that are not in their letter, ids and stances that do not exist, doubled question ids, letters
    both relevant and neutral, and questions on which ``queries.jsonl`` and ``qrels.tsv`` disagree.
    """
    queries = [*labelled.queries, *labelled.turns]
    return [
        *_doubled_ids(queries),
        *(problem for query in queries for problem in _query_problems(query, labelled.letters)),
        *(
            problem
            for letter, gold in labelled.gold.items()
            for problem in _gold_problems(letter, gold, labelled.letters)
        ),
        *_qrels_problems(labelled),
    ]


def _shipped() -> Path:
    return Path(str(files("eval"))) / "cohorts"


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode("utf-8")).hexdigest()


def _plain(query: Query) -> dict[str, Any]:
    return {key: sorted(value) if isinstance(value, frozenset) else value for key, value in vars(query).items()}


# Dossier's own form


def _load_own(folder: Path) -> LabelledSet:
    letters = {file.stem: canonical(_text(file)) for file in sorted((folder / "letters").glob("*.txt"))}
    if not letters:
        raise BadDataset(f"{folder / 'letters'} holds no letter: expected one .txt file for each letter.")
    queries_file = folder / "queries.jsonl"
    qrels_file = folder / "qrels.tsv"
    return LabelledSet(
        name=folder.resolve().name,
        letters=letters,
        queries=tuple(_query(record, queries_file, number) for number, record in _json_lines(queries_file)),
        gold={file.stem: _gold_letter(file) for file in sorted((folder / "gold").glob("*.json"))},
        conversations=_conversations(folder / "conversations.jsonl"),
        qrels=_relevant(_tsv(qrels_file)) if qrels_file.is_file() else {},
    )


def _query(record: Record, file: Path, number: int, kind: str = "") -> Query:
    where = f"{file}, line {number}"
    kind = kind or _string(record, "kind", where)
    if not kind.startswith(("who", "turn")) and kind not in _KINDS:
        raise BadDataset(f"{where}: unknown kind {kind!r}: expected who-..., {' or '.join(_KINDS)}.")
    is_fact = kind in _KINDS
    return Query(
        id=_string(record, "id", where),
        kind=kind,
        text=_string(record, "text", where),
        relevant=_ids(record, "relevant", where, required=not is_fact),
        neutral=_ids(record, "neutral", where),
        letter=_string(record, "letter", where, required=is_fact),
        answer=_string(record, "answer", where, required=kind == "fact"),
        quote=canonical(_string(record, "quote", where, required=kind == "fact")),
        topic=_string(record, "topic", where, required=False),
    )


def _conversations(file: Path) -> dict[str, tuple[Query, ...]]:
    turns: defaultdict[str, list[Query]] = defaultdict(list)
    if file.is_file():
        for number, record in _json_lines(file):
            conversation = turns[_string(record, "conversation", f"{file}, line {number}")]
            conversation.append(_query(record, file, number, kind=f"turn{len(conversation) + 1}"))
    return {name: tuple(conversation) for name, conversation in turns.items()}


def _gold_letter(file: Path) -> GoldLetter:
    try:
        labels = json.loads(_text(file))
    except json.JSONDecodeError as error:
        raise BadDataset(f"{file}, line {error.lineno}: expected one JSON object ({error.msg}).") from error
    if not isinstance(labels, dict):
        raise BadDataset(f"{file}: expected one JSON object.")
    topics = tuple(
        GoldTopic(
            topic=_string(topic, "topic", str(file)),
            stance=_string(topic, "stance", str(file)),
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


# BEIR's form


def _corpus_file(folder: Path) -> Path | None:
    return next((file for name in ("corpus.jsonl", "corpus.jsonl.gz") if (file := folder / name).is_file()), None)


def _load_beir(folder: Path) -> LabelledSet:
    """Read a BEIR folder. As BEIR does, keep the queries that qrels speak of, and of several splits take ``test``."""
    corpus = _corpus_file(folder)
    assert corpus is not None
    letters = {
        _string(record, "_id", f"{corpus}, line {number}"): canonical(_titled(record, f"{corpus}, line {number}"))
        for number, record in _json_lines(corpus)
    }
    relevant = _relevant(_beir_qrels(folder))
    queries_file = folder / "queries.jsonl"
    records = [(_string(record, "_id", f"{queries_file}, line {n}"), record) for n, record in _json_lines(queries_file)]
    queries = tuple(
        Query(id=name, kind="who", text=_string(record, "text", str(queries_file)), relevant=relevant[name])
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
    title = _string(record, "title", where, required=False)
    text = _string(record, "text", where)
    return f"{title}\n\n{text}" if title else text


def _beir_qrels(folder: Path) -> Iterator[tuple[str, str, float]]:
    lines = folder / "qrels.jsonl"
    if lines.is_file():
        for number, record in _json_lines(lines):
            where = f"{lines}, line {number}"
            yield _qrel(record.get("query-id"), record.get("corpus-id"), record.get("score"), where)
        return
    test = folder / "qrels" / "test.tsv"
    tables = [test] if test.is_file() else sorted((folder / "qrels").glob("*.tsv"))
    if not tables:
        raise BadDataset(f"{folder} has no qrels: expected qrels/test.tsv or qrels.jsonl.")
    for table in tables:
        yield from _tsv(table)


def _tsv(file: Path) -> Iterator[tuple[str, str, float]]:
    rows = csv.reader(_text(file).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    for number, row in enumerate(rows, start=1):
        if number == 1 and row[:1] == ["query-id"]:
            continue
        if len(row) != 3:
            raise BadDataset(f"{file}, line {number}: expected query-id, corpus-id and score with tabs between them.")
        yield _qrel(row[0], row[1], row[2], f"{file}, line {number}")


def _qrel(query: object, letter: object, score: object, where: str) -> tuple[str, str, float]:
    try:
        return str(query), str(letter), float(str(score))
    except ValueError as error:
        raise BadDataset(f"{where}: score {score!r}: expected a number.") from error


def _relevant(rows: Iterable[tuple[str, str, float]]) -> dict[str, frozenset[str]]:
    """Collect the letters scored above 0 by query; a query with none of them keeps its place, with an empty set."""
    relevant: defaultdict[str, set[str]] = defaultdict(set)
    for query, letter, score in rows:
        relevant[query].update([letter] if score > 0 else [])
    return {query: frozenset(letters) for query, letters in relevant.items()}


# Files and fields


def _text(file: Path) -> str:
    try:
        content = file.read_bytes()
        return (gzip.decompress(content) if file.suffix == ".gz" else content).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise BadDataset(f"{file} is missing: a labelled set needs it.") from error
    except (OSError, EOFError) as error:
        raise BadDataset(f"{file} cannot be read: {error}.") from error
    except UnicodeDecodeError as error:
        raise BadDataset(f"{file}: byte {error.start} is not UTF-8: expected UTF-8 text.") from error


def _json_lines(file: Path) -> Iterator[tuple[int, Record]]:
    """Yield line number and object of each line that is not blank. Lines end at ``\\n`` only, as JSON allows U+2028."""
    for number, line in enumerate(_text(file).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadDataset(f"{file}, line {number}: expected one JSON object ({error.msg}).") from error
        if not isinstance(record, dict):
            raise BadDataset(f"{file}, line {number}: expected one JSON object, got {type(record).__name__}.")
        yield number, record


def _string(record: Record, key: str, where: str, *, required: bool = True) -> str:
    value = record.get(key, "")
    if not isinstance(value, str) or (required and not value):
        raise BadDataset(f"{where}: expected {key!r} to be a text.")
    return value


def _ids(record: Record, key: str, where: str, *, required: bool = False) -> frozenset[str]:
    value = record.get(key, None if required else [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadDataset(f"{where}: expected {key!r} to be a list of letter ids.")
    return frozenset(value)


# Checks


def _doubled_ids(queries: Iterable[Query]) -> Iterator[str]:
    seen: set[str] = set()
    for query in queries:
        if query.id in seen:
            yield f"{query.id}: more than one question has this id"
        seen.add(query.id)


def _query_problems(query: Query, letters: Mapping[str, str]) -> Iterator[str]:
    for name, ids in (("relevant", query.relevant), ("neutral", query.neutral)):
        for unknown in sorted(ids - letters.keys()):
            yield f"{query.id}: {name} letter {unknown} is not in the set"
    for both in sorted(query.relevant & query.neutral):
        yield f"{query.id}: letter {both} is both relevant and neutral"
    if query.letter and query.letter not in letters:
        yield f"{query.id}: letter {query.letter} is not in the set"
    elif query.quote and not _contains(letters[query.letter], query.quote):
        yield f"{query.id}: its quote is not in letter {query.letter}"


def _gold_problems(letter: str, gold: GoldLetter, letters: Mapping[str, str]) -> Iterator[str]:
    if letter not in letters:
        yield f"gold/{letter}.json: letter {letter} is not in the set"
        return
    for topic in gold.topics:
        if topic.stance not in list(Stance):
            yield f"gold/{letter}.json: topic {topic.topic}: unknown stance {topic.stance}"
    for number, quote in enumerate(gold.quotes, start=1):  # by number: a message never shows letter text
        if not _contains(letters[letter], quote):
            yield f"gold/{letter}.json: quote {number} of {len(gold.quotes)} is not in the letter"


def _contains(letter: str, quote: str) -> bool:
    """Whether the words of ``quote`` stand in ``letter`` in one run, whatever the white space between them."""
    return " ".join(quote.split()) in " ".join(letter.split())


def _qrels_problems(labelled: LabelledSet) -> Iterator[str]:
    if not labelled.qrels:
        return
    by_id = {query.id: query for query in labelled.queries}
    for unknown in sorted(labelled.qrels.keys() - by_id.keys()):
        yield f"qrels.tsv: {unknown} is not in queries.jsonl"
    for query in labelled.queries:
        if query.wants_set and labelled.qrels.get(query.id, frozenset()) != query.relevant:
            yield f"{query.id}: queries.jsonl and qrels.tsv disagree on its relevant letters"
