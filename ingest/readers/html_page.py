"""HTML: the text that a browser would show. Nothing is fetched, no script runs, no style sheet is applied."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from ingest.errors import NotReadable
from ingest.readers.encoding import LEGACY, decode, strictly
from ingest.readers.layout import Flow
from ingest.readers.limits import MARKUP_BYTES
from ingest.readers.reasons import too_many_bytes

if TYPE_CHECKING:
    from bs4.element import Tag

_UNSEEN = frozenset(
    {"head", "script", "style", "template", "noscript", "iframe", "object", "svg", "select", "option", "textarea"}
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SECTIONS = frozenset({"section", "article", "main", "header", "footer", "nav", "aside", "figure", "form"})
_PARAGRAPHS = _HEADINGS | _SECTIONS | {"p", "blockquote", "pre", "ul", "ol", "dl", "table", "hr"}
_LINES = frozenset({"div", "dt", "dd", "address", "center", "caption", "figcaption", "fieldset", "legend"})
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)"
    r"|(?:font-size|opacity)\s*:\s*(?:0+(?:\.0*)?|\.0+)(?:[a-z%;\s!]|$)",
    re.IGNORECASE,
)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_PICTURE = re.compile(rb"data:[^\s\"'<>()]{1000,}")


def extract(data: bytes) -> str:
    """Return the text: blocks as paragraphs or lines, list items with ``- ``, table rows as lines.

    :raises NotReadable: if the encoding cannot be told, or the page is too large.
    """
    from bs4 import BeautifulSoup

    data = _PICTURE.sub(b"", data)
    if len(data) > MARKUP_BYTES:
        raise NotReadable(too_many_bytes(len(data), MARKUP_BYTES, "without pictures"))
    flow = Flow()
    _walk(BeautifulSoup(_decode(data), "lxml"), flow, in_list=False)
    return flow.text()


def _decode(data: bytes) -> str:
    from bs4.dammit import EncodingDetector

    declared = EncodingDetector.find_declared_encoding(data, is_html=True)
    if declared and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        codec = _known(declared)
        text = strictly(data, codec) if codec else None
        if text is not None:
            return text
    return decode(data)


def _known(declared: str) -> str | None:
    """Return the codec for a declared encoding, if it is one that letters are written in."""
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        return None
    # what calls itself Latin-1 or ASCII is windows-1252 to every browser
    if name in ("iso8859-1", "ascii"):
        return "cp1252"
    return name if name in {codecs.lookup(codec).name for codec in ("utf-8", "gbk", "gb2312", *LEGACY)} else None


def _walk(parent: Tag, flow: Flow, *, in_list: bool) -> None:
    from bs4.element import NavigableString, Tag

    for child in parent.children:
        if isinstance(child, Tag):
            if child.name not in _UNSEEN and not _is_hidden(child):
                _element(child, flow, in_list=in_list)
        elif type(child) is NavigableString:  # comments, CDATA and the doctype are of derived classes
            flow.write(_SPACE.sub(" ", child) if parent.name != "pre" else child)


def _element(element: Tag, flow: Flow, *, in_list: bool) -> None:
    name = element.name
    if name == "br":
        flow.line_break()
    elif name == "tr":
        flow.row([_cell(cell) for cell in element.find_all(["td", "th"], recursive=False) if not _is_hidden(cell)])
    elif name == "li":
        flow.bullet()
        _walk(element, flow, in_list=True)
        flow.separate(1)
    else:
        lines = 1 if in_list or name in _LINES else 2
        is_block = name in _PARAGRAPHS or name in _LINES
        if is_block:
            flow.separate(lines)
        _walk(element, flow, in_list=in_list)
        if is_block:
            flow.separate(lines)


def _cell(cell: Tag) -> str:
    flow = Flow()
    _walk(cell, flow, in_list=False)
    return flow.text()


def _is_hidden(element: Tag) -> bool:
    return element.has_attr("hidden") or bool(_HIDDEN.search(str(element.get("style", ""))))
