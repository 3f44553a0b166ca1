"""`python -m benchmarks.detection.replayed`: the same tables, but out of the product: real homes through `homebeat replay`.

What was benchmarked must be what runs. Homes of one and two become a fleet file and a recording, the product replays them with
default settings, and its alerts are counted beside what the offline harness foretells for the same homes. A couple behind one
meter is two residents, each with an alert of its own: a home is counted once for each stretch of quiet.

False alarms: stretches of quiet that raised an alert and ended within 24 h, from day 28 on. Delay by limits: to each collapse
that the harness injects, the limit in force, less the age of the gap. Delay as told: the same, but an hourly meter proves quiet
by whole hours (so that a gap must outlive the next whole hour to raise a false alarm), and the proof waits a minute for late
readings.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.detection.evaluate import COLD_DAYS, DAY_S, Tally, compute_limits_over_time, place_collapses, score_limits
from benchmarks.detection.homes import Meter, find_readings_folder, read_homes
from benchmarks.detection.ours import make_learned_method
from benchmarks.detection.product import DAY_MS, Watched, count_opened, per_month, watch_homes
from benchmarks.detection.signs import F64, Gaps, find_gaps
from homebeat.codecs.catalogue import CODECS
from homebeat.domain.fleet import Fleet
from homebeat.domain.inbound import Message
from homebeat.ingest.recording import Recording
from homebeat.registry.fleet_file import read_fleet_file
from simulators.water_csv import convert, read_readings

MEMORY_DAYS: Final = 112
GROUPS: Final = {
    "one person": ("h001", "h003", "h005"),
    "60+ couples": ("h011", "h013", "h025"),
    "one person, poorly read": ("h007", "h009"),
    "couples under 60": ("h015", "h017", "h019", "h021", "h023", "h027", "h029", "h031"),
}
#: Meters say something once an hour, and the watermark lets a minute pass; the instants are half a minute apart.
REPORT_S: Final = 3600
TOLD_AFTER_S: Final = 90


@dataclass(frozen=True, slots=True)
class Home:
    """One home by the product and by the harness.

    Attributes:
        days: Scored and heard. false_alarms, absences: By the product's alerts.
        delays_h: float64[k], by the limits in force; told_h: the same, as told.
        offline: What the harness foretells. whole_hours: False alarms of it that whole hours would have proven.
        notices: Alerts of other rules, by code.
    """

    name: str
    days: float
    false_alarms: int
    absences: int
    delays_h: F64
    told_h: F64
    offline: Tally
    whole_hours: int
    notices: dict[str, int]


def cut_fleet(fleet: Fleet, homes: Iterable[str]) -> Fleet:
    """The fleet with these households alone."""
    wished = set(homes)
    return replace(fleet, households=tuple(h for h in fleet.households if str(h.id) in wished))


def read_blocks(recording: Path, fleet: Fleet) -> Iterable[list[Message]]:
    """The recording's messages of this fleet's devices."""
    topics = {f"homebeat/v1/{device.id}/readings" for home in fleet.households for device in home.devices}
    for block in Recording(recording).read_blocks():
        yield [message for message in block if message.topic in topics]


def judge_home(meter: Meter, gaps: Gaps, seen: Watched, fleet: Fleet) -> Home:
    """Count one home's alerts and waits."""
    people = next([str(r.id) for r in h.residents] for h in fleet.households if str(h.id) == meter.home)
    limits = compute_limits_over_time(gaps, make_learned_method(), learn_days=MEMORY_DAYS)
    offline = score_limits(gaps, limits)
    begins = (int(gaps.start[0]) + COLD_DAYS * DAY_S) * 1000
    alerts = [quiet for quiet in seen.quiet.get(meter.home, []) if quiet.since >= begins]
    delays = [_compute_delays(gaps, seen, who) for who in people]
    return Home(
        meter.home,
        offline.days,
        sum(not quiet.is_absence for quiet in alerts),
        sum(quiet.is_absence for quiet in alerts),
        np.concatenate([by_limit for by_limit, _ in delays]),
        np.concatenate([told for _, told in delays]),
        offline,
        score_limits(gaps, np.ceil(limits / REPORT_S) * REPORT_S).false_alarms,
        dict(count_opened(seen, [meter.home], begins)),
    )


