"""Read a CSV file as spreadsheet programs write it: with commas, semicolons or tabs, in UTF-8 or Windows-1252."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 10_000
FEWEST_COLUMNS = 3
MOST_COLUMNS = 100

_MOST_LINES = 10 * MOST_ROWS
_LONGEST_NAME = 100
_NO_CSV = "This is no CSV file: save the table as CSV (UTF-8) in your spreadsheet program, and choose that file."
_TOO_FEW = (
    "The first line names too few columns: it needs first name, last name and e-mail, with commas, semicolons or tabs "
    "between them."
)
_DELIMITERS = ",;\t"
_TOLD_DELIMITER = re.compile(r"sep=([^\r\n\"])\r?\n", re.IGNORECASE)  # as Excel writes and reads it
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class BadFile(Exception):
    """A file can't be read; the text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A table with names of columns, which are cut if they are long.

    Of each row: the line of the file that it begins on (from 1 on), and its cells, as many as there are.

    `windows` is whether the file was in Windows-1252, as far as one can tell: it wasn't in UTF-8.
    """

    columns: Sequence[str]
    rows: Sequence[tuple[int, list[str]]]
    windows: bool


def read_csv(data: bytes) -> CsvFile:
    """Return the table in a file; rows without any text are left out. Raises `BadFile`."""
    if len(data) > MOST_BYTES:
        raise BadFile(f"The file is larger than {MOST_BYTES // 1024**2} MiB; split it into several.")
    text, windows = _decoded(data)
    if not text.strip():
        raise BadFile("The file is empty; choose one with the names of its columns in the first line.")
    if _UNPRINTABLE.search(text):
        raise BadFile(_NO_CSV)
    # Empty ones are read one by one too.
    if max(text.count("\n"), text.count("\r")) > _MOST_LINES:
        raise BadFile(
            f"The file has more than {_MOST_LINES:,} lines; leave out the empty ones, or split it into several."
        )
    told = _TOLD_DELIMITER.match(text)
    records = _records(text, told[1] if told else _delimiter(text))
    if told:
        next(records)
    _, header = next(records, (1, []))
    if len(header) < FEWEST_COLUMNS:
        raise BadFile(_TOO_FEW)
    if len(header) > MOST_COLUMNS:
        raise BadFile(f"The file has more than {MOST_COLUMNS} columns; leave out those that are not about members.")
    rows = list(islice(records, MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        raise BadFile(f"The file has more than {MOST_ROWS:,} rows; split it into several.")
    if not rows:
        raise BadFile("The file has no row below the names of its columns; add one for each member.")
    names = [" ".join(name.split())[:_LONGEST_NAME] or f"Column {number}" for number, name in enumerate(header, 1)]
    return CsvFile(names, rows, windows)


def _decoded(data: bytes) -> tuple[str, bool]:
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode(), False
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), True
    except UnicodeDecodeError as error:
        raise BadFile(_NO_CSV) from error


def _delimiter(text: str) -> str:
    """Return the delimiter that splits the first row into most columns."""

    def columns(delimiter: str) -> int:
        try:
            return len(next(_records(text, delimiter), (1, []))[1])
        except BadFile:
            # Quotes stand elsewhere than this would have them.
            return 0

    return max(_DELIMITERS, key=columns)


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that has any text. Raises `BadFile`."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise BadFile(
                f"The row that begins on line {line} can't be read: put quotes round a whole field, double those "
                "within it, and close them."
            ) from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells
