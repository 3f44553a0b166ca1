"""One home with an hourly meter, whose days are all alike: enough to count by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np

from homebeat.backtest import Block, Plan, Shard, ShardResult
from homebeat.domain.fleet import Area, Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.engine.engine import Pace
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.catalogue import RULES
from homebeat.settings.plan import RulePlan
from homebeat.stream.batch import Batch
from homebeat.watch.enrolment import compile_rulebook

HOUR = 3_600_000
DAY = 24 * HOUR
#: 2026-03-02T00:00:00Z.
START = 1_772_409_600_000
PACE = Pace(600_000, 60_000)
#: Water is used in the hours that end at these.
USES = (8, 9, 12, 20)


def fleet(homes: int = 1) -> Fleet:
    return Fleet((Area(AreaId("lane"), "Lane"),), tuple(_home(n) for n in range(homes)))


def _home(n: int) -> Household:
    return Household(
        HouseholdId(f"h{n}"),
        AreaId("lane"),
        "UTC",
        residents=(Resident(ResidentId(f"r{n}"), f"Somebody {n}"),),
        devices=(Device(DeviceId(f"m{n}"), DeviceKind.WATER_METER, reports_every=timedelta(hours=1)),),
    )


def fixed(hours: float, of: Fleet) -> RuleBook:
    """One limit for everybody, and no other rule."""
    others = {code: {"enabled": False} for code in RULES if code != "no_sign_of_life"}
    return compile_rulebook(
        RulePlan(RULES, others | {"no_sign_of_life": {"limit": timedelta(hours=hours), "learned": False}}), of
    )


def blocks(days: int, uses: Sequence[int] = USES, homes: int = 1, skip: Sequence[int] = ()) -> Iterator[Block]:
    """A day at a time: a total each hour, that arrives two seconds later. On the days in `skip` nothing is used."""
    litres = 100.0
    for day in range(days):
        at, total = [], []
        for hour in range(1, 25):
            if hour in uses and day not in skip:
                litres += 10
            at += [START + day * DAY + hour * HOUR] * homes
            total += [litres / 1000] * homes
        when = np.array(at)
        batch = Batch(
            np.tile(np.arange(homes, dtype=np.int32), 24),
            np.full(len(at), int(Metric.VOLUME_M3), np.uint8),
            when,
            when + 2000,
            np.array(total),
            np.zeros(len(at), np.uint8),
        )
        yield Block(batch, START + (day + 1) * DAY + 2000)


def run(limits: Sequence[float], days: int, *, count_from: int = 0, skip: Sequence[int] = ()) -> ShardResult:
    """The home under these limits, hours."""
    here = fleet()
    shard = Shard(here, [fixed(hours, here) for hours in limits], Plan(PACE, START, START + count_from))
    for block in blocks(days, skip=skip):
        shard.feed(block)
    return shard.finish(START + days * DAY + 2000)
