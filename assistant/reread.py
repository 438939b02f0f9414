"""A second reading of a question by a local model, where the rules understood it badly: what it stands for, in English.

The model only proposes. Its proposal is a question, and is understood by the same rules (``assistant.parse``) or not at
all; where the rules had understood the question already, they decide, and the reader is told of the other reading. No
word of a letter is in these prompts, so nothing in a letter can steer them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.answer import Kind
from assistant.model import LocalModel, Prompt
from assistant.naming import named
from assistant.parse import parse
from assistant.question import About, Criterion, Every, Not, Question, Some, Surroundings, Wanted, describe
from assistant.structured import reply_json
from assistant.wording import pattern, word_list
from assistant.write.markup import without_markup
from ingest.errors import BadQuestion, ModelFailed
from ingest.fold import fold, written

_EARLIER = 3  # questions that a follow-up may refer to
_LONGEST = 300  # characters of a proposal, and of an earlier question
_ENGLISH = 0.25  # of an English question's words, more than this share are common ones
_SUBJECTS = 2  # unknown subjects of one question for which other words are sought
_SYNONYMS = 5
_TERM = 60  # characters

_RESTATE = """You restate a question about a set of application letters so that a simple program understands it.
Reply with JSON: {"question": "..."}
- Write one English question that is understood without the questions before it.
- If it asks which people, or how many, use one of these forms, or join them with and, or, but not:
  who works on X? who wants to learn X? who took a course on X? who knows little about X? who mentions X?
  who has published? who needs a visa? which PhD students ...? who comes from X? how many ...? which of them ...?
