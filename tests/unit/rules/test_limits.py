"""Rules over one value: what fires at the limit and what does not, how long it has to hold, when it is over, and what is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from homebeat.codecs.wire import Mark
from homebeat.domain.alert import Desk, Edge, Priority
from homebeat.domain.fleet import Away, Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import MeterStatus, Metric
from homebeat.engine.engine import Engine
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.device_battery_low import DeviceBatteryLow
from homebeat.rules.device_silent import DeviceSilent
from homebeat.rules.heart_rate import HeartRate
from homebeat.rules.meter_fault import MeterFault
from homebeat.rules.meter_leak import MeterLeak
from homebeat.rules.not_worn import NotWorn
from homebeat.rules.rule import Rule
from homebeat.rules.sos import Sos
from homebeat.rules.spo2 import Spo2
from homebeat.rules.threshold import Threshold
from homebeat.stream.batch import EMPTY, Batch
from homebeat.stream.roster import Roster

T0 = 1_772_323_200_000  # midnight in UTC
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
FIVE = timedelta(minutes=5)
Reading = tuple[float, Metric, float]  # minutes after T0


def engine_of(
    rule: Rule, kind: DeviceKind = DeviceKind.WRISTBAND, every: timedelta = FIVE, away: tuple[Away, ...] = ()
) -> Engine:
    """A home with one resident and one device, under one rule."""
    device = Device(DeviceId("d"), kind, ResidentId("r"), None, every)
    residents = (Resident(ResidentId("r"), ""),)
    home = Household(HouseholdId("h"), AreaId("a"), "UTC", residents=residents, devices=(device,), away=away)
    engine = Engine(Roster().with_registry(Fleet((), (home,)), T0), RuleBook([{rule.code: rule}]))
    engine.resume(T0)
    return engine


def edges_of(engine: Engine, said: Iterable[Reading], minutes: float) -> list[Edge]:
    """What comes of readings that arrive at once, up to so many minutes after T0."""
    edges: list[Edge] = []
    for minute, metric, value in said:
        at = T0 + round(minute * MINUTE)
        edges += engine.advance(Batch.of([0], [metric], [at], [at], [value]), at)
    return edges + engine.advance(EMPTY, T0 + round(minutes * MINUTE))


def told(edges: list[Edge]) -> list[tuple[float, str]]:
    """(minutes after T0, kind)."""
    return [((edge.at - T0) / MINUTE, edge.kind.value) for edge in edges]


def every_five(metric: Metric, value: float, first: int, last: int) -> list[Reading]:
    return [(minute, metric, value) for minute in range(first, last + 1, 5)]


@pytest.mark.parametrize(
    ("rule", "metric", "fine", "bad", "hold", "code", "limit"),
    [
        (HeartRate(), Metric.HEART_RATE_BPM, 130.0, 130.5, 10, "heart_rate_high", 130.0),
        (HeartRate(), Metric.HEART_RATE_BPM, 40.0, 39.5, 10, "heart_rate_low", 40.0),
        (Spo2(), Metric.SPO2_PCT, 88.0, 87.5, 15, "spo2_low", 88.0),
        (Threshold(), Metric.BODY_TEMPERATURE_C, 38.5, 39.0, 30, "threshold_above", 38.5),
        (Threshold(above=50.0, below=35.5), Metric.BODY_TEMPERATURE_C, 35.5, 35.0, 30, "threshold_below", 35.5),
    ],
)
def test_a_measured_value_fires_beyond_its_limit_once_it_has_held(
    rule: Rule, metric: Metric, fine: float, bad: float, hold: int, code: str, limit: float
) -> None:
    assert edges_of(engine_of(rule), every_five(metric, fine, 0, 60), 90) == []
    assert edges_of(engine_of(rule), every_five(metric, bad, 0, hold - 5), 90) == []
    # one value within bounds, and the time begins anew
    broken = (
        every_five(metric, bad, 0, hold - 5) + every_five(metric, fine, hold, hold) + every_five(metric, bad, hold + 5, 2 * hold)
    )
    assert edges_of(engine_of(rule), broken, 2 * hold + 2) == []
    (edge,) = edges_of(engine_of(rule), every_five(metric, bad, 0, hold), hold + 2)
    assert told([edge]) == [(hold + 1, "opened")]
    assert edge.since == T0
    assert (edge.reason.code, edge.desk) == (code, Desk.CARE)
    assert edge.priority is {"heart_rate": Priority.HIGH}.get(rule.code, Priority.MEDIUM)
    assert edge.reason.params == {"value": bad, "limit": limit, "hold_s": hold * 60} | (
        {"metric": "body_temperature_c"} if rule.code == "threshold" else {}
    )


@pytest.mark.parametrize(("rule", "metric", "bad", "fine", "over"), [
    (HeartRate(), Metric.HEART_RATE_BPM, 150.0, 80.0, 5),
    (Spo2(), Metric.SPO2_PCT, 80.0, 95.0, 5),
    (Threshold(), Metric.BODY_TEMPERATURE_C, 39.0, 37.0, 0),
])  # fmt: skip
def test_a_measured_value_is_over_after_it_was_calm_for_a_while(
    rule: Rule, metric: Metric, bad: float, fine: float, over: int
) -> None:
    said = every_five(metric, bad, 0, 40) + every_five(metric, fine, 45, 60)
    assert told(edges_of(engine_of(rule), said, 70))[1:] == [(46 + over, "cleared")]


def test_a_value_that_is_old_says_nothing_of_now() -> None:
    """Three intervals, and at least a quarter of an hour; the watermark waits for a minute of it."""
    for every, fresh in ((5, 15), (10, 30)):
        for gap, kinds in ((fresh - 1, ["opened"]), (fresh, [])):
            said = [(0.0, Metric.HEART_RATE_BPM, 150.0), (float(gap), Metric.HEART_RATE_BPM, 150.0)]
            engine = engine_of(HeartRate(), every=timedelta(minutes=every))
            assert [kind for _, kind in told(edges_of(engine, said, gap + 2))] == kinds, (every, gap)


@pytest.mark.parametrize(("rule", "metric", "bad"), [
    (HeartRate(), Metric.HEART_RATE_BPM, 150.0), (Spo2(hold=timedelta(minutes=10)), Metric.SPO2_PCT, 80.0),
])  # fmt: skip
def test_a_band_that_was_taken_off_measures_the_table_until_it_is_worn_again(rule: Rule, metric: Metric, bad: float) -> None:
    off = [(0.0, Metric.WORN, 0.0)]
    measured = every_five(metric, bad, 1, 21)
    assert edges_of(engine_of(rule), off + measured, 30) == []
    again = [(11.0, Metric.WORN, 1.0)]
    assert told(edges_of(engine_of(rule), sorted(off + again + measured), 30)) == [(22, "opened")]


def test_a_battery_is_low_at_its_limit_and_over_above_another() -> None:
    battery = Metric.BATTERY_PCT
    assert edges_of(engine_of(DeviceBatteryLow()), [(0, battery, 15.5)], 5) == []
    # between the two it neither opens nor clears
    assert edges_of(engine_of(DeviceBatteryLow()), [(0, battery, 60.0), (5, battery, 18.0)], 9) == []
    said = [(0, battery, 60.0), (5, battery, 15.0), (10, battery, 15.5), (15, battery, 20.0), (20, battery, 20.5)]
    edges = edges_of(engine_of(DeviceBatteryLow()), said, 25)
    assert told(edges) == [(6, "opened"), (21, "cleared")]
    assert (edges[0].reason.code, edges[0].reason.params) == ("device_battery_low", {"battery_pct": 15.0, "limit": 15.0})
    assert (edges[0].priority, edges[0].desk) == (Priority.LOW, Desk.DEVICES)


def test_a_band_is_not_worn_after_twelve_hours_off() -> None:
    hourly = [(60.0 * hour, Metric.WORN, 0.0) for hour in range(14)]
    assert told(edges_of(engine_of(NotWorn()), hourly[:12], 12 * 60 + 2)) == []
    (edge,) = edges_of(engine_of(NotWorn()), hourly, 14 * 60)
    assert told([edge]) == [(721, "opened")]
    assert edge.reason.params == {"off_s": 12 * 3600 + 60, "since_at": T0}
    worn_once = [(minute, metric, float(minute == 300)) for minute, metric, _ in hourly]
    assert edges_of(engine_of(NotWorn()), worn_once, 14 * 60) == []
    assert edges_of(engine_of(NotWorn(), kind=DeviceKind.OTHER), hourly, 14 * 60) == []


@pytest.mark.parametrize(
    ("every_h", "limit_min"), [(1 / 30, 15), (1 / 12, 15), (0.1, 18), (1, 180), (11, 33 * 60), (12, 18 * 60), (24, 36 * 60)]
)
def test_a_device_is_silent_after_three_reports_or_one_and_a_half_of_seldom_ones(every_h: float, limit_min: int) -> None:
    engine = engine_of(DeviceSilent(), DeviceKind.DOOR, timedelta(hours=every_h))
    edges = edges_of(engine, [(10, Metric.HEARTBEAT, 1.0)], 10 + limit_min + 1)
    assert told(edges) == [(10 + limit_min, "opened")]
    assert edges[0].reason.params == {"silent_s": limit_min * 60, "heard_at": T0 + 10 * MINUTE}
    assert (edges[0].priority, edges[0].desk) == (Priority.LOW, Desk.DEVICES)


@pytest.mark.parametrize(("status", "code", "priority"), [
    (MeterStatus.LEAK, "meter_leak", Priority.MEDIUM), (MeterStatus.BURST, "meter_burst", Priority.HIGH),
])  # fmt: skip
def test_what_a_meter_says_of_a_leak_is_for_property_management(status: MeterStatus, code: str, priority: Priority) -> None:
    engine = engine_of(MeterLeak(), DeviceKind.WATER_METER, timedelta(hours=1))
    word = Metric.METER_STATUS
    edges = edges_of(
        engine, [(0, word, float(MeterStatus.OK)), (60, word, float(status)), (180, word, float(MeterStatus.OK))], 200
    )
    assert told(edges) == [(61, "opened"), (181, "cleared")]
    assert (edges[0].reason.code, edges[0].priority, edges[0].desk) == (code, priority, Desk.PROPERTY)
    assert edges[0].reason.params == {"since_at": T0 + HOUR}
    assert told(edges_of(engine_of(MeterFault(), DeviceKind.WATER_METER), [(60, word, float(status))], 200)) == []


def test_a_leak_that_becomes_a_burst_is_raised_again_and_its_repetition_is_not() -> None:
    engine = engine_of(MeterLeak(), DeviceKind.WATER_METER, timedelta(hours=1))
    word = [MeterStatus.LEAK, MeterStatus.LEAK, MeterStatus.BURST, MeterStatus.BURST]
    edges = edges_of(engine, [(60.0 * k, Metric.METER_STATUS, float(status)) for k, status in enumerate(word)], 240)
    assert told(edges) == [(1, "opened"), (121, "reopened")]
    assert [edge.priority for edge in edges] == [Priority.MEDIUM, Priority.HIGH]
    assert [edge.reason.params for edge in edges] == [{"since_at": T0}, {"since_at": T0 + 2 * HOUR}]


def test_a_silent_band_is_no_fault_while_its_wearer_is_away_and_has_its_whole_time_after_the_return() -> None:
    away = Away(datetime.fromtimestamp(T0 / 1000, UTC), datetime.fromtimestamp((T0 + 5 * HOUR) / 1000, UTC))
    for kind, at in ((DeviceKind.WRISTBAND, 5 * 60 + 15), (DeviceKind.DOOR, 15)):
        edges = edges_of(engine_of(DeviceSilent(), kind, away=(away,)), [(0, Metric.HEARTBEAT, 1.0)], 6 * 60)
        assert told(edges) == [(at, "opened")], kind


def test_a_band_in_a_drawer_during_an_absence_counts_from_the_return() -> None:
    away = Away(datetime.fromtimestamp(T0 / 1000, UTC), datetime.fromtimestamp((T0 + 5 * HOUR) / 1000, UTC))
    hourly = [(60.0 * hour, Metric.WORN, 0.0) for hour in range(19)]
    edges = edges_of(engine_of(NotWorn(), away=(away,)), hourly, 19 * 60)
    assert told(edges) == [(17 * 60 + 1, "opened")]
    assert edges[0].since == T0 + 5 * HOUR


def test_the_battery_of_a_band_waits_for_the_return_and_that_of_a_meter_does_not() -> None:
    away = Away(datetime.fromtimestamp(T0 / 1000, UTC), datetime.fromtimestamp((T0 + 5 * HOUR) / 1000, UTC))
    for kind, at in ((DeviceKind.WRISTBAND, 5 * 60), (DeviceKind.WATER_METER, 11)):
        edges = edges_of(engine_of(DeviceBatteryLow(), kind, away=(away,)), [(10, Metric.BATTERY_PCT, 5.0)], 6 * 60)
        assert told(edges) == [(at, "opened")], kind


def test_a_call_for_help_is_heard_during_an_absence() -> None:
    away = Away(datetime.fromtimestamp(T0 / 1000, UTC), None)
    edge = edges_of(engine_of(Sos(), away=(away,)), [(10, Metric.ALARM_SOS, 1.0)], 20)[0]
    assert (told([edge]), edge.priority) == ([(10, "opened")], Priority.CRITICAL)


def test_a_fault_of_a_meter_stands_for_a_day_and_a_word_while_it_is_said() -> None:
    meter = (DeviceKind.WATER_METER, timedelta(hours=1))
    totals = [(60.0 * hour, Metric.VOLUME_M3, 50.0 if hour < 3 else 20.0) for hour in range(30)]
    edges = edges_of(engine_of(MeterFault(), *meter), totals, 30 * 60)
    assert told(edges)[0] == (181, "opened")
    assert (edges[0].reason.code, edges[0].reason.params) == ("meter_fell", {"before": 50.0, "after": 20.0})
    assert told(edges)[1:] == [(27 * 60, "cleared")]
    said = [(0.0, Metric.METER_STATUS, float(MeterStatus.OK)), (60.0, Metric.METER_STATUS, float(MeterStatus.BLOCKED))]
    edges = edges_of(engine_of(MeterFault(), *meter), said, 40 * 60)
    assert told(edges) == [(61, "opened")]
    assert edges[0].reason.params == {"status": "blocked"}


@pytest.mark.parametrize(("late_ms", "mark", "more"), [
    (0, Mark.NONE, {}),
    (119_999, Mark.NONE, {}),
    (120_000, Mark.NONE, {"received_at": T0 + HOUR}),
    (-120_000, Mark.NONE, {"received_at": T0 + HOUR}),
    (0, Mark.UNTIMED, {"received_at": T0 + HOUR, "untimed": 1}),
    (0, Mark.TEST, {"tested": 1}),
    (0, Mark.TEST | Mark.UNTIMED, {"received_at": T0 + HOUR, "untimed": 1, "tested": 1}),
])  # fmt: skip
def test_an_alarm_lasts_ten_minutes_and_tells_of_its_time_where_that_is_odd(
    late_ms: int, mark: Mark, more: Mapping[str, int]
) -> None:
    engine, at = engine_of(Sos()), T0 + HOUR
    (opened,) = engine.advance(Batch.of([0], [Metric.ALARM_SOS], [at - late_ms], [at], [1.0], [mark]), at)
    assert opened.reason.params == {"since_at": at - late_ms, **more}
    assert (opened.at, opened.priority, opened.desk) == (at, Priority.CRITICAL, Desk.CARE)
    assert engine.advance(EMPTY, at + 10 * MINUTE - 1) == []
    assert [edge.kind.value for edge in engine.advance(EMPTY, at + 10 * MINUTE)] == ["cleared"]


def test_an_alarm_after_a_test_is_no_test() -> None:
    engine, at = engine_of(Sos()), T0 + HOUR
    engine.advance(Batch.of([0], [Metric.ALARM_SOS], [at], [at], [1.0], [Mark.TEST]), at)
    later = at + 11 * MINUTE
    edges = engine.advance(Batch.of([0], [Metric.ALARM_SOS], [later], [later], [1.0], [Mark.NONE]), later)
    assert edges[-1].reason.params == {"since_at": later}


def test_a_device_that_says_only_that_its_battery_is_low_is_heard() -> None:
    said = [(0.0, Metric.BATTERY_LOW, 0.0), (60.0, Metric.BATTERY_LOW, 1.0), (120.0, Metric.BATTERY_LOW, 0.0)]
    edges = edges_of(engine_of(DeviceBatteryLow()), said, 240)
    assert told(edges) == [(61, "opened"), (121, "cleared")]
    assert edges[0].reason.code == "device_battery_flag"


def test_limits_that_cross_are_refused() -> None:
    with pytest.raises(ValueError, match="low \\(130.0\\) must be less than high"):
        HeartRate(low=130.0)
    with pytest.raises(ValueError, match="percent \\(25.0\\) must not be above clear_above"):
        DeviceBatteryLow(percent=25.0)
    assert DeviceBatteryLow(percent=20.0).percent == 20.0
