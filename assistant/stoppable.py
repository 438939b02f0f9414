"""A local model that can be stopped from another thread, so that it is not kept busy by whoever no longer waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from assistant.model import LocalModel, Prompt
from ingest.errors import ModelFailed


class Stoppable:
    """A model whose calls end at the next piece of their reply once it is stopped; no new one begins then."""

    def __init__(self, model: LocalModel) -> None:
        self.name, self.digest = model.name, model.digest
        self._model = model
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End all calls, for good."""
        self._stopped.set()

    def reply(self, prompt: Prompt) -> str:
        """Return the whole reply.

        :raises ModelFailed: if there is none, it is not complete, or it was stopped.
        """
        return "".join(self.stream(prompt))

    def stream(self, prompt: Prompt) -> Iterator[str]:
        """Yield the pieces of a reply.

        :raises ModelFailed: as ``reply`` does, also half-way.
        """
        if not self._stopped.is_set():
            for piece in self._model.stream(prompt):
                if self._stopped.is_set():
                    break
                yield piece
            else:
                return
        raise ModelFailed(f"{self.name} was stopped before it had answered")

    def fits(self, prompt: Prompt) -> bool:
        """Whether the model takes a prompt of this length."""
        return self._model.fits(prompt)
