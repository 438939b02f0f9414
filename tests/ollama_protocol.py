"""A model server for tests: it speaks Ollama's protocol over a real socket, and says what a test tells it to say.

A *behaviour* is a function from a call to what the model says: a text, a ``Reply``, or steps of a stream by hand::

    def judge(call: Call) -> str:                                  # reads what it was sent, answers by a rule
        works = any("I train" in letter for letter in call.letters)
        return json.dumps({"stance": "does" if works else "other"})

    with FakeOllama(judge, models=[Model("llama3.2:3b")]) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.host)            # the fixture ``ollama`` of conftest does both
        ...
        assert server.chats[0]["options"]["num_ctx"] == 8192       # every body that was sent is kept

Without a behaviour it says "Fine.", or the plainest object that fits the schema of the request. More behaviours are in
``tests/ollama_behaviours.py``; those that fail, by name, in ``tests/ollama_faults.py``. As the real server does, it
answers 404 for a model it does not have, 400 for what a model cannot do; counts tokens (four characters each), ends a
reply at ``num_predict`` with ``done_reason`` "length", and drops the middle of a prompt that is longer than the
context, without a word. It is written after Ollama's docs/api.md and server/routes.go.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import select
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.ollama_behaviours import plain, pulling
from tests.ollama_call import CREATED, Answer, Behaviour, Call, Cut, Model, Reply, Step, line, tokens

__all__ = ["Answer", "Behaviour", "Call", "Cut", "FakeOllama", "Model", "Reply", "Step", "closed_port", "line"]

VERSION = "0.12.6"
DEFAULT_CONTEXT = 4096  # of a request that does not name one, on a machine with little memory
POLL = 0.02  # seconds between two looks whether the client is still there


def closed_port() -> str:
    """Return an address where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


class FakeOllama:
    """The server, while it is used as a context.

    ``chats`` are the bodies of the requests to chat; ``requests`` all paths with bodies and headers, in order;
    ``left`` counts clients that went away before their answer was whole.
    """

    def __init__(
        self,
        behaviour: Behaviour = plain,
        *,
        models: Sequence[Model] = (Model(),),
        library: Sequence[Model] = (),
        pull: Callable[[str], Iterable[Step]] = pulling,
        context: int | None = None,
        gpu: float = 1.0,
    ) -> None:
        """Make a server.

        :param library: models that can be pulled; ``pull`` gives the lines of a pull.
        :param context: tokens that it gives a model at most, whatever is asked for.
        :param gpu: share of a model that lies on the GPU.
        """
        self.behaviour = behaviour
        self.models = list(models)
        self.library = list(library)
        self.pull = pull
        self.context = context
        self.gpu = gpu
        self.loaded: dict[str, int] = {}
        self.requests: list[tuple[str, Any, Mapping[str, str]]] = []
        self.chats: list[Mapping[str, Any]] = []
        self.left = 0
        self.stopping = threading.Event()
        self.connections: set[socket.socket] = set()
        self._http = _Http(self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(POLL,))

    @property
    def host(self) -> str:
        """Where it listens, in the form of OLLAMA_HOST."""
        return f"127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> FakeOllama:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        for connection in tuple(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self._http.server_close()
        self._thread.join()

    def find(self, name: str) -> Model | None:
        full = name if ":" in name else f"{name}:latest"
        return next((model for model in self.models if model.name.lower() == full.lower()), None)


