"""``dossier doctor``: what works, what does not, what to do; and never more than it says."""

from __future__ import annotations

import json
import re
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.ollama import RECOMMENDED, look, server_address
from ingest.home import Home
from tests.ollama_faults import out_of_memory
from tests.ollama_protocol import VERSION, FakeOllama, Model
from ui.doctor import Check, examine

Start = Callable[..., FakeOllama]


def checks(home: Path) -> dict[str, Check]:
    return {check.what: check for check in examine(Home(home))}


def test_on_a_new_machine_nothing_is_wrong_and_it_says_how_to_begin(own_home: Path) -> None:
    found = checks(own_home)
    assert [check.what for check in found.values() if check.ok is False] == []
    assert (found["home"].ok, "dossier ingest" in found["home"].advice) == (None, True)
    assert "384 dimensions" in found["embedding model"].found
    assert not own_home.exists()


def test_a_cohort_that_is_whole_is_said_to_be(filled: Home) -> None:
    check = checks(filled.path)["cohort default"]
    assert check.ok
    assert check.found.startswith("6 letters, 0 set aside, indexed with all-MiniLM-L6-v2")


def test_lost_vectors_are_found_and_the_cure_is_named(filled: Home) -> None:
    shutil.rmtree(filled.index)
    check = checks(filled.path)["cohort default"]
    assert check.ok is False
    assert "have no vectors" in check.found
    assert "ingest" in check.advice


def test_a_damaged_home_is_found_and_the_rest_is_looked_at(own_home: Path) -> None:
    Home(own_home).create()
    Home(own_home).database.write_bytes(b"no database at all" * 100)
    found = checks(own_home)
    assert found["home"].ok is False
    assert "embedding model" in found


def test_without_a_server_it_says_that_none_is_needed(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{free.getsockname()[1]}")
    check = checks(own_home)["Ollama"]
    assert check.ok is None
    assert "no model server answers at" in check.found
    assert "not needed" in check.advice


@pytest.mark.parametrize("address", ["192.0.2.1:11434", "https://ollama.example", "0.0.0.1"])
def test_a_server_on_another_machine_is_not_asked(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("OLLAMA_HOST", address)
    assert "another machine" in look().problem


@pytest.mark.parametrize("address", ["http://[", "127.0.0.1:notaport"])
def test_an_address_that_is_none_is_said_to_be_none(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("OLLAMA_HOST", address)
    assert look().problem == "OLLAMA_HOST is not an address"


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("[::]:8080", "http://127.0.0.1:8080"),
        ("[::1]", "http://[::1]:11434"),
        ("box:8080", "http://box:8080"),
        ("https://box", "https://box:443"),
        ("http://box/", "http://box:80"),
    ],
)
def test_an_address_to_listen_on_becomes_one_to_call(value: str, address: str) -> None:
    assert server_address(value) == address


def test_it_says_which_model_would_be_used_and_tries_it(own_home: Path, ollama: Start) -> None:
    cloud = Model("glm-4.6:cloud", remote="https://ollama.com:443")
    server = ollama(models=[Model(), cloud, Model("qwen2.5:7b", "qwen2", "7.6B", context=32_768)], gpu=0.25)
    found = checks(own_home)
    assert found["Ollama"].ok
    assert found["Ollama"].found == (
        f"version {VERSION} at http://{server.host}: llama3.2:3b, qwen2.5:7b; "
        "never used, since they run on other machines: glm-4.6:cloud"
    )
    assert found["local model"].ok
    assert re.fullmatch(
        r"qwen2.5:7b: 8,192 tokens of context \(it can have 32,768\); replied in \d\.\d s, 25% of it on the GPU",
        found["local model"].found,
    )
    assert len(server.chats) == 1
    assert server.chats[0]["format"]["required"] == ["larger"]


@pytest.mark.parametrize(("gpu", "where"), [(0.0, "on the CPU"), (1.0, "on the GPU")])
def test_it_says_where_the_model_runs(own_home: Path, ollama: Start, gpu: float, where: str) -> None:
    ollama(gpu=gpu)
    assert checks(own_home)["local model"].found.endswith(f" s, {where}")


def test_without_a_model_it_says_how_to_get_one(own_home: Path, ollama: Start) -> None:
    ollama(models=[])
    found = checks(own_home)
    assert found["Ollama"].found.endswith(": no models")
    assert found["local model"].ok is None
    assert f"ollama pull {RECOMMENDED}" in found["local model"].found


def test_a_model_that_was_asked_for_and_is_not_there_is_wrong(
    own_home: Path, ollama: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    ollama()
    monkeypatch.setenv("DOSSIER_MODEL", "gemma3:4b")
    check = checks(own_home)["local model"]
    assert (check.ok, check.found) == (False, "the model server does not have gemma3:4b: ollama pull gemma3:4b")


def test_a_model_that_fails_is_found_out(own_home: Path, ollama: Start) -> None:
    ollama(out_of_memory)
    check = checks(own_home)["local model"]
    assert check.ok is False
    assert check.found.startswith("llama3.2:3b: the model server has too little memory")
    assert f"ollama pull {RECOMMENDED}" in check.advice


def test_the_command_prints_all_of_it(run: Callable[..., Any], own_home: Path) -> None:
    shown = run("doctor")
    listed = json.loads(run("doctor", "--json").out)
    assert shown.code == 0
    assert [item["what"] for item in listed][:2] == ["Python", "dossier"]
    assert all(f"{item['what']}:" in shown.out for item in listed)
    Home(own_home).create()
    Home(own_home).database.write_bytes(b"no database at all" * 100)
    assert run("doctor").code == 1
