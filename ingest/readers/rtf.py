"""Rich Text Format, with the alphabets that it names itself."""

from __future__ import annotations

import re

from ingest.errors import NotReadable
from ingest.readers.encoding import UNKNOWN, strictly
from ingest.readers.layout import Flow
from ingest.readers.limits import MARKUP_BYTES
from ingest.readers.reasons import damaged, too_many_bytes

_CODE_PAGE = re.compile(rb"\\ansicpg(\d{1,5})")
_PICTURE = re.compile(rb"[0-9A-Fa-f\r\n]{1000,}")  # pictures are written in hexadecimal
_FONT_TABLE = 100_000  # characters; Word writes some 10,000
_LINE = re.compile(r"(?<!\\)\\line(?![a-z]) ?")
_SWITCH = re.compile(r"\\[\\{}]|[{}]|\\(v0?|deleted0?|plain)(?![a-z0-9-]) ?")
_BULLET = re.compile(r"^\s*(?:[•●▪■◦‣∙·\uf0b7§o-]|\d{1,2}[.)])\t\s*")


def extract(data: bytes) -> str:
    """Return the text: every paragraph on its own, list items with ``- ``, without hidden and deleted text.

    :raises NotReadable: if the file is not RTF, or is damaged or too large.
    """
    from striprtf.striprtf import font_table_group, rtf_to_text

    if not data.lstrip().startswith(b"{\\rtf"):
        raise NotReadable(damaged(".rtf"))
    rtf = _marked(_source(_PICTURE.sub(b"", data)))
    # striprtf takes time with the square of this table's length
    if len(font_table_group(rtf)) > _FONT_TABLE:  # type: ignore[no-untyped-call]  # it ships no types
        raise NotReadable(damaged(".rtf"))
    try:
        text = str(rtf_to_text(rtf))  # type: ignore[no-untyped-call]  # it ships no types
    except (UnicodeDecodeError, ValueError) as error:
        raise NotReadable(damaged(".rtf")) from error
    # an emoji is written as two halves, which only together are a character
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    flow = Flow()
    for line in text.split("\n"):
        body = _BULLET.sub("", line)
        if body != line:
            flow.item(body)
        else:
            flow.paragraph(line.replace("\v", "\n").strip())
    return flow.text()


def _source(data: bytes) -> str:
    """Return the RTF itself as text: ASCII by the standard, in the named code page by the habit of some programs."""
    if len(data) > MARKUP_BYTES:
        raise NotReadable(too_many_bytes(len(data), MARKUP_BYTES, "without pictures"))
    named = _CODE_PAGE.search(data)
    for codec in ("utf-8", f"cp{named.group(1).decode()}" if named else "cp1252"):
        if (text := strictly(data, codec)) is not None:
            return text
    raise NotReadable(UNKNOWN)


def _marked(rtf: str) -> str:
    """Return the RTF with the words that striprtf does not know put into words that it does."""
    # a line end within a paragraph, which it would take for a paragraph's end
    rtf = _LINE.sub(r"\\'0b", rtf)
    # a link: striprtf would add its address, which is not seen on the page, and take minutes to look for many of them
    rtf = rtf.replace("{\\field", "{\n\\field")
    # the bullet of old programs, which it would drop
    rtf = rtf.replace("{\\pntext", "{\\listtext")
    hiding = [False]  # for each open group: whether a group of hidden text has been opened in it

    def regroup(match: re.Match[str]) -> str:
        token, word = match.group(), match.group(1)
        if token == "{":
            hiding.append(False)
        elif token == "}":
            return "}}" if len(hiding) > 1 and hiding.pop() else "}"
        elif word in ("v", "deleted") and not hiding[-1]:
            hiding[-1] = True
            return r"{\*\v "  # striprtf skips groups that begin with \*
        elif word in ("v0", "deleted0", "plain") and hiding[-1]:
            hiding[-1] = False
            return "}" + token
        return token

    return _SWITCH.sub(regroup, rtf)
