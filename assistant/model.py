"""What Dossier needs of a local language model, whoever runs it, and how letter text is put before one.

The client of the real server is ``assistant.ollama``. Letters are data: they stand between marks that whoever
wrote them could not know, and no prompt gives a model tools.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Prompt:
    """One call: Dossier's instructions, then the question and the letters' words."""

    system: str
    user: str
    schema: Mapping[str, Any] | None = None  # of the JSON object that is wanted; None: plain text
    longest: int = 400  # tokens of the reply


class LocalModel(Protocol):
    """A language model on this machine. Calls may come from several threads."""

    name: str
    digest: str  # of the weights: what a cached reply belongs to

    def reply(self, prompt: Prompt) -> str:
        """Return the whole reply, without what the model thought aloud.

        :raises ModelFailed: if there is none, or it is not complete; the message is one plain sentence.
        """
        ...

    def stream(self, prompt: Prompt) -> Iterator[str]:
        """Yield the pieces of a reply as they come. Closing the iterator ends the call at the server.

        :raises ModelFailed: as ``reply`` does, also half-way: what came before it stands.
        """
        ...

    def fits(self, prompt: Prompt) -> bool:
        """Whether prompt and reply fit into the model's context; one that does not is never sent."""
        ...


def new_mark() -> str:
    """Return a mark that nobody can have written into a letter: a fresh one for every call."""
    return secrets.token_hex(4)


def fenced(text: str, mark: str) -> str:
    """Return untrusted text between marks ("spotlighting", Hines et al. 2024).

    >>> fenced("I keep bees.", "5ab01f29")
    '<letter 5ab01f29>\\nI keep bees.\\n</letter 5ab01f29>'
    """
    return f"<letter {mark}>\n{text}\n</letter {mark}>"
