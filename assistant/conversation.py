"""What a conversation remembers: the set it is about and the subject that "it" stands for. Small and explicit."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.question import About, Criterion, Every, Not, Question, Some

_MOST = 3  # questions that are remembered


class Conversation:
    """The state of one conversation; a new one remembers nothing."""

    def __init__(self) -> None:
        self.questions: tuple[str, ...] = ()  # the last ones that were answered
        self.letters: tuple[str, ...] | None = None  # of the last answer that was a set
        self.subject: Criterion | None = None  # the last criterion about a subject

    def clear(self) -> None:
        """Forget everything."""
        self.questions = ()
        self.letters = None
        self.subject = None

    def note(self, question: Question, letters: Sequence[str]) -> None:
        """Remember a question that was answered, and the set of letters if it was answered with one."""
        self.questions = (*self.questions, question.text)[-_MOST:]
        if question.criterion is None:
            return
        self.letters = tuple(letters)
        if _has_subject(question.criterion):
            self.subject = question.criterion


def _has_subject(criterion: Criterion) -> bool:
    match criterion:
        case About():
            return True
        case Every(parts) | Some(parts):
            return any(_has_subject(part) for part in parts)
        case Not(part):
            return _has_subject(part)
    return False
