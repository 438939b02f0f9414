"""Word: what a reader of the printed page sees. No comments, no headers, no deleted and no hidden text.

Runs over the XML, because python-docx leaves out what stands in content controls, text boxes and footnotes: letters
made from a template are often wholly in the first.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingest.readers.layout import Flow
from ingest.readers.limits import PACKAGE_BYTES, PACKAGE_XML_BYTES
from ingest.readers.package import check_package

if TYPE_CHECKING:
    from docx.document import Document

_NAMESPACE = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"

# wrappers around paragraphs and around runs; w:del and w:moveFrom, what was deleted, are not among them
_WRAPPERS = frozenset(
    {"sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo", "hyperlink", "fldSimple", "dir", "bdo"}
)
_OFF = frozenset({"0", "false", "off"})

_Element = Any  # python-docx makes its element classes up at run time


@dataclass(frozen=True)
class _Styles:
    """The ids of the styles that matter here."""

    hidden: frozenset[str]
    lists: frozenset[str]
    headings: frozenset[str]


def extract(data: bytes) -> str:
    """Return the text: paragraphs, list items and tables in the order of the document, then the notes.

    :raises NotReadable: if the file is not a Word document, locked, or unsafe to parse.
    """
    check_package(data, ".docx", total=PACKAGE_BYTES, xml=PACKAGE_XML_BYTES)
    import docx

    document = docx.Document(io.BytesIO(data))
    styles, flow = _styles(document), Flow()
    _blocks(document.element.body, styles, flow)
    for note in _notes(document):
        _blocks(note, styles, flow)
    return flow.text()


def _styles(document: Document) -> _Styles:
    hidden, lists, headings = set(), set(), set()
    for style in document.styles:
        name = (style.name or "").lower()
        if _is_on(style.element.find(f"{_NAMESPACE}rPr/{_NAMESPACE}vanish")):
            hidden.add(style.style_id)
        if name.startswith(("heading", "title")):
            headings.add(style.style_id)
        elif name.startswith(("list bullet", "list number")) or _is_numbered(style.element):
            lists.add(style.style_id)
    return _Styles(frozenset(hidden), frozenset(lists), frozenset(headings))


def _notes(document: Document) -> list[_Element]:
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml.parser import parse_xml

    return [
        note
        for relation in document.part.rels.values()
        if relation.reltype in (RELATIONSHIP_TYPE.FOOTNOTES, RELATIONSHIP_TYPE.ENDNOTES) and not relation.is_external
        for note in parse_xml(relation.target_part.blob)
        if f"{_NAMESPACE}type" not in note.attrib  # the typed ones are separator lines
    ]


def _blocks(parent: _Element, styles: _Styles, flow: Flow) -> None:
    for child in parent:
        name = _name(child)
        if name == "p":
            _paragraph(child, styles, flow)
        elif name == "tbl":
            _table(child, styles, flow)
        elif name in _WRAPPERS:
            _blocks(child, styles, flow)


def _paragraph(paragraph: _Element, styles: _Styles, flow: Flow) -> None:
    style = _value(paragraph.find(f"{_NAMESPACE}pPr/{_NAMESPACE}pStyle"))
    if style not in styles.hidden:
        text = "".join(_inline(paragraph, styles)).strip()
        if style not in styles.headings and _is_numbered(paragraph, by_style=style in styles.lists):
            flow.item(text)
        else:
            flow.paragraph(text)
    for box in paragraph.iter(f"{_NAMESPACE}txbxContent"):
        # every text box is there twice, the second time for old programs
        if not any(above.tag == _FALLBACK for above in box.iterancestors()):
            _blocks(box, styles, flow)


def _inline(parent: _Element, styles: _Styles) -> list[str]:
    pieces: list[str] = []
    for child in parent:
        name = _name(child)
        if name == "r" and not _is_hidden(child, styles):
            pieces.append(child.text)
        elif name in _WRAPPERS:
            pieces += _inline(child, styles)
        else:
            pieces += [formula.text or "" for formula in child.iter(_MATH_TEXT)] if name.startswith("oMath") else []
    return pieces


def _table(table: _Element, styles: _Styles, flow: Flow) -> None:
    flow.separate()
    for row in _within(table, "tr"):
        flow.row([_cell(cell, styles) for cell in _within(row, "tc")])
    flow.separate()


def _cell(cell: _Element, styles: _Styles) -> str:
    flow = Flow()
    _blocks(cell, styles, flow)
    return flow.text()


def _within(parent: _Element, name: str) -> list[_Element]:
    """Return the children of this name, also those inside content controls."""
    found = []
    for child in parent:
        if _name(child) == name:
            found.append(child)
        elif _name(child) in _WRAPPERS:
            found += _within(child, name)
    return found


def _name(element: _Element) -> str:
    """Return ``p`` of ``{...}p``; comments and processing instructions have no name."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _is_hidden(run: _Element, styles: _Styles) -> bool:
    properties = run.find(f"{_NAMESPACE}rPr")
    if properties is None:
        return False
    own = properties.find(f"{_NAMESPACE}vanish")
    if own is not None:
        return _is_on(own)
    return _value(properties.find(f"{_NAMESPACE}rStyle")) in styles.hidden


def _is_numbered(element: _Element, *, by_style: bool = False) -> bool:
    """Return whether a paragraph or a style has a bullet or number; ``numId`` 0 takes away the one of the style."""
    number = _value(element.find(f"{_NAMESPACE}pPr/{_NAMESPACE}numPr/{_NAMESPACE}numId"))
    return number != "0" if number else by_style


def _is_on(switch: _Element | None) -> bool:
    return switch is not None and _value(switch) not in _OFF


def _value(element: _Element | None) -> str:
    return "" if element is None else element.get(f"{_NAMESPACE}val", "")
