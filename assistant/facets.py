"""What organisers ask beside subjects: level of study, publications, jobs, prizes, plans, needs, languages.

The facets themselves are data (``data/facets.toml``); here is only how they are recognised in questions and letters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from assistant.wording import word_list
from ingest.database import StoredPassage
from ingest.fold import collapse, collapse_pattern


@dataclass(frozen=True)
class Facet:
    """One recognisable attribute of a writer. Its patterns are compiled when they are first needed."""

    name: str
    group: str
    asks: str
    says: str
    voids: str
    values: str  # how the value of its slot is written, or ""

    @cached_property
    def ask(self) -> re.Pattern[str]:
        """Finds the facet in a question."""
        return re.compile(self.asks, re.IGNORECASE)

    @cached_property
    def value(self) -> re.Pattern[str]:
        """Finds the value of the slot in a question."""
        return re.compile(rf"\b(?:{self.values})(?!\w)", re.IGNORECASE)

    def asked_in(self, question: str) -> list[tuple[int, int]]:
        """Return where a question asks for this facet."""
        if self.values and not self.value.search(question):
            return []
        return [found.span() for found in self.ask.finditer(question)]

    def said_in(self, sentence: str) -> bool:
        """Whether a sentence of a letter says this of its writer."""
        plain = _plain(sentence)
        return bool(self.say.search(plain)) and not (self.unless and self.unless.search(plain))

    @cached_property
    def say(self) -> re.Pattern[str]:
        """Finds the facet in a collapsed sentence."""
        return re.compile(collapse_pattern(self.says), re.IGNORECASE)

    @cached_property
    def unless(self) -> re.Pattern[str] | None:
        """Finds what voids a collapsed sentence, or None."""
        return re.compile(collapse_pattern(self.voids), re.IGNORECASE) if self.voids else None


@lru_cache(maxsize=50_000)
def _plain(sentence: str) -> str:
    return collapse(" ".join(sentence.split()))


@dataclass(frozen=True)
class AskedFacet:
    """A facet recognised in a question, with the words of the question that it does not account for."""

    facets: tuple[Facet, ...]  # any of them will do
    left_over: str
    leads: bool  # nothing unaccounted for stands before it


class Facets:
    """All facets, out of data in the form of ``facets.toml``."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Prepare the entries under ``facet``; ``words`` says what their patterns refer to."""
        self._data = data
        self.asked_in = lru_cache(maxsize=2_000)(self._asked_in)

    def whole(self, text: str) -> AskedFacet | None:
        """Return the facet that accounts for every word of a text, or None."""
        facet = self.asked_in(text)
        return facet if facet and not facet.left_over else None

    def _asked_in(self, question: str) -> AskedFacet | None:
        """Return the facet that accounts for most of ``question``, or None.

        Several values of one slot ("NeurIPS, ICML or ICLR") are alternatives.
        """
        best: tuple[tuple[int, int], AskedFacet] | None = None
        for facet in self.table:
            spans = facet.asked_in(question)
            if not spans:
                continue
            facets = [facet]
            values = self._values_beside(facet, question, spans[0][0])
            if len(values) > 1:
                facets = list(dict.fromkeys([facet, *(sibling for sibling, _ in values)]))
                spans += [span for _, span in values]
            left = _left_over(question, spans)
            rank = (len(left), -sum(end - start for start, end in spans))
            if best is None or rank < best[0]:
                leads = not left or question.find(left[0]) > spans[0][0]
                best = (rank, AskedFacet(tuple(facets), " ".join(left), leads))
        return best[1] if best else None

    def _values_beside(self, facet: Facet, question: str, start: int) -> list[tuple[Facet, tuple[int, int]]]:
        """The values of the facet's slot that a question lists as alternatives, itself among them."""
        family = next((family for family in self._families if any(member is facet for member in family)), ())
        found = [(member, place.span()) for member in family if (place := member.value.search(question, start))]
        between = question[min((s for _, (s, _) in found), default=0) : max((e for _, (_, e) in found), default=0)]
        return [] if re.search(r"\b(?:and|but|not|without)\b", between, re.IGNORECASE) else found

    def said_of(self, sentences: Sequence[StoredPassage]) -> list[tuple[str, StoredPassage]]:
        """Return what one letter says of its writer: each facet's name with the first sentence that says it.

        Of facets that exclude each other, the one said first.
        """
        found: list[tuple[str, StoredPassage]] = []
        groups: set[str] = set()
        for item in sentences:
            for facet in self.table:
                known = any(name == facet.name for name, _ in found) or (facet.group and facet.group in groups)
                if not known and facet.said_in(item.passage.text):
                    found.append((facet.name, item))
                    groups.add(facet.group)
        return found

    def rivals(self, facet: Facet) -> Sequence[Facet]:
        """Return the facets that exclude ``facet`` in one letter, itself among them; none if it stands alone."""
        return [other for other in self.table if facet.group and other.group == facet.group]

    @cached_property
    def table(self) -> tuple[Facet, ...]:
        """All facets in the order of the data, each value of a slot one of its own."""
        return tuple(member for family in self._families for member in family)

    @cached_property
    def _families(self) -> tuple[tuple[Facet, ...], ...]:
        return tuple(
            tuple(self._facet(entry, name, values) for name, values in entry.get("slots", {"": ""}).items())
            for entry in self._data["facet"]
        )

    def _facet(self, entry: Mapping[str, Any], slot: str, values: str) -> Facet:
        def joined(key: str) -> str:
            return "|".join(f"(?:{item})" for item in entry.get(key, ())).replace("{slot}", f"(?:{values})")

        name = entry["name"].replace("{slot}", slot)
        asks = _written_out(joined("ask"), self._data["words"])
        return Facet(name, entry.get("group", ""), asks, joined("say"), joined("unless"), values)


def _left_over(question: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    return [
        word.group()
        for word in re.finditer(r"[\w+#.-]+", question)
        if not any(start < word.end() and word.start() < end for start, end in spans)
        and word.group().casefold() not in word_list("empty")
    ]


def _written_out(ask: str, words: Mapping[str, str]) -> str:
    """Put the words that a pattern refers to in their place: "{has:with}" begins a question or follows these verbs."""

    def follows(verbs: str) -> str:
        # a word in both lists would make the two ways to read it multiply
        fillers = "|".join(word for word in words["fillers"].split("|") if word not in verbs.split("|"))
        return rf"\b(?:{verbs}) (?:(?:{verbs}|{fillers}) ){{0,7}}"

    def meant(found: re.Match[str]) -> str:
        name, more = found[1], [found[2]] if found[2] else []
        if name == "may":
            return follows("|".join(more))
        if name not in ("has", "did"):
            return words[name]
        verbs = follows("|".join([words["verbs"], *more]))
        return verbs if name == "did" else f"(?:^(?:(?:{words['fillers']}) ){{0,4}}|{verbs})"

    return re.sub(r"\{([a-z]+)(?::([^{}]*))?\}", meant, ask)
