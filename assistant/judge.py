"""The local model as judge of who- and count-questions: the extractive verdicts first, then better ones as they come.

Only letters whose verdict is uncertain are put before the model (``assistant.cascade``), one call for each letter and
leaf of the criterion, its best passages only. What it answers is weighed against what was believed before
(``assistant.belief``), its quote is looked up in the letter, and its answers are kept, so that asking again is free.
"""

from __future__ import annotations

from collections.abc import Collection, Generator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from assistant.cases import case
from assistant.cohort import Cohort
from assistant.docket import Call, Docket
from assistant.excerpt import excerpt
from assistant.match import match, match_leaf
from assistant.memory import Memory
from assistant.model import LocalModel, Prompt
from assistant.question import Criterion
from assistant.stoppable import Stoppable
from assistant.structured import reply_json
from assistant.verdicts import Leaf, Matches, leaves
from ingest.errors import ModelFailed
from ingest.judgements import Judgement

WORKERS = 2  # calls at once; a server that takes one at a time lets the other wait
_WORDS = (250, 120, 60)  # of a letter's passages; fewer where more do not fit into the model's context
_PATIENCE = 3  # calls that may fail one after the other
_BEAT = 0.5  # seconds; at least so often a state is yielded, so that whoever asks can stop


@dataclass(frozen=True)
class Judging:
    """How far a question has been judged."""

    matches: Matches
    judged: frozenset[str] = frozenset()  # letters that the model has answered about, now or before
    done: int = 0  # answers of the model, those that were kept among them
    to_go: int = 0  # calls that can still change a verdict
    problem: str = ""  # one sentence: why answers are missing; what is known of these letters without the model stands
    final: bool = False  # the last one: nothing is to go, or there is a problem


class Judge:
    """Puts uncertain letters before a local model."""

    def __init__(self, model: LocalModel, *, workers: int = WORKERS) -> None:
        self._model = model
        self._workers = workers

    def judge(
        self, criterion: Criterion, cohort: Cohort, *, within: Collection[str] | None = None, thorough: bool = False
    ) -> Generator[Judging]:
        """Yield how far a question is judged: first without the model, at once, and last with all that it had to say.

        Closing the iterator begins no more calls and keeps what was answered for the next time.

        :param within: only of these letters.
        :param thorough: put every letter before the model, not only the uncertain ones.
        """
        chosen = cohort.letters.keys() if within is None else frozenset(within)
        yield Judging(match(criterion, cohort).within(chosen))
        cases = [each for leaf in leaves(criterion) if (each := case(leaf, cohort, thorough=thorough))]
        known: dict[Leaf, Matches] = {each.leaf: each.matches for each in cases}
        known |= {leaf: match_leaf(leaf, cohort) for leaf in leaves(criterion) if leaf not in known}
        docket = Docket(criterion, known, cases, cohort.letters, chosen)
        yield from _Sitting(docket, cohort, Stoppable(self._model), self._workers).states()


class _Sitting:
    """One question before the model: the calls under way and what came of them.

    The model is called in threads; all else, the database too, is done in that of whoever asks for the next state.
    """

    def __init__(self, docket: Docket, cohort: Cohort, model: Stoppable, workers: int) -> None:
        self._docket, self._cohort, self._model, self._workers = docket, cohort, model, workers
        self._memory = Memory(cohort, model.digest)
        self._running: dict[Future[dict[str, Any]], Call] = {}
        self._judged: set[str] = set()
        self._done = self._failed = self._failed_in_a_row = 0
        self._reason = ""

    def states(self) -> Generator[Judging]:
        """Yield how far it is, until nothing is to go or the model fails too often."""
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="judge")
        try:
            yield self._state()
            while self._failed_in_a_row < _PATIENCE:
                self._begin(pool)
                if not self._running:
                    break
                for future in wait(set(self._running), _BEAT, FIRST_COMPLETED).done:
                    self._finish(future)
                self._memory.keep()
                yield self._state()
            yield self._state(final=True)
        finally:
            self._model.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            self._memory.keep()

    def _begin(self, pool: ThreadPoolExecutor) -> None:
        """Take calls until as many are under way as there are workers."""
        while len(self._running) < self._workers and (call := self._docket.take()):
            judgement = self._memory.recall(call)
            if judgement:
                self._note(call, judgement)
            elif prompt := self._prompt(call):
                self._running[pool.submit(reply_json, self._model, prompt)] = call
            else:
                self._fail(call, f"a letter's passages do not fit into the context of {self._model.name}")

    def _finish(self, future: Future[dict[str, Any]]) -> None:
        call = self._running.pop(future)
        try:
            reply = future.result()
        except ModelFailed as error:
            self._failed_in_a_row += 1
            self._fail(call, str(error))
            return
        self._failed_in_a_row = 0
        judgement = call.case.ask.judgement(reply, self._cohort.letters[call.letter].text)
        self._memory.add(call, judgement)
        self._note(call, judgement)

    def _note(self, call: Call, judgement: Judgement) -> None:
        self._docket.note(call, judgement)
        self._judged.add(call.letter)
        self._done += 1

    def _fail(self, call: Call, reason: str) -> None:
        self._docket.note(call, None)
        self._failed += 1
        self._reason = reason

    def _prompt(self, call: Call) -> Prompt | None:
        """A call's prompt, with as many passages as the model's context takes; None if not even a few fit."""
        places = call.case.places(call.letter)
        prompts = (call.case.ask.prompt(excerpt(places, self._cohort, words)) for words in _WORDS)
        return next((prompt for prompt in prompts if self._model.fits(prompt)), None)

    def _state(self, *, final: bool = False) -> Judging:
        docket = self._docket
        missing = self._failed + docket.to_go if final else 0
        problem = f"{missing} answers of the model are missing: {self._reason}" if missing else ""
        return Judging(docket.matches, frozenset(self._judged), self._done, docket.to_go, problem, final)
