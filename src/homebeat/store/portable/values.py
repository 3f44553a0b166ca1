"""How a value of a column is written openly, and read again: times as RFC 3339 in UTC, bytes in base 64."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Date, LargeBinary

from homebeat.domain.durations import MS
from homebeat.domain.instants import format_instant

if TYPE_CHECKING:
    from sqlalchemy import Column

Convert = Callable[[Any], Any]
#: Columns of times that do not say so by their ending.
_TIMES: Final = frozenset({"at", "since", "until"})
_ENDINGS: Final = ("_at", "_until")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Times that a text can say: the years 1 to 9999.
_FIRST, _LAST = (round((at - _EPOCH) / MS) for at in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)))


def is_time(column: Column[Any]) -> bool:
    """Whether a column holds epoch milliseconds."""
    return isinstance(column.type, BigInteger) and (column.name in _TIMES or column.name.endswith(_ENDINGS))


def choose_writer(column: Column[Any]) -> Convert | None:
    """Choose what writes the values of a column; None where they are written as they are."""
    if is_time(column):
        return _write_time
    if isinstance(column.type, LargeBinary):
        return _write_bytes
    return _write_date if isinstance(column.type, Date) else None


def choose_reader(column: Column[Any]) -> Convert | None:
    """Choose what reads the values of a column; None where they are read as they are.

    What it gives raises ValueError or TypeError on what `choose_writer` does not write.
    """
    if is_time(column):
        return _read_time
    if isinstance(column.type, LargeBinary):
        return _read_bytes
    return _read_date if isinstance(column.type, Date) else None


def read_instant(text: str) -> int:
    """Read a time, epoch ms.

    Raises:
        ValueError: It is none, or has no zone.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    return round((at - _EPOCH) / MS)


def _write_time(at: int | None) -> str | int | None:
    # a time that no text can say stays a number
    return format_instant(at) if at is not None and _FIRST <= at < _LAST else at


def _read_time(said: str | int | None) -> int | None:
    return read_instant(said) if isinstance(said, str) else said


def _write_bytes(content: bytes | None) -> str | None:
    return None if content is None else b64encode(content).decode()


def _read_bytes(text: str | None) -> bytes | None:
    return None if text is None else b64decode(text, validate=True)


def _write_date(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _read_date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
