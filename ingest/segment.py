"""Cut a letter into sentences and windows of sentences, each with its offsets and the heading it stands under."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import sentencex

SEGMENTS = "1"  # raise when sentences or windows are cut differently: old vectors then no longer fit
WINDOW_SENTENCES = 3
WINDOW_CHARACTERS = 700  # well under the 256 tokens that all-MiniLM-L6-v2 reads before it cuts
_STEP = 2  # sentences from one window to the next, so that neighbours share one

_MARKER = re.compile(r"\s*(?:[-*+•–—·▪◦]|\(?\d{1,2}[.)]|\(?[a-zA-Z][.)])\s+")
_MARKDOWN_HEADING = re.compile(r"\s{0,3}#{1,6}\s")
_WRAPPED_LINE = 55  # characters; a shorter line that is not followed by lower case ends its paragraph
_END = re.compile(r"[.!?…:;][\"'”’)\]]*$")


@dataclass(frozen=True)
class Span:
    """Offsets into the letter's text, in characters, end exclusive, with the heading above."""

    start: int
    end: int
    heading: str = ""


@dataclass(frozen=True)
class _Block:
    """A paragraph, list item (without its bullet or number) or heading line."""

    start: int
    end: int
    heading: str


def sentences(text: str) -> list[Span]:
    """Return the sentences of ``text`` in order: no overlap, no white space at their ends, headings included."""
    return [span for block in _blocks(text) for span in _sentences_of(text, block)]


def windows(spans: list[Span]) -> list[Span]:
    """Return windows of up to three neighbouring sentences under one heading; every sentence is in at least one.

    A window is at most 700 characters unless a single sentence is longer.
    """
    found: list[Span] = []
    start = 0
    while start < len(spans):
        stop = start + 1
        while stop < len(spans) and stop - start < WINDOW_SENTENCES and _fits(spans[start], spans[stop]):
            stop += 1
        found.append(Span(spans[start].start, spans[stop - 1].end, spans[start].heading))
        if stop >= len(spans):
            break
        start = max(start + 1, min(start + _STEP, stop))
    return found


def _fits(first: Span, last: Span) -> bool:
    return last.heading == first.heading and last.end - first.start <= WINDOW_CHARACTERS


def _sentences_of(text: str, block: _Block) -> Iterator[Span]:
    piece = text[block.start : block.end]
    # a line break inside a paragraph is a wrapped line; one blank for one break keeps the offsets
    for found in sentencex.get_sentence_boundaries("en", piece.replace("\n", " ")):
        start, end = found["start_index"], found["end_index"]
        body = piece[start:end]
        start += len(body) - len(body.lstrip())
        end -= len(body) - len(body.rstrip())
        if start < end:
            yield Span(block.start + start, block.start + end, block.heading)


def _blocks(text: str) -> Iterator[_Block]:
    heading = ""
    lines = list(_lines(text))
    index = 0
    while index < len(lines):
        start, end = lines[index]
        if start == end:
            index += 1
            continue
        if _is_heading(text, lines, index):
            heading = text[start:end].strip(" #*_:\t")
            yield _Block(_after_marker(text, start, end), end, "")
            index += 1
            continue
        index += 1
        while index < len(lines) and _continues(text, (start, end), lines[index]):
            end = lines[index][1]
            index += 1
        yield _Block(_after_marker(text, start, end), end, heading)


def _after_marker(text: str, start: int, end: int) -> int:
    found = _MARKER.match(text, start, end)
    return found.end() if found and found.end() < end else start


def _lines(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    for line in text.split("\n"):
        yield position, position + len(line)
        position += len(line) + 1


def _is_heading(text: str, lines: list[tuple[int, int]], index: int) -> bool:
    """A short line that ends like no sentence, with something under it."""
    start, end = lines[index]
    line = text[start:end].strip()
    below = next((text[s:e].strip() for s, e in lines[index + 1 :] if s < e), "")
    if not below or len(line) > 70 or len(line.split()) > 9:
        return False
    if _MARKDOWN_HEADING.match(line):
        return True
    if line.endswith(":"):
        return len(line.split()) <= 8
    if line[-1] in ".,;!?…)" or not any(c.isalpha() for c in line):
        return False
    numbered = re.match(r"\d{1,2}[.)]\s", line) is not None
    starts_like_one = line[0].isupper() or numbered or line[0] in "*_"
    alone = index == 0 or lines[index - 1][0] == lines[index - 1][1]
    bullet = _MARKER.match(line) is not None and not numbered
    next_is_item = _MARKER.match(below) is not None and numbered
    return starts_like_one and alone and not bullet and not next_is_item


def _continues(text: str, block: tuple[int, int], line: tuple[int, int]) -> bool:
    """Whether a line belongs to the paragraph before it: wrapped by an editor, not begun anew."""
    start, end = line
    if start == end or _MARKER.match(text, start, end) or _MARKDOWN_HEADING.match(text, start, end):
        return False
    last = text[block[0] : block[1]].rsplit("\n", 1)[-1].strip()
    following = text[start:end].lstrip()
    if following[0].islower():
        return True
    if _END.search(last):
        return len(last) >= _WRAPPED_LINE
    return len(last) >= _WRAPPED_LINE and not last.endswith(",")
