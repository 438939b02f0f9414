"""The last gate before the screen: a quote is verbatim or it is not shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from assistant.answer import Answer, Candidate, Evidence, Role, Statement
from ingest.letters import Letter


def verified(answer: Answer, letters: Mapping[str, Letter]) -> Answer:
    """Return ``answer`` without any evidence that is not verbatim, saying how many quotes were dropped.

    A quote is verbatim if it equals the stored letter's text at its offsets.
    """
    dropped = 0

    def keep(quotes: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        nonlocal dropped
        good = tuple(quote for quote in quotes if is_verbatim(quote, letters))
        dropped += len(quotes) - len(good)
        return good

    def candidates(found: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        return tuple(replace(candidate, evidence=keep(candidate.evidence)) for candidate in found)

    checked = replace(
        answer,
        statements=tuple(_checked(statement, letters) for statement in answer.statements),
        candidates=candidates(answer.candidates),
        unsure=candidates(answer.unsure),
        evidence=keep(answer.evidence),
    )
    if not dropped:
        return checked
    return replace(checked, warnings=(*checked.warnings, f"{dropped} quotes were not verbatim and are not shown"))


def is_verbatim(evidence: Evidence, letters: Mapping[str, Letter]) -> bool:
    """Whether a quote stands in its letter at its offsets, character for character."""
    letter = letters.get(evidence.letter)
    if letter is None or not 0 <= evidence.start < evidence.end <= len(letter.text):
        return False
    return letter.text[evidence.start : evidence.end] == evidence.quote


def _checked(statement: Statement, letters: Mapping[str, Letter]) -> Statement:
    good = tuple(quote for quote in statement.evidence if is_verbatim(quote, letters))
    if len(good) == len(statement.evidence):
        return statement
    held = bool(good) and any(statement.answer in quote.quote for quote in good)
    supported = statement.supported and (bool(good) or statement.role is not Role.PROSE)
    return replace(statement, evidence=good, answer=statement.answer if held else "", supported=supported)
