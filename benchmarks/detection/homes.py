"""Read the 46-home water trial: local wall time to UTC, corrupt totals refused.

The data stays outside the repository: `HOMEBEAT_WATER_DATA` names its folder, default `../shared/data/water` beside the checkout.
"""

from __future__ import annotations

import csv
import gzip
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

ZONE = ZoneInfo("Europe/Madrid")
HIGHEST_PLAUSIBLE_LITRES_PER_HOUR = 3000.0
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Meter:
    """One home's meter: n readings in order of time.

    Attributes:
        home: name in the data set.
        persons: people in the home, 0 where unknown.
        age: age of the person who answered, 0 where unknown.
        at: int64[n], epoch seconds UTC.
        local: int64[n], epoch seconds as if the local wall clock were UTC.
        litres: float64[n], cumulative, non-decreasing after cleaning.
    """

    home: str
    persons: int
    age: int
    at: I64
    local: I64
    litres: F64


def find_readings_folder() -> Path | None:
    """The trial's folder, or None (with nothing raised) where it is not on this machine."""
    folder = Path(os.environ.get("HOMEBEAT_WATER_DATA", Path(__file__).parents[3] / "shared" / "data" / "water"))
    return folder if (folder / "readings.csv.gz").is_file() else None


def read_homes(folder: Path, persons: frozenset[int] | None = None) -> list[Meter]:
    """Every home of the trial, or those with the wished number of persons, in order of name."""
    with (folder / "homes.csv").open(newline="") as file:
        about = {row["home"]: row for row in csv.DictReader(file)}
    rows: dict[str, list[tuple[str, float]]] = defaultdict(list)
    with gzip.open(folder / "readings.csv.gz", "rt", newline="") as file:
        for home, at, litres in _read_records(file):
            if persons is None or _parse_whole(about[home]["persons"]) in persons:
                rows[home].append((at, float(litres)))
    return [_make_meter(home, about[home], rows[home]) for home in sorted(rows)]


def _read_records(file: Iterator[str]) -> Iterator[list[str]]:
    reader = csv.reader(file)
    next(reader)
    yield from reader


def _parse_whole(text: str) -> int:
    return int(float(text)) if text else 0


def _make_meter(home: str, about: dict[str, str], rows: list[tuple[str, float]]) -> Meter:
    wall = np.array([at for at, _ in rows], "M8[s]").astype(np.int64)
    at = _convert_to_utc(wall)
    litres = np.array([value for _, value in rows])
    order = np.argsort(at, kind="stable")
    at, wall, litres = at[order], wall[order], litres[order]
    later = np.concatenate([[True], np.diff(at) > 0])
    at, wall, litres = at[later], wall[later], litres[later]
    kept, total = clean_totals(at, litres)
    return Meter(home, _parse_whole(about["persons"]), _parse_whole(about["age"]), at[kept], wall[kept], total)


def _convert_to_utc(wall: I64) -> I64:
    """Wall seconds to UTC; the repeated autumn hour is told apart by the file going back in time."""
    back = np.concatenate([[False], np.diff(wall) < 0])
    fold = np.zeros(len(wall), bool)
    for start in np.flatnonzero(back):
        fold[start:] |= wall[start:] <= wall[start] + 3600
    days = {day: _find_offsets(day) for day in np.unique(wall // 86400).tolist()}
    plain = np.empty(len(wall), np.int64)
    for i, (second, is_second) in enumerate(zip(wall.tolist(), fold.tolist(), strict=True)):
        first, last = days[second // 86400]
        if first == last:
            plain[i] = second - first
        else:
            local = datetime.fromtimestamp(second, UTC).replace(tzinfo=ZONE, fold=int(is_second))
            plain[i] = int(local.timestamp())
    return plain


def _find_offsets(day: int) -> tuple[int, int]:
    moments = (datetime.fromtimestamp(day * 86400 + s, UTC).replace(tzinfo=ZONE) for s in (0, 86399))
    first, last = (int(moment.utcoffset().total_seconds()) for moment in moments)  # type: ignore[union-attr]
    return first, last


def clean_totals(at: I64, litres: F64) -> tuple[I64, F64]:
    """Refuse corrupt totals; what a live reader can do with one reading's patience.

    A total that falls, or rises faster than a mains can carry, is set aside. If the next total goes on from the old one, the
    odd one was corrupt. If it goes on from the odd one, the register itself has moved: that is the new base, and the step is
    not a use.

    Returns:
        Indices kept, int64[m], and the totals at them with register steps taken out, float64[m].
    """
    kept, totals = [0], [float(litres[0])]
    shift, doubtful = 0.0, -1
    for i in range(1, len(at)):
        hours = (at[i] - at[kept[-1]]) / 3600
        value = float(litres[i]) - shift
        if _is_plausible(value - totals[-1], hours):
            kept.append(i)
            totals.append(value)
            doubtful = -1
        elif doubtful >= 0 and _is_plausible(float(litres[i] - litres[doubtful]), (at[i] - at[doubtful]) / 3600):
            shift = float(litres[doubtful]) - totals[-1]
            kept.append(i)
            totals.append(float(litres[i]) - shift)
            doubtful = -1
        else:
            doubtful = i
    return np.array(kept, np.int64), np.array(totals)


def _is_plausible(rise: float, hours: float) -> bool:
    return 0.0 <= rise <= HIGHEST_PLAUSIBLE_LITRES_PER_HOUR * max(hours, 0.25)
