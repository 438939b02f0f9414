"""PDF: the text layer of all pages, with the line ends of the page undone."""

from __future__ import annotations

import io
import re
import time
from typing import TYPE_CHECKING

from ingest.errors import NotReadable
from ingest.readers.limits import LETTER_CHARACTERS, PDF_PAGE_STEPS, PDF_PAGES, PDF_SECONDS
from ingest.readers.reasons import ENCRYPTED, damaged
from ingest.readers.unwrap import unwrap

if TYPE_CHECKING:
    from pypdf import PdfReader

NO_TEXT = "no text, only images: needs OCR (text recognition)"

# fonts draw these pairs as one glyph; nobody types them in a question
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"},
)


def extract(data: bytes) -> str:
    """Return the text of the pages as one letter.

    :raises NotReadable: if the file is encrypted, broken, too long, or only images.
    """
    from pypdf import PdfReader, apply_configuration
    from pypdf.errors import DependencyError, PyPdfError

    try:
        with apply_configuration(stream_parsing_work_maximum_count=PDF_PAGE_STEPS):
            reader = PdfReader(io.BytesIO(data))
            # many PDFs are locked against printing only and open with an empty password
            if reader.is_encrypted and not reader.decrypt(""):
                raise NotReadable(ENCRYPTED)
            pages = _page_texts(reader)
    except (DependencyError, NotImplementedError) as error:  # a rare encryption, which pypdf cannot undo by itself
        raise NotReadable(ENCRYPTED) from error
    except PyPdfError as error:
        raise NotReadable(damaged(".pdf")) from error
    if not any(page.strip() for page in pages):
        raise NotReadable(NO_TEXT)
    return unwrap("\n".join(pages).translate(_LIGATURES))


def _page_texts(reader: PdfReader) -> list[str]:
    count = len(reader.pages)
    if count == 0:
        raise NotReadable(damaged(".pdf"))
    if count > PDF_PAGES:
        raise NotReadable(f"too long: {count:,} pages; one letter may have {PDF_PAGES}")
    texts: list[str] = []
    deadline = time.monotonic() + PDF_SECONDS
    for number, page in enumerate(reader.pages, start=1):
        texts.append(_without_page_number(page.extract_text(), number))
        if sum(map(len, texts)) > 2 * LETTER_CHARACTERS:
            break  # too large already, which is said where all letters are measured
        if time.monotonic() > deadline:
            raise NotReadable("takes too long to read: print it as PDF again, without pictures")
    return texts


def _without_page_number(text: str, number: int) -> str:
    """Drop a first or last line that only numbers the page: it would stand in the middle of a sentence."""
    numbered = rf"\W*(page|p\.|seite|стр\.)?\s*{number}(\s*(/|of|von|из)\s*\d+)?\W*"
    lines = text.strip().split("\n")
    for place in (-1, 0):
        if len(lines) > 1 and re.fullmatch(numbered, lines[place], re.IGNORECASE):
            del lines[place]
    return "\n".join(lines)