class _Http(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for them
    request_queue_size = 128

    def __init__(self, fake: FakeOllama) -> None:
        self.fake = fake
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no error of the test."""


class _Left(Exception):
    """The client is gone."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def setup(self) -> None:
        super().setup()
        self.server.fake.connections.add(self.connection)

    def finish(self) -> None:
        self.server.fake.connections.discard(self.connection)
        super().finish()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer(Answer(200, b"", {"Content-Type": "text/plain; charset=utf-8"}))

    def do_GET(self) -> None:
        fake = self.server.fake
        fake.requests.append((self.path, None, dict(self.headers)))
        if self.path == "/":
            self._answer(Answer(200, b"Ollama is running", {"Content-Type": "text/plain; charset=utf-8"}))
        elif self.path == "/api/version":
            self._answer(Answer(200, {"version": VERSION}))
        elif self.path == "/api/tags":
            self._answer(Answer(200, {"models": [_listed(model) for model in fake.models]}))
        elif self.path == "/api/ps":
            self._answer(Answer(200, {"models": [self._running(*item) for item in fake.loaded.items()]}))
        else:
            self._nowhere()

    def do_POST(self) -> None:
        fake = self.server.fake
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = None
        fake.requests.append((self.path, body, dict(self.headers)))
        handle = {
            "/api/chat": self._chat,
            "/api/generate": self._generate,
            "/api/show": self._show,
            "/api/pull": self._pull,
            "/api/embed": self._embed,
        }.get(self.path)
        if handle is None:
            self._nowhere()
        elif not isinstance(body, dict):
            self._error(400, "missing request body" if not raw else "invalid character in request body")
        elif not (body.get("model") or body.get("name")):
            self._error(400, "model is required")
        else:
            try:
                handle(body)
            except (_Left, ConnectionError):
                fake.left += 1
                self.close_connection = True

    def _chat(self, body: dict[str, Any]) -> None:
        fake = self.server.fake
        fake.chats.append(body)
        model = fake.find(body["model"])
        wrong = self._wrong_with(body, model)
        if wrong is not None or model is None:
            self._answer(wrong or _error(404, f"model '{body['model']}' not found"))
            return
        if not body.get("messages"):
            unload = body.get("keep_alive") == 0
            self._load(model, body, unload=unload)
            message = {"role": "assistant", "content": ""}
            reason = "unload" if unload else "load"
            head = {"model": body["model"], "created_at": CREATED, "message": message}
            self._answer(Answer(200, {**head, "done_reason": reason, "done": True}))
            return
        call = Call(body, model, len(fake.chats) - 1, self._load(model, body))
        said = fake.behaviour(call)
        if isinstance(said, str):
            said = Reply(said)
        self._send(_told(call, said) if isinstance(said, Reply) else said, body.get("stream", True))

    def _generate(self, body: dict[str, Any]) -> None:
        """A chat of one message, with the reply under another name."""
        fake = self.server.fake
        model = fake.find(body["model"])
        if model is None:
            self._error(404, f"model '{body['model']}' not found")
            return
        messages = [{"role": "system", "content": body["system"]}] if body.get("system") else []
        messages.append({"role": "user", "content": body.get("prompt", "")})
        call = Call({**body, "messages": messages}, model, len(fake.chats), self._load(model, body))
        said = fake.behaviour(call)
        lines = _told(call, Reply(said)) if isinstance(said, str) else ()
        steps = []
        for step in lines:
            part = json.loads(step)
            steps.append(line({"response": part.pop("message")["content"], **part}))
        self._send(steps, body.get("stream", True))

    def _show(self, body: dict[str, Any]) -> None:
        model = self.server.fake.find(body.get("model") or body["name"])
        if model is None:
            self._error(404, f"model '{body.get('model') or body['name']}' not found")
            return
        shown: dict[str, object] = {
            "modelfile": f'# Modelfile generated by "ollama show"\nFROM {model.name}\n',
            "template": "{{ .System }}{{ .Prompt }}",
            "details": _details(model),
            "model_info": {
                "general.architecture": model.family,
                "general.parameter_count": 3_212_749_888,
                f"{model.family}.context_length": model.context,
                f"{model.family}.embedding_length": 3072,
            },
            "modified_at": CREATED,
        }
        if model.capabilities is not None:
            shown["capabilities"] = list(model.capabilities)
        if model.remote:
            shown |= {"remote_host": model.remote, "remote_model": model.name.removesuffix("-cloud")}
        self._answer(Answer(200, shown))

    def _pull(self, body: dict[str, Any]) -> None:
        fake = self.server.fake
        name = body.get("model") or body["name"]
        model = next((item for item in fake.library if item.name == name), None)

        def steps() -> Iterator[Step]:
            if model is None:
                yield line({"status": "pulling manifest"})
                yield line({"error": "pull model manifest: file does not exist"})
                return
            yield from fake.pull(name)
            fake.models.append(model)

        self._send(steps(), body.get("stream", True))

    def _embed(self, body: dict[str, Any]) -> None:
        if self.server.fake.find(body["model"]) is None:
            self._error(404, f"model '{body['model']}' not found")
            return
        given = body.get("input", [])
        texts = [given] if isinstance(given, str) else given
        vectors = [_vector(text) for text in texts]
        counts = {
            "total_duration": 14_143_917,
            "load_duration": 1_019_500,
            "prompt_eval_count": sum(map(tokens, texts)),
        }
        self._answer(Answer(200, {"model": body["model"], "embeddings": vectors, **counts}))

    def _wrong_with(self, body: Mapping[str, Any], model: Model | None) -> Answer | None:
        kept, form = body.get("keep_alive"), body.get("format")
        if isinstance(kept, str) and not re.fullmatch(r"-?(\d+(\.\d+)?(ns|us|ms|s|m|h))+", kept):
            return _error(400, f'time: missing unit in duration "{kept}"')
        if form not in (None, "", "json") and not isinstance(form, dict):
            return _error(400, f'invalid format: "{form}"; expected "json" or a valid JSON Schema object')
        if model is None:
            return None
        if model.capabilities is not None and "completion" not in model.capabilities:
            return _error(400, f'"{body["model"]}" does not support chat')
        if body.get("think") and "thinking" not in (model.capabilities or ()):
            return _error(400, f'"{body["model"]}" does not support thinking')
        return None

    def _load(self, model: Model, body: Mapping[str, Any], *, unload: bool = False) -> int:
        """Put a model into memory, and return its context in tokens."""
        fake = self.server.fake
        if unload:
            fake.loaded.pop(model.name, None)
            return 0
        asked = (body.get("options") or {}).get("num_ctx", DEFAULT_CONTEXT)
        fake.loaded[model.name] = min(asked, model.context, fake.context or asked)
        return fake.loaded[model.name]

    def _running(self, name: str, context: int) -> dict[str, object]:
        fake = self.server.fake
        model = fake.find(name)
        assert model is not None
        size = model.size + 100_000 * context
        until = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
        told = {"name": name, "model": name, "size": size, "digest": model.sha, "details": _details(model)}
        return {**told, "expires_at": until, "size_vram": int(fake.gpu * size), "context_length": context}

    def _send(self, steps: Iterable[Step], stream: bool) -> None:
        """Send a stream; of one that was not asked for, everything in one object."""
        if not stream:
            self._answer(_merged(steps))
            return
        begun = False
        for step in steps:
            if isinstance(step, Answer):
                self._answer(step)
                return
            if isinstance(step, float):
                self._wait(step)
                continue
            if not begun:
                self.send_response(200)
                self.send_header("Content-Type", "application/x-ndjson")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                begun = True
            if isinstance(step, Cut):
                self.wfile.write(b'400\r\n{"model": "')
                self.close_connection = True
                return
            self._wait(0.0)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(step), step))
        self.wfile.write(b"0\r\n\r\n")

    def _wait(self, seconds: float) -> None:
        """Be silent, and notice when the client leaves."""
        while True:
            readable, _, _ = select.select([self.connection], [], [], min(seconds, POLL))
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                raise _Left
            seconds -= POLL
            if self.server.fake.stopping.is_set():
                raise _Left
            if seconds <= 0:
                return

    def _answer(self, answer: Answer) -> None:
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", **answer.headers}
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _error(self, status: int, words: str) -> None:
        self._answer(_error(status, words))

    def _nowhere(self) -> None:
        self._answer(Answer(404, b"404 page not found", {"Content-Type": "text/plain"}))