- If it is about one person, keep the name or id: Where does d017 live? summarise d017. compare d017 and d023.
- Keep names, ids and numbers as they are. Add nothing that was not asked.
- If you are not sure what is asked, reply {"question": ""}"""
_RENAME = """You name other English words for a subject of study or work, as application letters might write it.
Reply with JSON: {"synonyms": ["...", "..."]}
- At most five, only words for the same thing or for a part of it. Nothing broader, nothing merely related.
- If there are none, reply {"synonyms": []}"""
_QUESTION = {"type": "object", "properties": {"question": {"type": "string"}}, "required": ["question"]}
_LIST = {
    "type": "object",
    "properties": {"synonyms": {"type": "array", "items": {"type": "string"}}},
    "required": ["synonyms"],
}


@dataclass(frozen=True)
class Reread:
    """A question as it is to be answered; ``note`` says how a model took it, ``warning`` why none could be asked."""

    question: Question
    note: str = ""
    warning: str = ""


def reread(
    question: str, understood: Question, surroundings: Surroundings, earlier: Sequence[str], model: LocalModel
) -> Reread:
    """Read a question again with a model's help, where that can help. Never raises ``ModelFailed``.

    :param question: as it was asked.
    :param understood: what the rules made of it.
    :param earlier: the questions before it in the same conversation, the last one last.
    """
    reading = Reread(understood)
    try:
        if _is_doubtful(question, understood, surroundings, earlier):
            reading = _restated(question, understood, surroundings, earlier, model)
        return _widened(reading, surroundings, model)
    except ModelFailed as error:
        return replace(reading, warning=f"The model did not help to understand the question: {error}")


def _is_doubtful(question: str, understood: Question, around: Surroundings, earlier: Sequence[str]) -> bool:
    if understood.judges:
        return False
    if understood.criterion is not None:
        return _is_guess(understood.criterion)
    return understood.kind is Kind.OPEN or (understood.kind is Kind.FACT and _is_unread(question, around, earlier))


def _is_unread(question: str, around: Surroundings, earlier: Sequence[str]) -> bool:
    """Whether the rules cannot have understood a question: it is not English, or leans on the one before it."""
    return not _is_english(question, around) or bool(earlier and pattern("leans_back").search(question))


def _is_english(question: str, around: Surroundings) -> bool:
    words = written(question)
    common = sum(word in word_list("stop") for word in words)
    return common > _ENGLISH * len(words) or bool(around.name_finder(question.strip(" ?!.,")))


def _restated(
    question: str, understood: Question, around: Surroundings, earlier: Sequence[str], model: LocalModel
) -> Reread:
    before = "\n".join(f"- {text[:_LONGEST]}" for text in earlier[-_EARLIER:]) or "- none"
    prompt = Prompt(_RESTATE, f"Questions before:\n{before}\n\nThe question: {question}", _QUESTION, longest=120)
    proposal = _clean(reply_json(model, prompt)["question"])
    proposed = _parsed(proposal, around)
    unread = _is_unread(question, around, earlier)
    if proposed is None or not _may_stand(proposed, question, around, earlier):
        return Reread(understood)
    if _same(proposal, question) or (understood.criterion and describe(proposed) == describe(understood)):
        return Reread(understood)
    if understood.criterion is not None and not unread:
        return Reread(understood, f"taken by its own words; the model would have asked: {proposal}")
    if proposed.criterion is None and not (proposed.judges or unread):
        return Reread(understood)  # an open question in English needs no other words
    taken = replace(proposed, text=understood.text, asked=proposed.asked or proposal)
    return Reread(taken, f"taken by the model as: {proposal}")


def _parsed(proposal: str, around: Surroundings) -> Question | None:
    try:
        return parse(proposal, around)
    except BadQuestion:
        return None


def _may_stand(proposed: Question, question: str, around: Surroundings, earlier: Sequence[str]) -> bool:
    """Whether a proposal names no letter that nobody spoke of, and is no mere guess at what its words may ask."""
    known = {letter for text in (question, *earlier) for letter, _ in named(text, around)}
    if not known.issuperset(proposed.letters):
        return False
    return proposed.criterion is None or not _is_guess(proposed.criterion)


def _is_guess(criterion: Criterion) -> bool:
    return any(about.guessed for about in _abouts(criterion))


def _widened(reading: Reread, around: Surroundings, model: LocalModel) -> Reread:
    criterion = reading.question.criterion
    if criterion is None:
        return reading
    found = {subject: _synonyms(subject, around, model) for subject in _unknown(criterion, around)}
    also = list(dict.fromkeys(term for terms in found.values() for term in terms))
    if not also:
        return reading

    def widened(about: About) -> Criterion:
        terms = found.get(about.subject) if about.wanted is not Wanted.ANY else None
        return Some((about, *(About(term, about.wanted) for term in terms))) if terms else about

    note = "; ".join(part for part in (reading.note, f"also read as: {', '.join(also)}") if part)
    return replace(reading, question=replace(reading.question, criterion=_mapped(criterion, widened)), note=note)


def _unknown(criterion: Criterion, around: Surroundings) -> list[str]:
    """The subjects that the thesaurus does not know; of "mentions X" the very words are asked for."""
    subjects = (about.subject for about in _abouts(criterion) if about.wanted is not Wanted.ANY)
    unknown = [subject for subject in subjects if around.domain.subjects.usual_name(subject) is None]
    return list(dict.fromkeys(unknown))[:_SUBJECTS]


def _synonyms(subject: str, around: Surroundings, model: LocalModel) -> list[str]:
    """Other words for a subject that at least one letter holds, without whole fields."""
    proposed = reply_json(model, Prompt(_RENAME, f"Subject: {subject}", _LIST, longest=120))["synonyms"]
    terms = [_clean(term) for term in proposed[:_SYNONYMS]]
    different = {fold(term): term for term in terms if term and len(term) <= _TERM and fold(term) != fold(subject)}
    return [term for term in different.values() if not _is_field(term, around) and around.name_finder(term)]


def _is_field(term: str, around: Surroundings) -> bool:
    known = around.domain.subjects.named(term)
    return known is not None and known.is_field


def _abouts(criterion: Criterion) -> Iterator[About]:
    match criterion:
        case About():
            yield criterion
        case Not(part):
            yield from _abouts(part)
        case Every(parts) | Some(parts):
            for part in parts:
                yield from _abouts(part)


def _mapped(criterion: Criterion, change: Callable[[About], Criterion]) -> Criterion:
    match criterion:
        case About():
            return change(criterion)
        case Not(part):
            return Not(_mapped(part, change))
        case Every(parts) | Some(parts):
            return type(criterion)(tuple(_mapped(part, change) for part in parts))
    return criterion


def _clean(proposed: str) -> str:
    return without_markup(proposed) if len(proposed) <= _LONGEST else ""


def _same(one: str, other: str) -> bool:
    return written(one) == written(other)
