"""Ingest killed, raced and robbed of its index: what was acknowledged is kept, and the next run completes the rest."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from by_eye import ByEye

from assistant import open_assistant
from ingest.database import Database
from ingest.errors import HomeBusy
from ingest.home import Home
from ingest.index import VectorIndex
from ingest.letters import Draft
from ingest.pipeline import ingest_drafts

TESTS = Path(__file__).parent
MANY = 240
OLD = {f"d{n}": f"I have repaired {n} boats." for n in range(MANY)}
NEW = {f"d{n}": f"I have sailed {n} ships. I sing." for n in range(MANY)}

# One process per moment, forked where nothing runs yet; it kills itself there, in the middle of a real ingest.
KILLED = """
import os, signal, sys
from pathlib import Path
from by_eye import ByEye
from ingest.home import Home
from ingest.pipeline import ingest_drafts
from test_ingest_faults import NEW, drafts

def die(): os.kill(os.getpid(), signal.SIGKILL)

class Dies(ByEye):
    def passages(self, texts):
        die()

def killed_at(moment, home):
    after = {"while the first are stored": 50, "between two transactions": 150, "after the last is read": len(NEW)}
    if moment in after:
        def items():
            for number, draft in enumerate(drafts(NEW)):
                if number == after[moment]:
                    die()
                yield draft
            die()
        ingest_drafts(home, "default", items(), embedder=ByEye())
    elif moment == "while they are embedded":
        ingest_drafts(home, "default", drafts(NEW), embedder=Dies())
    else:
        ingest_drafts(home, "default", drafts(NEW), embedder=ByEye(), progress=lambda *step: die())

for moment, folder in zip(sys.argv[1::2], sys.argv[2::2]):
    child = os.fork()
    if child == 0:
        killed_at(moment, Home(Path(folder)))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL, moment
"""
# letters are stored a hundred at a time: so many were stored when it died, and must be there
ACKNOWLEDGED = {
    "while the first are stored": 0,
    "between two transactions": 100,
    "after the last is read": 200,
    "while they are embedded": MANY,
    "after the first vectors": MANY,
}
MOMENTS = tuple(ACKNOWLEDGED)


Killed = dict[tuple[str, str], Home]


def drafts(texts: Mapping[str, str]) -> Iterator[Draft]:
    for name, text in texts.items():
        yield Draft(f"/letters/{name}.txt", name, text)


def stored(home: Home) -> dict[str, str]:
    with closing(Database(home.database)) as database:
        return {letter.id: letter.text for letter in database.letters(database.cohort("default"))}


def assert_whole(home: Home, texts: Mapping[str, str]) -> None:
    """Every letter once, with its new text, all its vectors, and a sound file."""
    assert stored(home) == texts
    with closing(sqlite3.connect(home.database)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with closing(Database(home.database)) as database:
        key = database.cohort("default")
        assert VectorIndex(home, database).missing(key) == 0
        assert len(VectorIndex(home, database).matrix(key).ids) == len(database.passages(key, "window"))


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    """Homes in which an ingest was killed, by what was ingested and the moment."""
    base = tmp_path_factory.mktemp("killed")
    starts = {"new letters": Home(base / "empty"), "changed letters": Home(base / "full")}
    starts["new letters"].create()
    ingest_drafts(starts["changed letters"], "default", drafts(OLD), embedder=ByEye())
    homes = {(what, moment): Home(base / what / moment) for what in starts for moment in MOMENTS}
    for (what, _), home in homes.items():
        shutil.copytree(starts[what].path, home.path)
    words = [word for (_, moment), home in homes.items() for word in (moment, str(home.path))]
    subprocess.run([sys.executable, "-c", KILLED, *words], check=True, cwd=TESTS)
    return homes


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("what", ["new letters", "changed letters"])
def test_after_a_kill_letters_are_whole_and_the_next_run_completes(killed: Killed, what: str, moment: str) -> None:
    home = killed[what, moment]
    before = stored(home)
    assert all(text in (OLD[name], NEW[name]) for name, text in before.items())
    assert sum(text == NEW[name] for name, text in before.items()) == ACKNOWLEDGED[moment]
    report = ingest_drafts(home, "default", drafts(NEW), embedder=ByEye())
    assert len(report.added) + len(report.changed) + len(report.unchanged) == MANY
    assert_whole(home, NEW)
    assert ingest_drafts(home, "default", drafts(NEW), embedder=ByEye()).embedded == 0


# ---- two writers -----------------------------------------------------------------------------------------------------


@pytest.fixture
def writer(own_home: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that is writing to the home."""
    hold = (
        "import sys; from pathlib import Path; from ingest.home import Home\n"
        f"with Home(Path({str(own_home)!r})).writing(): print('writing', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "writing\n"
    yield process
    process.kill()
    process.communicate()


def test_the_second_writer_is_told_who_is_the_first(
    writer: subprocess.Popen[str], folder: Path, own_home: Path, run: Callable[..., Any]
) -> None:
    began = time.monotonic()
    with pytest.raises(HomeBusy, match=rf"process {writer.pid}, since \d\d:\d\d"):
        ingest_drafts(Home(own_home), "default", drafts(OLD), embedder=ByEye())
    assert time.monotonic() - began < 2
    refused = run("ingest", folder)
    assert (refused.code, refused.out) == (1, "")
    assert str(writer.pid) in refused.err


def test_a_killed_writer_holds_nothing(writer: subprocess.Popen[str], own_home: Path) -> None:
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert len(ingest_drafts(Home(own_home), "default", drafts(OLD), embedder=ByEye()).added) == MANY


# ---- the index lost --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda index: shutil.rmtree(index), id="deleted"),
        pytest.param(lambda index: (index / "g1" / "chroma.sqlite3").write_bytes(b"\x00" * 5_000), id="damaged"),
    ],
)
def test_without_vectors_words_answer_and_the_next_ingest_mends(
    folder: Path, filled: Home, ingest: Callable[..., Any], own_home: Path, damage: Callable[[Path], object]
) -> None:
    damage(Home(own_home).index)
    answer = open_assistant(Home(own_home)).answer("What does the train cost?")
    assert [evidence.letter for evidence in answer.evidence][:1] == ["Osei"]
    assert any("have no vectors" in warning and "dossier ingest" in warning for warning in answer.warnings)
    assert len(open_assistant(Home(own_home)).answer("who works on diffusion models?").candidates) == 2
    report = ingest(folder)
    assert len(report.unchanged) == 6
    assert report.embedded > 0
    assert open_assistant(Home(own_home)).answer("What does the train cost?").warnings == ()


