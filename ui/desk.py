"""What the web page works on: the cohorts of a home, an assistant for each, a conversation for each browser session."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from assistant import Answer, Assistant, Conversation, open_assistant
from ingest.errors import DossierError, NothingFound
from ingest.home import Home
from ingest.letters import Letter, SetAside

_MOST_CONVERSATIONS = 500  # the oldest are forgotten


class LetterDesk:
    """The real desk, over a home; one assistant answers at a time, because it shares one database connection."""

    def __init__(self, home: Home, cohort: str, llm: str) -> None:
        """Open ``cohort``, which is offered first.

        :raises DossierError: if it cannot be opened.
        """
        self._home = home
        self._first = cohort
        self._llm = llm
        self._lock = threading.RLock()
        self._assistants: dict[str, Assistant] = {}
        self._conversations: OrderedDict[str, Conversation] = OrderedDict()
        self._assistant(cohort)

    def cohorts(self) -> list[tuple[str, int]]:
        """Return each cohort's name and number of letters, the one that was asked for first."""
        with self._lock:
            found = self._assistant(self._first).cohort.database.cohorts()
        return sorted(found, key=lambda item: item[0] != self._first)

    def ask(self, cohort: str, question: str, conversation: str) -> Iterator[Answer]:
        """Yield growing snapshots of an answer."""
        with self._lock:
            talk = self._conversations.setdefault(f"{conversation} {cohort}", Conversation())
            while len(self._conversations) > _MOST_CONVERSATIONS:
                self._conversations.popitem(last=False)
            snapshots = self._assistant(cohort).ask(question, conversation=talk)
        while True:  # the lock is held to work out a snapshot, not while the page shows it
            with self._lock:
                answer = next(snapshots, None)
            if answer is None:
                return
            yield answer

    def clear(self, conversation: str) -> None:
        """Forget a browser session's turns."""
        with self._lock:
            for key in [key for key in self._conversations if key.split(" ", 1)[0] == conversation]:
                del self._conversations[key]

    def letter(self, cohort: str, letter_id: str) -> Letter:
        """Return a letter, or raise ``UnknownLetter``."""
        with self._lock:
            shelf = self._assistant(cohort).cohort
            return shelf.database.letter(shelf.key, letter_id)

    def letters(self, cohort: str) -> list[tuple[str, str, int]]:
        """Return each letter's id, source and length in characters."""
        with self._lock:
            return [(item.id, item.source, len(item.text)) for item in self._assistant(cohort).cohort.letters.values()]

    def set_aside(self, cohort: str) -> list[SetAside]:
        """Return what could not become a letter, with reasons."""
        with self._lock:
            shelf = self._assistant(cohort).cohort
            return shelf.database.set_aside(shelf.key)

    def examples(self, cohort: str) -> list[str]:
        """Return a few questions about what this cohort's letters most speak of."""
        with self._lock:
            subjects = common_subjects(self._assistant(cohort))
        asked = [f"who works on {name}?" for name in subjects[:1]] + [
            f"who wants to learn {name}?" for name in subjects[1:2]
        ]
        return [*asked, "which PhD students have published?", "how many need a visa?"]

    def home(self) -> Path:
        """Return the private home folder."""
        return self._home.path

    def location_note(self) -> str:
        """Say where the letters are and who writes the answers."""
        with self._lock:
            model = self._assistant(self._first).model
        who = (
            f"{model.name} on this machine helps to write."
            if model
            else "No model: answers are quotes from the letters."
        )
        return f"Letters are kept in {self._home.path}. {who}"

    def _assistant(self, cohort: str) -> Assistant:
        if cohort not in self._assistants:
            self._assistants[cohort] = open_assistant(self._home, cohort, llm=self._llm)
        return self._assistants[cohort]


def common_subjects(assistant: Assistant) -> list[str]:
    """Return the names of subjects that letters of the cohort write out, the most common first."""
    cohort = assistant.cohort
    found = {name: cohort.holders(name) for name in cohort.domain.subjects.subject_names if " " in name}
    return sorted((name for name, letters in found.items() if letters), key=lambda name: -len(found[name]))


def read_accounts(path: Path) -> list[tuple[str, str]]:
    """Read ``user:password`` lines.

    :raises DossierError: if the file cannot be read or a line has another form.
    """
    try:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise DossierError(f"the accounts in {path} cannot be read") from error
    accounts = [
        (user, password)
        for user, colon, password in (line.partition(":") for line in lines)
        if colon and user and password
    ]
    if len(accounts) != len(lines) or not accounts:
        raise NothingFound(f"{path} should hold lines of the form user:password")
    return accounts
