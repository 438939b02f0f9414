"""Phrasings and word lists out of ``data/questions.toml`` and ``data/words.toml``: compiled once, at first use."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def pattern(name: str) -> re.Pattern[str]:
    """Return a phrasing of questions by its name."""
    return _compiled(_table("questions.toml")["pattern"][name])


@cache
def answer_pattern(name: str) -> re.Pattern[str]:
    """Return how a question asks for a kind of answer, or how a sentence shows one."""
    return _compiled(_table("words.toml")["answer"][name])


@cache
def verbs() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return ``(stance, predicates that ask for it)``, in the order in which they are tried."""
    table = _table("questions.toml")
    before = rf"^(?:(?:{table['adverbs']}|has|have|is|are|was|were) )*?"
    return tuple(
        (entry["wanted"], _compiled(before + "(?:" + "|".join(f"(?:{say})" for say in entry["say"]) + r")\s"))
        for entry in table["stance"]
    )


@cache
def word_list(name: str) -> frozenset[str]:
    """Return a list of plain words."""
    return frozenset(_table("words.toml")[name].split())


def _compiled(text: str) -> re.Pattern[str]:
    return re.compile("".join(line.strip(" ") if "\n" in text else line for line in text.splitlines()), re.IGNORECASE)


@cache
def _table(file: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("assistant.data") / file).read_text(encoding="utf-8"))
