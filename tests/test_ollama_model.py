"""A local model over a real socket: what goes out, what comes back, and every way in which it fails."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from assistant.model import Prompt
from assistant.ollama import OllamaModel, Patience, choose_model
from assistant.ollama.model import tokens_at_most
from ingest.errors import ModelFailed
from tests.ollama_behaviours import saying, thinking_aloud
from tests.ollama_call import Call, Reply, Step
from tests.ollama_faults import BEFORE, FAULTS, busy_then, drips, stall
from tests.ollama_protocol import FakeOllama, Model, closed_port

Start = Callable[..., FakeOllama]
SECRET = "The quokka of Żelazowa Wola plays the theremin at midnight"
PROMPT = Prompt("You are brief.", f"Who plays?\n{SECRET}.")
HURRIED = Patience(connect=0.5, silence=0.4, whole=1.0, pauses=(0.05, 0.1))
SAYS = {
    "missing": "ollama pull llama3.2:3b",
    "out_of_memory": "too little memory for llama3.2:3b",
    "out_of_memory_inline": "too little memory for llama3.2:3b",
    "crashed": "answered with an error (500)",
    "slow_first_token": "silent for 0.4 seconds",
    "stall": "silent for 0.4 seconds",
    "dies_in_a_chunk": "connection to the model server broke off",
    "ends_without_done": "broke off before its end",
    "malformed_line": "does not speak as Ollama does",
    "other_json": "does not speak as Ollama does",
    "proxy_page": "does not speak as Ollama does",
    "bad_gateway": "answered with an error (502)",
    "inline_error": "in the middle of its answer",
    "cut_off": "cut off after 400 tokens",
    "prompt_cut": "a part of it was not read",
    "loops": "repeated itself",
    "endless": "did not come to an end",
    "blanks": "repeated itself",
    "drips": "longer than 1 seconds",
    "drips_bytes": "longer than 1 seconds",
    "busy": "busy",
    "empty": "empty answer",
    "only_thinks": "empty answer",
    "thought_without_end": "came to no answer",
    "redirected": "answered with an error (307)",
}


def wait_for(condition: Callable[[], bool], seconds: float = 2.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


# ---- failures --------------------------------------------------------------------------------------------------------


def test_every_fault_has_its_sentence() -> None:
    assert SAYS.keys() == FAULTS.keys()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_sentence_in_time_and_quotes_nothing(ollama: Start, name: str) -> None:
    ollama(FAULTS[name])
    model = choose_model(patience=HURRIED)
    began = time.monotonic()
    with pytest.raises(ModelFailed) as failed:
        model.reply(PROMPT)
    assert time.monotonic() - began < HURRIED.whole + 1
    assert SAYS[name] in str(failed.value)
    assert "\n" not in str(failed.value)
    assert "quokka" not in str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__ or failed.value.__context__ is None


@pytest.mark.parametrize(
    "name",
    [
        "out_of_memory_inline",
        "stall",
        "dies_in_a_chunk",
        "ends_without_done",
        "malformed_line",
        "inline_error",
        "cut_off",
    ],
)
def test_what_came_before_a_failure_stands(ollama: Start, name: str) -> None:
    ollama(FAULTS[name])
    came: list[str] = []
    with pytest.raises(ModelFailed):
        for piece in choose_model(patience=HURRIED).stream(PROMPT):
            came.append(piece)
    assert came[0] == BEFORE


def test_silence_is_not_waited_for_beyond_the_end_of_the_call(ollama: Start) -> None:
    ollama(stall)
    began = time.monotonic()
    with pytest.raises(ModelFailed, match=r"longer than 0\.3 seconds"):
        choose_model(patience=Patience(silence=5.0, whole=0.3)).reply(PROMPT)
    assert time.monotonic() - began < 1.3


def test_a_server_that_is_gone_is_said_to_be(ollama: Start) -> None:
    with FakeOllama() as server:
        model = OllamaModel("llama3.2:3b", address=f"http://{server.host}")
        assert model.reply(PROMPT) == "Fine."
    with pytest.raises(ModelFailed, match="no model server answers at http://127"):
        model.reply(PROMPT)
    with pytest.raises(ModelFailed, match="no model server answers"):
        OllamaModel("llama3.2:3b", address=f"http://{closed_port()}").reply(PROMPT)


def test_a_busy_server_is_asked_again(ollama: Start) -> None:
    server = ollama(busy_then(2))
    assert choose_model(patience=HURRIED).reply(PROMPT) == "Fine."
    assert len(server.chats) == 3


def test_no_pause_goes_beyond_the_end_of_the_call(ollama: Start) -> None:
    server = ollama(FAULTS["busy"])
    began = time.monotonic()
    with pytest.raises(ModelFailed, match="busy"):
        choose_model(patience=Patience(whole=1.0, pauses=(0.05, 30.0))).reply(PROMPT)
    assert time.monotonic() - began < 1
    assert len(server.chats) == 2


@pytest.mark.parametrize("drip", [b"H", b"HTTP/1.1 200 OK\r\nX-Slow: "], ids=["status line", "header"])
def test_even_a_head_that_drips_ends_in_time(drip: bytes) -> None:
    stopped = threading.Event()

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(drip)
            while not stopped.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        began = time.monotonic()
        model = OllamaModel("m", address=f"http://127.0.0.1:{listening.getsockname()[1]}", patience=HURRIED)
        with pytest.raises(ModelFailed, match="longer than 1 seconds"):
            model.reply(PROMPT)
        assert time.monotonic() - began < HURRIED.whole + 1
        stopped.set()
        thread.join()


def test_a_stream_larger_than_any_answer_is_stopped(ollama: Start) -> None:
    def flood(call: Call) -> Iterator[Step]:
        while True:
            yield b" " * 1_000_000

    ollama(flood)
    with pytest.raises(ModelFailed, match="sent without end"):
        choose_model(patience=Patience(whole=20)).reply(PROMPT)


# ---- what goes out ---------------------------------------------------------------------------------------------------


def test_a_call_says_all_that_matters(ollama: Start) -> None:
    server = ollama()
    assert choose_model().reply(Prompt("You are brief.", "Is it?", longest=50)) == "Fine."
    assert server.chats == [
        {
            "model": "llama3.2:3b",
            "messages": [{"role": "system", "content": "You are brief."}, {"role": "user", "content": "Is it?"}],
            "stream": True,
            "options": {"num_ctx": 8192, "num_predict": 50, "temperature": 0.0, "seed": 1},
            "keep_alive": "30m",
            "tools": [],
        }
    ]


def test_a_schema_is_sent_as_the_format_and_said_in_words(ollama: Start) -> None:
    server = ollama()
    schema = {"type": "object", "properties": {"sure": {"type": "boolean"}}, "required": ["sure"]}
    assert json.loads(choose_model().reply(Prompt("Judge.", "Is it?", schema))) == {"sure": False}
    assert server.chats[0]["format"] == schema
    assert server.chats[0]["messages"][0]["content"].startswith("Judge.\n\nReply with one JSON object")
    assert server.chats[0]["messages"][0]["content"].endswith(json.dumps(schema))


@pytest.mark.parametrize(
    ("given", "sent"), [("", "30m"), ("5m", "5m"), ("-1", -1.0), ("300", 300.0)], ids=["default", "time", "ever", "s"]
)
def test_how_long_a_model_stays_is_the_users_to_say(
    ollama: Start, monkeypatch: pytest.MonkeyPatch, given: str, sent: object
) -> None:
    server = ollama()
    monkeypatch.setenv("OLLAMA_KEEP_ALIVE", given)
    choose_model().reply(PROMPT)
    assert server.chats[0]["keep_alive"] == sent


@pytest.mark.parametrize(
    ("model", "think", "tokens"),
    [
        (Model(), None, 400),
        (Model("qwen3:4b", "qwen3", "4.0B", ("completion", "thinking")), False, 400),
        (Model("gpt-oss:20b", "gptoss", "20.9B", ("completion", "thinking")), "low", 1400),
    ],
    ids=lambda value: value.name if isinstance(value, Model) else "",
)
def test_thinking_is_off_where_it_can_be(ollama: Start, model: Model, think: object, tokens: int) -> None:
    server = ollama(models=[model])
    choose_model().reply(PROMPT)
    assert server.chats[0].get("think") == think
    assert server.chats[0]["options"]["num_predict"] == tokens


def test_the_key_of_ollamas_cloud_is_never_sent(ollama: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.ollama import look, pull

    monkeypatch.setenv("OLLAMA_API_KEY", "hunter2")
    server = ollama(library=[Model("tiny:latest")])
    choose_model().reply(PROMPT)
    look()
    list(pull("tiny:latest"))
    paths = {path for path, _, _ in server.requests}
    assert paths == {"/api/tags", "/api/show", "/api/chat", "/api/ps", "/api/version", "/api/pull"}
    assert "hunter2" not in str(server.requests)


def test_no_proxy_is_used(ollama: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Proxy(BaseHTTPRequestHandler):
        def handle(self) -> None:
            asked.append(self.client_address)

    with HTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.02,))
        thread.start()
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.server_port}")
        ollama()
        assert choose_model().reply(PROMPT) == "Fine."
        proxy.shutdown()
        thread.join()
    assert asked == []


def test_a_redirect_is_not_followed(ollama: Start) -> None:
    from tests.ollama_call import Answer

    with FakeOllama() as elsewhere:
        ollama(lambda call: [Answer(307, b"", {"Location": f"http://{elsewhere.host}/api/chat"})])
        with pytest.raises(ModelFailed, match="307"):
            choose_model().reply(PROMPT)
        assert elsewhere.requests == []


# ---- what comes back -------------------------------------------------------------------------------------------------


def test_a_reply_streams_as_it_comes(ollama: Start) -> None:
    ollama(lambda call: Reply("Ann keeps bees.", pieces=("Ann ", "keeps ", "bees.")))
    assert list(choose_model().stream(PROMPT)) == ["Ann ", "keeps ", "bees."]


def test_closing_a_stream_ends_the_call_at_the_server(ollama: Start) -> None:
    server = ollama(drips)
    pieces = choose_model().stream(PROMPT)
    assert next(pieces) == "0 "
    pieces.close()
    wait_for(lambda: server.left == 1)


def test_thoughts_are_left_out(ollama: Start) -> None:
    ollama(thinking_aloud("Yes."), models=[Model("deepseek-r1:8b", "qwen3", "8B", ("completion", "thinking"))])
    model = choose_model()
    assert model.reply(PROMPT) == "Yes."
    assert "".join(model.stream(PROMPT)).strip() == "Yes."


def test_a_reply_that_begins_within_a_thought_is_what_follows_it(ollama: Start) -> None:
    ollama(saying("The user asks.\n</think>\n\nYes."))
    assert choose_model().reply(PROMPT) == "Yes."


def test_calls_from_many_threads_are_kept_apart(ollama: Start) -> None:
    ollama(lambda call: call.user.upper())
    model = choose_model()
    asked = [f"question {number}" for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(lambda text: model.reply(Prompt("Shout.", text)), asked))
    assert replies == [text.upper() for text in asked]


def test_a_failure_of_one_call_does_not_touch_the_next(ollama: Start) -> None:
    ollama(lambda call: stall(call) if call.number == 0 else "Fine.")
    model = choose_model(patience=HURRIED)
    with pytest.raises(ModelFailed):
        model.reply(PROMPT)
    assert model.reply(PROMPT) == "Fine."


# ---- what fits -------------------------------------------------------------------------------------------------------


def test_prompt_and_reply_fit_or_are_not_sent(ollama: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOSSIER_CONTEXT", "1024")
    server = ollama()
    model = choose_model()
    # 1024 for all, 400 for the reply, 2 x 200 for the form, 1 + 0.6 x 9 for ten letters of the system: 217 are left,
    # which is 1 + 0.6 x 360
    assert model.fits(Prompt("a" * 10, "a" * 361))
    assert not model.fits(Prompt("a" * 10, "a" * 362))
    assert not model.fits(Prompt("a" * 10, "a" * 361, longest=401))
    assert not model.fits(Prompt("a" * 10, "a" * 361, schema={}))
    with pytest.raises(ModelFailed, match="too long for the model's context of 1024 tokens"):
        model.reply(Prompt("a" * 10, "a" * 362))
    assert server.chats == []


def test_a_server_that_gives_less_context_than_asked_is_found_out(ollama: Start) -> None:
    server = ollama(context=2048)
    long = Prompt("Read.", "bees " * 1000)
    assert choose_model().reply(PROMPT) == "Fine."
    model = choose_model()
    with pytest.raises(ModelFailed, match="did not fit into the 2048 tokens"):
        model.reply(long)
    assert (model.context, model.fits(long), model.fits(PROMPT)) == (2048, False, True)
    sent = len(server.chats)
    with pytest.raises(ModelFailed, match="too long"):
        model.reply(long)
    assert len(server.chats) == sent


def test_a_server_that_does_not_tell_is_believed(ollama: Start) -> None:
    server = ollama(lambda call: server.loaded.clear() or "Fine.")
    assert choose_model().reply(PROMPT) == "Fine."


@pytest.mark.parametrize(
    "text",
    [
        "I train score networks for medical images every day, and I sell honey to 40 neighbours. " * 20,
        "Zażółć gęślą jaźń i napisz list motywacyjny do szkoły letniej w Gdańsku. " * 20,
        "Я учусь на третьем курсе и хочу заниматься машинным обучением. " * 20,
        "我是一名博士生，研究扩散模型和图神经网络。" * 20,
        "मैं मशीन लर्निंग में रुचि रखता हूँ। " * 20,
        "😀🧪🎓🤖" * 100,
        "qzxkvjwbtplmrgdh" * 100,
        "aQ9zR4kV7xJ2mW8b" * 100,
        "3.14159,26535;89793:23846-26433/83279" * 30,
        "a b c d Q X Z J " * 100,
        "!@#$%^&*()_+{}|" * 100,
    ],
    ids=["English", "Polish", "Russian", "Chinese", "Hindi", "emoji", "letters", "mixed", "numbers", "single", "marks"],
)
def test_the_estimate_of_tokens_is_never_too_low(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    import llama_index.core
    import tiktoken

    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(Path(llama_index.core.__file__).parent / "_static" / "tiktoken_cache"))
    for vocabulary in ("cl100k_base", "o200k_base"):
        assert tokens_at_most(text) >= len(tiktoken.get_encoding(vocabulary).encode(text))


def test_the_estimate_of_tokens() -> None:
    assert tokens_at_most("") == 0
    assert tokens_at_most("ten small ") == 1 + 6  # nine that follow another: 5.4
    assert tokens_at_most("Żab 7") == 2 + 1 + 2 + 1  # two bytes; the first small letter; "b " for 1.2; a digit
