"""When a resident is usually out, or probably out: spans of the day without a sign on most days.

Where being at home is proven, a stretch in which the quiet clock stood still is an outing. Elsewhere, a long stretch of quiet in
the middle of the day is probably one. The learned limits already allow for it, because gaps that begin there are long. These
spans only explain a limit to its reader.
"""

from __future__ import annotations

import numpy as np

from homebeat.habits.policy import B1, I64, SLOTS

#: Half hours: an outing is at least one hour; quiet is at least two and a half; over ten hours is a day away or a silent device.
_STOOD = 2
_QUIET = 5
_LONGEST = 20
#: From 06:00 to 21:00, counted from 04:00: quiet outside of that is sleep.
_FROM, _TO = 4, 34
_MORNING = 8
_LEAST_DAYS = 10
_SLOT_MINUTES = 30

Spans = tuple[tuple[int, int], ...]


def find_usual_outings(life: B1, clock: B1, local: I64, days_seen: I64, at_home_known: B1) -> list[Spans]:
    """Find the spans (from, to) of m residents, in minutes of the local day, in order; none before ten days were seen.

    Args:
        life: bool[m, n], a sign fell into the half hour, newest first.
        clock: bool[m, n], the quiet clock ran in it.
        local: int64[n], local half-hour number of each.
        days_seen: int64[m], days with a sign of life among them.
        at_home_known: bool[m].
    """
    m, width = life.shape
    sign = np.flatnonzero(life)
    row, age = sign // width, sign % width
    at = local[age] - _MORNING
    apart = at[:-1] - at[1:] - 1
    ran = np.cumsum(clock, axis=1, dtype=np.int32)
    quiet = np.diff(np.take(ran, sign)) - np.take(clock, sign[1:])
    known = at_home_known[row[1:]]
    # of quiet that began with a door only half is counted; where less than half was counted, readings are missing
    out = np.where(known, apart - quiet >= _STOOD, (apart >= _QUIET) & (2 * quiet >= apart - 1))
    out &= (row[1:] == row[:-1]) & (apart <= _LONGEST) & (at[1:] // SLOTS == at[:-1] // SLOTS)
    # in the half hours between the older sign and the newer one nobody was seen
    change = np.zeros((m, SLOTS + 1), np.int64)
    who = row[1:][out]
    np.add.at(change, (who, at[1:][out] % SLOTS + 1), 1)
    np.add.at(change, (who, at[:-1][out] % SLOTS), -1)
    usual = np.cumsum(change, axis=1)[:, :SLOTS] * 2 >= days_seen[:, None]
    usual[days_seen < _LEAST_DAYS] = False
    usual[:, :_FROM] = usual[:, _TO:] = False
    # an hourly meter dates a use to the full hour: one half hour between two outings joins them, a lone half hour is no outing
    usual[:, 1:-1] |= usual[:, :-2] & usual[:, 2:]
    usual[:, 1:-1] &= usual[:, :-2] | usual[:, 2:]
    edges = np.diff(usual, axis=1, prepend=False, append=False)
    return [_make_spans(np.flatnonzero(one)) for one in edges]


def _make_spans(edges: I64) -> Spans:
    minutes = ((edges + _MORNING) * _SLOT_MINUTES).tolist()
    return tuple(zip(minutes[::2], minutes[1::2], strict=True))
