"""Days closed inside the engine: what is told of slow change, what stays unknown, and the same however time is cut."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zlib import crc32

import numpy as np
import pytest

from homebeat.domain import alert
from homebeat.domain.alert import Edge, TransitionKind
from homebeat.domain.fleet import Away, Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.engine import checkpoint
from homebeat.engine.closing import BUCKETS
from homebeat.engine.engine import Engine, Pace
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.catalogue import RULES
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Verdict
from homebeat.stream.batch import EMPTY, F64, I32, NEVER, Batch
from homebeat.stream.features.days import DAYS, SUMMED, Drift
from homebeat.stream.roster import Roster
from homebeat.stream.state import State

T0 = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp() * 1000)
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
#: Closing days as they are numbered, for day 0 of a story.
DAY_0 = T0 // DAY
WAKING = (7, 8, 10, 12, 13, 15, 17, 18, 20, 22)
NIGHTLY = {code: rule() for code, rule in RULES.items() if rule.digest}


def band(name: str = "x") -> Device:
    return Device(DeviceId(f"band-{name}"), DeviceKind.WRISTBAND, ResidentId(f"person-{name}"), None, timedelta(hours=1))


def meter(name: str = "x", number: int = 0) -> Device:
    return Device(DeviceId(f"meter-{name}-{number}"), DeviceKind.WATER_METER, None, None, timedelta(hours=1))


def home(*devices: Device, name: str = "x", zone: str = "UTC", people: int = 1, away: tuple[Away, ...] = ()) -> Household:
    residents = tuple(Resident(ResidentId(f"person-{name}" + (f"-{n}" if n else "")), "") for n in range(people))
    return Household(HouseholdId(name), AreaId("a"), zone, residents=residents, devices=devices, away=away)


def engine_of(*homes: Household, pace: Pace | None = None) -> Engine:
    engine = Engine(Roster().with_registry(Fleet((), homes), T0), RuleBook([NIGHTLY]), pace)
    engine.resume(T0)
    return engine


def totals(days: int, litres: Callable[[int, int], float], *, device: int = 0, ahead_h: int = 0) -> Batch:
    """Hourly totals; `litres(day, hour)` were drawn in that hour of a clock that is `ahead_h` hours ahead of UTC."""
    at, value, total = [], [], 100.0
    for hour in range(1, days * 24):
        total += litres(*divmod(hour - 1 + ahead_h, 24))
        at.append(T0 + hour * HOUR)
        value.append(total / 1000)
    return Batch.of([device] * len(at), [Metric.VOLUME_M3] * len(at), at, at, value)


def usual(day: int, hour: int) -> float:
    """Three litres in the waking hours, one night use every other night, a little more or less by the day."""
    if hour == 2:
        return 2.0 * (day % 2)
    return 3.0 + 0.2 * (day % 4) if hour in WAKING else 0.0


def worn(days: int, steps: Callable[[int], int], pulse: Callable[[int], float], *, device: int = 0) -> Batch:
    """A band that reports every hour, walks from eight to twenty, and counts from midnight."""
    rows = []
    for hour in range(days * 24):
        day, of_day = divmod(hour, 24)
        at, awake = T0 + hour * HOUR + MINUTE, 8 <= of_day < 20
        count = steps(day) * min(max(of_day - 7, 0), 12) // 12
        rows += [(at, Metric.STEPS, count), (at, Metric.HEART_RATE_BPM, 95.0 if awake else pulse(day)), (at, Metric.WORN, 1.0)]
    times, metric, value = zip(*rows, strict=True)
    return Batch.of([device] * len(times), metric, times, times, value)


def feed(engine: Engine, batch: Batch, until_day: float) -> list[Edge]:
    """As a replay does it: what arrived in four hours is judged together."""
    edges, done = [], 0
    for now in range(max(engine.now, T0) // (4 * HOUR) * 4 * HOUR + 4 * HOUR, T0 + round(until_day * DAY) + 1, 4 * HOUR):
        upto = int(np.searchsorted(batch.received_at, now, side="right"))
        engine.news_from = now
        edges += engine.advance(batch.take(slice(done, upto)), now)
        done = upto
    engine.news_from = NEVER
    return edges + engine.advance(batch.take(slice(done, None)), T0 + round(until_day * DAY))


def live(engine: Engine, batch: Batch, until_day: float, step: int = 10**9) -> list[Edge]:
    """As live does it, in ticks of so many readings."""
    edges = []
    for start in range(0, max(len(batch), 1), step):
        part = batch.take(slice(start, start + step))
        edges += engine.advance(part, int(part.received_at[-1]) if len(part) else T0)
    return edges + engine.advance(EMPTY, T0 + round(until_day * DAY))


def opened(edges: Sequence[Edge]) -> list[tuple[str, float]]:
    """(rule, day of the story) of each alert."""
    return [(e.rule, (e.at - T0) // DAY) for e in edges if e.kind is TransitionKind.OPENED]


def verdict_of(engine: Engine, code: str, row: int = 0) -> Verdict:
    n, now = len(engine.roster.resident_ids), engine.now
    frame = Frame(Axis.RESIDENT, 0, n, now, now, engine.state, np.full(n, NEVER), engine.find_away(now))
    return Verdict(int(RULES[code]().judge(frame).verdict[row]))


def ring(engine: Engine, name: str, day: int, row: int = 0) -> float:
    """What was noted of the day that was closed on `day` of the story."""
    return float(getattr(engine.state.days, name)[(DAY_0 + day) % DAYS, row])


def test_more_uses_at_night_are_told_once_with_what_is_usual() -> None:
    def restless(day: int, hour: int) -> float:
        return 2.0 if day >= 50 and hour in (1, 2, 4) else usual(day, hour)

    edges = feed(engine_of(home(meter())), totals(62, restless), 62)
    (edge,) = [e for e in edges if e.rule == "night_use_drift" and e.kind is TransitionKind.OPENED]
    assert 51 <= (edge.at - T0) // DAY <= 56
    assert (edge.at - T0) % DAY // HOUR == 9
    assert edge.reason.code == "night_use_drift"
    assert edge.reason.params["usual"] == 0.5
    assert 1.5 <= float(edge.reason.params["now"]) <= 3.5
    assert edge.priority == "low"
    assert edge.desk == "care"
    assert alert.open_alert(edge)[0].queue == "digest"
    (cleared,) = [e for e in edges if e.rule == "night_use_drift" and e.kind is TransitionKind.CLEARED]
    assert cleared.at - edge.at == DAY


def test_ordinary_months_tell_of_nothing_and_are_known() -> None:
    engine = engine_of(home(meter()))
    assert feed(engine, totals(100, usual), 100) == []
    assert {code: verdict_of(engine, code) for code in NIGHTLY} == {
        "night_use_drift": Verdict.CLEAR,
        "first_use_late": Verdict.CLEAR,
        "volume_drift": Verdict.CLEAR,
        "steps_drift": Verdict.UNKNOWN,
        "resting_heart_rate_drift": Verdict.UNKNOWN,
    }


def test_nothing_is_said_before_four_weeks_are_known() -> None:
    engine = engine_of(home(meter()))
    feed(engine, totals(27, usual), 27)
    assert verdict_of(engine, "volume_drift") is Verdict.UNKNOWN
    feed(engine, totals(32, usual).take(slice(27 * 24, None)), 32)
    assert verdict_of(engine, "volume_drift") is Verdict.CLEAR


def test_days_that_begin_later_and_less_water_are_told() -> None:
    def low(day: int, hour: int) -> float:
        return usual(day, hour) if day < 50 or hour > 9 else 0.0

    edges = feed(engine_of(home(meter())), totals(60, low), 60)
    by_rule = {e.rule: e for e in edges if e.kind is TransitionKind.OPENED}
    assert set(by_rule) == {"first_use_late", "volume_drift"}
    assert by_rule["first_use_late"].reason.params["usual_minute"] == 8 * 60  # drawn from seven on, reported at eight
    assert by_rule["first_use_late"].reason.params["now_minute"] > 9 * 60  # type: ignore[operator]
    falls = by_rule["volume_drift"].reason
    assert falls.code == "volume_falls"
    # litres a week: 33 a day in the waking hours, and one at night
    assert falls.params["usual"] == pytest.approx(7 * 34, abs=7)
    assert 7 * 26 - 7 <= float(falls.params["now"]) < 7 * 34 - 7


def test_fewer_steps_and_a_raised_pulse_at_rest_are_told() -> None:
    engine = engine_of(home(band()))
    batch = worn(60, lambda day: (4000 + 200 * (day % 3)) // (1 if day < 50 else 3), lambda day: 60 + day % 3 + 10 * (day >= 55))
    edges = {e.rule: e for e in feed(engine, batch, 60) if e.kind is TransitionKind.OPENED}
    assert set(edges) == {"steps_drift", "resting_heart_rate_drift"}
    assert edges["steps_drift"].reason.params["usual"] == pytest.approx(4200, abs=60)
    assert ring(engine, "steps", 40) == pytest.approx(4000 + 200 * (39 % 3), rel=0.002)
    pulse = edges["resting_heart_rate_drift"]
    assert (pulse.at - T0) // DAY == 56  # the second such night
    assert pulse.reason.params["usual"] == pytest.approx(61, abs=0.5)
    assert pulse.reason.params["now"] == pytest.approx(71, abs=1)


def test_a_pulse_while_walking_or_not_worn_is_not_at_rest() -> None:
    engine = engine_of(home(band()))
    rest = worn(4, lambda _: 4000, lambda _: 60.0)
    rows = [(T0 + 2 * DAY + 3 * HOUR + k * 5 * MINUTE, k) for k in range(1, 6)]
    night = Batch.join(
        [
            Batch.of([0] * 5, [m] * 5, [at for at, _ in rows], [at for at, _ in rows], values)
            for m, values in (
                (Metric.STEPS, [10.0 * k for _, k in rows]),
                (Metric.HEART_RATE_BPM, [140.0] * 5),
                (Metric.WORN, [1.0] * 5),
            )
        ]
    )
    both = Batch.join([rest, night])
    feed(engine, both.take(np.argsort(both.received_at, kind="stable")), 4)
    assert ring(engine, "pulse", 2) == 60.0


def test_a_band_in_a_drawer_did_not_walk_less() -> None:
    batch = worn(60, lambda day: 4000 if day < 50 else 0, lambda _: 60.0)
    gone = (batch.received_at >= T0 + 50 * DAY) & (batch.metric != Metric.STEPS)
    value = np.where(gone, 0.0, batch.value)
    engine = engine_of(home(band()))
    assert feed(engine, replace(batch, value=value), 60) == []
    assert np.isnan(ring(engine, "steps", 55))
    assert np.isnan(ring(engine, "pulse", 55))
    assert verdict_of(engine, "steps_drift") is Verdict.UNKNOWN


def test_days_away_are_not_days() -> None:
    begins, ends = (datetime.fromtimestamp((T0 + day * DAY) / 1000, UTC) for day in (50, 58))

    def gone(day: int, hour: int) -> float:
        return 0.0 if 50 <= day < 58 else usual(day, hour)

    engine = engine_of(home(meter(), away=(Away(begins, ends),)))
    assert feed(engine, totals(70, gone), 70) == []
    assert np.isnan(ring(engine, "litres", 55))
    undeclared = engine_of(home(meter()))
    assert opened(feed(undeclared, totals(70, gone), 70))[0][0] == "volume_drift"


def test_a_week_of_visitors_is_told_once_and_their_going_is_not() -> None:
    def guests(day: int, hour: int) -> float:
        return usual(day, hour) * (2.5 if 50 <= day < 57 else 1.0)

    edges = feed(engine_of(home(meter())), totals(110, guests), 110)
    assert [rule for rule, _ in opened(edges)] == ["volume_drift"]
    assert edges[0].reason.code == "volume_rises"


def test_a_couples_meters_are_added_up_and_each_is_told() -> None:
    half = totals(60, lambda day, hour: usual(day, hour) / (1 if day < 50 else 6))
    other = totals(60, lambda day, hour: usual(day, hour) / (1 if day < 50 else 6), device=1)
    both = Batch.join([half, other])
    engine = engine_of(home(meter(), meter("x", 1), people=2))
    edges = feed(engine, both.take(np.argsort(both.received_at, kind="stable")), 60)
    told = [e for e in edges if e.rule == "volume_drift" and e.kind is TransitionKind.OPENED]
    assert sorted(str(e.subject.resident) for e in told) == ["person-x", "person-x-1"]
    assert ring(engine, "litres", 41) == pytest.approx(2 * sum(usual(40, h) for h in range(24)), rel=0.08)


def test_who_moves_begins_anew() -> None:
    engine = engine_of(home(meter()), home(meter("y"), name="y"))
    feed(engine, totals(50, usual), 50)
    assert verdict_of(engine, "volume_drift") is Verdict.CLEAR
    mover = home(meter()).residents
    moved = Fleet((), (replace(home(meter()), residents=()), replace(home(meter("y"), name="y"), residents=mover)))
    engine.follow(engine.roster.with_registry(moved, engine.now), engine.book)
    thirsty = totals(70, lambda day, hour: 5 * usual(day, hour), device=1)
    edges = feed(engine, thirsty.take(thirsty.received_at > T0 + 50 * DAY), 70)
    assert edges == []
    assert verdict_of(engine, "volume_drift") is Verdict.UNKNOWN
    assert verdict_of(engine, "night_use_drift") is Verdict.UNKNOWN


def test_when_clocks_change_days_go_on() -> None:
    """Madrid, day 83: an hour is left out; she lives by the clock on the wall."""
    before = totals(83, usual, ahead_h=1)
    summer = totals(100, usual, ahead_h=2)
    after = summer.take(summer.received_at > T0 + 83 * DAY)
    engine = engine_of(home(meter(), zone="Europe/Madrid"))
    rise = replace(after, value=after.value - after.value[0] + before.value[-1])
    edges = feed(engine, Batch.join([before, rise]), 100)
    assert edges == []
    assert all(np.isfinite(ring(engine, "litres", day)) for day in range(60, 99))
    assert engine.state.days.ends[0] == T0 + 100 * DAY + 2 * HOUR


def messy(device: int = 0) -> Batch:
    """Fifty days with a drift of everything."""
    water = totals(50, lambda day, hour: 2.0 if day > 43 and hour in (1, 2, 4) else usual(day, hour), device=device)
    walked = worn(50, lambda day: 4000 // (1 + (day > 43)), lambda day: 60 + day % 3 + 10 * (day > 44), device=device + 1)
    both = Batch.join([water, walked])
    return both.take(np.argsort(both.received_at, kind="stable"))


def test_however_ticks_are_cut_and_through_a_checkpoint_the_same_is_told() -> None:
    mine, batch = home(meter(), band()), messy()
    whole, cut = engine_of(mine), engine_of(mine)
    edges = live(whole, batch, 50)
    assert {rule for rule, _ in opened(edges)} >= {"night_use_drift", "steps_drift", "resting_heart_rate_drift"}
    half = int(np.searchsorted(batch.received_at, T0 + 45 * DAY + 5 * HOUR, side="right"))
    told = live(cut, batch.take(slice(0, half)), 45 + 5 / 24, step=97)
    cut = checkpoint.restore(checkpoint.save(cut), Fleet((), (mine,)), cut.book)
    told += live(cut, batch.take(slice(half, None)), 50, step=13)
    assert told == edges
    for name, column in whole.state.days.list_arrays().items():
        np.testing.assert_array_equal(column, cut.state.days.list_arrays()[name])


@pytest.mark.parametrize("minutes", [5, 30])
def test_a_coarser_grid_tells_the_same(minutes: int) -> None:
    fine, coarse = engine_of(home(meter(), band())), engine_of(home(meter(), band()), pace=Pace(minutes * MINUTE))
    batch = messy()
    mine, theirs = live(fine, batch, 50), live(coarse, batch, 50)
    assert [(e.rule, e.kind, e.since, e.reason) for e in theirs] == [(e.rule, e.kind, e.since, e.reason) for e in mine]
    for name, column in fine.state.days.list_arrays().items():
        if name not in {"walked", "worn"}:  # the day that still runs
            np.testing.assert_array_equal(column, coarse.state.days.list_arrays()[name])


@pytest.mark.slow
def test_nobody_is_told_because_of_another_home() -> None:
    alone, beside = engine_of(home(meter(), band())), engine_of(home(meter("y"), band("y"), name="y"), home(meter(), band()))
    mine, other = messy(2), totals(50, usual)
    both = Batch.join([mine, other])
    edges = live(beside, both.take(np.argsort(both.received_at, kind="stable")), 50, step=501)
    assert [e for e in edges if e.subject.household == "x"] == live(alone, messy(), 50)


def test_a_closing_that_was_slept_through_leaves_a_day_unknown() -> None:
    engine, batch = engine_of(home(meter())), totals(60, usual)
    feed(engine, batch.take(batch.received_at <= T0 + 50 * DAY), 50)
    later = T0 + 52 * DAY + 15 * HOUR
    engine.resume(later)
    feed(engine, batch.take(batch.received_at > later), 60)
    assert np.isnan([ring(engine, "litres", day) for day in (51, 52, 53)]).all()
    assert np.isfinite([ring(engine, "litres", day) for day in (49, 55)]).all()
    assert verdict_of(engine, "volume_drift") is Verdict.CLEAR


def test_a_closed_day_costs_little_memory() -> None:
    days = engine_of(*(home(meter(str(n)), name=str(n)) for n in range(100))).state.days
    assert days.nbytes / 100 <= 350
    # a bit each, and a height each but for the last
    assert [int(drift) for drift in Drift] == list(range(len(Drift)))
    assert len(Drift) <= 8
    assert max(Drift) == SUMMED


def test_nobodys_day_is_closed_twice_or_put_off_where_nothing_happens_between_two_closings() -> None:
    """Twenty people whose days are closed one after the other between nine and ten; their meter reports at midnight."""
    engine = engine_of(home(meter(), people=20))
    closed = dict[int, list[int]]()
    works = engine.closing.close_due

    def watched(state: State, now: int) -> I32:
        rows = works(state, now)
        for row in rows.tolist():
            closed.setdefault(row, []).append(now)
        return rows

    engine.closing.close_due = watched  # type: ignore[method-assign]
    engine.advance(EMPTY, T0 + 2 * DAY)
    minutes = {row: [(at - T0) // MINUTE for at in times] for row, times in closed.items()}
    usual = {row: 9 * 60 + 3 * (crc32(engine.roster.resident_ids[row].encode()) % BUCKETS) for row in range(20)}
    assert minutes == {row: [minute, minute + 24 * 60] for row, minute in usual.items()}
    assert len(set(usual.values())) > 8
    assert {usual[row] + 3 for row in usual} & set(usual.values()), "some follow each other at once"


def test_the_next_closing_is_known_ahead_and_never_past() -> None:
    engine = engine_of(home(meter(), people=5))
    at, days = T0, 0
    for _ in range(12):
        asked = [engine.closing.find_next_closing(engine.state, moment) for moment in (at, at + 1, at)]
        assert set(asked) == {asked[0]}
        assert at < asked[0] <= at + DAY
        days += asked[0] - at > HOUR
        at = asked[0]
    assert days > 1


@pytest.mark.parametrize("hours, is_used", [(2, True), (3, False)])
def test_a_day_with_three_hours_of_declared_absence_is_not_used(hours: int, is_used: bool) -> None:
    begins, ends = (datetime.fromtimestamp((T0 + 2 * DAY + h * HOUR) / 1000, UTC) for h in (12, 12 + hours))
    engine = engine_of(home(meter(), away=(Away(begins, ends),)))
    feed(engine, totals(5, usual), 5)
    assert [bool(np.isfinite(ring(engine, "litres", day))) for day in (2, 3, 4)] == [True, is_used, True]


def test_the_day_in_which_somebody_moves_is_not_used() -> None:
    there = replace(home(meter("y"), name="y"), residents=())
    engine = engine_of(home(meter()), there)
    drawn = totals(7, usual, device=1)
    feed(engine, drawn.take(drawn.received_at <= T0 + 3 * DAY + 12 * HOUR), 3.5)
    moved = Fleet((), (replace(home(meter()), residents=()), replace(there, residents=home(meter()).residents)))
    engine.follow(engine.roster.with_registry(moved, engine.now), engine.book)
    feed(engine, drawn.take(drawn.received_at > T0 + 3 * DAY + 12 * HOUR), 7)
    assert [bool(np.isfinite(ring(engine, "litres", day))) for day in (4, 5, 6)] == [False, True, True]


def test_a_replaced_meter_does_not_leave_the_days_after_it_unknown() -> None:
    engine = engine_of(home(meter()))
    feed(engine, totals(3, usual), 3)
    engine.follow(engine.roster.with_registry(Fleet((), (home(meter("x", 1)),)), engine.now), engine.book)
    later = totals(9, usual, device=1)
    feed(engine, later.take(later.received_at > T0 + 3 * DAY), 9)
    assert np.isfinite([ring(engine, "litres", day) for day in (6, 7, 8)]).all()


def test_a_day_that_cannot_be_closed_costs_nobody_else_anything_and_is_told() -> None:
    """Also where others are closed at the same minute."""
    names = [str(n) for n in range(60)]
    engine, sound = (engine_of(*(home(meter(n), name=n) for n in names)) for _ in range(2))
    works, poison = engine.state.days.compute_day, 17

    def fails(rows: I32, end: int) -> tuple[F64, F64]:
        if poison in rows:
            raise ZeroDivisionError
        return works(rows, end)

    engine.state.days.compute_day = fails  # type: ignore[method-assign]
    edges = engine.advance(EMPTY, T0 + 2 * DAY + 12 * HOUR)
    sound.advance(EMPTY, T0 + 2 * DAY + 12 * HOUR)
    others = [row for row in range(60) if row != poison]
    for name, column in sound.state.days.list_arrays().items():
        np.testing.assert_array_equal(column[..., others], engine.state.days.list_arrays()[name][..., others], err_msg=name)
    (edge,) = [edge for edge in edges if edge.rule == alert.JUDGING_FAILED]
    assert (edge.subject.household, edge.reason.params) == (names[poison], {"rules": "closing"})
    assert engine.blind.failures == {("closing", "ZeroDivisionError"): 3}
