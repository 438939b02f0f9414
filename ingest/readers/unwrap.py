"""Undo the line ends that a page's width made, keep those that the writer made.

A page knows lines only. A line goes on in the next one if it ends no sentence and either the next starts with a small
letter, or the next one's first word would not have fitted on it.
"""

from __future__ import annotations

import re
import unicodedata

_SENTENCE_END = re.compile(r"[.!?…:;。！？：；][\"'”’»)\]]*$")
_BULLET = re.compile(r"[•●▪■◦‣∙·\uf0b7]\s*")
_DASH = re.compile(r"[-–—*]\s+")
_NUMBER = re.compile(r"\(?(?:\d{1,2}|[a-z])[.)]\s")
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u2010]$")
_NEARLY = 0.8  # of the width: letters differ in width, so a full line may have fewer of them


def unwrap(text: str) -> str:
    """Return ``text`` with the lines of each paragraph rejoined and words hyphenated at a line's end made whole.

    Blank lines stay paragraph breaks; a short line that ends a sentence makes one. Bullets become ``- ``.
    """
    lines = [" ".join(line.split()) for line in text.split("\n")]
    full = _NEARLY * _width(lines)
    out: list[str] = []
    last = ""  # the line before, as it stood on the page
    for line in lines:
        ended = not last or bool(_SENTENCE_END.search(last))
        short = len(last) < full
        # a dash or a number opens an item only where something can begin: "– my first one" may be a wrapped line
        fresh = ended or short or out[-1].startswith("- ")
        bullet = _BULLET.match(line) or (_DASH.match(line) if fresh else None)
        if bullet:
            out.append("- " + line[bullet.end() :])
        elif line and not ended and not (fresh and _NUMBER.match(line)) and _goes_on(last, line, full):
            out[-1] = _join(out[-1], line)
        elif line and last and ended and short and not _NUMBER.match(line):
            out += ["", line]
        else:
            out.append(line)
        last = line
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out))


def _width(lines: list[str]) -> int:
    """Return the length of a full line in characters: nearly the longest, since one may be an oddity."""
    lengths = sorted(len(line) for line in lines if line)
    return lengths[int(0.95 * (len(lengths) - 1))] if lengths else 0


def _goes_on(last: str, line: str, full: float) -> bool:
    """Return whether the page's width tore ``line`` off ``last``; a line of ``full`` characters may be a full one."""
    if line[0].islower() or last.endswith("\u00ad"):
        return True
    first_word = line.split(" ", 1)[0] if not _is_wide(line[0]) else line[0]
    return len(last) + 1 + len(first_word) > full


def _join(out: str, line: str) -> str:
    if out.endswith("\u00ad"):  # a soft hyphen exists only to be undone
        return out[:-1] + line
    if _HYPHEN.search(out) and line[0].islower():
        # "state-of-" keeps its hyphen: the word has others
        return out + line if "-" in out.rsplit(" ", 1)[-1][:-1] else out[:-1] + line
    return out + line if _is_wide(out[-1]) and _is_wide(line[0]) else f"{out} {line}"


def _is_wide(character: str) -> bool:
    """Return whether ``character`` is of a script written without spaces (Chinese, Japanese)."""
    return unicodedata.east_asian_width(character) in "WF" and not "\uac00" <= character <= "\ud7a3"
