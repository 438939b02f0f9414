"""From the rows of a form export to letters: which columns hold the letter, which one names it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.errors import NotReadable
from ingest.letters import Draft, SetAside, canonical
from ingest.readers.base import ReadOptions, letter
from ingest.readers.limits import TABLE_COLUMNS, TABLE_ROWS
from ingest.readers.reasons import EMPTY

Row = Sequence[str]  # the cells of one row, as text, from the left

# a column is a letter if its cells are long; shorter ones if the header says so; one alone if it is fairly long
_LONG, _LONG_IF_NAMED, _LONG_IF_ALONE = 200, 80, 120  # mean characters of the cells that are not empty
_LETTER_HEADER = re.compile(
    r"letter|motivation|statement|essay|text|why|cover|purpose|about (?:you|me)|describe|tell us|interest"
    r"|anschreiben|warum|lettre|pourquoi|carta|por qu|письмо|мотивац|почему|эссе",
    re.IGNORECASE,
)
# in this order: the first whose column has one short and different value in each row
_ID_HEADERS = (
    re.compile(r"(?:(?:application|applicant|candidate|submission|response|letter|participant) )?id"),
    re.compile(r"(?:application|applicant|candidate|submission|response)(?: (?:no|nr|num|number|code))?"),
    re.compile(r"no|nr|num|number|nummer|numero|número|номер|№|#|code"),
    re.compile(r"file ?name|file|name of (?:the )?file"),
)
_LONGEST_ID = 64  # characters
_LONGEST_HEADER = 500  # characters; form questions are long, letters are longer
_LISTED, _LISTED_LENGTH = 30, 80  # columns named in a message, and characters of a header that is shown there


@dataclass(frozen=True)
class _Plan:
    """What each column is for. Numbers are places in a row, from 0."""

    headers: tuple[str, ...]
    texts: tuple[int, ...]
    id: int | None


def read_rows(source: str, rows: Sequence[Row], options: ReadOptions) -> Iterator[Draft | SetAside]:
    """Yield a letter, or a reason, for each row below the header row. Empty rows are passed over and not counted.

    :raises NotReadable: if the table is empty, or no column holds letters.
    """
    filled = [[canonical(cell) for cell in row] for row in rows]
    filled = [row for row in filled if any(row)]
    if len(filled) < 2:
        raise NotReadable(EMPTY if not filled else "no rows below the header row")
    plan = _plan(_headers(filled[0]), filled[1:], options)
    taken: dict[str, int] = {}
    for number, row in enumerate(filled[1:], start=1):
        wish = "" if plan.id is None or plan.id >= len(row) else " ".join(row[plan.id].split())
        name = _unique(wish or f"row-{number}", taken)
        yield _row(f"{source}#{name}", name, row, plan)


def check_size(rows: Sequence[Row]) -> None:
    """Raise if the last of ``rows`` is one too many or too wide. To be called while a file is being read.

    :raises NotReadable: with the limit.
    """
    if len(rows) > TABLE_ROWS + 1:
        raise NotReadable(f"too many rows: a table may have {TABLE_ROWS:,}; split it")
    if len(rows[-1]) > TABLE_COLUMNS:
        raise NotReadable(f"too many columns: {len(rows[-1]):,}; a table may have {TABLE_COLUMNS}")


def _headers(row: Row) -> tuple[str, ...]:
    """Return the header of each column, made up where it is empty, numbered where it comes again."""
    if any(len(cell) > _LONGEST_HEADER for cell in row):
        raise NotReadable("the first row holds a letter: put a row with the names of the columns above it")
    taken: dict[str, int] = {}
    return tuple(_unique(" ".join(cell.split()) or f"column {place}", taken) for place, cell in enumerate(row, start=1))


def _unique(wish: str, taken: dict[str, int]) -> str:
    """Return ``wish``, or ``wish-2``, ``wish-3`` ... if it is taken; and take it.

    ``taken`` holds for each name the last number given to it, so that a column of equal ids takes no longer.
    """
    name = wish
    while name in taken:
        taken[wish] += 1
        name = f"{wish}-{taken[wish]}"
    taken[name] = 1
    return name


def _plan(headers: tuple[str, ...], body: Sequence[Row], options: ReadOptions) -> _Plan:
    named_id = None if options.id_column is None else _named(options.id_column, headers)
    if options.text_columns:
        texts = tuple(dict.fromkeys(_named(column, headers) for column in options.text_columns))
    else:
        texts = _text_columns(headers, body, besides=named_id)
    if not texts:
        raise NotReadable(f"no column holds letters: name it with --text-column; the columns are {_list(headers)}")
    return _Plan(headers, texts, _id_column(headers, body, besides=texts) if named_id is None else named_id)


def _named(column: str, headers: tuple[str, ...]) -> int:
    wanted = " ".join(column.split()).casefold()
    for names in (headers, [_label(place, header) for place, header in enumerate(headers)]):
        for place, name in enumerate(names):
            if name.casefold() == wanted:
                return place
    raise NotReadable(f"no column {column!r}: the columns are {_list(headers)}")


def _list(headers: tuple[str, ...]) -> str:
    shown = ", ".join(repr(_label(place, header)) for place, header in enumerate(headers[:_LISTED]))
    return shown + (f" and {len(headers) - _LISTED} more" if len(headers) > _LISTED else "")


def _label(place: int, header: str) -> str:
    """Return the header, or ``column 3`` if it is so long that it may be a letter, which no message shows."""
    return header if len(header) <= _LISTED_LENGTH else f"column {place + 1}"


def _cells(body: Sequence[Row], place: int) -> list[str]:
    """Return the cells of one column that are not empty."""
    return [row[place] for row in body if place < len(row) and row[place]]


def _text_columns(headers: tuple[str, ...], body: Sequence[Row], besides: int | None) -> tuple[int, ...]:
    means = {}
    for place in range(len(headers)):
        if place != besides and (cells := _cells(body, place)):
            means[place] = sum(map(len, cells)) / len(cells)
    long = tuple(place for place, mean in means.items() if mean >= _LONG)
    named = tuple(
        place for place, mean in means.items() if mean >= _LONG_IF_NAMED and _LETTER_HEADER.search(headers[place])
    )
    longest = max(means, key=lambda place: means[place], default=None)
    alone = () if longest is None or means[longest] < _LONG_IF_ALONE else (longest,)
    return long or named or alone


def _id_column(headers: tuple[str, ...], body: Sequence[Row], besides: tuple[int, ...]) -> int | None:
    for pattern in _ID_HEADERS:
        for place, header in enumerate(headers):
            words = " ".join(re.sub(r"[^\w#№]|_", " ", header.casefold()).split())
            if place not in besides and pattern.fullmatch(words):
                cells = _cells(body, place)
                if len(cells) == len(body) == len(set(cells)) and max(map(len, cells)) <= _LONGEST_ID:
                    return place
    return None


def _row(source: str, name: str, row: Row, plan: _Plan) -> Draft | SetAside:
    if len(row) > len(plan.headers) and any(row[len(plan.headers) :]):
        return SetAside(
            source,
            f"has {len(row)} cells, but the header row {len(plan.headers)}: put the letter into quotation marks",
        )
    cells = {header: row[place] for place, header in enumerate(plan.headers) if place < len(row) and row[place]}
    texts = {header: cells.pop(header) for place in plan.texts if (header := plan.headers[place]) in cells}
    if not texts:
        return SetAside(source, "empty: no letter in this row")
    if plan.id is not None:
        cells.pop(plan.headers[plan.id], None)
    sections = texts.values() if len(plan.texts) == 1 else [f"{header}\n\n{text}" for header, text in texts.items()]
    return letter(source, name, "\n\n".join(sections), cells)
