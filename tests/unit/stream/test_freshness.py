"""How often a meter takes its total is learned from when it moves."""

from __future__ import annotations

import numpy as np
import pytest

from homebeat.stream.features.freshness import Freshness, Proof
from homebeat.stream.features.water import Flow

T0 = 1_772_352_000_000
HOUR = 3_600_000


def flow_of(hours: list[float], litres: list[float]) -> Flow:
    """One interval between two totals that are sent each hour, for each of these hours."""
    until = np.array([T0 + round(hour * HOUR) for hour in hours])
    count = len(until)
    return Flow(
        np.zeros(count, np.int32),
        until - HOUR,
        until,
        np.array(litres),
        np.full(count, HOUR),
        np.zeros(count, np.int32),
        np.full(count, T0),
    )


def told(moves: dict[int, float], hours: int, *, every_h: int = 1, at_once: bool = True) -> tuple[Freshness, Proof]:
    """After so many hours, in some of which the total moved by these litres."""
    fresh, flow = Freshness(1), flow_of([float(h) for h in range(1, hours + 1)], [moves.get(h, 0.0) for h in range(1, hours + 1)])
    every, resolution = np.full(hours, every_h * HOUR), np.ones(hours, np.int64)
    if at_once:
        return fresh, fresh.fold(flow, every, resolution)
    parts = [fresh.fold(flow.take(slice(h, h + 1)), every[:1], resolution[:1]) for h in range(hours)]
    return fresh, Proof(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(
    ("moves", "stale"),
    [
        ({24: 80.0, 48: 95.0, 72: 60.0}, True),
        ({24: 80.0, 49: 95.0, 72: 60.0}, True),
        ({**dict.fromkeys(range(6, 190, 6), 20.0)}, True),
        ({24: 80.0, 48: 95.0}, False),
        ({24: 1.0, 48: 1.0, 72: 1.0}, False),
        ({7: 9.0, 8: 12.0, 12: 9.0, 19: 30.0, 31: 9.0, 43: 12.0, 67: 8.0}, False),
        ({7: 9.0, 17: 12.0, 31: 9.0, 41: 30.0, 55: 9.0, 65: 12.0}, False),
        ({24: 80.0, 48: 95.0, 72: 60.0, 75: 9.0}, False),
    ],
    ids=[
        "each midnight",
        "an hour late once",
        "each six hours",
        "twice only",
        "a drip",
        "somebody",
        "morning and evening",
        "after all",
    ],
)
def test_when_a_total_proves_nothing(moves: dict[int, float], stale: bool, at_once: bool) -> None:
    _, proof = told(moves, 200, at_once=at_once)
    assert bool(proof.stale[-1]) is stale


def test_a_repeated_total_proves_quiet_once_it_has_not_moved_when_it_should_have() -> None:
    _, proof = told({24: 80.0, 48: 95.0, 72: 60.0}, 110)
    assert not proof.covers[72:98].any()
    assert proof.covers[98:].all()
    assert (proof.after[98:] == T0 + 72 * HOUR).all()


@pytest.mark.parametrize(("moves", "stale"), [({}, True), ({5: 9.0}, True), ({5: 9.0, 7: 9.0}, False)])
def test_a_meter_that_is_to_send_once_a_day_is_believed_until_it_moves_more_often(moves: dict[int, float], stale: bool) -> None:
    _, proof = told(moves, 20, every_h=24)
    assert bool(proof.stale[-1]) is stale


def test_a_meter_that_sends_its_one_total_a_day_proves_the_day() -> None:
    fresh, flow = Freshness(1), flow_of([24.0, 48.0, 72.0], [80.0, 0.0, 90.0])
    daily = Flow(flow.meter, flow.until - 24 * HOUR, flow.until, flow.litres, flow.span * 24, flow.index, flow.known)
    assert not fresh.fold(daily, np.full(3, 24 * HOUR), np.ones(3, np.int64)).stale.any()
