"""What an evaluation asks of a system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from assistant.answer import Answer
from eval.dataset import LabelledSet, Query
from ingest.index import Progress


class System(Protocol):
    """Something that answers questions about letters. Letter ids in its answers are those of the labelled set."""

    @property
    def name(self) -> str:
        """The name it has in the table of systems."""
        ...

    @property
    def settings(self) -> Mapping[str, str]:
        """What a reader must know to run it again: models, versions of its parts, its parameters."""
        ...

    def prepare(self, labelled: LabelledSet, workdir: Path, progress: Progress | None = None) -> None:
        """Index the letters. ``workdir`` is a folder of its own, to keep what the next run can use again."""
        ...

    def answer(self, query: Query, *, named: bool) -> Answer:
        """Answer one question; with ``named``, the question is about ``query.letter`` and the system is told so."""
        ...


@runtime_checkable
class Conversing(System, Protocol):
    """A system that can also hold a conversation."""

    def converse(self, turns: Sequence[Query]) -> Iterator[Answer]:
        """Answer the turns of one conversation, each in the light of those before it."""
        ...
