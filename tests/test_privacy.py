"""Letters stay where they are: no connection, no letter text in messages, no file anyone else may read."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from assistant import open_assistant
from ingest.database import Database
from ingest.home import Home
from ingest.index import VectorIndex, _collection

SECRET = "The quokka of Żelazowa Wola plays the theremin at midnight"

# every connection and every name look-up of the process, native threads' DNS aside, with the commands run in it
WATCHED = """
import json, sys
calls = []
def watch(event, args):
    if event == "socket.connect":
        calls.append(str(args[1]))
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        calls.append(str(args[0]))
sys.addaudithook(watch)
from ui.cli import main
for words in json.loads(sys.argv[1]):
    sys.argv = ["dossier", *words]
    try:
        main()
    except SystemExit as stopped:
        assert not stopped.code, (words, stopped.code)
sys.stderr.write(json.dumps(calls))
"""


@pytest.mark.slow
def test_ingest_ask_and_eval_connect_to_nobody(tmp_path: Path, folder: Path, own_home: Path) -> None:
    labelled = tmp_path / "tiny"
    (labelled / "letters").mkdir(parents=True)
    (labelled / "letters" / "a.txt").write_text("I work on diffusion models.")
    query = {"id": "q1", "kind": "who-does", "text": "who works on diffusion models?", "relevant": ["a"]}
    (labelled / "queries.jsonl").write_text(json.dumps(query) + "\n")
    commands = [
        ["ingest", str(folder)],
        ["ask", "who works on diffusion models?"],
        ["ask", "What does the train cost?", "--json"],
        ["letters", "forget", "Osei", "--yes"],
        ["eval", str(labelled), "--against", "stock"],
    ]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, json.dumps(commands)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**clean, "DOSSIER_HOME": str(own_home)},
    )
    assert done.returncode == 0, done.stderr
    # nobody but the model server that OLLAMA_HOST names: on this machine, and not there
    assert set(json.loads(done.stderr)) <= {"127.0.0.1", "('127.0.0.1', 1)"}


def test_what_a_process_asks_of_the_network_is_seen_by_the_watch() -> None:
    code = WATCHED.split("from ui.cli")[0] + (
        "import socket\n"
        "try: socket.create_connection(('127.0.0.1', 9), 0.1)\n"
        "except OSError: pass\n"
        "sys.stderr.write(json.dumps(calls))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stderr) == ["127.0.0.1", "('127.0.0.1', 9)"]


def test_the_home_is_its_owners_alone(folder: Path, ingest: Callable[..., object], own_home: Path) -> None:
    own_home.mkdir(mode=0o755)
    before = os.umask(0)
    try:
        ingest(folder)
    finally:
        os.umask(before)
    assert stat.S_IMODE(own_home.stat().st_mode) == 0o700
    assert stat.S_IMODE((own_home / "letters.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((own_home / "index").stat().st_mode) == 0o700


def test_what_is_embedded_is_the_passage_and_nothing_else(home: Home, letters: Mapping[str, str]) -> None:
    database = Database(home.database)
    key = database.cohort("default")
    passages = {item.vector_id: item.passage for item in database.passages(key, "window")}
    with _collection(VectorIndex(home, database)._folder, key) as collection:
        stored: Any = collection.get(include=["documents", "metadatas"])
    database.close()
    assert set(stored["ids"]) == set(passages)
    for id_, document, metadata in zip(stored["ids"], stored["documents"], stored["metadatas"], strict=True):
        passage = passages[id_]
        assert document == passage.text == letters[passage.letter][passage.start : passage.end]
        assert metadata.keys() == {"letter", "start", "end"}
        assert all(isinstance(value, int) for value in metadata.values())


@pytest.fixture
def secret(tmp_path: Path, ingest: Callable[..., object]) -> Path:
    """A letter in the test's own home that must not be quoted where nobody asked for it."""
    place = tmp_path / "letters"
    place.mkdir()
    (place / "secret.txt").write_text(f"Dear all.\n\n{SECRET}. I need a visa.", encoding="utf-8")
    ingest(place)
    return place


@pytest.mark.parametrize(
    "words",
    [
        ["ask", ""],
        ["ask", "who needs a visa?", "--llm", "llama3"],
        ["ask", "who needs a visa?", "--cohort", "2027"],
        ["letters", "show", "nobody"],
        ["letters", "forget", "nobody", "--yes"],
        ["reindex", "--embedding", "no-such-model"],
    ],
    ids=" ".join,
)
def test_no_failure_quotes_a_letter(run: Callable[..., Any], secret: Path, words: list[str]) -> None:
    done = run(*words)
    assert done.code == 1
    assert "quokka" not in done.out + done.err


def test_ingest_doctor_and_the_list_quote_no_letter(
    run: Callable[..., Any], secret: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (secret / "huge.txt").write_text(f"{SECRET}. " * 5_000, encoding="utf-8")
    (secret / "form.csv").write_text(f'a,b\n"{SECRET}","1"\n', encoding="utf-8")
    (secret / "cut.docx").write_bytes(b"PK\x03\x04" + SECRET.encode())
    with caplog.at_level("DEBUG"):
        runs = [run("ingest", secret), run("ingest", secret, "--json"), run("letters"), run("doctor")]
    assert runs[0].code == 3
    assert "quokka" not in "".join(done.out + done.err for done in runs) + caplog.text


def test_a_missing_vector_is_warned_of_without_words(secret: Path, own_home: Path) -> None:
    import shutil

    shutil.rmtree(own_home / "index")
    answer = open_assistant(Home(own_home)).answer("What is the capital of Mongolia?")
    assert answer.warnings
    assert "quokka" not in " ".join(answer.warnings)


def test_nothing_is_written_outside_the_home(secret: Path, own_home: Path, tmp_path: Path) -> None:
    open_assistant(Home(own_home)).answer("who needs a visa?")
    assert {item.name for item in tmp_path.iterdir()} == {"letters", "home"}
    assert {item.name for item in own_home.iterdir()} <= {
        *("letters.db", "letters.db-wal", "letters.db-shm", "index", "writer.lock")
    }
