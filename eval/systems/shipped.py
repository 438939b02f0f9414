"""Dossier itself, over a home of its own: an evaluation never touches the user's letters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.answer import Answer, Candidate, Evidence
from eval.dataset import LabelledSet, Query
from ingest.home import Home
from ingest.index import Progress
from ingest.letters import Draft

if TYPE_CHECKING:
    from assistant import Assistant, Conversation


class ShippedSystem:
    """The assistant over a cohort made of the labelled set; ``llm`` is as on the command line."""

    def __init__(self, name: str = "dossier", *, llm: str = "none") -> None:
        self.name = name
        self._llm = llm
        self._assistant: Assistant | None = None
        self._stored: Mapping[str, str] = {}  # the set's letter id -> the id it was stored under
        self._given: Mapping[str, str] = {}  # and back

    @property
    def settings(self) -> Mapping[str, str]:
        """The model that writes; the versions of the parts are Dossier's own."""
        try:
            return {"llm": self._llm, "dossier": version("dossier")}
        except PackageNotFoundError:  # run from a checkout that is not installed
            return {"llm": self._llm, "dossier": "not installed"}

    def prepare(self, labelled: LabelledSet, workdir: Path, progress: Progress | None = None) -> None:
        """Index the set in ``workdir/home``, in a cohort named for the letters' hash: done once, it is used again."""
        from assistant import open_assistant
        from ingest.pipeline import ingest_drafts

        home = Home(workdir / "home")
        name = re.sub(r"\W+", "-", labelled.name).strip("-")[:40] or "set"
        cohort = f"{name}-{labelled.letters_hash[:12]}"
        ingest_drafts(
            home, cohort, [Draft(id_, id_, text) for id_, text in labelled.letters.items()], progress=progress
        )
        self._stored = _stored_ids(home, cohort)
        self._given = {stored: given for given, stored in self._stored.items()}
        self._assistant = open_assistant(home, cohort, llm=self._llm)

    def answer(self, query: Query, *, named: bool) -> Answer:
        """Answer one question on its own."""
        return self._ask(query.text, letter=self._stored.get(query.letter, query.letter) if named else None)

    def converse(self, turns: Sequence[Query]) -> Iterator[Answer]:
        """Answer the turns in one conversation."""
        from assistant import Conversation

        conversation = Conversation()
        for turn in turns:
            yield self._ask(turn.text, conversation=conversation)

    def _ask(self, text: str, *, letter: str | None = None, conversation: Conversation | None = None) -> Answer:
        assert self._assistant is not None, "prepare() comes first"
        *_, last = self._assistant.ask(text, letter=letter, conversation=conversation)
        return _with_given_ids(last, self._given)


def _stored_ids(home: Home, cohort: str) -> dict[str, str]:
    """Return the set's id -> stored id: they differ where an id of the set is no safe letter id ("Geneva Durben")."""
    from ingest.database import Database

    database = Database(home.database)
    try:
        return {source: stored for source, (stored, _) in database.known(database.cohort(cohort)).items()}
    finally:
        database.close()


def _with_given_ids(answer: Answer, given: Mapping[str, str]) -> Answer:
    def evidence(pieces: Sequence[Evidence]) -> tuple[Evidence, ...]:
        return tuple(replace(piece, letter=given.get(piece.letter, piece.letter)) for piece in pieces)

    def candidates(those: Sequence[Candidate]) -> tuple[Candidate, ...]:
        return tuple(replace(c, letter=given.get(c.letter, c.letter), evidence=evidence(c.evidence)) for c in those)

    return replace(
        answer,
        statements=tuple(
            replace(s, letter=given.get(s.letter, s.letter), evidence=evidence(s.evidence)) for s in answer.statements
        ),
        candidates=candidates(answer.candidates),
        evidence=evidence(answer.evidence),
        unsure=candidates(answer.unsure),
    )
