"""The engine's clock, its rules by area, and what it remembers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import numpy as np
import pytest

from homebeat.domain.alert import Edge, Subject, TransitionKind
from homebeat.domain.fleet import Away, Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.engine import checkpoint
from homebeat.engine.engine import Engine
from homebeat.engine.judge import BLOCK
from homebeat.engine.lookup import RowLookup
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.device_silent import DeviceSilent
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.heart_rate import HeartRate
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.rules.not_worn import NotWorn
from homebeat.rules.rule import Judgement, Rule
from homebeat.rules.sos import Sos
from homebeat.rules.threshold import Threshold
from homebeat.rules.unknown_too_long import UnknownTooLong
from homebeat.rules.water_surge import WaterSurge
from homebeat.stream.batch import EMPTY, NEVER, Batch
from homebeat.stream.roster import Roster

T0 = 1_772_352_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE


def home(name: str, area: str = "a", away: tuple[Away, ...] = ()) -> Household:
    band = Device(DeviceId(f"band-{name}"), DeviceKind.WRISTBAND, None, None, timedelta(minutes=5))
    people = (Resident(ResidentId(f"person-{name}"), ""),)
    return Household(HouseholdId(name), AreaId(area), "UTC", residents=people, devices=(band,), away=away)


def engine_of(*homes: Household, book: RuleBook | None = None, rules: tuple[Rule, ...] = ()) -> Engine:
    engine = Engine(Roster().with_registry(Fleet((), homes), T0), book or RuleBook([{r.code: r for r in rules}]))
    engine.resume(T0)
    return engine


def send(engine: Engine, metric: Metric, value: float, at: int, until: int, device: int = 0) -> list[Edge]:
    return engine.advance(Batch.of([device], [metric], [T0 + at], [T0 + at], [value]), T0 + until)


class Watching(Sos):
    """The rule, noting when it is asked."""

    asked: ClassVar[list[int]] = []

    def judge(self, frame: Frame) -> Judgement:
        self.asked.append(frame.now)
        return super().judge(frame)

    def find_idle_until(self, frame: Frame) -> int:
        return NEVER


def test_an_alarm_is_judged_at_its_arrival_and_readings_on_the_grid() -> None:
    engine = engine_of(home("x"), rules=(Sos(),))
    (edge,) = send(engine, Metric.ALARM_SOS, 1, 12_345, 12_345)
    assert (edge.at, edge.rule) == (T0 + 12_345, "sos")


def test_an_alarm_that_arrived_before_what_is_judged_is_told_now_and_turns_no_clock_back() -> None:
    engine = engine_of(home("x"), rules=(Sos(), DeviceSilent()))
    send(engine, Metric.HEARTBEAT, 1, 0, HOUR)
    edges = send(engine, Metric.ALARM_SOS, 1, 57 * MINUTE, HOUR)
    assert [(edge.rule, edge.at) for edge in edges if edge.rule == "sos"] == [("sos", T0 + HOUR)]
    assert engine.now == T0 + HOUR


def test_each_area_holds_to_its_own_limits() -> None:
    strict = HeartRate(high=100, hold=timedelta(minutes=10))
    book = RuleBook([{"heart_rate": HeartRate()}, {"heart_rate": strict}], {AreaId("b"): 1})
    engine = engine_of(home("x"), home("y", "b"), home("z", "b"), book=book)
    edges: list[Edge] = []
    for minute in range(1, 20, 3):
        at = [T0 + minute * MINUTE] * 3
        edges += engine.advance(Batch.of([0, 1, 2], [Metric.HEART_RATE_BPM] * 3, at, at, [140, 110, 90]), at[0] + 2 * MINUTE)
    assert [e.subject.household for e in edges] == ["x", "y"]


#: A pulse too high for ten minutes, but for one reading in the middle; and the first that shows ten minutes without a break.
RACING = {1: 140, 6: 140, 9: 80, 11: 140, 16: 140, 21: 140}


@pytest.mark.parametrize("delivered_at", [(1, 6, 9, 11, 16, 21), (21,), (9, 21), (6, 11, 21)])
def test_of_readings_that_arrive_together_each_is_judged(delivered_at: tuple[int, ...]) -> None:
    """One calm reading begins the ten minutes anew, whoever lives beside and whatever limits hold there."""
    book = RuleBook([{"heart_rate": HeartRate()}, {"heart_rate": HeartRate(high=135)}], {AreaId("b"): 1})
    engine = engine_of(home("x"), home("y", "b"), home("z"), book=book)
    edges, done = list[Edge](), 0
    for until in delivered_at:
        rows = [(device, minute) for minute in RACING if done < minute <= until for device in (0, 1)]
        at = [T0 + minute * MINUTE for _, minute in rows]
        came = [T0 + until * MINUTE] * len(rows)
        values = [RACING[minute] for _, minute in rows]
        batch = Batch.of([device for device, _ in rows], [Metric.HEART_RATE_BPM] * len(rows), at, came, values)
        edges += engine.advance(batch, came[0] + 2 * MINUTE)
        done = until
    assert [(e.subject.household, e.kind, e.since) for e in edges] == [
        ("x", TransitionKind.OPENED, T0 + 11 * MINUTE),
        ("y", TransitionKind.OPENED, T0 + 11 * MINUTE),
    ]


def test_what_began_and_ended_within_what_a_band_kept_is_told_late() -> None:
    """Off the wrist for fourteen hours, and worn again before it could be heard."""
    engine = engine_of(home("x"), rules=(NotWorn(),))
    hours = (1, 14, 15)
    at = [T0 + hour * HOUR for hour in hours]
    batch = Batch.of([0] * 3, [Metric.WORN] * 3, at, [T0 + 16 * HOUR] * 3, [0, 0, 1])
    edges = engine.advance(batch, T0 + 16 * HOUR + 5 * MINUTE)
    assert [(e.kind, e.since) for e in edges] == [(TransitionKind.OPENED, at[0]), (TransitionKind.CLEARED, at[0])]


def test_a_metric_that_settings_name_while_it_runs_is_followed() -> None:
    engine = engine_of(home("x"), rules=(Sos(),))
    send(engine, Metric.HEARTBEAT, 1, MINUTE, 2 * MINUTE)
    hot = Threshold(metric="body_temperature_c", above=38, hold=timedelta(0))
    engine.follow(engine.roster, RuleBook([{"threshold": hot}]))
    (edge,) = send(engine, Metric.BODY_TEMPERATURE_C, 39.5, 10 * MINUTE, 12 * MINUTE)
    assert edge.reason.params["value"] == 39.5


def test_an_absence_ends_without_a_reading() -> None:
    ends = datetime.fromtimestamp((T0 + 10 * HOUR) / 1000, UTC)
    away = Away(datetime.fromtimestamp(T0 / 1000, UTC), ends)
    engine = engine_of(home("x", away=(away,)), rules=(UnknownTooLong(limit=timedelta(hours=3)),))
    (edge,) = engine.advance(EMPTY, T0 + 14 * HOUR)
    assert edge.at == T0 + 13 * HOUR


def test_an_absence_that_is_declared_while_it_runs_ends_without_a_reading() -> None:
    """Such an end is an instant at which the rules are asked, though nothing has arrived."""
    engine = engine_of(home("x"), rules=(Watching(),))
    engine.advance(EMPTY, T0 + HOUR)
    ends = datetime.fromtimestamp((T0 + 3 * HOUR) / 1000, UTC)
    away = Away(datetime.fromtimestamp((T0 + 2 * HOUR) / 1000, UTC), ends)
    engine.follow(engine.roster.with_registry(Fleet((), (home("x", away=(away,)),)), engine.now), engine.book)
    engine.advance(EMPTY, T0 + HOUR + MINUTE)
    Watching.asked.clear()
    engine.advance(EMPTY, T0 + 10 * HOUR)
    assert Watching.asked == [T0 + 2 * HOUR, T0 + 3 * HOUR]


def test_an_engine_that_was_never_told_to_listen_does_so_from_its_first_reading() -> None:
    """No silence before that counts."""
    engine = Engine(
        Roster().with_registry(Fleet((), (home("x"), home("y"))), T0 - 9 * HOUR), RuleBook([{"device_silent": DeviceSilent()}])
    )
    assert send(engine, Metric.HEARTBEAT, 1, 0, MINUTE) == []
    edges = engine.advance(EMPTY, T0 + HOUR)
    assert {(e.subject.household, e.at) for e in edges} == {("x", T0 + 15 * MINUTE), ("y", T0 + 15 * MINUTE)}


def test_an_alarm_of_the_millisecond_in_which_listening_begins_is_judged_in_it() -> None:
    engine = engine_of(home("x"), rules=(Sos(),))
    (edge,) = send(engine, Metric.ALARM_SOS, 1, 0, 1)
    assert edge.at == T0


def test_a_second_meter_counts_wherever_the_first_stands() -> None:
    """Meters are judged in blocks, a home's in the block of its first one."""

    def house(name: str, meters: int) -> Household:
        devices = tuple(Device(DeviceId(f"meter-{name}-{n}"), DeviceKind.WATER_METER) for n in range(meters))
        return Household(
            HouseholdId(name), AreaId("a"), "UTC", residents=(Resident(ResidentId(f"p-{name}"), ""),), devices=devices
        )

    others = [house(str(n), 1) for n in range(BLOCK)]
    engine = engine_of(house("x", 1), *others, rules=(WaterSurge(),))
    engine.follow(engine.roster.with_registry(Fleet((), (house("x", 2), *others)), engine.now), engine.book)
    added = engine.roster.device_row[DeviceId("meter-x-1")]
    assert added > BLOCK
    edges: list[Edge] = []
    for hour, total in enumerate((1.0, 1.0, 3.5, 3.5, 3.5)):
        edges += send(engine, Metric.VOLUME_M3, 7.0, hour * HOUR, hour * HOUR + 2 * MINUTE)
        half_past = hour * HOUR + 30 * MINUTE
        edges += send(engine, Metric.VOLUME_M3, total, half_past, half_past + 2 * MINUTE, device=added)
    # a leap counts when the next total does not take it back
    (opened,) = [edge for edge in edges if edge.kind is TransitionKind.OPENED]
    assert (opened.subject, opened.at) == (Subject(HouseholdId("x"), ResidentId("p-x")), T0 + 3 * HOUR + 31 * MINUTE)


