"""Pairs every reading with the one before it of the same row: in the batch, or the last one known.

If several readings have the same row and time, the first one counts, as in the database.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from homebeat.stream.batch import F64, I32, I64

Rows = NDArray[np.intp]
RowsT = TypeVar("RowsT", I32, Rows)


def has_repeats(rows: I32 | Rows, rows_in_all: int) -> bool:
    """Whether a row occurs twice in `rows`."""
    place = np.empty(rows_in_all, np.int32)
    here = np.arange(len(rows), dtype=np.int32)
    place[rows] = here
    return bool((place[rows] != here).any())


def sort_by_row(rows: I32 | Rows, at: I64, rows_in_all: int) -> NDArray[np.intp] | None:
    """Sort readings by row, then time, each time of a row once; None when no row occurs twice.

    Returns:
        Positions, intp[k].

    Args:
        rows: int32[n].
        at: int64[n], never decreasing.
        rows_in_all: How many rows there are.
    """
    if not has_repeats(rows, rows_in_all):
        # mostly no device reports twice in a tick, and this check is cheaper than a sort
        return None
    order = np.argsort(rows, kind="stable")
    again = np.zeros(len(rows), np.bool_)
    again[1:] = (rows[order[1:]] == rows[order[:-1]]) & (at[order[1:]] == at[order[:-1]])
    return order[~again]


def pair_with_previous(
    rows: RowsT, at: I64, value: F64, last_at: I64, last: NDArray[np.floating]
) -> tuple[RowsT, I64, F64, I64, F64]:
    """Pair each reading with its predecessor.

    Args:
        rows: int32[n], state row of each reading.
        at: int64[n], its time, epoch ms, never decreasing.
        value: float64[n], its value.
        last_at: int64[rows], time of the last known value before this batch; NEVER for none.
        last: float[rows], that value; NaN for none.

    Returns:
        rows, at, value, before_at, before; in the given order where no row repeats, else sorted by row, then time.
    """
    if not len(rows):
        return rows, at, value, at, value
    places = sort_by_row(rows, at, len(last))
    if places is None:
        return rows, at, value, last_at[rows], last[rows].astype(np.float64)
    rows, at, value = rows[places], at[places], value[places]
    first = np.empty(len(rows), np.bool_)
    first[0] = True
    np.not_equal(rows[1:], rows[:-1], out=first[1:])
    before_at, before = np.empty_like(at), np.empty_like(value)
    before_at[1:], before[1:] = at[:-1], value[:-1]
    before_at[first], before[first] = last_at[rows[first]], last[rows[first]]
    return rows, at, value, before_at, before
