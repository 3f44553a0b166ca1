"""Reads one cell of a fleet file that is a table, as the value that YAML would have there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any, Final

from homebeat.registry.sheet_columns import CellForm, SheetColumn

#: What a cell may hold: CSV has texts only.
Cell = str | int | float | bool | datetime | date | time | None

#: Before a text that is taken as it stands. Spreadsheets calculate what begins with one of `_CALCULATED`.
LITERAL: Final = "'"
_CALCULATED: Final = ("=", "+", "-", "@", "\t", "#", LITERAL)
_SHORTENED: Final = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]+")
_NUMBER: Final = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_DAY: Final = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?")
_CLOCK: Final = re.compile(r"([0-9]{1,2})[:：]([0-9]{2})(?::00)?")
_SEPARATOR: Final = re.compile(r"[;；、]")
_FLAGS: Final[Mapping[str, bool]] = dict.fromkeys(("yes", "true", "1", "x", "y", "是", "有", "√"), True) | dict.fromkeys(
    ("no", "false", "0", "n", "否", "无", "没有"), False
)
_MOBILE: Final = re.compile(r"1[0-9]{10}")
#: Excel keeps so many digits of a number and writes zeros for the rest.
_MOST_DIGITS: Final = 15
#: Texts in which a number cannot have lost anything that matters: they are read by people only.
_FREE: Final = frozenset({"name", "relation", "notes", "access", "reason", "model"})


class BadCell(ValueError):
    """A cell cannot be read; the text says why, and what to do."""


def read_cell(raw: Cell, column: SheetColumn) -> Any:
    """Read a cell; None where it is empty.

    Raises:
        BadCell: It does not hold what the column is for.
    """
    if isinstance(raw, str):
        raw = raw[1:] if raw.startswith(LITERAL) else raw.strip()
        if raw[:1] == "#" and raw.rstrip("!?").isupper() and raw[-1:] in {"!", "?", "A"}:
            raise BadCell(f"is the error {raw} of the spreadsheet: mend its formula, or type the value")
    if raw is None or raw == "":
        return None
    return _READERS[column.form](raw, column)


def write_cell(value: Any, column: SheetColumn) -> str | float:
    """Write a value as a cell that `read_cell` reads as the same."""
    if column.form is CellForm.FLAG:
        return "yes" if value else "no"
    if column.form is CellForm.TABLES:
        return json.dumps(value, ensure_ascii=False)
    if column.form in {CellForm.NUMBER, CellForm.YEAR}:
        return int(value) if float(value).is_integer() else float(value)
    if column.form is CellForm.LIST:
        is_plain = not any(_SEPARATOR.search(text) or text != text.strip() or text.startswith("[") for text in value)
        return write_text(";".join(value) if is_plain else json.dumps(value, ensure_ascii=False))
    return write_text(str(value))


def write_text(text: str) -> str:
    """Write a text so that no spreadsheet calculates with it, and that outer blanks stay."""
    return LITERAL + text if text.startswith(_CALCULATED) or text != text.strip() else text


def _read_text(raw: Cell, column: SheetColumn) -> str:
    if isinstance(raw, str):
        if "+" in raw and column.path[-1] not in _FREE and _SHORTENED.fullmatch(raw):
            raise BadCell(f"{raw!r} is what a spreadsheet makes of a long number: format the column as text, and type it again")
        return column.words.get(raw, raw) if column.words else raw
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise BadCell(f"is {_name_type(raw)} of the spreadsheet and no text: format the column as text, and type it again")
    text = str(int(raw)) if float(raw).is_integer() else str(raw)
    if column.path[-1] in _FREE or (column.path[-1] == "phone" and _MOBILE.fullmatch(text)):
        return text
    lost = "the last digits" if len(text) > _MOST_DIGITS else "leading zeros"
    raise BadCell(f"{text} is a number there, and a spreadsheet drops {lost}: format the column as text, and type it again")


def _read_number(raw: Cell, _column: SheetColumn) -> float:
    if isinstance(raw, str) and _NUMBER.fullmatch(raw):
        return float(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise BadCell(f"{_show(raw)} is not a number; write it as 0.5, without a unit")
    return float(raw)


def _read_year(raw: Cell, column: SheetColumn) -> int:
    if isinstance(raw, datetime | date):
        raise BadCell(f"{_show(raw)} is a date; write the year only")
    number = _read_number(raw, column)
    if not number.is_integer():
        raise BadCell(f"{_show(raw)} is not a year")
    return int(number)


def _read_flag(raw: Cell, _column: SheetColumn) -> bool:
    if isinstance(raw, bool):
        return raw
    text = str(int(raw)) if isinstance(raw, int | float) and float(raw).is_integer() else str(raw)
    if text.lower() not in _FLAGS:
        raise BadCell(f"{text!r} is neither yes nor no (是, 否)")
    return _FLAGS[text.lower()]


def _read_list(raw: Cell, column: SheetColumn) -> Any:
    text = _read_text(raw, column)
    if text.startswith("["):
        return _read_tables(text, column)
    return [each for part in _SEPARATOR.split(text) if (each := part.strip())]


def _read_day(raw: Cell, _column: SheetColumn) -> str:
    if isinstance(raw, datetime):
        return raw.date().isoformat() if raw.time() == time.min else raw.isoformat()
    if isinstance(raw, date):
        return raw.isoformat()
    if not isinstance(raw, str):
        raise BadCell(f"{_show(raw)} is a number there; format the column as date, or write 2026-03-01")
    found = _DAY.fullmatch(raw)
    if found is None:
        return raw  # with an offset; the reader of the field looks at it
    day = f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}"
    return day if found[4] is None else f"{day}T{int(found[4]):02}:{found[5]}:{found[6] or '00'}"


def _read_clock(raw: Cell, _column: SheetColumn) -> str:
    if isinstance(raw, time):
        return raw.strftime("%H:%M")
    if not isinstance(raw, str):
        raise BadCell(f"{_show(raw)} is not a time of the wall clock; format the column as text, and write 22:00")
    found = _CLOCK.fullmatch(raw)
    return raw if found is None else f"{int(found[1]):02}:{found[2]}"


def _read_tables(raw: Cell, _column: SheetColumn) -> Any:
    try:
        return json.loads(str(raw))
    except (ValueError, RecursionError):
        raise BadCell("is not JSON, as this column needs it") from None


def _show(raw: Cell) -> str:
    return str(raw) if isinstance(raw, datetime | date | time) else repr(raw)


def _name_type(raw: Cell) -> str:
    return "a yes or no" if isinstance(raw, bool) else "a date" if isinstance(raw, datetime | date) else "a time"


_READERS: Final[Mapping[CellForm, Callable[[Cell, SheetColumn], Any]]] = {
    CellForm.TEXT: _read_text,
    CellForm.NUMBER: _read_number,
    CellForm.YEAR: _read_year,
    CellForm.FLAG: _read_flag,
    CellForm.LIST: _read_list,
    CellForm.DAY: _read_day,
    CellForm.CLOCK: _read_clock,
    CellForm.TABLES: _read_tables,
}
