"""A letter as the reading panel shows it: who it is, where it is from, its text with the evidence marked."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ingest.letters import Letter
from ui.show import Span, marked, show

EMPTY = (
    '<div class="hint"><p><strong>The letters, next to the answers</strong></p>'
    "<p>Click a number in an answer to see its words in the letter they come from.</p></div>"
)


def letter_page(letter: Letter, spans: Iterable[Span] = (), chosen: Span | None = None) -> str:
    """Return ``letter`` as panel markdown: ``spans`` marked lightly, ``chosen`` strongly."""
    name = f"<h2>{show(letter.id)}</h2><p>{show(file_name(letter.source))} · {len(letter.text):,} characters</p>"
    facts = "".join(f"<dt>{show(k)}</dt><dd>{show(v)}</dd>" for k, v in letter.metadata.items() if v.strip())
    return (
        f'<div class="name">{name}</div>'
        f"{f'<dl>{facts}</dl>' if facts else ''}"
        f'<div class="text" dir="auto">{marked(letter.text, spans, chosen)}</div>'
    )


def problem_page(message: str) -> str:
    """Return an error ``message`` as panel markdown."""
    return f'<div class="hint"><p>{show(message)}</p></div>'


def file_name(source: str) -> str:
    """Return the last part of ``source``: ``d.txt`` of ``/a/b.zip!c/d.txt``, ``form.csv#row-3`` of a table's row."""
    return re.split(r"[/\\!]", source)[-1] or source