def test_our_own_deafness_is_no_word_from_a_silent_device() -> None:
    engine = engine_of(home("x"), rules=(DeviceSilent(),))
    assert [e.kind for e in engine.advance(EMPTY, T0 + HOUR)] == ["opened"]
    engine.resume(T0 + 5 * HOUR)
    assert engine.advance(EMPTY, T0 + 9 * HOUR) == []


def test_after_our_own_deafness_devices_may_first_deliver_what_they_kept() -> None:
    engine = engine_of(home("x"), rules=(UnknownTooLong(),))
    send(engine, Metric.HEART_RATE_BPM, 70, HOUR, 2 * HOUR)
    engine.resume(T0 + 48 * HOUR)
    assert engine.advance(EMPTY, T0 + 50 * HOUR) == []
    (edge,) = engine.advance(EMPTY, T0 + 52 * HOUR)
    assert edge.at == T0 + 50 * HOUR + 30 * MINUTE


def test_life_answers_a_quiet_home_though_nothing_else_proves_anything() -> None:
    engine = engine_of(home("x"), rules=(NoSignOfLife(limit=timedelta(hours=1)),))
    edges: list[Edge] = []
    for minute in range(1, 90, 5):
        edges += send(engine, Metric.HEART_RATE_BPM, 60, minute * MINUTE, minute * MINUTE + 1)
    edges += send(engine, Metric.ALARM_SOS, 1, 20 * HOUR, 21 * HOUR)
    assert [(e.kind, e.reason.code) for e in edges] == [("opened", "no_sign_of_life_ever"), ("cleared", "life_again")]


