"""What the detection benchmark counts of the product's alerts."""

from __future__ import annotations

import json

import numpy as np

from benchmarks.detection.product import DAY_MS, HOUR_MS, QUIET, Quiet, Watched, watch_homes
from homebeat.domain.inbound import Message
from homebeat.registry.fleet_file import read_fleet
from simulators.estate import Habitat
from simulators.personas import Cohort
from simulators.plan import Event, EventKind
from simulators.street import Street

START = 1_772_409_600_000


def test_a_couple_that_is_quiet_is_one_stretch_of_quiet() -> None:
    street = Street(3, 40, habitat=Habitat(daily_share=0, resolution=1, band_share=0))
    pair = int(np.flatnonzero(street.personas.cohort == Cohort.COUPLE)[0])
    only = Street(3, 1, first_home=pair, habitat=street.habitat)
    gone = Event(EventKind.AWAY, pair, START + 30 * HOUR_MS, START + 50 * HOUR_MS)
    told = only.make_messages(START, START + 3 * DAY_MS, (), [gone])
    seen = watch_homes(
        read_fleet(json.dumps(only.make_fleet()), is_json=True), [[Message(t, body, at, 0) for at, t, body in told]]
    )
    home = f"h{pair:05d}"
    quiet = seen.quiet[home][0]
    assert len(seen.quiet[home]) == 1
    assert seen.of_resident == {f"{home}-r1": [quiet], f"{home}-r2": [quiet]}
    assert len(seen.opened[home, QUIET]) == 2
    assert 12 * HOUR_MS <= quiet.at - quiet.since <= 13.1 * HOUR_MS
    assert quiet.life_at is not None
    assert quiet.life_at >= START + 50 * HOUR_MS
    assert not quiet.is_absence


def test_the_limit_in_force_is_the_last_one_learned() -> None:
    tables = [np.full(48, minutes, np.uint16) for minutes in (300, 600)]
    seen = Watched(limits={"r": [(1000, tables[0]), (2000, tables[1])]})
    assert [seen.limit_s("r", at, 7) for at in (999, 1000, 1999, 2000)] == [43_200, 18_000, 18_000, 36_000]
    assert seen.limit_s("somebody else", 5000, 7) == 43_200


def test_a_day_without_life_is_an_absence() -> None:
    assert Quiet(at=0, since=0, life_at=DAY_MS).is_absence
    assert Quiet(at=0, since=0, life_at=None).is_absence
    assert not Quiet(at=0, since=0, life_at=DAY_MS - 1).is_absence
