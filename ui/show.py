"""The one encoder between untrusted text and the browser.

Letters, names, file names, model text and error messages reach the page only through ``show`` or ``marked``. Every
ASCII punctuation mark becomes a numeric entity, so neither markdown nor HTML finds anything to act on, and the browser
shows the text as it was written. The app's own markup is added afterwards.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterable, Sequence

Span = tuple[int, int]

_PUNCTUATION = frozenset(string.punctuation)
_LINE_SEPARATORS = "\u2028\u2029"
_BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_TAG_CHARACTERS = range(0xE0000, 0xE0080)  # invisible copies of ASCII, used to hide instructions
_BREAK = "<br>"


def show(untrusted: str, *, lines: bool = True) -> str:
    """Return ``untrusted`` encoded for ``gr.Markdown`` and ``gr.Chatbot``: shown exactly, and nothing in it acts.

    Newlines become ``<br>``, or a space with ``lines=False``. Characters that are invisible and change what is seen
    (control characters, bidirectional overrides, tag characters) are shown by their code.
    """
    return "".join(_encoded(untrusted, _BREAK if lines else " "))


def marked(text: str, spans: Iterable[Span], chosen: Span | None = None) -> str:
    """Return ``text`` encoded, with ``<mark id="quote-N">`` around each span, numbered from 1 in reading order.

    Spans are half-open and count characters of ``text``; overlapping ones are merged. ``chosen`` is marked whole with
    ``class="chosen"``, and the other spans keep what lies outside it.
    """
    encoded = _encoded(text, _BREAK)
    light = [span for piece in _merged(spans, len(text)) for span in _outside(piece, chosen)]
    strong = _merged([chosen] if chosen else [], len(text))
    for number, (start, end) in enumerate(sorted([*light, *strong]), start=1):
        chosen_class = ' class="chosen"' if (start, end) in strong else ""
        encoded[start] = f'<mark id="quote-{number}"{chosen_class}>{encoded[start]}'
        encoded[end - 1] += "</mark>"
    return "".join(encoded)


def _encoded(text: str, line_break: str) -> list[str]:
    """Encode each character on its own, so that offsets into ``text`` are offsets into the list."""
    return [_character(character, before, line_break) for before, character in zip("\n" + text, text, strict=False)]


def _character(character: str, before: str, line_break: str) -> str:
    if character == "\n":
        return line_break
    if character == " ":  # HTML folds runs of spaces, and markdown takes an indent for code
        return "&#160;" if before in "\n\t " else " "
    if character == "\t" or character in _PUNCTUATION:
        return f"&#{ord(character)};"
    return f"⟨U+{ord(character):04X}⟩" if _deceives(character) else character


def _deceives(character: str) -> bool:
    return (
        unicodedata.category(character) in ("Cc", "Cs")
        or character in _BIDI_CONTROLS
        or character in _LINE_SEPARATORS
        or ord(character) in _TAG_CHARACTERS
    )


def _merged(spans: Iterable[Span], length: int) -> list[Span]:
    """Clip the spans to the text, drop the empty ones, join those that overlap."""
    clipped = sorted((max(start, 0), min(end, length)) for start, end in spans)
    merged: list[Span] = []
    for start, end in clipped:
        if start >= end:
            continue
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _outside(span: Span, hole: Span | None) -> Sequence[Span]:
    if hole is None or hole[0] >= hole[1] or span[1] <= hole[0] or hole[1] <= span[0]:
        return [span]
    pieces = [(span[0], min(span[1], hole[0])), (max(span[0], hole[1]), span[1])]
    return [(start, end) for start, end in pieces if start < end]
