"""Real water meters as a fleet file and a recording.

Input: a CSV `home,time,litres` (`.gz` or not; `time` is local wall time without an offset, `litres` the cumulative total) and,
beside it, `homes.csv` with `home,persons,age` where it is known. Output: one household, one `water_meter` and one message for
each reading.

What is decided here:

* A reading arrives 2 to 20 seconds after it was taken, by a hash of home and time: the same input gives the same bytes.
* The repeated hour of autumn: the first time a wall time is read it is summer time; one that does not lie after the reading
  before it in the file is winter time. A lone reading in that hour counts as summer time.
* The missing hour of spring: a wall time that never was is read with the offset from before the change, an hour "later".
* Totals are passed on as they are, corrupt ones too: refusing them is the engine's work. A line that has no time or no number
  stops the conversion with its number.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np

from simulators import chance
from simulators.chance import F64, I64
from simulators.recording import write_recording
from simulators.street import Message

ZONE: Final = "Europe/Madrid"
#: Where the data is looked for when no path is given.
VARIABLE: Final = "HOMEBEAT_WATER_DATA"
#: Mean of the years of the readings; a birth year is computed from it and the age.
SURVEYED: Final = 2016
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 (wall time is subtracted from wall time)
_MS: Final = timedelta(milliseconds=1)


@dataclass(frozen=True)
class MeterReadings:
    """Every reading in the order of the file: `home` counts into `homes`; `at` is epoch ms, int64[n]; `litres` f64[n]."""

    homes: tuple[str, ...]
    home: I64
    at: I64
    litres: F64


@dataclass(frozen=True, slots=True)
class Converted:
    """The result: how many homes and readings, and how many of these are in the repeated and in the missing hour."""

    homes: int
    readings: int
    repeated: int
    missing: int


def read_readings(given: Path | None = None) -> Path | None:
    """The readings: the path given (a file, or a folder with `readings.csv[.gz]`), or that of `HOMEBEAT_WATER_DATA`."""
    where = given or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if where is None or where.is_file():
        return where
    for name in ("readings.csv.gz", "readings.csv"):
        if (where / name).is_file():
            return where / name
    return None


def convert(readings: Path, fleet: Path, recording: Path, *, zone: str = ZONE) -> Converted:
    """Write `fleet` and `recording` from the CSV `readings` and the `homes.csv` beside it.

    Raises:
        ValueError: A line is no reading; the text names it.
        OSError: A file cannot be read or written.
    """
    taken, repeated, missing = read_homes(readings, zone)
    fleet.write_text(json.dumps(make_fleet(taken.homes, read_people(readings), zone), indent=1) + "\n", encoding="utf-8")
    count = write_recording(recording, make_messages(taken))
    return Converted(len(taken.homes), count, repeated, missing)


def read_people(readings: Path) -> dict[str, tuple[int, int | None]]:
    """Read, by home, the number of persons and the birth year of the one who answered; empty without a `homes.csv` there."""
    people = readings.with_name("homes.csv")
    return _parse_people(people) if people.is_file() else {}


def read_homes(path: Path, zone: str = ZONE) -> tuple[MeterReadings, int, int]:
    """Read the CSV: the readings, how many lie in a repeated hour, and how many in a missing one."""
    homes: dict[str, int] = {}
    last: dict[str, datetime] = {}
    offsets: dict[datetime, tuple[int, int]] = {}
    columns: tuple[list[int], list[int], list[float]] = ([], [], [])
    repeated = missing = 0
    with _read_text(path) as file:
        lines = csv.DictReader(file)
        for row in lines:
            try:
                home, wall, litres = row["home"], datetime.fromisoformat(row["time"]), float(row["litres"])
            except (KeyError, TypeError, ValueError) as wrong:
                raise ValueError(f"{path.name}, line {lines.line_num}: not a reading home,time,litres ({wrong})") from wrong
            hour = wall.replace(minute=wall.minute // 15 * 15, second=0, microsecond=0)
            if hour not in offsets:
                offsets[hour] = _find_offsets(hour, zone)
            offset, other = offsets[hour]
            repeated += offset > other
            missing += offset < other
            if offset > other and home in last and wall <= last[home]:
                offset = other
            last[home] = wall
            columns[0].append(homes.setdefault(home, len(homes)))
            columns[1].append((wall - _EPOCH) // _MS - offset)
            columns[2].append(litres)
    taken = MeterReadings(tuple(homes), np.array(columns[0], np.int64), np.array(columns[1], np.int64), np.array(columns[2]))
    return taken, repeated, missing


def _find_offsets(wall: datetime, zone: str) -> tuple[int, int]:
    """Find the zone's offset from UTC at a wall time, ms: before a change within that hour, and after; mostly the same."""
    known = wall.replace(tzinfo=ZoneInfo(zone))
    before, after = known.utcoffset() or timedelta(), known.replace(fold=1).utcoffset() or timedelta()
    return before // _MS, after // _MS


def make_messages(taken: MeterReadings) -> Iterator[Message]:
    """The readings as messages, in the order in which they arrive."""
    keys = chance.make_home_keys(0, taken.home)
    arrival = taken.at + 2000 + (18_000 * chance.draw_one(chance.mix(keys ^ taken.at.astype(np.uint64)), 90)).astype(np.int64)
    order = np.lexsort((np.arange(len(arrival)), arrival))
    topics = [f"homebeat/v1/{make_meter_id(home)}/readings" for home in taken.homes]
    columns = (arrival[order].tolist(), taken.home[order].tolist(), taken.at[order].tolist(), taken.litres[order].tolist())
    for received, home, at, litres in zip(*columns, strict=True):
        yield received, topics[home], b'{"at":%d,"volume_m3":%b}' % (at, _format_m3(litres))


def make_fleet(homes: tuple[str, ...], people: Mapping[str, tuple[int, int | None]], zone: str = ZONE) -> dict[str, Any]:
    """Make a fleet file; `people` gives the number of persons of a home and the birth year of the one who answered."""
    households = []
    for home in homes:
        persons, born = people.get(home, (1, None))
        residents: list[dict[str, Any]] = [
            {"id": f"{home}-r{i + 1}", "name": f"Resident {i + 1} of {home}"} for i in range(persons)
        ]
        if born is not None:
            residents[0]["birth_year"] = born
        meter = {"id": make_meter_id(home), "kind": "water_meter", "reports_every": "PT1H", "resolution_litres": 1}
        households.append({"id": home, "area": "trial", "timezone": zone, "residents": residents, "devices": [meter]})
    return {"areas": [{"id": "trial", "name": "Homes of the water trial"}], "households": households}


def make_meter_id(home: str) -> str:
    """The device id of a home's meter."""
    return f"wm-{home}"


def _format_m3(litres: float) -> bytes:
    """Format litres as cubic metres; text that is no number stays as it is, so that the codec sees it."""
    return b"%.3f" % (litres / 1000) if math.isfinite(litres) else b"null"


def _parse_people(path: Path) -> dict[str, tuple[int, int | None]]:
    out: dict[str, tuple[int, int | None]] = {}
    with _read_text(path) as file:
        for row in csv.DictReader(file):
            persons = round(float(row["persons"])) if row.get("persons") else 1
            out[row["home"]] = (min(max(persons, 1), 12), SURVEYED - round(float(row["age"])) if row.get("age") else None)
    return out


def _read_text(path: Path) -> io.TextIOBase:
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path), encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")
