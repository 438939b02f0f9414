"""Paragraphs, lists and tables as plain text: the one form all formats come to.

Paragraphs are separated by a blank line, list items stand each on a line that starts with ``- ``, the cells of a
table row are joined by `` | ``.
"""

from __future__ import annotations

from collections.abc import Sequence

from ingest.errors import NotReadable
from ingest.readers.limits import LETTER_CHARACTERS
from ingest.readers.reasons import too_many_characters


class Flow:
    """A text that grows block by block. Breaks are remembered and written only before the next text.

    It raises :class:`NotReadable` as soon as it is too large for a letter, so that a bomb costs no more than a letter.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0  # characters in the parts
        self._breaks = 0  # line ends due before the next text, 2 at most
        self._marker = ""  # "- " due before the next text

    def write(self, text: str) -> None:
        """Go on in the current line. Spaces at a line's start are dropped, and so is a second one in a row."""
        if self._breaks or self._marker or not self._parts:
            text = text.lstrip(" \n")
        elif self._parts[-1].endswith(" "):
            text = text.lstrip(" ")
        if not text:
            return
        if self._parts:
            self._parts.append("\n" * self._breaks)
        self._parts.append(self._marker + text)
        self._length += len(self._parts[-1]) + self._breaks
        if self._length > LETTER_CHARACTERS:
            raise NotReadable(too_many_characters(f"more than {LETTER_CHARACTERS:,}"))
        self._breaks, self._marker = 0, ""

    def line_break(self) -> None:
        """End the line; twice in a row: leave a blank line."""
        self._breaks = min(self._breaks + 1, 2)

    def separate(self, lines: int = 2) -> None:
        """Begin a new line (1) or a new paragraph (2) unless there is one already."""
        # directly after a bullet the item's own paragraph must not tear the two apart
        if not self._marker:
            self._breaks = max(self._breaks, lines)

    def bullet(self) -> None:
        """Begin a list item."""
        self.separate(1)
        self._marker = "- "

    def paragraph(self, text: str) -> None:
        """Add a whole paragraph."""
        self.separate()
        self.write(text)
        self.separate()

    def item(self, text: str) -> None:
        """Add a whole list item; an empty one leaves no trace."""
        if text.strip():
            self.bullet()
            self.write(text)
            self.separate(1)

    def row(self, cells: Sequence[str]) -> None:
        """Add a table row: on one line, or cell by cell if the table only places paragraphs on the page."""
        texts = [cell.strip() for cell in cells if cell.strip()]
        if any("\n" in text for text in texts):
            for text in texts:
                self.paragraph(text)
        else:
            self.separate(1)
            self.write(" | ".join(texts))
            self.separate(1)

    def text(self) -> str:
        """Return the text so far."""
        return "".join(self._parts)
