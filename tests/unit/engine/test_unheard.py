"""A cloud that cannot be heard: its devices are not called silent for that, and those of the broker are judged as ever."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from homebeat.domain.alert import Edge
from homebeat.domain.metric import Metric
from homebeat.engine.engine import Engine
from homebeat.rules.device_silent import DeviceSilent
from homebeat.rules.unknown_too_long import UnknownTooLong
from homebeat.stream.batch import EMPTY, Batch
from homebeat.stream.rewind import rewind
from tests.unit.engine.test_engine import HOUR, MINUTE, T0, engine_of, home

CLOUD = np.array([0], np.int32)


def let_pass(engine: Engine, minutes: range, *, is_deaf: bool) -> list[Edge]:
    """Let time go on with nothing to hear; returns the edges."""
    edges: list[Edge] = []
    for minute in minutes:
        now = T0 + minute * MINUTE
        if is_deaf:
            engine.mark_deaf(now, CLOUD)
        edges += engine.advance(EMPTY, now)
    return edges


def test_only_the_devices_of_the_cloud_are_spared() -> None:
    engine = engine_of(home("x"), home("y"), rules=(DeviceSilent(), UnknownTooLong(limit=timedelta(hours=3))))
    engine.advance(Batch.of([0, 1], [Metric.HEARTBEAT] * 2, [T0] * 2, [T0] * 2, [1, 1]), T0)
    edges = let_pass(engine, range(1, 6 * 60), is_deaf=True)
    assert {(edge.rule, edge.subject.household) for edge in edges} == {("device_silent", "y"), ("unknown_too_long", "y")}
    edges = let_pass(engine, range(6 * 60, 12 * 60), is_deaf=False)
    assert {(edge.rule, edge.subject.household) for edge in edges} == {("device_silent", "x"), ("unknown_too_long", "x")}
    silent = next(edge for edge in edges if edge.rule == "device_silent")
    assert 14 * MINUTE <= silent.at - (T0 + 6 * HOUR) <= 17 * MINUTE, "its time counts from when it could be heard again"


def test_a_clock_that_steps_back_takes_no_device_into_the_future() -> None:
    engine = engine_of(home("x"), rules=(DeviceSilent(),))
    engine.mark_deaf(T0 + HOUR, CLOUD)
    rewind(engine.state, T0 + MINUTE)
    assert engine.state.unheard.find_devices(engine.roster).tolist() == [T0 + MINUTE]
    assert engine.state.unheard.find_residents(engine.roster).tolist() == [T0 + MINUTE]
