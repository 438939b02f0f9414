"""Writers of answers: each turns findings into growing snapshots of an ``Answer``. Add one: a file,
and a line in ``WRITERS``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from assistant.answer import Answer
from assistant.findings import Findings
from assistant.write.extractive import ExtractiveWriter
from ingest.errors import DossierError


class Writer(Protocol):
    """Puts findings into words, adding nothing to them."""

    name: str

    def write(self, findings: Findings) -> Iterator[Answer]:
        """Yield snapshots of the answer, each more complete; the last has ``final=True``."""
        ...


WRITERS: Mapping[str, Callable[[], Writer]] = {"extractive": ExtractiveWriter}


def choose_writer(llm: str) -> Writer:
    """Return the writer for ``--llm``: ``none`` and ``auto`` write from quotes alone.

    :raises DossierError: for the name of a model; this version has no writer that uses one.
    """
    if llm in ("none", "auto"):
        return WRITERS["extractive"]()
    raise DossierError(
        f"this version writes answers from quotes alone and cannot use the model {llm!r}: use --llm none or auto"
    )
