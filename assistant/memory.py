"""What the model judged before, out of the database, and what it judges now, on its way there."""

from __future__ import annotations

from collections import defaultdict

from assistant.cohort import Cohort
from assistant.docket import Call
from ingest.judgements import Judgement


class Memory:
    """The judgements of one model on one cohort's letters as they are now."""

    def __init__(self, cohort: Cohort, digest: str) -> None:
        self._cohort = cohort
        self._digest = digest
        self._stored: dict[str, dict[tuple[str, str], Judgement]] = {}
        self._new: dict[str, dict[tuple[str, str], Judgement]] = defaultdict(dict)

    def recall(self, call: Call) -> Judgement | None:
        """Return what the model answered to this very call before, or None."""
        asked = call.case.ask.key(self._digest)
        if asked not in self._stored:
            self._stored[asked] = self._cohort.database.judgements(self._cohort.key, asked)
        return self._stored[asked].get(self._version(call))

    def add(self, call: Call, judgement: Judgement) -> None:
        """Take over an answer, to be kept."""
        self._new[call.case.ask.key(self._digest)][self._version(call)] = judgement

    def keep(self) -> None:
        """Store what is new; what cannot be stored now, because another process writes, is tried again next time."""
        database, key = self._cohort.database, self._cohort.key
        for asked in [asked for asked, found in self._new.items() if database.remember(key, asked, found)]:
            del self._new[asked]

    def _version(self, call: Call) -> tuple[str, str]:
        return call.letter, self._cohort.of_letter(call.letter)[0].hash
