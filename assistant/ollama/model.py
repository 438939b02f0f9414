"""One model of an Ollama server: asks it, and sees to it that a reply is whole or said not to be."""

from __future__ import annotations

import json
import math
import os
import re
import time
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, Literal

from assistant.model import Prompt
from assistant.ollama.connection import connect, plainly
from assistant.ollama.endless import ending
from assistant.ollama.patience import Patience
from assistant.ollama.server import in_memory
from assistant.ollama.thoughts import ThoughtFilter, after_thoughts
from ingest.errors import ModelFailed

if TYPE_CHECKING:
    import ollama

DEFAULT_CONTEXT = 8192  # tokens
_TEMPLATE = 200  # tokens that the model's own form of a conversation adds, at most
_THOUGHTS = 1000  # tokens of reply that a model gets for thoughts it cannot leave out
_WIDEST = 16  # characters of a token, at most: what an answer of so many tokens can be long
_GLANCE = Patience(connect=1.0, silence=1.0, whole=1.0)
_LIGHT = re.compile(r"(?<=[a-z\s])[a-z\s]", re.ASCII)
_SEED = 1
_BUSY = 503


class OllamaModel:
    """A model on this machine; see ``assistant.model.LocalModel``.

    All calls ask for one and the same context: for another the server would load the model anew.
    """

    def __init__(
        self,
        name: str,
        *,
        address: str,
        digest: str = "",
        context: int = DEFAULT_CONTEXT,
        thinking: bool | str | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Use a model that is there, or let ``choose_model`` find one.

        :param context: tokens of prompt and reply together.
        :param thinking: what is said to a model that can think: ``False``, or a level; ``None`` to one that cannot.
        """
        self.name = name
        self.digest = digest
        self.address = address
        self.context = context
        self._thinking = thinking
        self._patience = patience or Patience()
        self._context_checked = False

    def reply(self, prompt: Prompt) -> str:
        """Return the whole reply; see ``assistant.model.LocalModel.reply``. It is streamed all the same, so that
        silence is noticed.

        :raises ModelFailed: if there is no whole one.
        """
        reply = after_thoughts("".join(self.stream(prompt))).strip()
        if not reply:
            raise ModelFailed("the model gave an empty answer")
        return reply

    def stream(self, prompt: Prompt) -> Generator[str]:
        """Yield the pieces of a reply as they come; see ``assistant.model.LocalModel.stream``.

        :raises ModelFailed: if the reply is not whole, after its last piece.
        """
        if not self.fits(prompt):
            raise ModelFailed(
                f"the question is too long for the model's context of {self.context} tokens: set DOSSIER_CONTEXT higher"
            )
        thoughts, spoke = ThoughtFilter(), False
        with closing(self._pieces(prompt)) as pieces:
            for piece in ending(pieces, _WIDEST * self._reply_tokens(prompt)):
                if said := thoughts.feed(piece):
                    spoke = True
                    yield said
        if thoughts.thinking:
            raise ModelFailed("the model thought aloud and came to no answer")
        if rest := thoughts.end():
            yield rest
        elif not spoke:
            raise ModelFailed("the model gave an empty answer")

    def fits(self, prompt: Prompt) -> bool:
        """Whether prompt and reply fit into the context, by an estimate that errs on the safe side."""
        return sum(_TEMPLATE + tokens_at_most(message["content"]) for message in _messages(prompt)) <= (
            self.context - self._reply_tokens(prompt)
        )

    def _reply_tokens(self, prompt: Prompt) -> int:
        return prompt.longest + (_THOUGHTS if isinstance(self._thinking, str) else 0)

    def _pieces(self, prompt: Prompt) -> Generator[str]:
        end = time.monotonic() + self._patience.whole
        last: ollama.ChatResponse | None = None
        with plainly(self.address, self._patience, self.name):
            for last in self._responses(prompt, end):
                if last.message.content:
                    yield last.message.content
        if last is None or not last.done:
            raise ModelFailed("the model's answer broke off before its end")
        if last.done_reason == "length":
            raise ModelFailed(f"the model's answer was cut off after {self._reply_tokens(prompt)} tokens")
        self._check_nothing_was_cut(prompt, last.prompt_eval_count or 0)

    def _responses(self, prompt: Prompt, end: float) -> Iterator[ollama.ChatResponse]:
        import ollama

        for pause in (*self._patience.pauses, math.inf):
            try:
                with connect(self.address, self._patience, end) as client:
                    yield from client.chat(**self._request(prompt), stream=True)
                return
            except ollama.ResponseError as error:
                if error.status_code != _BUSY or time.monotonic() + pause > end:
                    raise
            time.sleep(pause)

    def _request(self, prompt: Prompt) -> dict[str, Any]:
        return {
            "model": self.name,
            "messages": _messages(prompt),
            "format": None if prompt.schema is None else dict(prompt.schema),
            "think": self._thinking,
            "options": {
                "num_ctx": self.context,
                "num_predict": self._reply_tokens(prompt),
                "temperature": 0.0,
                "seed": _SEED,
            },
            "keep_alive": _keep_alive(),
        }

    def _check_nothing_was_cut(self, prompt: Prompt, read: int) -> None:
        """Raise if the server dropped a part of the prompt, which it does without a word.

        ``read``, the tokens of the prompt it tells of, shows only an overflow: it may leave out those it knew already.
        What the model was loaded for shows whether the context that was asked for was given.
        """
        if not self._context_checked:
            with suppress(ModelFailed):  # a server that cannot tell
                loaded = in_memory(self.address, self.name, _GLANCE)
                if loaded is not None and loaded.context:
                    self.context = min(self.context, loaded.context)
            self._context_checked = True
        if read + self._reply_tokens(prompt) > self.context or not self.fits(prompt):
            raise ModelFailed(
                f"the question did not fit into the {self.context} tokens that the model server keeps, so a part of it "
                "was not read"
            )


def tokens_at_most(text: str) -> int:
    """Return how many tokens a text may be, at most: 0.6 for a small letter or blank after another, one for any other
    byte.

    Measured with the vocabularies cl100k and o200k: English letters have 0.23 tokens a character, random small letters
    0.58, random letters and digits 0.72, digits and punctuation 0.67, other scripts and emoji up to 0.7 a byte.
    """
    light = len(_LIGHT.findall(text))
    return math.ceil(0.6 * light) + len(text.encode("utf-8", "replace")) - light


def _messages(prompt: Prompt) -> list[dict[Literal["role", "content"], str]]:
    system = prompt.system
    if prompt.schema is not None:  # said in words too: some servers overlook the format of models that do not think
        system += "\n\nReply with one JSON object of this JSON schema and with nothing else:\n" + json.dumps(
            dict(prompt.schema), ensure_ascii=False
        )
    return [{"role": "system", "content": system}, {"role": "user", "content": prompt.user}]


def _keep_alive() -> str | float:
    """Return how long the model stays in memory: OLLAMA_KEEP_ALIVE, or half an hour, so that it is not loaded for
    every question.
    """
    given = os.environ.get("OLLAMA_KEEP_ALIVE", "").strip() or "30m"
    try:
        return float(given)  # seconds; in a request only a number may come without a unit
    except ValueError:
        return given
