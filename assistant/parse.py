"""Understand a question by rules, so that the same words are always understood in the same way.

The phrasings are data (``data/questions.toml``). A question names letters (``naming``), or asks of whom something holds
(``frame``), what holds (``criteria``); every other question is answered with passages.
"""

from __future__ import annotations

from assistant.answer import Kind
from assistant.criteria import criterion
from assistant.frame import framed
from assistant.naming import named, without_names
from assistant.plain import plain
from assistant.predicates import guessed
from assistant.question import Question, Surroundings
from assistant.wording import pattern, word_list
from ingest.errors import BadQuestion
from ingest.letters import canonical

LONGEST = 2_000  # characters; more is no question
_TERSE = 4  # words; what is longer and asks for nobody is no subject
_JOINERS = frozenset(("and", "of", "in", "for", "the", "on"))


def parse(text: str, around: Surroundings | None = None) -> Question:
    """Understand a question.

    :raises BadQuestion: if it is empty or longer than 2,000 characters.
    """
    around = around or Surroundings()
    question = " ".join(canonical(text).split())
    if not any(c.isalnum() for c in question):
        raise BadQuestion("the question is empty: ask, for example, who works on time series?")
    if len(question) > LONGEST:
        raise BadQuestion(f"the question has {len(question):,} characters; ask in at most {LONGEST:,}")
    if pattern("judges").search(question):
        return Question(question, Kind.OPEN, judges=True)
    found = named(question, around)
    letters = tuple(dict.fromkeys(letter for letter, _ in found))
    if len(letters) > 1 and pattern("compare").search(question):
        return Question(question, Kind.COMPARE, letters=letters)
    if letters and pattern("summary").search(question):
        return Question(question, Kind.SUMMARY, letters=letters)
    asked = without_names([words for _, words in found], question)
    if letters or pattern("one").search(question):
        return Question(question, Kind.FACT, letters=letters, asked=asked)
    return _of_a_set(question, around) or Question(
        question, Kind.FACT if pattern("asks_fact").match(question) else Kind.OPEN, asked=asked
    )


def _of_a_set(question: str, around: Surroundings) -> Question | None:
    text = plain(question)
    if pattern("definite").search(question) and not pattern("plural").match(text):
        return None
    frame = framed(text, around.domain)
    if frame is None:
        return None
    wanted = criterion(frame, around)
    if wanted is None:
        return None
    if frame.bare and guessed(wanted, around.domain) and (frame.listed or not _is_name(frame.predicate)):
        return None
    kind = Kind.COUNT if frame.count else Kind.WHO
    return Question(question, kind, wanted, within_last=frame.within_last)


def _is_name(text: str) -> bool:
    """Whether a few words without a verb may name a subject: "peat bogs"."""
    words = text.casefold().split()
    empty = word_list("stop") - _JOINERS
    return len(words) <= _TERSE and not empty.intersection(words) and not pattern("terse_stop").match(text)