def test_while_an_assistant_is_open_letters_may_be_added_and_forgotten(
    filled: Home, tmp_path: Path, ingest: Callable[..., Any], own_home: Path, run: Callable[..., Any]
) -> None:
    assistant = open_assistant(Home(own_home))
    assert assistant.answer("What does the train cost?").evidence
    assert run("letters", "forget", "Osei", "--yes").code == 0
    assert "Osei" not in {quote.letter for quote in assistant.answer("What does the train cost?").evidence}
    (tmp_path / "lamp.txt").write_text("The lighthouse of my village sends its beam over twelve miles.")
    ingest(tmp_path / "lamp.txt")
    answer = assistant.answer("How far does the beam of the lighthouse go?")
    assert [evidence.letter for evidence in answer.evidence] == ["lamp"]
    assert answer.warnings == ()
    assert answer.coverage.letters == 6


# ---- killed for real, at any moment ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("attempt", range(8))
def test_the_command_killed_at_any_moment(attempt: int, tmp_path: Path, own_home: Path) -> None:
    letters = tmp_path / "letters"
    letters.mkdir()
    for name, text in NEW.items():
        (letters / f"{name}.txt").write_text(text)
    command = [sys.executable, "-c", "from ui.cli import main; main()", "ingest", str(letters)]
    process = subprocess.Popen(command, env={**os.environ, "DOSSIER_HOME": str(own_home)})
    deadline = time.monotonic() + 60
    while not Home(own_home).database.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(random.Random(attempt).uniform(0, 4))
    process.kill()
    process.wait()
    before = Home(own_home).database.exists() and Database(Home(own_home).database).cohorts()
    kept = dict(stored(Home(own_home))) if before else {}
    again = subprocess.run(command, env={**os.environ, "DOSSIER_HOME": str(own_home)}, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert kept.items() <= NEW.items()
    assert_whole(Home(own_home), NEW)
