"""CSV and TSV form exports: encoding and delimiter are found out, quoting is taken strictly."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from ingest.errors import NotReadable
from ingest.letters import Draft, SetAside
from ingest.readers.base import ReadOptions
from ingest.readers.encoding import decode
from ingest.readers.limits import TABLE_FILE_BYTES
from ingest.readers.table import check_size, read_rows

_DELIMITERS = ",;\t|"
_NONE = "\x1f"  # in no text: the whole line is one cell
_LOOKED_AT = 50  # rows
_STATED = "sep="  # Excel may write the delimiter into a first line of its own


def read(source: str, data: bytes, options: ReadOptions) -> Iterator[Draft | SetAside]:
    """Yield one letter for each row.

    :raises NotReadable: if the encoding cannot be told, a quotation mark is out of place, or no column holds letters.
    """
    text = decode(data)
    first, _, rest = text.partition("\n")
    if first.lower().startswith(_STATED) and len(stated := first[len(_STATED) :].strip("\r")) == 1:
        text, delimiter = rest, stated
    else:
        delimiter = _delimiter(text)
    rows: list[list[str]] = []
    with _long_cells():
        # strictly: else one quotation mark too many makes a single letter of all the rows that follow
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            for row in reader:
                if any(row):
                    rows.append(row)
                    check_size(rows)
        except csv.Error as error:
            raise NotReadable(
                f"a quotation mark is out of place in or above line {reader.line_num:,}: "
                "open the table in a spreadsheet program and save it as .xlsx"
            ) from error
    yield from read_rows(source, rows, options)


def _delimiter(text: str) -> str:
    """Return the delimiter with which most rows are as wide as the header row; of equals, the one with most columns.

    The standard library's Sniffer looks for what is regular in single lines, and letters have many lines.
    """
    fits = {delimiter: _fit(text, delimiter) for delimiter in _DELIMITERS}
    best = max(fits, key=lambda delimiter: fits[delimiter])
    share, width = fits[best]
    return best if width > 1 and share >= 0.5 else _NONE


def _fit(text: str, delimiter: str) -> tuple[float, int]:
    """Return the share of the first rows that are as wide as the header row, and its width; (0, 1) for one column."""
    with _long_cells():
        try:
            rows = [
                row
                for row in islice(
                    csv.reader(io.StringIO(text[:1_000_000], newline=""), delimiter=delimiter), _LOOKED_AT
                )
                if any(row)
            ]
        except csv.Error:
            return 0.0, 1
    if not rows or len(rows[0]) < 2:
        return 0.0, 1
    return sum(len(row) == len(rows[0]) for row in rows) / len(rows), len(rows[0])


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let cells be as long as the file: a limit of the csv module that holds for the whole process."""
    limit = csv.field_size_limit(TABLE_FILE_BYTES)
    try:
        yield
    finally:
        csv.field_size_limit(limit)
