"""Plain text and Markdown: the text is the letter. Markdown is kept as it is written."""

from __future__ import annotations

from ingest.readers.encoding import decode


def extract(data: bytes) -> str:
    """Return the text.

    :raises NotReadable: if the encoding cannot be told.
    """
    return decode(data)
