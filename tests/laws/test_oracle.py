"""The columns give what a slow, obvious program over the same readings gives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given

from homebeat.domain.fleet import DeviceKind
from homebeat.domain.metric import Metric
from homebeat.engine.engine import Engine
from homebeat.engine.rulebook import RuleBook
from homebeat.habits.leak import MEMORY_H, SILENCE_H
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.heart_rate import HeartRate
from homebeat.stream.batch import NEVER
from homebeat.stream.features.hours import UNKNOWN
from homebeat.stream.features.water import compute_litres
from tests.conftest import examples
from tests.laws import falls, oracle
from tests.laws.streets import HOUR, LATENESS, MINUTE, START, Sent, Street, book, of_one_mind, streets, wrists

PROMPT = (0, 1_000, 20_000, LATENESS - 1)
EXAMPLES = examples(8, in_ci=16)


def run(street: Street, *codes: str, rules: RuleBook | None = None) -> tuple[Engine, list[tuple[str, str, int, str]]]:
    """The engine at the end, and (rule, device or resident, at, kind) of its edges."""
    engine = street.engine(rules or (book(*codes) if codes else None))
    engine.resume(START)
    arrived = tuple(s for s in street.sent if s.received <= street.until)
    edges = engine.advance(street.batch(engine, arrived), START + street.until)
    return engine, [(e.rule, e.subject.key.partition(":")[2], e.at - START, e.kind.value) for e in edges]


@EXAMPLES
@given(streets(hours=8))
def test_silence(street: Street) -> None:
    _, edges = run(street, "device_silent")
    for home in street.homes:
        for device in home.devices:
            every = round(device.reports_every.total_seconds() * 1000)
            mine = [(at, kind) for _, name, at, kind in edges if name == device.id]
            assert mine == oracle.silences(street, device.id, every)


def believable(street: Street) -> Street:
    """Only totals that rise as water can, and come in time."""
    kept: list[Sent] = []
    newest: dict[str, Sent] = {}
    for s in sorted(street.sent, key=lambda s: s.observed):
        if s.metric is Metric.METER_STATUS or not 0 <= s.received - s.observed <= LATENESS:
            continue
        if s.metric is Metric.VOLUME_M3:
            before = newest.setdefault(s.device, s)
            if not 0 <= s.value - before.value <= 4 * (s.observed - before.observed) / HOUR + 0.04:
                continue
            newest[s.device] = s
        kept.append(s)
    return replace(street, sent=tuple(sorted(kept, key=lambda s: s.received)))


@EXAMPLES
@given(streets(lags=PROMPT, homes=2).map(believable))
def test_litres(street: Street) -> None:
    engine, _ = run(street)
    water = engine.state.water
    for row, device in enumerate(engine.roster.meter_device.tolist()):
        wanted = oracle.register(street, engine.roster.device_ids[device], 3 * HOUR)
        if wanted.newest is None:
            assert water.total_at[row] == NEVER
            continue
        assert water.total_at[row] == START + wanted.newest
        assert compute_litres(water, slice(row, row + 1), 3 * HOUR)[0] == pytest.approx(wanted.litres, abs=0.11)
        if wanted.gap is not None:
            assert (water.gap_from[row], water.gap_until[row]) == (START + wanted.gap[0], START + wanted.gap[1])


@EXAMPLES
@given(streets(lags=PROMPT, homes=2, hours=30).map(believable))
def test_hours_of_water(street: Street) -> None:
    engine, _ = run(street)
    hours = engine.state.hours
    for row, device in enumerate(engine.roster.meter_device.tolist()):
        wanted = oracle.hours(street, engine.roster.device_ids[device])
        for hour, litres in wanted.items():
            used = hours.use[hour % MEMORY_H, row]
            assert used == UNKNOWN if litres is None else used == pytest.approx(litres * 10, abs=1.01)
        # where a rounding may decide nothing is claimed
        if not oracle.is_at_an_edge(wanted, 0.11):
            run_h, since = oracle.run_of(wanted, SILENCE_H)
            assert (hours.run[row], hours.since[row] if run_h else 0) == (run_h, since)


@dataclass(frozen=True)
class Spaced(HeartRate):
    """A pulse rule that says nothing for half an hour after it cleared."""

    @property
    def repeats_after(self) -> timedelta:
        return timedelta(minutes=30)


@pytest.mark.parametrize("rule", [HeartRate(), Spaced()], ids=["at once", "spaced"])
@EXAMPLES
@given(street=streets(lags=(0, 1_000, 15 * MINUTE), hours=6) | wrists())
def test_a_pulse_that_holds(rule: HeartRate, street: Street) -> None:
    street = replace(street, sent=tuple(_in_order(street.sent)))
    _, edges = run(street, rules=RuleBook([{"heart_rate": rule}]))
    silent = round(rule.repeats_after / timedelta(milliseconds=1))
    for home in street.homes:
        for device in home.devices:
            if device.kind is DeviceKind.WRISTBAND:
                every = round(device.reports_every / timedelta(milliseconds=1))
                mine = [(at, kind) for _, name, at, kind in edges if name == device.id]
                kinds = [(at, "opened" if kind == "reopened" else kind) for at, kind in mine]
                assert kinds == oracle.pulses(street, device.id, every, (rule.low, rule.high), 10 * MINUTE, 5 * MINUTE, silent)


def _in_order(sent: tuple[Sent, ...]) -> list[Sent]:
    """Without what one device sends after something newer of its own was taken in: the engine passes that over."""
    newest: dict[str, int] = {}
    kept = []
    for s in sorted(sent, key=lambda s: (oracle.folded(s), s.observed)):
        if s.observed >= newest.get(s.device, -1):
            newest[s.device] = s.observed
            kept.append(s)
    return sorted(kept, key=lambda s: s.received)


@EXAMPLES
@given(streets(lags=PROMPT, homes=2).map(believable).map(of_one_mind))
def test_the_quiet_clock(street: Street) -> None:
    """To the millisecond, and so is the newest sign of life; when an absence is over is the engine's word."""
    engine, _ = run(street)
    rows = len(engine.roster.resident_ids)
    now, absences = engine.now, engine.state.absences
    frame = Frame(Axis.RESIDENT, 0, rows, now, engine.listening_at, engine.state, np.full(rows, NEVER), engine.find_away(now))
    for row, resident in enumerate(engine.roster.resident_ids):
        spans = np.stack([absences.starts, absences.ends], axis=1)[absences.resident == row] - START
        life, quiet = oracle.quiet(street, resident, street.until, spans.tolist())
        assert frame.life_at[row] == (NEVER if life is None else START + life)
        assert frame.measure_quiet_ms(np.array([row])).tolist() == [quiet]


@examples(40, in_ci=120)
@given(falls.restless())
def test_falls(street: Street) -> None:
    """What is flagged, confirmed and lowered, and when."""
    engine = street.engine(book("fall"))
    engine.resume(START)
    arrived = tuple(s for s in street.sent if s.received <= street.until)
    found = engine.advance(street.batch(engine, arrived), START + street.until)
    told = [(e.at - START, "cleared" if e.kind == "contradicted" else e.kind.value, e.priority.value) for e in found]
    assert [(at, kind, "" if kind == "cleared" else urgency) for at, kind, urgency in told] == falls.edges(street)
