"""`python -m benchmarks.detection.collapsed`: collapses in real homes, from the last use to the alert of the product.

Nothing is reckoned here: of each home many copies are made. Each lives like the home until its own collapse, then draws nothing
while its meter goes on reporting for 30 hours. The product replays all of them; the delay is from the collapse to the alert.
With `--leak LITRES_AN_HOUR` each home begins to leak ten days before its collapse, and leaks on.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from benchmarks.detection.evaluate import COLD_DAYS, DAY_S, place_collapses
from benchmarks.detection.homes import find_readings_folder, read_homes
from benchmarks.detection.product import DAY_MS, HOUR_MS, Quiet, watch_homes
from benchmarks.detection.replayed import GROUPS, cut_fleet, read_blocks
from benchmarks.detection.signs import Gaps, find_gaps
from homebeat.codecs.catalogue import CODECS, make_readings_topic
from homebeat.domain.fleet import Fleet, Household
from homebeat.domain.ids import DeviceId, HouseholdId, ResidentId
from homebeat.domain.inbound import Message
from homebeat.registry.fleet_file import read_fleet_file
from simulators.water_csv import convert, read_readings

GOES_ON_MS: Final = 30 * HOUR_MS
LEAKS_BEFORE_MS: Final = 10 * DAY_MS
REPORTED: Final = (*GROUPS["one person"], *GROUPS["60+ couples"])


class Copy(NamedTuple):
    """One home that lives until its collapse, epoch ms."""

    home: Household
    at: int


def make_copies(home: Household, gaps: Gaps, count: int) -> list[Copy]:
    """`count` copies, their collapses spread evenly over those that the harness injects after the first 28 days."""
    index, age = place_collapses(gaps)
    at = (gaps.start[index] + age)[(gaps.start[index] - gaps.start[0]) / DAY_S >= COLD_DAYS]
    chosen = at[np.linspace(0, len(at) - 1, count + 2).astype(int)[1:-1]]
    return [Copy(_rename(home, f"{home.id}-{k}"), 1000 * int(when)) for k, when in enumerate(chosen.tolist())]


def _rename(home: Household, name: str) -> Household:
    return replace(
        home,
        id=HouseholdId(name),
        residents=tuple(replace(r, id=ResidentId(f"{name}-r{i}")) for i, r in enumerate(home.residents)),
        devices=tuple(replace(d, id=DeviceId(f"wm-{name}")) for d in home.devices),
    )


def replay_with_collapse(messages: list[Message], copy: Copy, leak_lph: float) -> Iterator[Message]:
    """What the meter of a copy says. A leak has dripped a part of its next litre when it begins: another in each home."""
    topic, total = make_readings_topic(copy.home.devices[0].id), None
    begun, part = copy.at - LEAKS_BEFORE_MS, np.random.default_rng(copy.at // 1000).random()
    for message in messages:
        if message.received_at > copy.at + GOES_ON_MS:
            return
        told = json.loads(message.payload)
        if told["at"] <= copy.at or total is None:
            total = told["volume_m3"]
        leaked = int(leak_lph * max(told["at"] - begun, 0) / HOUR_MS + part) if leak_lph else 0
        payload = json.dumps({**told, "volume_m3": round(total + leaked / 1000, 4)}).encode()
        yield Message(topic, payload, message.received_at, 0)


def main() -> int:
    """Print a line a home."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection.collapsed", description=__doc__)
    parser.add_argument("--homes", nargs="*", default=list(REPORTED))
    parser.add_argument("--copies", type=int, default=12)
    parser.add_argument("--leak", type=float, default=0.0, help="litres an hour")
    wished = parser.parse_args()
    folder = find_readings_folder()
    readings = read_readings(folder) if folder is not None else None
    if folder is None or readings is None:
        print("skipped: no homes here. Set HOMEBEAT_WATER_DATA to the folder with readings.csv.gz")
        return 0
    gaps = {meter.home: find_gaps(meter) for meter in read_homes(folder) if meter.home in wished.homes}
    with tempfile.TemporaryDirectory() as made:
        fleet_file, recording = Path(made) / "fleet.json", Path(made) / "homes.jsonl"
        convert(readings, fleet_file, recording)
        fleet = cut_fleet(read_fleet_file(fleet_file, CODECS), wished.homes)
        messages: dict[str, list[Message]] = {str(home.devices[0].id): [] for home in fleet.households}
        for block in read_blocks(recording, fleet):
            for message in block:
                messages[message.topic.split("/")[2]].append(message)
    copies = {str(h.id): make_copies(h, gaps[str(h.id)], wished.copies) for h in fleet.households}
    every = [copy for some in copies.values() for copy in some]
    original = {str(copy.home.id): messages[f"wm-{home}"] for home, some in copies.items() for copy in some}
    stream = sorted(
        (m for c in every for m in replay_with_collapse(original[str(c.home.id)], c, wished.leak)), key=lambda m: m.received_at
    )
    seen = watch_homes(Fleet(fleet.areas, tuple(c.home for c in every)), [stream])
    print("| home | collapses | told after h: mean, p95, longest | not told in 30 h |\n|---|---|---|---|")
    groups = {**{name: [h for h in homes if h in copies] for name, homes in GROUPS.items()}, **{h: [h] for h in copies}}
    for name, homes in groups.items():
        some = [copy for home in homes for copy in copies[home]]
        at = [_find_alert_time(seen.quiet.get(str(copy.home.id), []), copy.at) for copy in some]
        delay = np.array([max(when - copy.at, 0) / HOUR_MS for when, copy in zip(at, some, strict=True) if when is not None])
        if len(delay):
            said = f"{delay.mean():.1f}, {np.percentile(delay, 95):.1f}, {delay.max():.1f}"
            print(f"| {name} | {len(some)} | {said} | {len(some) - len(delay)} |")
    print(f"{seen.readings:,} readings, {(seen.last_at - seen.first_at) / DAY_MS:.0f} days")
    return 0


def _find_alert_time(quiet: list[Quiet], collapsed_at: int) -> int | None:
    """When the alert was opened that nothing ended any more."""
    return next((at for at, _, life_at in quiet if life_at is None or life_at > collapsed_at + 2 * HOUR_MS), None)


if __name__ == "__main__":
    sys.exit(main())
