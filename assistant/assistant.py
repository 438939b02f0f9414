"""The front object: ask a question of a cohort, get growing snapshots of an answer."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace

from assistant.answer import Answer, Coverage, Evidence, Kind
from assistant.cohort import Cohort
from assistant.conversation import Conversation
from assistant.domain import domain_in
from assistant.findings import Findings, Passage, Trait
from assistant.judge import Judge, Judging
from assistant.match import Matches, match
from assistant.model import LocalModel
from assistant.ollama import choose_model
from assistant.paced import paced
from assistant.parse import parse
from assistant.question import Question, describe
from assistant.reread import Reread, reread
from assistant.retrieve import DossierRetriever, Scored
from assistant.support import Supports, cosine, is_supported
from assistant.verify import verified
from assistant.write.extractive import ExtractiveWriter
from assistant.write.prose import ProseWriter
from ingest.database import Database
from ingest.embed import DEFAULT_MODEL, find_embedder
from ingest.errors import ModelFailed, NothingFound, UnknownLetter
from ingest.home import DEFAULT_COHORT, Home
from ingest.index import VectorIndex
from ingest.segment import SEGMENTS

# The score from which a sentence is taken for an answer, set on the facts of the dev letters. Higher, and answerable
# questions are refused; lower, and unanswerable ones are answered. `dossier eval` prints both.
ANSWERS = 1.1
_MOST_QUOTES = 3  # for a fact: the answer, and at most two that are near


class Assistant:
    """Answers questions about one cohort. Give it finished parts, or use ``open_assistant``."""

    def __init__(
        self,
        cohort: Cohort,
        retriever: DossierRetriever,
        model: LocalModel | None = None,
        supports: Supports = is_supported,
    ) -> None:
        """Answer from a cohort; with a model also tell in prose and read doubtful questions again.

        :param supports: whether quotes bear out a sentence that the model wrote.
        """
        self._cohort = cohort
        self._retriever = retriever
        self._model = model
        self._supports = supports

    @property
    def cohort(self) -> Cohort:
        """The letters it answers from, as they are now."""
        if self._cohort.is_stale:
            self._cohort = Cohort(self._cohort.name, self._cohort.database, self._cohort.domain)
            self._retriever = self._retriever.of(self._cohort)
        return self._cohort

    @property
    def retriever(self) -> DossierRetriever:
        """A LlamaIndex retriever over the cohort, for use in any LlamaIndex query engine."""
        return self._retriever

    def ask(
        self,
        question: str,
        *,
        letter: str | None = None,
        conversation: Conversation | None = None,
        thorough: bool = False,
    ) -> Iterator[Answer]:
        """Yield growing snapshots of the answer; the last has ``final=True``.

        :param letter: id of the letter that the question is about, if that is known.
        :param conversation: remembers the last set, so that "which of them have published?" is understood.
        :param thorough: put every letter before the model, not only those that are uncertain.
        :raises BadQuestion: if the question is empty or too long.
        :raises UnknownLetter: if ``letter`` is not in the cohort.
        """
        began = time.perf_counter()
        cohort = self.cohort
        if letter is not None and letter not in cohort.letters:
            raise UnknownLetter(f"there is no letter {letter!r} in this cohort: dossier letters lists those there are")
        talk = conversation or Conversation()
        understood = parse(question, cohort.surroundings(talk.subject))
        if letter is not None:
            kind = understood.kind if understood.kind in (Kind.SUMMARY, Kind.COMPARE) else Kind.FACT
            understood = replace(understood, kind=kind, criterion=None, letters=(letter,))
        for answered, answer in self._snapshots(understood, talk, thorough):
            checked = verified(answer, cohort.letters)
            yield replace(checked, elapsed_ms=(time.perf_counter() - began) * 1000)
            if answer.final:
                talk.note(answered, [candidate.letter for candidate in checked.candidates])

    def answer(
        self,
        question: str,
        *,
        letter: str | None = None,
        conversation: Conversation | None = None,
        thorough: bool = False,
    ) -> Answer:
        """Return the finished answer; see ``ask``."""
        *_, last = self.ask(question, letter=letter, conversation=conversation, thorough=thorough)
        return last

    @property
    def model(self) -> LocalModel | None:
        """The local model that helps, if there is one."""
        return self._model

    def _snapshots(self, question: Question, talk: Conversation, thorough: bool) -> Iterator[tuple[Question, Answer]]:
        """Yield the question as it is taken, with what is answered: at once what needs no model, then more.

        While a model works, the last answer comes again at every beat, so that whoever asks can stop.
        """
        findings = self._find(question, talk)
        (quoted,) = ExtractiveWriter().write(findings)
        if self._model is None or question.judges:
            yield question, quoted
            return
        answer = replace(quoted, final=False)
        yield question, answer
        reading = Reread(question)
        for news in paced(self._reread(question, talk)):
            reading = news or reading
            yield question, answer
        if reading.question != question:
            findings = self._find(reading.question, talk)
        understood = "; ".join(part for part in (findings.understood, reading.note) if part)
        warnings = (*findings.warnings, reading.warning) if reading.warning else findings.warnings
        findings = replace(findings, understood=understood, warnings=warnings)
        if findings.matches is not None:
            yield from ((reading.question, judged) for judged in self._judged(findings, talk, thorough))
            return
        for told in paced(ProseWriter(self._model, self._supports).write(findings)):
            answer = told or answer
            yield reading.question, answer

    def _judged(self, findings: Findings, talk: Conversation, thorough: bool) -> Iterator[Answer]:
        """The set, as the model judges one uncertain letter after the other."""
        question = findings.question
        assert self._model is not None
        assert question.criterion is not None
        within = talk.letters if question.within_last else None
        states = Judge(self._model).judge(question.criterion, self._cohort, within=within, thorough=thorough)
        with closing(states):
            for state in states:
                known = replace(state.matches, notes=(*state.matches.notes, *_progress(state)))
                warnings = (*findings.warnings, state.problem) if state.problem else findings.warnings
                (answer,) = ExtractiveWriter().write(replace(self._with(findings, known), warnings=warnings))
                writer = f"ollama:{self._model.name}" if state.judged else answer.writer
                yield replace(answer, writer=writer, final=state.final)

    def _reread(self, question: Question, talk: Conversation) -> Iterator[Reread]:
        assert self._model is not None
        if not question.letters:
            yield reread(question.text, question, self._cohort.surroundings(talk.subject), talk.questions, self._model)

    def _find(self, question: Question, talk: Conversation) -> Findings:
        cohort = self._cohort
        total = len(cohort.letters)
        if talk.letters is None:
            question = replace(question, within_last=False)  # there is no last answer to ask of
        findings = Findings(question, describe(question), cohort.name, Coverage(total, total, 0, 0, cohort.set_aside))
        if question.criterion is not None:
            return self._with_matches(findings, talk)
        if question.kind in (Kind.SUMMARY, Kind.COMPARE):
            return replace(findings, traits=self._traits(question.letters), coverage=self._read(len(question.letters)))
        if question.judges:
            return findings
        return self._with_passages(findings)

    def _with_matches(self, findings: Findings, talk: Conversation) -> Findings:
        question = findings.question
        assert question.criterion is not None
        found = match(question.criterion, self._cohort)
        if question.within_last and talk.letters is not None:
            found = found.within(talk.letters)
        return self._with(findings, found)

    def _with(self, findings: Findings, found: Matches) -> Findings:
        coverage = replace(findings.coverage, matched=len(found.yes), unsure=len(found.unsure))
        return replace(findings, matches=found, coverage=coverage)

    def _with_passages(self, findings: Findings) -> Findings:
        question = findings.question
        named = question.letters[0] if len(question.letters) == 1 else None
        retriever = self._retriever.within(named)
        found = retriever.scored(question.asked or question.text)
        answering = [scored for scored in found if scored.score >= ANSWERS]
        passages: list[Passage] = []
        for scored in answering:
            evidence = retriever.quote(scored, found)
            if not any(_overlap(evidence, other.evidence) for other in passages):
                passages.append(Passage(evidence, _confidence(scored)))
            if len(passages) == (_MOST_QUOTES if question.kind is Kind.FACT else 2 * _MOST_QUOTES):
                break
        missing = retriever.missing
        warnings = (
            (f"{missing} passages have no vectors yet, only their words were searched: dossier ingest again",)
            if missing
            else ()
        )
        coverage = self._read(1) if named else findings.coverage
        return replace(findings, passages=tuple(passages), coverage=coverage, warnings=warnings)

    def _traits(self, letters: tuple[str, ...]) -> Mapping[str, tuple[Trait, ...]]:
        cohort = self._cohort
        return {
            letter: tuple(
                Trait(name, cohort.evidence(sentence))
                for name, sentence in cohort.domain.facets.said_of(cohort.of_letter(letter))
            )
            for letter in letters
        }

    def _read(self, letters: int) -> Coverage:
        return Coverage(len(self._cohort.letters), letters, 0, 0, self._cohort.set_aside)


def open_assistant(home: Home, cohort: str = DEFAULT_COHORT, *, llm: str = "auto") -> Assistant:
    """Open a cohort for questions.

    :raises NothingFound: if the home holds no letters yet.
    :raises UnknownCohort: if it has no cohort of this name.
    :raises DossierError: if its own files of subjects or facets cannot be used.
    :raises ModelFailed: if ``llm`` names a model that cannot be used.
    :raises EmbeddingMismatch: if the cohort's model is not the one on this machine.
    """
    if not home.database.exists():
        raise NothingFound(f"no letters in {home.path} yet: dossier ingest FOLDER, or dossier ingest --sample")
    model = _chosen(llm)
    database = Database(home.database)
    letters = Cohort(cohort, database, domain_in(home.words(cohort)))
    indexed = database.fingerprint(letters.key)
    embedder = find_embedder(indexed.model if indexed else DEFAULT_MODEL, SEGMENTS)
    retriever = DossierRetriever(letters, VectorIndex(home, database), embedder)
    near = cosine(embedder)
    return Assistant(letters, retriever, model, lambda sentence, quotes: is_supported(sentence, quotes, near))


def _chosen(llm: str) -> LocalModel | None:
    """The model that ``--llm`` asks for: none, the one of that name, or, for auto, one if there is one."""
    if llm == "none":
        return None
    try:
        return choose_model(llm)
    except ModelFailed:
        if llm == "auto":
            return None
        raise


def _progress(state: Judging) -> list[str]:
    if not state.done and not state.to_go:
        return []
    going = f", {state.to_go} to go" if state.to_go else ""
    return [f"the model has judged {state.done} uncertain {'letter' if state.done == 1 else 'letters'}{going}"]


def _confidence(scored: Scored) -> float:
    return max(0.0, min(1.0, scored.covered))


def _overlap(one: Evidence, other: Evidence) -> bool:
    return one.letter == other.letter and one.start < other.end and other.start < one.end