def test_who_left_the_fleet_is_a_stranger_and_keeps_the_row() -> None:
    roster = Roster().with_registry(Fleet((), (home("x"), home("y"))), T0)
    later = roster.with_registry(Fleet((), (home("y"),)), T0 + 1)
    assert dict(later.device_row) == {"band-y": 1}
    assert later.device_ids == roster.device_ids
    assert later.resident_active.tolist() == [False, True]


def test_a_home_with_a_new_meter_is_led_by_it() -> None:
    def with_meter(name: str) -> Household:
        meter = Device(DeviceId(name), DeviceKind.WATER_METER)
        return Household(HouseholdId("h"), AreaId("a"), "UTC", residents=(Resident(ResidentId("r"), ""),), devices=(meter,))

    roster = Roster().with_registry(Fleet((), (with_meter("old"),)), T0)
    later = roster.with_registry(Fleet((), (with_meter("new"),)), T0 + 1)
    assert later.meter_lead.tolist() == [1, 1]
    assert not len(later.meter_more)


@pytest.mark.parametrize("content", [b"", b"\x93\x01\x02\x03", b"{}"])
def test_a_damaged_checkpoint_is_said_to_be_stale(content: bytes) -> None:
    with pytest.raises(checkpoint.StaleCheckpoint):
        checkpoint.restore(checkpoint.SavedState(content, {}), Fleet(), RuleBook([{}]))


