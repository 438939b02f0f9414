"""Excel form exports: the first sheet that is visible and not empty, values as they were last calculated."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ingest.errors import NotReadable
from ingest.letters import Draft, SetAside
from ingest.readers.base import ReadOptions, quiet
from ingest.readers.limits import TABLE_FILE_BYTES
from ingest.readers.package import check_package
from ingest.readers.reasons import EMPTY, damaged
from ingest.readers.table import check_size, read_rows

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_LAST_ROW = 1_048_576  # of Excel


def read(source: str, data: bytes, options: ReadOptions) -> Iterator[Draft | SetAside]:
    """Yield one letter for each row.

    :raises NotReadable: if the file is not a workbook, locked, empty, too large, or no column holds letters.
    """
    check_package(data, ".xlsx", total=TABLE_FILE_BYTES, xml=TABLE_FILE_BYTES)
    with quiet():
        rows = _first_rows(data)
    if not rows:
        raise NotReadable(EMPTY)
    # the header row may be narrower than the rows, for example where somebody has added a remark
    width = max(map(len, rows))
    rows[0] += [""] * (width - len(rows[0]))
    yield from read_rows(source, rows, options)


def _first_rows(data: bytes) -> list[list[str]]:
    """Return the rows of the first visible sheet that has any, without empty rows and without empty cells at the end.

    Empty means empty to the eye: a cell of spaces counts as empty.
    """
    import openpyxl

    # read_only: else one cell in the last row and column makes openpyxl build the whole grid in memory
    workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    for sheet in workbook.worksheets:
        if sheet.sheet_state == "visible" and (rows := _rows(sheet)):
            return rows
    return []


def _rows(sheet: ReadOnlyWorksheet) -> list[list[str]]:
    # some programs write a wrong size into the sheet, and openpyxl would stop there
    sheet.reset_dimensions()
    rows: list[list[str]] = []
    for number, values in enumerate(sheet.values):
        if number == _LAST_ROW:  # openpyxl would make up all the rows above a row number of two billion
            raise NotReadable(damaged(".xlsx"))
        if row := _filled(values):
            rows.append(row)
            check_size(rows)
    return rows


def _filled(values: Iterable[object]) -> list[str]:
    row = [_text(value) for value in values]
    while row and not row[-1]:
        row.pop()
    return row


def _text(value: object) -> str:
    """Return a cell as Excel would show it, dates in ISO form."""
    from openpyxl.utils.escape import unescape

    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float() if value.is_integer():
            return str(int(value))
        case datetime.datetime() if value.time() == datetime.time():
            return value.date().isoformat()
        case datetime.datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case str() if "_x" in value:
            return unescape(value).strip()  # Excel writes the end of a line as _x000D_
        case _:
            return str(value).strip()
