"""What LlamaIndex's own client of Ollama (llama-index-llms-ollama) puts on the wire: why Dossier does not use it.

Each test pins one fact that ``assistant.ollama`` names. One that fails after an upgrade is good news: look again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from llama_index.core.llms import ChatMessage
from llama_index.llms.ollama import Ollama

from assistant.model import Prompt
from assistant.ollama import OllamaModel
from ingest.errors import ModelFailed
from tests.ollama_behaviours import thinking_aloud
from tests.ollama_faults import cut_off, drips, ends_without_done
from tests.ollama_protocol import FakeOllama, Model

Start = Callable[..., FakeOllama]
Stock = Callable[..., Ollama]
ASK = [ChatMessage("Is the sky blue?")]


@pytest.fixture
def stock() -> Iterator[Callable[..., Ollama]]:
    """Make the integration's model; it never closes its connections, so that is done here."""
    with ExitStack() as clients:

        def make(server: FakeOllama, **settings: Any) -> Ollama:  # noqa: ANN401
            made = Ollama(model="llama3.2:3b", base_url=f"http://{server.host}", **settings)
            clients.enter_context(made.client)
            return made

        yield make


def test_it_asks_for_the_largest_context_of_the_model(ollama: Start, stock: Stock) -> None:
    server = ollama()
    stock(server).chat(ASK)
    assert server.chats[0]["options"] == {"num_ctx": 131_072, "temperature": None}
    assert "keep_alive" not in server.chats[0]
    assert server.chats[0]["stream"] is False


def test_it_drops_the_options_of_a_call(ollama: Start, stock: Stock) -> None:
    server = ollama()
    stock(server, context_window=8192).chat(ASK, temperature=0.0, num_predict=50, options={"seed": 1})
    assert server.chats[0]["options"] == {"num_ctx": 8192, "temperature": None}


def test_it_drops_think_false(ollama: Start, stock: Stock) -> None:
    server = ollama(thinking_aloud("Yes."), models=[Model(capabilities=("completion", "thinking"))])
    reply = stock(server, thinking=True).chat(ASK, think=False)
    assert server.chats[0]["think"] is True
    assert "<think>" in (reply.message.content or "")


def test_it_does_not_read_the_address_from_the_environment(ollama: Start) -> None:
    ollama()
    assert Ollama(model="llama3.2:3b").base_url == "http://localhost:11434"


def test_it_sends_the_key_of_ollamas_cloud_to_whoever_listens(
    ollama: Start, stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ollama()
    monkeypatch.setenv("OLLAMA_API_KEY", "hunter2")
    stock(server).chat(ASK)
    assert "Bearer hunter2" in str(server.requests)


@pytest.mark.parametrize("fault", [ends_without_done, cut_off], ids=lambda fault: fault.__name__)
def test_half_an_answer_passes_for_a_whole_one(ollama: Start, stock: Stock, fault: Callable[..., object]) -> None:
    server = ollama(fault)
    *_, last = stock(server).stream_chat(ASK)
    assert (last.message.content or "").startswith("Once upon ")
    with pytest.raises(ModelFailed):
        OllamaModel("llama3.2:3b", address=f"http://{server.host}").reply(Prompt("Be brief.", "Is it?"))


def test_its_time_limit_is_for_one_read_only(ollama: Start, stock: Stock) -> None:
    server = ollama(drips)  # a word every 0.05 seconds
    stream = stock(server, request_timeout=0.2).stream_chat(ASK)
    for _ in range(10):
        last = next(stream)  # half a second
    assert (last.message.content or "").startswith("0 1 2 3 4 5 6 7 8 9")
    stream.close()
