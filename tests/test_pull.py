"""``dossier pull``: the server fetches a model, and what goes wrong is one sentence."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from assistant.ollama import RECOMMENDED, Patience, pull
from assistant.ollama.server import Progress
from ingest.errors import ModelFailed
from tests.ollama_behaviours import pulling
from tests.ollama_call import Cut, Step, line
from tests.ollama_faults import FOREVER
from tests.ollama_protocol import FakeOllama, Model
from tests.test_ollama_model import wait_for
from ui.terminal import progress_bars

Start = Callable[..., FakeOllama]
Run = Callable[..., Any]
TINY = Model("tiny:latest")


def half(name: str) -> Iterator[Step]:
    """The first lines of a pull."""
    yield from list(pulling(name))[:3]


def test_it_fetches_the_model_that_is_named(run: Run, ollama: Start) -> None:
    server = ollama(library=[TINY])
    done = run("pull", "tiny:latest")
    assert (done.code, done.out, done.err) == (0, "tiny:latest is there: dossier doctor tries it\n", "")
    assert server.models[-1] is TINY
    assert server.requests[-1][1] == {"model": "tiny:latest", "stream": True, "insecure": False}


@pytest.mark.parametrize(("named", "fetched"), [("", RECOMMENDED), ("tiny:latest", "tiny:latest")])
def test_without_a_name_it_is_the_users_model_or_the_recommended(
    run: Run, ollama: Start, monkeypatch: pytest.MonkeyPatch, named: str, fetched: str
) -> None:
    server = ollama(library=[TINY, Model(RECOMMENDED)])
    monkeypatch.setenv("DOSSIER_MODEL", named)
    assert run("pull").code == 0
    assert server.models[-1].name == fetched


def test_its_steps_tell_how_far_it_is(ollama: Start) -> None:
    ollama(library=[TINY])
    steps = list(pull("tiny:latest"))
    assert steps[:4] == [
        Progress(0, 0, "pulling manifest"),
        Progress(0, 2_000_000, "pulling 6a0746a1ec1a"),
        Progress(1_000_000, 2_000_000, "pulling 6a0746a1ec1a"),
        Progress(2_000_000, 2_000_000, "pulling 6a0746a1ec1a"),
    ]
    assert steps[-1] == Progress(0, 0, "success")


def test_a_bar_counts_in_bytes() -> None:
    screen = io.StringIO()
    with progress_bars(Console(file=screen, force_terminal=True, width=100), bytes_counted=True) as show:
        show("pulling 6a0746a1ec1a", 1_000_000, 2_000_000)
    assert "1.0/2.0 MB" in screen.getvalue()


@pytest.mark.parametrize("name", ["gpt-oss:120b-cloud", "glm-4.6:cloud"])
def test_cloud_models_are_refused(run: Run, ollama: Start, name: str) -> None:
    server = ollama()
    done = run("pull", name)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"dossier: {name} runs on other machines")
    assert server.requests == []


def test_without_a_server_it_says_so(run: Run) -> None:
    done = run("pull", "tiny")
    assert (done.code, done.out) == (1, "")
    assert done.err == "dossier: no model server answers at http://127.0.0.1:1: start it with ollama serve\n"


def disk_full(name: str) -> Iterator[Step]:
    yield from half(name)
    yield line({"error": "write /root/.ollama/models/blobs/sha256-6a07-partial: no space left on device"})


def dies(name: str) -> Iterator[Step]:
    yield from half(name)
    yield Cut()


def silent(name: str) -> Iterator[Step]:
    yield from half(name)
    yield FOREVER


@pytest.mark.parametrize(
    ("way", "says"),
    [
        (half, "fetching tiny:latest broke off: the same command goes on from there"),
        (dies, "connection to the model server broke off"),
        (disk_full, "the disk of the model server is too full for tiny:latest"),
        (silent, "silent for 0.3 seconds"),
    ],
    ids=["ends early", "dies", "disk full", "silent"],
)
def test_a_pull_that_fails_half_way(ollama: Start, way: Callable[[str], Iterator[Step]], says: str) -> None:
    ollama(library=[TINY], pull=way)
    with pytest.raises(ModelFailed, match=says):
        list(pull("tiny:latest", Patience(silence=0.3)))


def test_a_name_that_nobody_knows(run: Run, ollama: Start) -> None:
    ollama()
    done = run("pull", "no-such-model")
    assert done.code == 1
    assert done.err.startswith("dossier: the model server could not fetch no-such-model: is that its name")


def test_closing_the_steps_ends_the_pull_at_the_server(ollama: Start) -> None:
    server = ollama(library=[TINY], pull=silent)
    steps = pull("tiny:latest")
    assert next(steps).status == "pulling manifest"
    steps.close()
    wait_for(lambda: server.left == 1)
    assert TINY not in server.models


def test_ctrl_c_stops_it_and_the_next_time_goes_on(run: Run, ollama: Start, own_home: Path) -> None:
    server = ollama(library=[TINY], pull=silent)
    started = subprocess.Popen(
        [sys.executable, "-c", "from ui.cli import main; main()", "pull", "tiny:latest"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    wait_for(lambda: any(path == "/api/pull" for path, _, _ in server.requests), 20)
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=10)
    assert (started.returncode, out) == (1, "")
    assert err.strip() == "dossier: stopped; what was stored stays stored, and the same command goes on from there"
    wait_for(lambda: server.left == 1)
    server.pull = pulling
    assert run("pull", "tiny:latest").code == 0
    assert not own_home.exists()
