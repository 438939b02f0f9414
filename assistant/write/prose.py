"""The writer that lets a local model tell what the quotes say, in plain sentences that cite them.

The extractive answer is on the screen before the model begins and stays below what it writes. Sets and counts are never
retold. The model sees the question and the quotes of ``Findings``, nothing else; what it writes is checked sentence by
sentence, and no failure is worse than the extractive answer with one sentence on what went wrong.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.answer import Answer, Evidence, Role, Statement
from assistant.findings import Findings
from assistant.model import LocalModel, Prompt
from assistant.support import Supports, is_supported
from assistant.write.ask_prose import MOST_WORDS, ask, is_absence, sources
from assistant.write.extractive import ExtractiveWriter
from assistant.write.markup import without_false_quotes, without_markup
from assistant.write.told import Told, told
from ingest.errors import ModelFailed

_ABSENT = "The model finds no answer in the quotes that come nearest to the question:"


class ProseWriter:
    """Tells facts, open answers, summaries and comparisons in a model's words."""

    def __init__(self, model: LocalModel, supports: Supports = is_supported) -> None:
        """Write with ``model``; ``supports`` tells whether the quotes that a sentence cites bear it out."""
        self.name = f"ollama:{model.name}"
        self._model = model
        self._supports = supports

    def write(self, findings: Findings) -> Iterator[Answer]:
        """Yield the extractive answer, then one snapshot for each sentence; the last is final. Never raises."""
        *_, quoted = ExtractiveWriter().write(findings)
        if findings.question.kind not in MOST_WORDS or quoted.abstained:
            yield quoted
            return
        yield replace(quoted, final=False)
        written = yield from self._written(findings, quoted)
        yield replace(written, final=True)

    def _written(self, findings: Findings, quoted: Answer) -> Generator[Answer, None, Answer]:
        """Yield a snapshot for each sentence and return the answer as it stands at the end."""
        sentences: list[Statement] = []
        try:
            asked = self._fitting(findings)
            if asked is None:
                return _warned(quoted, "The quotes do not fit into the model's context: they stand as they are.")
            quoted = _warned(quoted, asked.warning)
            for sentence in self._told(asked.prompt):
                if is_absence(sentence.text):
                    if not sentences:
                        return self._absent(quoted)
                    continue
                statement = self._statement(sentence, asked.by_id)
                if not statement.text or any(statement.text == earlier.text for earlier in sentences):
                    continue
                if _length([*sentences, statement]) > MOST_WORDS[quoted.kind]:
                    quoted = _warned(quoted, "The model wrote more than was asked for; the rest is left out.")
                    break
                sentences.append(statement)
                yield self._with(quoted, sentences)
        except ModelFailed as error:
            return self._finished(_warned(quoted, _failure(error, len(sentences))), sentences)
        if not sentences:
            return _warned(quoted, "The model wrote nothing that can be shown.")
        return self._finished(quoted, sentences)

    def _told(self, prompt: Prompt) -> Iterator[Told]:
        stream = self._model.stream(prompt)
        try:
            yield from told(stream)
        finally:
            if isinstance(stream, Generator):
                stream.close()  # ends the call at the server, also when nobody wants the rest

    def _fitting(self, findings: Findings) -> _Asked | None:
        """The prompt with as much evidence as fits, the least confident left out first; None if not one quote fits."""
        every = sources(findings)
        for count in range(len(every), 0, -1):
            kept = every[:count]
            prompt = ask(findings, kept)
            if self._model.fits(prompt):
                return _Asked(prompt, {source.id.casefold(): source.evidence for source in kept}, len(every) - count)
        return None

    def _statement(self, sentence: Told, by_id: Mapping[str, Evidence]) -> Statement:
        evidence = tuple(dict.fromkeys(by_id[id_] for id_ in sentence.cited if id_ in by_id))
        unquoted = without_false_quotes(without_markup(sentence.text), [item.quote for item in evidence])
        text = without_markup(unquoted)  # a sign and what followed the quotation mark may have become a tag
        letters = {item.letter for item in evidence}
        others = {item.letter for item in by_id.values()} - letters
        alone = not any(re.search(rf"(?<![\w-]){re.escape(other)}(?![\w-])", text, re.I) for other in others)
        return Statement(
            Role.PROSE,
            text,
            evidence,
            letter=letters.pop() if len(letters) == 1 else "",
            supported=alone and self._supports(text, evidence),
        )

    def _with(self, answer: Answer, sentences: Sequence[Statement]) -> Answer:
        return replace(answer, writer=self.name, statements=(*sentences, *answer.statements), final=False)

    def _absent(self, answer: Answer) -> Answer:
        nearest = (Statement(Role.ITEM, "", (evidence,), evidence.letter) for evidence in answer.evidence)
        statements = (Statement(Role.LEAD, _ABSENT), *nearest)
        return replace(answer, writer=self.name, statements=statements, abstained=True, final=False)

    def _finished(self, answer: Answer, sentences: Sequence[Statement]) -> Answer:
        if not sentences:
            return answer
        doubtful = sum(not sentence.supported for sentence in sentences)
        marked = f"{doubtful} of {len(sentences)} sentences are not borne out by the quotes they cite and are marked."
        return self._with(_warned(answer, marked if doubtful else ""), sentences)


@dataclass(frozen=True)
class _Asked:
    prompt: Prompt
    by_id: Mapping[str, Evidence]
    left_out: int

    @property
    def warning(self) -> str:
        count = self.left_out + len(self.by_id)
        return f"{self.left_out} of {count} quotes did not fit; the model has not read them." if self.left_out else ""


def _failure(error: ModelFailed, sentences: int) -> str:
    return f"The model {'stopped half-way' if sentences else 'wrote nothing'}: {error}"


def _warned(answer: Answer, warning: str) -> Answer:
    return replace(answer, warnings=(*answer.warnings, warning), final=False) if warning else answer


def _length(statements: Sequence[Statement]) -> int:
    return sum(len(statement.text.split()) for statement in statements)
