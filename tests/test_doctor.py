"""``dossier doctor``: what works, what does not, what to do; and never more than it says."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.ollama import look, server_address
from ingest.home import Home
from ui.doctor import Check, examine


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


def test_the_command_prints_all_of_it(run: Callable[..., Any], own_home: Path) -> None:
    shown = run("doctor")
    listed = json.loads(run("doctor", "--json").out)
    assert shown.code == 0
    assert [item["what"] for item in listed][:2] == ["Python", "dossier"]
    assert all(f"{item['what']}:" in shown.out for item in listed)
    Home(own_home).create()
    Home(own_home).database.write_bytes(b"no database at all" * 100)
    assert run("doctor").code == 1
