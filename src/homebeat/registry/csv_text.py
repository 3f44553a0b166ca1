"""Reads the text of a table: its characters, what stands between its cells, and its rows."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import Final

from homebeat.domain.errors import BadFleet
from homebeat.registry.sheet_columns import COLUMNS
from homebeat.registry.sheet_tree import MOST_ROWS, SheetRow

_DELIMITERS: Final = (",", ";", "\t")
_DAMAGED: Final = 20


def decode_text(raw: bytes) -> str:
    """Decode what a spreadsheet program saved: UTF-8 or UTF-16 with their marks, UTF-8 without, else GB18030.

    Raises:
        BadFleet: It is none of these, or UTF-8 of which a few bytes are damaged: as GB18030 its names would be garbled.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decode(raw, "utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        guess = raw.decode("utf-8", "replace")
        damaged = guess.count("\ufffd")
        if sum(not letter.isascii() for letter in guess) > _DAMAGED * damaged:
            line = raw.count(b"\n", 0, error.start) + 1
            raise BadFleet([f"line {line}: not UTF-8 text: a letter is damaged"]) from None
        return _decode(raw, "gb18030")


def _decode(raw: bytes, name: str) -> str:
    try:
        return raw.decode(name)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        advice = "save it as CSV UTF-8 in the spreadsheet program"
        raise BadFleet([f"line {line}: neither UTF-8 text nor GB18030; {advice}"]) from None


def read_rows(text: str) -> Iterator[SheetRow]:
    """Yield the rows, each with the line on which it begins. Commas, semicolons or tabs stand between cells.

    Raises:
        BadFleet: It is no such table, or longer than `MOST_ROWS`.
    """
    reader = csv.reader(io.StringIO(text.replace("\0", "\ufffd"), newline=""), delimiter=_find_delimiter(text), strict=True)
    line = 1
    try:
        for count, cells in enumerate(reader):
            if count > MOST_ROWS:
                raise BadFleet([f"line {line}: more than {MOST_ROWS:,} rows: import it by area (docs/fleet.md)"])
            yield SheetRow(line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadFleet([f"line {line}: not a table: {error}"]) from None


def _find_delimiter(text: str) -> str:
    """Find what stands between the headers: that which makes most of them headers that are known."""
    known = {name.casefold() for column in COLUMNS for name in (column.name, column.chinese)}
    header = next((line for line in text[:100_000].splitlines() if line.strip(" ,;\t")), "")

    def count_known(delimiter: str) -> int:
        return sum(cell.strip(' "').casefold() in known for cell in header.split(delimiter))

    return max(_DELIMITERS, key=count_known)
