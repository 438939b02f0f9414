"""Which server is asked and which model is taken; letters never go to another machine unless its owner says so."""

from __future__ import annotations

import random
import re
import socket
from collections.abc import Callable

import pytest

from assistant.model import Prompt
from assistant.ollama import RECOMMENDED, Patience, choose_model, look, pull
from assistant.ollama.choice import preference
from assistant.ollama.server import Installed, installed
from ingest.errors import ModelFailed
from tests.ollama_faults import FAULTS
from tests.ollama_protocol import FakeOllama, Model

Start = Callable[..., FakeOllama]
EMBEDDER = Model("nomic-embed-text:latest", "nomic-bert", "137M", ("embedding",))
CLOUD = Model("gpt-oss:120b-cloud", "gptoss", "116.8B", ("completion", "thinking"), remote="https://ollama.com:443")
DISGUISED = Model("my-helper:latest", "llama", "8B", remote="https://ollama.com:443")
SMALL = Model("llama3.2:1b", "llama", "1.2B")
MIDDLE = Model("llama3.2:3b", "llama", "3.2B")
LARGE = Model("qwen2.5:7b", "qwen2", "7.6B")
HUGE = Model("llama3.3:70b", "llama", "70.6B")
ODD = Model("somebody/novelist:13b", "llama", "13B")
CODER = Model("qwen2.5-coder:14b", "qwen2", "14.8B")


# ---- where -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["192.0.2.1:11434", "ollama.example", "localhost.example:11434", "127.0.0.1.example", "http://127.0.0.1@box"],
)
def test_a_server_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("OLLAMA_HOST", host)
    for refuse in (choose_model, lambda: list(pull("tiny"))):
        with pytest.raises(ModelFailed, match="on another machine"):
            refuse()
    assert "DOSSIER_ALLOW_HOST=" in look().problem


def test_a_server_elsewhere_is_asked_when_its_name_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "box.invalid:8080")
    for other in ("1", "true", "*", "box", "invalid", "box.invalid:8080", "other.box.invalid"):
        monkeypatch.setenv("DOSSIER_ALLOW_HOST", other)
        assert "on another machine" in look().problem
    monkeypatch.setenv("DOSSIER_ALLOW_HOST", "box.invalid")
    assert look().problem == "no model server answers at http://box.invalid:8080: start it with ollama serve"


def test_an_address_that_is_none_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://[")
    with pytest.raises(ModelFailed, match="OLLAMA_HOST is not an address"):
        choose_model()


def test_a_port_that_takes_a_call_and_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{deaf.getsockname()[1]}")
        assert "silent for 0.2 seconds" in look(Patience(silence=0.2)).problem


def test_another_kind_of_server_is_said_to_be_one(ollama: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ollama()
    monkeypatch.setenv("OLLAMA_HOST", f"http://{server.host}/")  # the path is not part of the address
    assert look().problem == ""
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
    from threading import Thread

    class Files(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Files) as files:
        thread = Thread(target=files.serve_forever, args=(0.02,))
        thread.start()
        monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{files.server_port}")
        assert look().problem == "the server is not Ollama"
        files.shutdown()
        thread.join()


# ---- which -----------------------------------------------------------------------------------------------------------


def billions(model: Model) -> Installed:
    size = float(model.parameters[:-1]) * (1 if model.parameters.endswith("B") else 1e-3)
    return Installed(model.name, model.sha, model.family, size, bool(model.remote))


def test_the_order_of_preference() -> None:
    order = [LARGE, MIDDLE, CODER, ODD, SMALL, HUGE, EMBEDDER]
    shuffled = random.Random(1).sample(order, len(order))
    assert [model.name for model in sorted(map(billions, shuffled), key=preference)] == [
        *("qwen2.5:7b", "llama3.2:3b"),  # good ones of a desk's size, the larger first
        *("qwen2.5-coder:14b", "somebody/novelist:13b"),  # others of a desk's size
        *("llama3.2:1b", "llama3.3:70b"),  # good ones that are too small or too large
        "nomic-embed-text:latest",
    ]


def test_the_best_that_can_chat_is_taken(ollama: Start) -> None:
    server = ollama(models=[EMBEDDER, SMALL, CLOUD, LARGE, HUGE, DISGUISED])
    model = choose_model()
    assert (model.name, model.digest) == ("qwen2.5:7b", LARGE.sha)
    server.models = [EMBEDDER, CLOUD, DISGUISED]
    with pytest.raises(ModelFailed, match=re.escape(f"ollama pull {RECOMMENDED}")):
        choose_model()
    server.models = []
    with pytest.raises(ModelFailed, match=re.escape(f"ollama pull {RECOMMENDED}")):
        choose_model()


def test_the_environment_names_the_model_of_auto(ollama: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    ollama(models=[LARGE, SMALL])
    monkeypatch.setenv("DOSSIER_MODEL", "llama3.2:1b")
    assert choose_model("auto").name == "llama3.2:1b"
    assert choose_model("qwen2.5:7b").name == "qwen2.5:7b"
    monkeypatch.setenv("DOSSIER_MODEL", "gemma3:4b")
    with pytest.raises(ModelFailed, match="ollama pull gemma3:4b"):
        choose_model()


def test_a_name_is_that_model_and_no_other(ollama: Start) -> None:
    ollama(
        models=[Model("mistral:latest"), Model("mistral:7b-instruct"), Model("registry.example:5000/team/bee:latest")]
    )
    assert choose_model("mistral").name == "mistral:latest"
    assert choose_model("Mistral:Latest").name == "mistral:latest"
    assert choose_model("mistral:7b-instruct").name == "mistral:7b-instruct"
    assert choose_model("registry.example:5000/team/bee").name == "registry.example:5000/team/bee:latest"
    for missing in ("mistral:7b", "mist", "llama3.2"):
        with pytest.raises(ModelFailed, match=f"ollama pull {missing}$"):
            choose_model(missing)


def test_a_model_that_cannot_chat_is_refused(ollama: Start) -> None:
    ollama(models=[EMBEDDER])
    with pytest.raises(ModelFailed, match="cannot chat"):
        choose_model("nomic-embed-text")


def test_a_server_too_old_to_tell_what_models_can_do(ollama: Start) -> None:
    ollama(models=[Model("nomic-embed-text:v1.5", "nomic-bert", "8B", None), Model("llama3:8b", "llama", "8B", None)])
    assert choose_model().name == "llama3:8b"


@pytest.mark.parametrize("name", ["gpt-oss:120b-cloud", "GPT-OSS:120B-CLOUD", "glm-4.6:cloud", "my-helper"])
def test_cloud_models_are_refused_and_never_asked(ollama: Start, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    server = ollama(models=[CLOUD, DISGUISED, Model("glm-4.6:cloud")])
    with pytest.raises(ModelFailed, match="runs on other machines, not on this one"):
        choose_model(name)
    monkeypatch.setenv("DOSSIER_MODEL", name)
    with pytest.raises(ModelFailed, match="runs on other machines, not on this one"):
        choose_model()
    assert {path for path, _, _ in server.requests} <= {"/api/tags"}


def test_nobody_is_told_to_pull_a_cloud_model(ollama: Start) -> None:
    ollama()
    with pytest.raises(ModelFailed, match="runs on other machines, not on this one"):
        choose_model("kimi-k2:1t-cloud")


def test_what_runs_elsewhere_is_marked_in_the_list(ollama: Start) -> None:
    server = ollama(models=[MIDDLE, CLOUD, DISGUISED])
    listed = installed(f"http://{server.host}")
    assert [(model.name, model.billions, model.remote) for model in listed] == [
        ("gpt-oss:120b-cloud", 116.8, True),
        ("llama3.2:3b", 3.2, False),
        ("my-helper:latest", 8.0, True),
    ]


# ---- how much --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "own", "used"),
    [("", 131_072, 8192), ("16384", 131_072, 16_384), ("", 4096, 4096), ("16384", 4096, 4096)],
)
def test_the_context_is_set_and_never_above_the_models_own(
    ollama: Start, monkeypatch: pytest.MonkeyPatch, wanted: str, own: int, used: int
) -> None:
    monkeypatch.setenv("DOSSIER_CONTEXT", wanted)
    server = ollama(models=[Model(context=own)])
    model = choose_model()
    model.reply(Prompt("Be brief.", "Is it?"))
    assert (model.context, server.chats[0]["options"]["num_ctx"]) == (used, used)


@pytest.mark.parametrize("wanted", ["many", "-1", "100", "8k"])
def test_a_context_that_is_no_number_is_refused(ollama: Start, monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    ollama()
    monkeypatch.setenv("DOSSIER_CONTEXT", wanted)
    with pytest.raises(ModelFailed, match="DOSSIER_CONTEXT is to be a number of tokens"):
        choose_model()


def test_choosing_asks_the_model_nothing(ollama: Start) -> None:
    server = ollama(FAULTS["crashed"])
    choose_model()
    assert server.chats == []
