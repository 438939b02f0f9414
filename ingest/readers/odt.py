"""OpenDocument text: paragraphs, lists, tables and notes. No comments, no deleted and no hidden text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from ingest.readers.layout import Flow
from ingest.readers.limits import PACKAGE_BYTES, PACKAGE_XML_BYTES
from ingest.readers.package import check_package

if TYPE_CHECKING:
    from odfdo import Document, Element

_SKIPPED = frozenset(
    {
        "office:annotation",
        "text:hidden-paragraph",
        "text:hidden-text",
        "text:note-citation",
        "text:tracked-changes",
        "text:alphabetical-index",
        "text:table-of-content",
    },
)
_ROWS = frozenset({"table:table-header-rows", "table:table-rows", "table:table-row-group"})
_CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})
_MOST_SPACES = 100  # one attribute can ask for any number of them


def extract(data: bytes) -> str:
    """Return the text in the order of the document; a note stands after the paragraph that calls it.

    :raises NotReadable: if the file is not an OpenDocument text, locked, or unsafe to parse.
    """
    check_package(data, ".odt", total=PACKAGE_BYTES, xml=PACKAGE_XML_BYTES)
    from odfdo import Document

    document = Document(io.BytesIO(data))
    flow = Flow()
    _blocks(document.body, _hidden_styles(document), flow)
    return flow.text()


def _hidden_styles(document: Document) -> frozenset[str]:
    return frozenset(
        style.get_attribute_string("style:name") or ""
        for family in ("text", "paragraph")
        for style in document.get_styles(family=family, automatic=True)
        for properties in style.children
        if properties.get_attribute_string("text:display") == "none"
    )


def _blocks(parent: Element, hidden: frozenset[str], flow: Flow) -> None:
    for child in parent.children:
        tag = child.tag
        if tag in _SKIPPED or child.get_attribute_string("text:style-name") in hidden:
            continue
        if tag in ("text:p", "text:h"):
            flow.paragraph(_inline(child, hidden).strip())
            _boxes(child, hidden, flow)
        elif tag == "text:list":
            _list(child, hidden, flow)
        elif tag == "table:table":
            _table(child, hidden, flow)
        else:  # sections, frames and whatever else only holds blocks
            _blocks(child, hidden, flow)


def _boxes(parent: Element, hidden: frozenset[str], flow: Flow) -> None:
    """Add what a paragraph only anchors: the bodies of its notes and the text boxes."""
    for child in parent.children:
        if child.tag in ("text:note-body", "draw:text-box"):
            _blocks(child, hidden, flow)
        elif child.tag not in _SKIPPED:
            _boxes(child, hidden, flow)


def _inline(element: Element, hidden: frozenset[str]) -> str:
    pieces = [element.text]
    for child in element.children:
        match child.tag:
            case "text:s":
                pieces.append(" " * min(_MOST_SPACES, int(child.get_attribute_string("text:c") or 1)))
            case "text:tab":
                pieces.append("\t")
            case "text:line-break":
                pieces.append("\n")
            case tag if tag in _SKIPPED or tag in ("text:note", "draw:frame"):
                pass
            case _ if child.get_attribute_string("text:style-name") not in hidden:
                pieces.append(_inline(child, hidden))
        pieces.append(child.tail or "")
    return "".join(pieces)


def _list(element: Element, hidden: frozenset[str], flow: Flow) -> None:
    """Add one line for each paragraph of each item; a list within a list is not indented."""
    for item in element.children:
        for child in item.children:
            if child.tag == "text:list":
                _list(child, hidden, flow)
            elif child.get_attribute_string("text:style-name") not in hidden:
                flow.item(_inline(child, hidden).strip())


def _table(table: Element, hidden: frozenset[str], flow: Flow) -> None:
    flow.separate()
    for row in _rows(table):
        flow.row([_cell(cell, hidden) for cell in row.children if cell.tag in _CELLS])
    flow.separate()


def _rows(parent: Element) -> list[Element]:
    rows = []
    for child in parent.children:
        if child.tag == "table:table-row":
            rows.append(child)
        elif child.tag in _ROWS:
            rows += _rows(child)
    return rows


def _cell(cell: Element, hidden: frozenset[str]) -> str:
    flow = Flow()
    _blocks(cell, hidden, flow)
    return flow.text()
