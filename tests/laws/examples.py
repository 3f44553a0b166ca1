"""One eventful home, as often as wanted."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from homebeat.domain.alert import Edge
from homebeat.domain.fleet import Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.engine.engine import Engine
from homebeat.stream.batch import Batch
from homebeat.stream.roster import Roster
from tests.laws.streets import HOUR, MINUTE, START, book


def busy_home(copies: int) -> tuple[Engine, list[Edge]]:
    """A home of two meters and a band in which a good deal happens within a day, `copies` times in one engine."""
    homes = tuple(
        Household(
            HouseholdId(f"h{i}"), AreaId("a"), "UTC", residents=(Resident(ResidentId(f"r{i}"), ""),),
            devices=(
                Device(DeviceId(f"c{i}"), DeviceKind.WATER_METER, ResidentId(f"r{i}")),
                Device(DeviceId(f"w{i}"), DeviceKind.WATER_METER, ResidentId(f"r{i}")),
                Device(DeviceId(f"b{i}"), DeviceKind.WRISTBAND, ResidentId(f"r{i}"), None, timedelta(minutes=30)),
            ),
        )
        for i in range(copies)
    )  # fmt: skip
    engine = Engine(Roster().with_registry(Fleet((), homes), START), book())
    engine.resume(START)
    edges: list[Edge] = []
    for hour in range(20):
        rows: list[tuple[int, Metric, float]] = [(0, Metric.VOLUME_M3, 50 + 0.02 * (hour < 4) * hour + 0.08 * (hour >= 4))]
        if hour < 9:
            rows.append((1, Metric.VOLUME_M3, 10 + 2.5 * (hour >= 7)))
        if hour < 14:
            rows += [(2, Metric.WORN, float(hour % 6 > 1)), (2, Metric.BATTERY_PCT, 40.0 - 3 * hour)]
        if hour == 11:
            rows.append((2, Metric.ALARM_SOS, 1.0))
        at = START + hour * HOUR + MINUTE
        part = Batch.of(
            [3 * i + device for device, _, _ in rows for i in range(copies)],
            [int(metric) for _, metric, _ in rows for _ in range(copies)],
            [at] * (len(rows) * copies),
            [at + 5] * (len(rows) * copies),
            np.repeat([value for _, _, value in rows], copies).tolist(),
        )
        edges += engine.advance(part, at + HOUR - MINUTE)
    return engine, edges
