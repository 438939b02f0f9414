"""Values of a form's columns that a question asks for: "from Poland or Italy", "country: Poland"."""

from __future__ import annotations

import re

from assistant.question import Column, Criterion, Not, Some, Surroundings

_NO = r"(?:but\s+)?(?:(?:is|are|was|were|does|do)\s+not|isn't|aren't|not|without)\s+(?:come\s+)?"
_ANSWERS = frozenset(("yes", "no", "true", "false", "none", "other"))  # say nothing without their column's name


def columns_in(text: str, around: Surroundings) -> tuple[list[Criterion], str]:
    """Return the values of columns that a predicate asks for, and the predicate without them.

    A value alone counts where nothing else is asked.
    """
    found: list[Criterion] = []
    for column, values in (around.columns or {}).items():
        value = "(?:" + "|".join(re.escape(v) for v in sorted(values, key=len, reverse=True)) + ")"
        listed = rf"{value}(?:(?:\s*,\s*(?:or\s+)?|\s+or\s+)(?:from\s+)?(?:the\s+)?{value})*"
        named = rf"{re.escape(column)}\s*(?::|=|is|of|are|was)?\s*[\"'“”]?{listed}[\"'“”]?"
        plain = rf"(?:(?:is|are|comes?|was|were|lives?|based)\s+)?(?:from|in|at)\s+(?:the\s+)?{listed}"
        only = rf"^(?:(?:is|are)\s+)?{listed}$"
        tells = not any(v.casefold() in _ANSWERS for v in values)
        wanted = "|".join((named, plain, only) if tells else (named,))
        place = re.search(
            rf"(?:^|(?<=\s))(?:whose\s+)?(?P<not>{_NO})?(?:with\s+)?(?:{wanted})(?=\W|$)", text, re.IGNORECASE
        )
        if place:
            asked = re.findall(rf"(?<!\w){value}(?!\w)", place.group(), re.IGNORECASE)
            columns = [Column(column, v) for a in asked for v in values if v.casefold() == a.casefold()]
            part = columns[0] if len(columns) == 1 else Some(tuple(columns))
            found.append(Not(part) if place["not"] else part)
            text = (text[: place.start()] + " " + text[place.end() :]).strip()
    return found, re.sub(r"^(?:and|who|that|,)\s+|\s+(?:and|who|,)$", "", text.strip()) if found else text
