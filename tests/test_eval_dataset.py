"""Labelled sets: the shipped one, folders in both forms, and what is said when one is broken."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.dataset import BadDataset, GoldLetter, GoldTopic, LabelledSet, Query, check, load, shipped_names
from ingest.errors import DossierError

LIMIT_SMALL = Path(__file__).parents[2] / "shared" / "corpora" / "limit" / "small"


def write_lines(file: Path, records: list[dict[str, Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A set in Dossier's own form: two letters, a question of each kind, one conversation."""
    folder = tmp_path / "tiny"
    (folder / "letters").mkdir(parents=True)
    (folder / "letters" / "a.txt").write_bytes("I work on\r\nscore matching. Cafe\u0301.  \r\n".encode())
    (folder / "letters" / "b.txt").write_text("I want to learn diffusion.\n")
    write_lines(
        folder / "queries.jsonl",
        [
            {"id": "q1", "kind": "who-does", "text": "who?", "relevant": ["a"], "neutral": ["b"], "topic": "diffusion"},
            {"id": "q2", "kind": "fact", "text": "what?", "letter": "a", "answer": "score", "quote": "score matching"},
            {"id": "q3", "kind": "fact-absent", "text": "where?", "letter": "b"},
        ],
    )
    (folder / "gold").mkdir()
    topics = [{"topic": "diffusion", "stance": "does", "quotes": ["work on score matching"]}]
    (folder / "gold" / "a.json").write_text(json.dumps({"topics": topics, "facts": [{"quote": "Caf\u00e9"}]}))
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\ta\t1\n")
    turn = {"conversation": "c1", "text": "who?", "relevant": ["a"]}
    write_lines(folder / "conversations.jsonl", [{"id": "c1-1", **turn}, {"id": "c1-2", **turn}])
    return folder


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    folder = tmp_path / "nfcorpus"
    write_lines(folder / "corpus.jsonl", [{"_id": "Ann O", "title": "A", "text": "one"}, {"_id": "B", "text": "two"}])
    write_lines(folder / "queries.jsonl", [{"_id": "1", "text": "Who?"}, {"_id": "2", "text": "Not judged?"}])
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n1\tAnn O\t2\n1\tB\t0\n")
    (folder / "qrels" / "train.tsv").write_text("query-id\tcorpus-id\tscore\n2\tB\t1\n")
    return folder


def test_an_own_folder_is_read_whole(own: Path) -> None:
    labelled = load(own)
    assert labelled.name == "tiny"
    assert labelled.letters == {"a": "I work on\nscore matching. Café.", "b": "I want to learn diffusion."}
    assert labelled.queries == (
        Query("q1", "who-does", "who?", frozenset("a"), frozenset("b"), topic="diffusion"),
        Query("q2", "fact", "what?", letter="a", answer="score", quote="score matching"),
        Query("q3", "fact-absent", "where?", letter="b"),
    )
    topic = GoldTopic("diffusion", "does", ("work on score matching",))
    assert labelled.gold == {"a": GoldLetter((topic,), ("work on score matching", "Café"))}
    assert [(turn.id, turn.kind) for turn in labelled.turns] == [("c1-1", "turn1"), ("c1-2", "turn2")]
    assert check(labelled) == []


def test_the_hash_is_of_what_scoring_depends_on(own: Path) -> None:
    labelled = load(own)
    assert labelled.hash == load(str(own)).hash
    assert labelled.hash != replace(labelled, queries=labelled.queries[1:]).hash
    assert labelled.hash != replace(labelled, gold={}).hash
    assert labelled.letters_hash == replace(labelled, queries=()).letters_hash
    assert labelled.letters_hash != replace(labelled, letters={"a": "other"}).letters_hash


def test_a_beir_folder_becomes_who_questions(beir: Path) -> None:
    labelled = load(beir)
    assert labelled.letters == {"Ann O": "A\n\none", "B": "two"}
    assert labelled.queries == (Query("1", "who", "Who?", frozenset({"Ann O"})),)
    assert check(labelled) == []


def test_a_beir_folder_may_be_compressed_and_have_its_qrels_as_json(beir: Path) -> None:
    plain = load(beir)
    (beir / "corpus.jsonl.gz").write_bytes(gzip.compress((beir / "corpus.jsonl").read_bytes()))
    (beir / "corpus.jsonl").unlink()
    write_lines(beir / "qrels.jsonl", [{"query-id": "1", "corpus-id": "Ann O", "score": 1}])
    assert load(beir) == plain


@pytest.mark.skipif(not LIMIT_SMALL.is_dir(), reason="the LIMIT benchmark is not on this machine")
def test_the_limit_benchmark_is_read() -> None:
    labelled = load(LIMIT_SMALL)
    assert labelled.name == "limit-small"
    assert (len(labelled.letters), len(labelled.queries)) == (46, 1000)
    assert {len(query.relevant) for query in labelled.queries} == {2}
    assert check(labelled) == []


def test_every_shipped_set_is_without_fault() -> None:
    assert "dev" in shipped_names()
    for name in shipped_names():
        assert check(load(name)) == [], name


