"""Writers of answers: each turns findings into growing snapshots of an ``Answer``.

To add one: a file here, and the line in ``assistant.assistant`` that chooses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from assistant.answer import Answer
from assistant.findings import Findings


class Writer(Protocol):
    """Puts findings into words, adding nothing to them."""

    name: str

    def write(self, findings: Findings) -> Iterator[Answer]:
        """Yield snapshots of the answer, each more complete; the last has ``final=True``."""
        ...
