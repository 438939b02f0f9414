"""A small cohort of six letters, embedded once with the real model; every test gets a home of its own."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant import Answer, Assistant, open_assistant
from assistant.cohort import Cohort
from ingest.database import Database
from ingest.embed import DEFAULT_MODEL, LocalEmbedder, find_embedder
from ingest.files import find_files
from ingest.home import DEFAULT_COHORT, Home
from ingest.letters import Draft, SetAside
from ingest.pipeline import SEGMENTS, IngestReport, ingest_drafts
from ingest.readers import ReadOptions, read_file
from tests.ollama_protocol import Behaviour, FakeOllama

NOBODY = "127.0.0.1:1"  # a port where no model server listens

LETTERS: Mapping[str, str] = {
    # works on diffusion models, PhD student, has published, needs a visa
    "Kowalska": """Ann Kowalska

Dear committee,

I am a second-year PhD student at the University of Gdańsk. My research is on diffusion models: I train score
networks for medical images every day.

Publications
- Our paper on faster sampling was published at MICCAI 2025.
- A second article is under review.

I need a visa to enter the country.

Ann Kowalska""",
    # wants to learn diffusion models, master's student, no visa
    "Neri": """Dear organisers,

I am a master's student in Turin. I build walking robots and I write their software in C++. I have never worked on
diffusion models, but I want to learn about diffusion models at your school.

I have not published anything yet. I do not need a visa.

Bruno Neri""",
    # worked on diffusion models once, asks for a grant, needs a visa
    "Chen": """To whom it may concern,

In my bachelor's thesis I worked on diffusion models for weather maps; I finished it in 2023. Since then I have been a
software engineer at a hospital in Kraków, where I schedule 38 operating rooms.

I would need a visa and a travel grant.

Chen Li""",
    # a friend works on diffusion models; weak in statistics; bachelor student; likes Limes
    "Sahin": """Hello,

I am a first-year bachelor student of biology. My friend Omar works on diffusion models, I only listen to him. My
statistics is weak: I know very little of statistics and I get lost in every proof.

I like Tapirs, Limes, Rain, Old Maps, Chess, and Soup.

Dara Şahin""",
    # refuses machine learning; keeps bees; likes Key Limes, not Limes
    "Dürr": """Dear school,

I keep bees: 14 hives on the roof of our town hall, and I sell the honey to 40 neighbours. I do not work on machine
learning and I do not want to.

I like Key Limes, Canoes, Rain, Bread, Owls, and Kites.

Emil Dürr""",
    # time series; a course on robotics; asks for a grant
    "Osei": """Dear all,

I work on time series of river levels. I took a course on robotics last winter. For two years I have forecast floods
near Zürich, and my supervisor is Dr. Renate Vogt.

I ask for a travel grant, because the train costs 180 francs.

Fay Osei""",
}


def pytest_configure() -> None:
    """Embed with one thread: of many small texts, one after the other, threads only wait for each other."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]
Ingest = Callable[..., IngestReport]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test ever sees the user's letters or model server."""
    home = tmp_path / "home"
    monkeypatch.setenv("DOSSIER_HOME", str(home))
    monkeypatch.setenv("OLLAMA_HOST", NOBODY)
    for name in ("DOSSIER_MODEL", "DOSSIER_CONTEXT", "DOSSIER_ALLOW_HOST", "OLLAMA_KEEP_ALIVE", "OLLAMA_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., FakeOllama]]:
    """Start a model server for this test; it is the one that Dossier finds. See ``tests.ollama_protocol``."""
    with ExitStack() as servers:

        def start(*behaviour: Behaviour, **settings: object) -> FakeOllama:
            server = servers.enter_context(FakeOllama(*behaviour, **settings))
            monkeypatch.setenv("OLLAMA_HOST", server.host)
            return server

        yield start


@pytest.fixture(scope="session")
def letters() -> Mapping[str, str]:
    return LETTERS


@pytest.fixture(scope="session")
def embedder() -> LocalEmbedder:
    return find_embedder(DEFAULT_MODEL, SEGMENTS)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The six letters as files."""
    place = tmp_path_factory.mktemp("letters")
    for name, text in LETTERS.items():
        (place / f"{name}.txt").write_text(text, encoding="utf-8")
    return place


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, folder: Path, embedder: LocalEmbedder) -> Home:
    """A home with the six letters; read only, for all tests."""
    made = Home(tmp_path_factory.mktemp("shared") / "home")
    ingest_drafts(made, DEFAULT_COHORT, _drafts([folder]), embedder=embedder)
    return made


@pytest.fixture(scope="session")
def assistant(home: Home) -> Assistant:
    return open_assistant(home)


@pytest.fixture(scope="session")
def ask(assistant: Assistant) -> Callable[..., Answer]:
    return assistant.answer


@pytest.fixture(scope="session")
def cohort(assistant: Assistant) -> Cohort:
    return assistant.cohort


@pytest.fixture
def ingest(own_home: Path, embedder: LocalEmbedder) -> Ingest:
    """Ingest files and folders into the test's own home, with the model that is loaded already."""

    def run(*paths: Path, cohort: str = DEFAULT_COHORT, sync: bool = False) -> IngestReport:
        return ingest_drafts(Home(own_home), cohort, _drafts(paths), embedder=embedder, sync=sync)

    return run


@pytest.fixture
def filled(home: Home, own_home: Path) -> Home:
    """The test's own home, with the six letters in it."""
    with closing(Database(home.database)) as database:
        database.compact()
    shutil.copytree(home.path, own_home)
    return Home(own_home)


@pytest.fixture
def database(own_home: Path) -> Iterator[Database]:
    """The database of the test's own home."""
    Home(own_home).create()
    opened = Database(Home(own_home).database)
    yield opened
    opened.close()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command ``dossier`` in this process, exit code and all."""
    from ui.cli import main

    def command(*words: object, stdin: str = "") -> Ran:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["dossier", *map(str, words)])
            patch.setattr(sys, "stdin", io.StringIO(stdin))
            capsys.readouterr()
            with pytest.raises(SystemExit) as stopped:
                main()
        printed = capsys.readouterr()
        return Ran(int(str(stopped.value.code or 0)), printed.out, printed.err)

    return command


@pytest.fixture
def process(own_home: Path) -> Run:
    """Run the command ``dossier`` as a process of its own."""

    def command(*words: object) -> Ran:
        done = subprocess.run(
            [sys.executable, "-c", "from ui.cli import main; main()", *map(str, words)],
            capture_output=True,
            text=True,
            env={**os.environ, "DOSSIER_HOME": str(own_home)},
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return command


def _drafts(paths: Sequence[Path]) -> Iterator[Draft | SetAside]:
    for file in find_files(paths):
        yield from read_file(str(file), file.read_bytes(), ReadOptions())