def _error(status: int, words: str) -> Answer:
    return Answer(status, {"error": words})


def _told(call: Call, reply: Reply) -> Iterator[bytes]:
    """Yield the stream of a reply, ended where it may be no longer."""
    if tokens(reply.text) > call.longest:
        reply = replace(reply, text=reply.text[: 4 * call.longest], pieces=(), reason="length")
    if reply.thinking and call.body.get("think") is not False:
        yield call.piece("", reply.thinking)
    for piece in reply.pieces or re.findall(r"\S+\s*|\s+", reply.text):
        yield call.piece(piece)
    yield call.done(reply.reason, eval_count=tokens(reply.text))


def _merged(steps: Iterable[Step]) -> Answer:
    """Return one response for all lines of a stream."""
    content, thinking, last = "", "", {}
    for step in steps:
        if isinstance(step, Answer):
            return step
        if isinstance(step, bytes):
            last = json.loads(step)
            content += last.get("message", {}).get("content", "") or last.get("response", "")
            thinking += last.get("message", {}).get("thinking", "")
    if "error" in last:
        return Answer(500, last)
    if "message" in last:
        last["message"] |= {"content": content} | ({"thinking": thinking} if thinking else {})
    elif "response" in last:
        last["response"] = content
    return Answer(200, last)


def _listed(model: Model) -> dict[str, object]:
    told = {"name": model.name, "model": model.name, "modified_at": CREATED, "size": model.size, "digest": model.sha}
    away = {"remote_host": model.remote, "remote_model": model.name.removesuffix("-cloud")} if model.remote else {}
    return {**told, **away, "details": _details(model)}


def _details(model: Model) -> dict[str, object]:
    return {
        "parent_model": "",
        "format": "gguf",
        "family": model.family,
        "families": [model.family],
        "parameter_size": model.parameters,
        "quantization_level": "Q4_K_M",
    }


def _vector(text: str) -> list[float]:
    """Return a unit vector of eight numbers, the same for the same text."""
    raw = [byte - 127.5 for byte in hashlib.sha256(text.encode()).digest()[:8]]
    length = math.sqrt(sum(value * value for value in raw))
    return [value / length for value in raw]
