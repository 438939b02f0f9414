"""What a model thinks aloud is taken out of its reply, also while the reply is still coming."""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"


class ThoughtFilter:
    """Feed it a reply in pieces, cut anywhere; it gives back what stands outside ``<think>…</think>``.

    A closing mark that nothing opened is left as it is.
    """

    def __init__(self) -> None:
        self._held = ""  # may be the beginning of a mark
        self.thinking = False

    def feed(self, piece: str) -> str:
        """Take the next piece; return what can be said of the text so far and was not returned before."""
        text = self._held + piece
        said = ""
        while True:
            mark = _CLOSE if self.thinking else _OPEN
            before, found, after = text.partition(mark)
            if not found:
                break
            said += "" if self.thinking else before
            self.thinking = not self.thinking
            text = after
        held = _beginning(text, mark)
        self._held = text[len(text) - held :]
        return said if self.thinking else said + text[: len(text) - held]

    def end(self) -> str:
        """Return what was held back, now that nothing follows."""
        rest, self._held = self._held, ""
        return "" if self.thinking else rest


def after_thoughts(reply: str) -> str:
    """Return a whole reply without what stands before a closing mark that nothing opened: some models begin in the
    middle of a thought, and only the end of it tells.
    """
    return reply.rpartition(_CLOSE)[2]


def _beginning(text: str, mark: str) -> int:
    """Return how many characters at the end of a text may be the beginning of a mark."""
    return next((size for size in range(len(mark) - 1, 0, -1) if text.endswith(mark[:size])), 0)
