"""Finds the shift in which each alert opened: that of the area's rota, else a third of the local day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from homebeat.domain.durations import DAY_MS, HOUR_MS
from homebeat.evidence.columns import I64, AlertColumns, CodedNames
from homebeat.evidence.figures import split_rows

#: Thirds of the local day where no rota says who is on duty: midnight to eight, to four in the afternoon, to midnight.
THIRDS: Final = ("hours:00-08", "hours:08-16", "hours:16-24")
_THIRD_MS: Final = 8 * HOUR_MS


@dataclass(frozen=True, slots=True)
class DeskShift:
    """One shift of a desk's rota, epoch ms; `area` is that of the rota."""

    rota: str
    area: str
    name: str
    starts_at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class _RotaSpans:
    starts: I64
    ends: I64
    labels: list[str]


def find_shifts(
    columns: AlertColumns, shifts: Iterable[DeskShift], lines: Mapping[str, tuple[str, ...]], timezone: str
) -> tuple[npt.NDArray[np.int32], list[str]]:
    """Find the shift of each alert: `ROTA/SHIFT` of the nearest desk's rota that has one then, else one of `THIRDS`.

    Args:
        columns: The alerts.
        shifts: Those of desks that touch the span, in any order.
        lines: Each area with itself and every area above it, nearest first.
        timezone: Of alerts about no home.

    Returns:
        A code for each alert, and the names by their codes.
    """
    names = CodedNames(list(THIRDS), {name: i for i, name in enumerate(THIRDS)})
    local = compute_local_ms(columns, timezone)
    found = (local % DAY_MS // _THIRD_MS).astype(np.int32)
    of_area = _group_rotas(shifts)
    for area, rows in split_rows(columns.get_codes("area"), columns.get_names("area")).items():
        waiting = rows
        for spans in (spans for above in lines.get(area, ()) for spans in of_area.get(above, ())):
            at = columns.opened_at[waiting]
            which = np.searchsorted(spans.starts, at, side="right") - 1
            is_in = (which >= 0) & (spans.ends[which] > at)
            codes = np.array([names.find_code(label) for label in spans.labels], np.int32)
            found[waiting[is_in]] = codes[which[is_in]]
            waiting = waiting[~is_in]
    return found, names.names


def compute_local_ms(columns: AlertColumns, timezone: str) -> I64:
    """Compute when each alert opened on the clock of its home, or else of `timezone`, as ms since 1970 by that clock."""
    local = columns.opened_at.copy()
    for zone, rows in split_rows(columns.get_codes("timezone"), columns.get_names("timezone")).items():
        local[rows] += _find_offsets(columns.opened_at[rows], zone or timezone)
    return local


def shift_to_zone(at: I64, timezone: str) -> I64:
    """Compute times on the clock of a zone, as ms since 1970 by that clock."""
    return at + _find_offsets(at, timezone)


def find_zone(timezone: str) -> ZoneInfo | None:
    """Find a time zone; None for one that this machine does not know: then UTC is used."""
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _find_offsets(at: I64, timezone: str) -> I64:
    """How far the clock of a zone is ahead of UTC, ms: looked up once for each hour that occurs."""
    zone = find_zone(timezone) or UTC
    hours, where = np.unique(at // HOUR_MS, return_inverse=True)
    ahead = [datetime.fromtimestamp(int(hour) * HOUR_MS / 1000, zone).utcoffset() for hour in hours]
    offsets = np.array([0 if one is None else int(one.total_seconds()) * 1000 for one in ahead], np.int64)
    return offsets[where] if len(at) else np.empty(0, np.int64)


def _group_rotas(shifts: Iterable[DeskShift]) -> dict[str, list[_RotaSpans]]:
    """Group shifts by the area of their rota; of one area, rotas stand in the order of their ids."""
    of_rota: dict[tuple[str, str], set[tuple[int, int, str]]] = {}
    for shift in shifts:
        of_rota.setdefault((shift.area, shift.rota), set()).add((shift.starts_at, shift.ends_at, f"{shift.rota}/{shift.name}"))
    found: dict[str, list[_RotaSpans]] = {}
    for (area, _), spans in sorted(of_rota.items()):
        starts, ends, labels = zip(*sorted(spans), strict=True)
        found.setdefault(area, []).append(_RotaSpans(np.array(starts, np.int64), np.array(ends, np.int64), list(labels)))
    return found