def test_a_checkpoint_of_other_metrics_is_stale() -> None:
    engine = engine_of(home("x"), rules=(Threshold(metric="spo2_pct"),))
    engine.state.track((Metric.LAT,))
    with pytest.raises(checkpoint.StaleCheckpoint):
        checkpoint.restore(checkpoint.save(engine), Fleet((), (home("x"),)), engine.book)


def test_what_is_known_from_elsewhere_stands_once() -> None:
    engine = engine_of(home("x"), rules=(Sos(),))
    subject = Subject(HouseholdId("x"), ResidentId("person-x"), DeviceId("band-x"))
    rows = RowLookup(engine.roster)
    engine.judge.adopt("sos", subject, rows, since=T0 - 5, opened_at=T0 - 1)
    engine.judge.adopt("sos", subject, rows, since=T0, opened_at=T0)
    assert engine.judge.edges["sos"].list_standing_since(slice(0, 1)).tolist() == [T0 - 5]
    assert engine.advance(EMPTY, T0 + 1) == []


def test_what_is_known_from_elsewhere_is_over_where_nobody_watches_it() -> None:
    engine = engine_of(home("x"), rules=(Sos(),))
    rows, gone = RowLookup(engine.roster), Subject(HouseholdId("y"), ResidentId("person-y"), DeviceId("band-y"))
    engine.judge.adopt("sos", gone, rows, since=T0 - 5, opened_at=T0 - 1)
    known = Subject(HouseholdId("x"), ResidentId("person-x"))
    engine.judge.adopt("fall", replace(known, device=DeviceId("band-x")), rows, since=T0 - 5, opened_at=T0 - 1)
    engine.judge.adopt("no_sign_of_life", known, rows, since=T0 - 5, opened_at=T0 - 1)
    edges = engine.advance(EMPTY, T0 + 1)
    assert [(e.rule, e.kind, e.reason.code, e.at) for e in edges] == [
        ("sos", TransitionKind.CLEARED, "left_the_registry", T0 + 1),
        ("fall", TransitionKind.CLEARED, "rule_switched_off", T0 + 1),
        ("no_sign_of_life", TransitionKind.CLEARED, "rule_switched_off", T0 + 1),
    ]
    assert engine.advance(EMPTY, T0 + 2) == []


def test_what_stands_is_over_when_its_home_leaves_or_its_rule_is_switched_off() -> None:
    homes = [home("x"), home("y"), home("z")]
    engine = engine_of(*homes, rules=(Sos(),))
    pressed = Batch.of([0, 1, 2], [Metric.ALARM_SOS] * 3, [T0 + 1] * 3, [T0 + 1] * 3, [1] * 3)
    opened = engine.advance(pressed, T0 + 2)
    assert [e.kind for e in opened] == [TransitionKind.OPENED] * 3
    book = RuleBook([{"sos": Sos()}, {}], {AreaId("quiet"): 1})
    fleet = Fleet((), (homes[0], replace(homes[1], area=AreaId("quiet"))))
    engine.follow(engine.roster.with_registry(fleet, T0 + 3), book)
    edges = {e.subject: e for e in engine.advance(EMPTY, T0 + 4)}
    assert {subject.household: edge.reason.code for subject, edge in edges.items()} == {
        "y": "rule_switched_off",
        "z": "left_the_registry",
    }
    assert {e.alert_id for e in edges.values()} == {e.alert_id for e in opened[1:]}
    assert engine.advance(EMPTY, T0 + 5) == []


def test_rules_cannot_write_what_they_see() -> None:
    engine = engine_of(home("x"), rules=(Sos(),))

    frame = Frame(Axis.DEVICE, 0, 1, T0, T0, engine.state, np.zeros(1, np.int64), np.zeros(1, np.bool_))
    with pytest.raises(ValueError, match="read-only"):
        frame.heard_at[0] = 1
