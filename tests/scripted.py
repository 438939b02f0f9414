"""A local model that follows a script: the seam ``assistant.model.LocalModel``, as a real client fills it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.model import Prompt
from ingest.errors import ModelFailed

Reply = str | Callable[[Prompt], str]
Judgement = Mapping[str, str] | str  # what a judge replies: an object, or words that are none


@dataclass
class ScriptedModel:
    """Replies in turn; the last one again and again. ``pieces`` cuts a streamed reply, ``room`` is in characters."""

    replies: Sequence[Reply]
    pieces: Callable[[str], Sequence[str]] = lambda text: [text]
    stops_after: int | None = None  # characters, then it fails
    room: int = 100_000
    name: str = "scripted"
    digest: str = "0"
    asked: list[Prompt] = field(default_factory=list)
    closed: int = 0

    def reply(self, prompt: Prompt) -> str:
        return "".join(self.stream(prompt))

    def stream(self, prompt: Prompt) -> Iterator[str]:
        self.asked.append(prompt)
        reply = self.replies[min(len(self.asked), len(self.replies)) - 1]
        text = reply if isinstance(reply, str) else reply(prompt)
        try:
            yield from self.pieces(text[: self.stops_after])
            if self.stops_after is not None:
                raise ModelFailed("the server closed the connection: is it still running?")
        finally:
            self.closed += 1

    def fits(self, prompt: Prompt) -> bool:
        return len(prompt.system) + len(prompt.user) <= self.room


def cite(text: str) -> Callable[[Prompt], str]:
    """Return a reply in which ``<some words>`` stands for the id of the quote that holds these words."""

    def reply(prompt: Prompt) -> str:
        return re.sub(r"<([^<>]+)>", lambda found: f"[{id_of(prompt, found[1])}]", text)

    return reply


def id_of(prompt: Prompt, words: str) -> str:
    """The id under which a prompt shows the quote that holds ``words``."""
    return next(id_ for id_, quote in quotes_in(prompt) if words in quote)


def quotes_in(prompt: Prompt) -> list[tuple[str, str]]:
    """The quotes of a prompt with their ids."""
    found = re.findall(r"^(E-\w\d), from letter .*\n<letter (\w+)>\n(.*)\n</letter \2>$", prompt.user, re.MULTILINE)
    return [(id_, quote) for id_, _, quote in found]


def judge(script: Callable[[str, str], Judgement], digest: str = "abc", room: int = 100_000) -> ScriptedModel:
    """A model that judges by what is asked, in one line, and by the passages of a letter that it is sent."""

    def reply(prompt: Prompt) -> str:
        told = script(prompt.user.partition("\n")[0], passages_in(prompt))
        return told if isinstance(told, str) else json.dumps(told)

    return ScriptedModel([reply], digest=digest, room=room)


def passages_in(prompt: Prompt) -> str:
    """The words of the letter in a prompt."""
    found = re.search(r"<letter (\w+)>\n(.*)\n</letter \1>", prompt.user, re.DOTALL)
    assert found, "no letter in the prompt"
    return found[2]


def stance(answer: str, quote: str = "") -> Judgement:
    return {"reason": "it says so", "stance": answer, "quote": quote}


def holds(answer: str, quote: str = "") -> Judgement:
    return {"reason": "it says so", "holds": answer, "quote": quote}