def _compute_delays(gaps: Gaps, seen: Watched, who: str) -> tuple[F64, F64]:
    index, age = place_collapses(gaps)
    scored = (gaps.start[index] - gaps.start[0]) / DAY_S >= COLD_DAYS
    index, age = index[scored], age[scored]
    starts, slots = gaps.start[index].tolist(), (gaps.local[index] % DAY_S // 1800).tolist()
    limit = np.array([seen.limit_s(who, 1000 * at, slot) for at, slot in zip(starts, slots, strict=True)])
    told = np.ceil(limit / REPORT_S) * REPORT_S + TOLD_AFTER_S
    return np.maximum(limit - age, 0) / 3600, np.maximum(told - age, 0) / 3600


def format_pooled(homes: list[Home]) -> tuple[str, ...]:
    """A row of the table: product, harness."""
    days = sum(h.days for h in homes)
    delay, told = (np.concatenate([getattr(h, name) for h in homes]) for name in ("delays_h", "told_h"))
    offline = [h.offline for h in homes]
    theirs = np.concatenate([t.delays_h for t in offline])
    return (
        f"{per_month(sum(h.false_alarms for h in homes), days):.2f}",
        f"{delay.mean():.1f}, {np.percentile(delay, 95):.1f}",
        f"{told.mean():.1f}, {np.percentile(told, 95):.1f}",
        f"{per_month(sum(t.false_alarms for t in offline), days):.2f} ({per_month(sum(h.whole_hours for h in homes), days):.2f})",
        f"{theirs.mean():.1f}, {np.percentile(theirs, 95):.1f}",
        f"{per_month(sum(h.absences for h in homes), days):.2f}",
        f"{per_month(sum(h.notices.get('water_running', 0) for h in homes), days):.3f}",
    )


HEAD: Final = (
    "homes",
    "alarms a month",
    "delay by limits: mean, p95 h",
    "delay as told",
    "harness: alarms (by whole hours)",
    "harness: delay",
    "24 h and more",
    "water running",
)


def main() -> int:
    """Print the table; nothing to do, and said so, where the data is not on this machine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection.replayed", description=__doc__)
    parser.add_argument("--homes", nargs="*", default=[name for homes in GROUPS.values() for name in homes])
    wished = parser.parse_args()
    folder, readings = find_readings_folder(), None
    readings = read_readings(folder) if folder is not None else None
    if folder is None or readings is None:
        print("skipped: no homes here. Set HOMEBEAT_WATER_DATA to the folder with readings.csv.gz")
        return 0
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as made:
        fleet_file, recording = Path(made) / "fleet.json", Path(made) / "homes.jsonl.gz"
        convert(readings, fleet_file, recording)
        fleet = cut_fleet(read_fleet_file(fleet_file, CODECS), wished.homes)
        seen = watch_homes(fleet, read_blocks(recording, fleet))
    took = time.perf_counter() - begun
    meters = [meter for meter in read_homes(folder) if meter.home in wished.homes]
    homes = {meter.home: judge_home(meter, find_gaps(meter), seen, fleet) for meter in meters}
    print("| " + " | ".join(HEAD) + " |\n" + "|---" * len(HEAD) + "|")
    for name, members in [*GROUPS.items(), *((home, (home,)) for home in homes)]:
        here = [homes[home] for home in members if home in homes]
        if here:
            print("| " + " | ".join((name, *format_pooled(here))) + " |")
    others = {rule for home in homes.values() for rule in home.notices}
    days = sum(home.days for home in homes.values())
    rates = {rule: round(per_month(sum(h.notices.get(rule, 0) for h in homes.values()), days), 3) for rule in sorted(others)}
    print("\nalerts a home-month, all homes, by rule: " + json.dumps(rates))
    span = (seen.last_at - seen.first_at) / DAY_MS
    print(f"{seen.readings:,} readings, {len(homes)} homes, {span:.0f} days: {took:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
