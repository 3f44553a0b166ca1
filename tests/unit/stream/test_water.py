"""Totals: what they show, and what they cannot."""

from __future__ import annotations

import numpy as np
import pytest

from homebeat.domain.metric import MeterStatus, Metric
from homebeat.stream.batch import NEVER, Batch
from homebeat.stream.features.water import FELL, JUMPED, SLOT_MS, Flow, Water, compute_litres, is_window_known
from homebeat.stream.series import Devices, Series, split_by_metric

NOTHING = Series(Devices(np.empty(0, np.intp)), np.empty(0, np.int64), np.empty(0, np.float64))
HOUR = 3_600_000
DAY0 = 1_772_352_000_000


def taken(water: Water, batch: Batch) -> Flow:
    """What one meter's totals and statuses show."""
    found = split_by_metric(batch)
    totals, statuses = found.get(Metric.VOLUME_M3, NOTHING), found.get(Metric.METER_STATUS, NOTHING)
    return water.fold(totals, totals.device.astype(np.int32), statuses, statuses.device.astype(np.int32))


def fed(*totals: tuple[float, float], apart: bool = False, water: Water | None = None) -> tuple[Water, list[Flow]]:
    """A meter after (hours, litres) totals, all in one fold or each in its own."""
    water, flows = water or Water(1), []
    parts = [[t] for t in totals] if apart else [list(totals)]
    for part in parts:
        at = [DAY0 + round(hours * HOUR) for hours, _ in part]
        water.advance(max(*at, water.head * SLOT_MS))
        batch = Batch.of([0] * len(part), [Metric.VOLUME_M3] * len(part), at, at, [litres / 1000 for _, litres in part])
        flows.append(taken(water, batch))
    return water, flows


@pytest.mark.parametrize("apart", [False, True])
def test_a_total_that_falls_and_stays_is_another_meter(apart: bool) -> None:
    water, flows = fed((0, 120_000), (1, 50), (2, 60), (3, 75), apart=apart)
    assert sum(float(f.litres.sum()) for f in flows) == pytest.approx(15)
    assert (water.fault[0], water.fault_at[0], water.known_at[0]) == (FELL, DAY0 + HOUR, DAY0 + 2 * HOUR)


@pytest.mark.parametrize("apart", [False, True])
def test_a_total_that_leaps_and_comes_back_was_a_corrupt_read(apart: bool) -> None:
    water, flows = fed((0, 100), (1, 9_000_000), (2, 130), apart=apart)
    assert sum(float(f.litres.sum()) for f in flows) == pytest.approx(30)
    assert (water.fault[0], water.total[0]) == (JUMPED, 130)


def test_a_window_that_begins_within_a_long_gap_is_not_known() -> None:
    water, _ = fed((0, 100), (1, 100), (9, 1_500), (10, 1_500), (11, 1_500))
    rows = slice(0, 1)
    assert not is_window_known(water, rows, 5 * HOUR)[0], "1,400 litres may have run before the window"
    assert is_window_known(water, rows, 2 * HOUR)[0]
    assert is_window_known(water, rows, 10 * HOUR)[0]


def test_a_window_that_is_no_longer_remembered_is_not_known() -> None:
    water, _ = fed(*((hour, 100 + 10 * hour) for hour in range(20)))
    assert is_window_known(water, slice(0, 1), 12 * HOUR)[0]
    water.advance(DAY0 + 43 * HOUR)
    assert not is_window_known(water, slice(0, 1), 12 * HOUR)[0]


def test_a_total_read_on_the_hour_begins_the_window_exactly() -> None:
    water, _ = fed((0, 0), (8, 70), (9, 100), (21, 109))
    assert compute_litres(water, slice(0, 1), 12 * HOUR)[0] == pytest.approx(9)


def test_what_a_blocked_meter_shows_is_neither_use_nor_its_absence() -> None:
    water, _ = fed((0, 100), (1, 110))
    at = DAY0 + 2 * HOUR
    water.advance(at)
    status = Batch.of([0], [Metric.METER_STATUS], [at], [at], [MeterStatus.BLOCKED])
    total = Batch.of([0], [Metric.VOLUME_M3], [at], [at], [0.110])
    flow = taken(water, Batch.join([total, status]))
    assert len(flow.meter) == 0
    assert water.known_at[0] == at


def test_late_totals_fill_their_slots_and_prove_nothing_twice() -> None:
    water, _ = fed((0, 100), (1, 100), (6, 130))
    before = water.ring.copy()
    _, (flow,) = fed((3, 120), water=water)
    assert flow.litres.tolist() == [20.0]
    assert flow.until[0] == DAY0 + 2.5 * HOUR + 1, "when within the half hour is not known"
    raised = water.ring.copy()
    fed((3, 120), water=water)
    fed((1, 100), water=water)
    np.testing.assert_array_equal(water.ring, raised)
    assert (raised >= before).all()


def test_the_first_total_delivered_again_proves_no_span() -> None:
    _, flows = fed((0, 100), (0, 100), (0, 100), apart=True)
    assert [len(f.meter) for f in flows] == [0, 0, 0]


def test_a_meter_without_totals_knows_nothing() -> None:
    water = Water(2)
    water.advance(DAY0)
    assert (water.total_at == NEVER).all()
    assert not is_window_known(water, slice(0, 2), HOUR).any()