def test_the_dev_set_is_the_one_that_was_measured() -> None:
    dev = load("dev")
    kinds = [query.kind for query in dev.queries]
    assert (len(dev.letters), len(dev.gold), len(dev.conversations)) == (60, 60, len(dev.turns) // 3)
    assert (sum(kind.startswith("who") for kind in kinds), kinds.count("fact"), kinds.count("fact-absent")) == (
        111,
        120,
        60,
    )


def test_a_shipped_name_wins_over_a_folder_of_that_name(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own.rename(own.parent / "dev")
    monkeypatch.chdir(own.parent)
    assert len(load("dev").letters) == 60
    assert len(load("./dev").letters) == len(load(Path("dev")).letters) == 2


BROKEN: Mapping[str, tuple[str, str, str]] = {
    "no queries": ("queries.jsonl", "", "queries.jsonl is missing"),
    "not JSON": ("queries.jsonl", "{", "queries.jsonl, line 1: expected one JSON object"),
    "not an object": ("queries.jsonl", "[1]", "expected one JSON object, got list"),
    "unknown kind": ("queries.jsonl", '{"id": "q", "kind": "how", "text": "?"}', "unknown kind 'how'"),
    "no text": ("queries.jsonl", '{"id": "q", "kind": "who-does", "relevant": []}', "expected 'text' to be a text"),
    "no relevant": ("queries.jsonl", '{"id": "q", "kind": "who", "text": "?"}', "'relevant' to be a list of letter"),
    "fact without letter": ("queries.jsonl", '{"id": "q", "kind": "fact", "text": "?"}', "expected 'letter'"),
    "gold not JSON": ("gold/a.json", "{", "a.json, line 1: expected one JSON object"),
    "gold not an object": ("gold/a.json", "[]", "a.json: expected one JSON object"),
    "qrels without tabs": ("qrels.tsv", "q1 a 1\n", "qrels.tsv, line 1: expected query-id, corpus-id and score"),
    "qrels score": ("qrels.tsv", "q1\ta\tyes\n", "qrels.tsv, line 1: score 'yes': expected a number"),
}


@pytest.mark.parametrize(("file", "content", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_named(own: Path, file: str, content: str, message: str) -> None:
    (own / file).unlink()
    if content:
        (own / file).write_text(content)
    with pytest.raises(BadDataset, match=message.replace("[", r"\[")):
        load(own)


def test_a_file_that_is_not_utf8_is_named(own: Path) -> None:
    (own / "letters" / "a.txt").write_bytes(b"caf\xe9")
    with pytest.raises(BadDataset, match=r"a\.txt: byte 3 is not UTF-8"):
        load(own)


def test_a_folder_without_letters_is_refused(own: Path) -> None:
    for letter in (own / "letters").iterdir():
        letter.unlink()
    with pytest.raises(BadDataset, match="holds no letter"):
        load(own)


def test_what_is_no_set_is_told_what_would_be(tmp_path: Path) -> None:
    with pytest.raises(DossierError, match=r"is not a labelled set: .*\bdev\b"):
        load(tmp_path / "nowhere")


def test_a_beir_folder_without_qrels_is_refused(beir: Path) -> None:
    for table in (beir / "qrels").iterdir():
        table.unlink()
    with pytest.raises(BadDataset, match=r"expected qrels/test\.tsv or qrels\.jsonl"):
        load(beir)


def test_a_beir_folder_whose_ids_do_not_meet_is_refused(beir: Path) -> None:
    (beir / "qrels" / "test.tsv").write_text("99\tB\t1\n")
    with pytest.raises(BadDataset, match="no _id of it is a query-id"):
        load(beir)


def test_check_reports_each_fault_and_no_words_of_a_letter() -> None:
    labelled = LabelledSet(
        name="faulty",
        letters={"a": "secret words"},
        queries=(
            Query("q1", "who-does", "?", frozenset({"a", "x"}), frozenset({"a", "y"})),
            Query("q1", "fact", "?", letter="a", answer="words", quote="no words of it"),
            Query("q2", "fact-absent", "?", letter="z"),
        ),
        gold={
            "a": GoldLetter((GoldTopic("diffusion", "adores", ("secret",)),), ("secret", "secrets")),
            "w": GoldLetter(),
        },
        qrels={"q1": frozenset({"a", "x"}), "q7": frozenset()},
    )
    assert check(labelled) == [
        "q1: more than one question has this id",
        "q1: relevant letter x is not in the set",
        "q1: neutral letter y is not in the set",
        "q1: letter a is both relevant and neutral",
        "q1: its quote is not in letter a",
        "q2: letter z is not in the set",
        "gold/a.json: topic diffusion: unknown stance adores",
        "gold/a.json: quote 2 of 2 is not in the letter",
        "gold/w.json: letter w is not in the set",
        "qrels.tsv: q7 is not in queries.jsonl",
    ]


def test_check_compares_questions_with_qrels() -> None:
    query = Query("q1", "who-does", "?", frozenset({"a"}))
    labelled = LabelledSet("s", {"a": "x", "b": "y"}, (query,), qrels={"q1": frozenset({"b"})})
    assert check(labelled) == ["q1: queries.jsonl and qrels.tsv disagree on its relevant letters"]
