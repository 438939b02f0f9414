"""Where a quote stands in a letter: exactly, or but for white space and the kind of quotation marks and dashes."""

from __future__ import annotations

import re
import unicodedata

_ALIKE = ('"“”„‟«»＂', "'’‘‚‛`´ʼ′", "-‐‑‒–—−")
_ROUND = "".join(_ALIKE[:2])  # marks that a model puts around what it quotes


def find_quote(quote: str, text: str) -> tuple[int, int] | None:
    """Return start and end, in characters of ``text``, of the first place where ``quote`` stands; None if it does not.

    >>> find_quote("'I  keep bees'", "In Turin I keep\\nbees.")
    (9, 20)
    """
    wanted = unicodedata.normalize("NFC", quote).strip()
    for words in (wanted, wanted.strip(_ROUND).strip()):
        start = text.find(words)
        if words and start >= 0:
            return start, start + len(words)
        loose = re.search(r"\s+".join(map(_loose, words.split())), text) if words else None
        if loose:
            return loose.span()
    return None


def _loose(word: str) -> str:
    return "".join(next((f"[{re.escape(marks)}]" for marks in _ALIKE if c in marks), re.escape(c)) for c in word)
