"""A model's words as plain text: no markup, no addresses, no quotation that stands in no letter.

Screens encode all text anyway (``ui.show``); this keeps Dossier's markdown and JSON clean for whoever shows them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_UNSEEN = ("Cc", "Cf", "Co", "Cs", "Cn")  # control, format (bidirectional, zero width, tags), private, unassigned
_ADDRESS = re.compile(r"\b(?:[a-z][a-z0-9+.-]*://|www\.|(?:javascript|data|mailto|file):)[^\s)>\]]*", re.IGNORECASE)
_TAG = re.compile(r"<[!/?a-z][^<>]*>", re.IGNORECASE)
_TAG_BEGINS = re.compile(r"<+(?=[!/?a-z])", re.IGNORECASE)  # "p < 0.05" is none
_NO_LINK = re.compile(r"!?\s*\(\s*…?\s*\)")  # what is left of a link or an image
_ENTITY = re.compile(r"&(?=#?\w+;)")
_SIGNS = str.maketrans("", "", "*`\\|[]{}~^")
_SIGNS_ALONE = re.compile(r"(?<!\w)[_#]+|_+(?!\w)|\$\$")  # those of snake_case and C# stay
_LINE_START = re.compile(r"^(?:[\s#>+=–—-]|\d{1,2}[.)]\s)+")
_QUOTED = re.compile(r"[\"“”„‟«»‹›](?P<double>[^\"“”„‟«»‹›]*)[\"“”„‟«»‹›]|(?<!\w)['‘‚](?P<single>.+?)['’](?!\w)")
_QUOTE_SIGNS = re.compile(r"[\"“”„‟«»‹›]")


def seen(text: str) -> str:
    """Return ``text`` on one line, without characters that nobody sees."""
    return " ".join("".join(" " if c.isspace() else c for c in text if _is_seen(c)).split())


def _is_seen(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in _UNSEEN


def without_markup(text: str) -> str:
    """Return ``text`` on one line without HTML, markdown, addresses and characters that nobody sees."""
    text = _NO_LINK.sub("", _ADDRESS.sub("…", seen(text)))
    while (fewer := _TAG.sub("", text)) != text:
        text = fewer
    text = _SIGNS_ALONE.sub("", _ENTITY.sub("", text.translate(_SIGNS)))
    return " ".join(_TAG_BEGINS.sub("", _LINE_START.sub("", text)).split())


def without_false_quotes(text: str, quotes: Sequence[str]) -> str:
    """Return ``text`` with quotation marks only around what stands word for word in one of ``quotes``."""
    known = [" ".join(quote.split()) for quote in quotes]
    parts: list[str] = []
    end = 0
    for found in _QUOTED.finditer(text):
        said = (found["double"] if found["double"] is not None else found["single"]).strip()
        parts.append(_QUOTE_SIGNS.sub("", text[end : found.start()]))
        bare = said.rstrip(".,;:!?")
        verbatim = bool(bare) and any(re.search(rf"(?<!\w){re.escape(bare)}(?!\w)", quote) for quote in known)
        parts.append(f"“{said}”" if verbatim else _QUOTE_SIGNS.sub("", said))
        end = found.end()
    parts.append(_QUOTE_SIGNS.sub("", text[end:]))
    return " ".join("".join(parts).split())
