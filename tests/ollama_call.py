"""What the model server for tests is asked, and what it can be made to say; see ``tests.ollama_protocol``."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

CREATED = "2026-11-21T10:00:00.000000Z"


@dataclass(frozen=True)
class Model:
    """A model of the server, with what /api/tags and /api/show tell of it."""

    name: str = "llama3.2:3b"
    family: str = "llama"
    parameters: str = "3.2B"
    capabilities: tuple[str, ...] | None = ("completion", "tools")  # None: a server too old to tell
    context: int = 131_072
    size: int = 2_019_393_189
    remote: str = ""  # the host that runs a cloud model
    digest: str = ""

    @property
    def sha(self) -> str:
        return self.digest or hashlib.sha256(self.name.encode()).hexdigest()


@dataclass(frozen=True)
class Reply:
    """What a model says; ``pieces`` is how the text is cut for the stream, else at its words."""

    text: str
    thinking: str = ""
    pieces: Sequence[str] = ()
    reason: str = "stop"


@dataclass(frozen=True)
class Answer:
    """A whole HTTP response in place of a stream."""

    status: int
    body: bytes | Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cut:
    """The server dies: the connection ends inside of a chunk."""


Step = bytes | float | Answer | Cut  # a line of the stream; seconds of silence; …


@dataclass(frozen=True)
class Call:
    """One request to chat, as the model gets to see it."""

    body: Mapping[str, Any]
    model: Model
    number: int  # of the chats before it
    context: int  # tokens

    @property
    def system(self) -> str:
        return "\n".join(message["content"] for message in self.body["messages"] if message["role"] == "system")

    @property
    def user(self) -> str:
        """The last message; its middle is missing if the prompt was too long."""
        text: str = self.body["messages"][-1]["content"]
        if self.read == self.sent:
            return text
        half = 2 * self.context
        return text[: half // 2] + text[-half // 2 :]

    @property
    def letters(self) -> list[str]:
        """The texts that stand between marks, as ``assistant.model.fenced`` puts them."""
        return [text for _, text in re.findall(r"<letter (\w+)>\n(.*?)\n</letter \1>", self.user, re.DOTALL)]

    @property
    def schema(self) -> Mapping[str, Any] | None:
        given = self.body.get("format")
        return given if isinstance(given, Mapping) else None

    @property
    def longest(self) -> int:
        """Tokens that the reply may have."""
        given = self.body.get("options", {}).get("num_predict", -1)
        return given if given >= 0 else 10**9

    @property
    def sent(self) -> int:
        """Tokens of the prompt."""
        return sum(tokens(message["content"]) for message in self.body["messages"])

    @property
    def read(self) -> int:
        """Tokens of the prompt that the model got: of one that is too long, half a context and two."""
        return self.sent if self.sent <= self.context else self.context // 2 + 2

    def piece(self, content: str, thinking: str = "") -> bytes:
        """Return a line of the stream."""
        message = {"role": "assistant", "content": content} | ({"thinking": thinking} if thinking else {})
        return line({"model": self.body["model"], "created_at": CREATED, "message": message, "done": False})

    def done(self, reason: str = "stop", **counts: int) -> bytes:
        """Return the last line of a stream."""
        told = {
            "total_duration": 900_000_000,
            "load_duration": 100_000_000,
            "prompt_eval_count": self.read,
            "prompt_eval_duration": 300_000_000,
            "eval_count": 10,
            "eval_duration": 500_000_000,
            **counts,
        }
        message = {"role": "assistant", "content": ""}
        head = {"model": self.body["model"], "created_at": CREATED, "message": message}
        return line({**head, "done_reason": reason, "done": True, **told})


Behaviour = Callable[[Call], "str | Reply | Iterable[Step]"]


def tokens(text: str) -> int:
    """Return how many tokens this server takes a text for."""
    return math.ceil(len(text) / 4)


def line(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
