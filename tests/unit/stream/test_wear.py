"""Which readings of a band prove a living wrist."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from homebeat.domain.fleet import Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.stream.batch import NEVER, Batch
from homebeat.stream.roster import Roster
from homebeat.stream.state import State

T0 = 1_772_352_000_000
MINUTE = 60_000
HOME = Household(
    HouseholdId("h"), AreaId("a"), "UTC", residents=(Resident(ResidentId("r"), ""),),
    devices=(Device(DeviceId("b"), DeviceKind.WRISTBAND, ResidentId("r"), reports_every=timedelta(minutes=5)),),
)  # fmt: skip
Reading = tuple[int, Metric, float]


def worn_until(*readings: Reading, at_once: bool) -> int | None:
    """The newest minute at which the band was proven to be worn, after these readings in one fold or each in its own."""
    state = State(Roster().with_registry(Fleet((), (HOME,)), T0))
    state.advance(T0 + 1_440 * MINUTE)
    for part in [list(readings)] if at_once else [[reading] for reading in readings]:
        at = [T0 + minute * MINUTE for minute, _, _ in part]
        state.fold(Batch.of([0] * len(part), [metric for _, metric, _ in part], at, at, [value for _, _, value in part]))
    newest = int(state.wear.at[0])
    assert newest == int(state.timeline.proven_at[0])
    return None if newest == NEVER else (newest - T0) // MINUTE


def pulses(first: int, last: int, value: float, swing: int = 0) -> list[Reading]:
    return [(m, Metric.HEART_RATE_BPM, value + (m // 5 % 3 - 1) * swing) for m in range(first, last, 5)]


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(
    ("readings", "until"),
    [
        (pulses(0, 600, 63), 115),
        (pulses(0, 600, 63, swing=1), 595),
        ([*pulses(0, 600, 63), *pulses(600, 660, 70, swing=2)], 655),
        ([*pulses(0, 300, 63, swing=2), (300, Metric.WORN, 0.0), *pulses(305, 600, 152, swing=4)], 295),
        ([*pulses(0, 60, 63, swing=2), (60, Metric.WORN, 0.0), *pulses(65, 90, 63, swing=2), (90, Metric.WORN, 1.0)], 90),
        ([(0, Metric.STEPS, 5.0), (5, Metric.WORN, 0.0), (10, Metric.STEPS, 30.0), (15, Metric.SPO2_PCT, 97.0)], 15),
        ([*pulses(0, 300, 63), (300, Metric.SPO2_PCT, 97.0)], 115),
        ([*pulses(0, 300, 63), (300, Metric.WORN, 1.0)], 300),
        ([(0, Metric.SPO2_PCT, 97.0), (5, Metric.SPO2_PCT, 97.0)], 5),
    ],
    ids=["still", "varies", "varies again", "off", "on again", "off and walks", "oxygen beside it", "it says so", "oxygen alone"],
)
def test_a_living_wrist(readings: list[Reading], until: int, at_once: bool) -> None:
    assert worn_until(*readings, at_once=at_once) == until


def test_a_late_pulse_does_not_begin_a_new_one() -> None:
    late = [
        *pulses(0, 200, 63),
        (202, Metric.HEART_RATE_BPM, 63.0),
        (100, Metric.HEART_RATE_BPM, 99.0),
        (204, Metric.HEART_RATE_BPM, 63.0),
    ]
    assert worn_until(*late, at_once=False) == 115


def test_of_a_device_that_has_left_nothing_is_asked() -> None:
    roster = Roster().with_registry(Fleet((), (HOME,)), T0).with_registry(Fleet((), ()), T0)
    state = State(roster)
    state.fold(Batch.of([0], [Metric.HEART_RATE_BPM], [T0], [T0], [70.0]))
    assert np.isnan(state.steps.count[0])
