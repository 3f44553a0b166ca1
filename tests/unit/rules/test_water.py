"""Leak and surge: what a coarse meter cannot say, whose wait it is, and what is told again when."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from homebeat.domain.alert import Edge
from homebeat.domain.fleet import Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.engine import checkpoint
from homebeat.engine.engine import Engine
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.no_water import NoWater
from homebeat.rules.rule import Judgement, Rule, Verdict
from homebeat.rules.water_dripping import WaterDripping
from homebeat.rules.water_running import WaterRunning
from homebeat.rules.water_surge import WaterSurge
from homebeat.stream.batch import EMPTY, FAR, NEVER, Batch
from homebeat.stream.roster import Roster

T0 = 1_772_323_200_000  # midnight in UTC
HOUR = 3_600_000


def street(*resolutions: float, rule: Rule) -> tuple[Engine, Fleet, RuleBook]:
    """A home for each meter, in UTC."""
    homes = tuple(
        Household(
            HouseholdId(f"h{i}"), AreaId("a"), "UTC", residents=(Resident(ResidentId(f"r{i}"), ""),),
            devices=(Device(DeviceId(f"m{i}"), DeviceKind.WATER_METER, None, None, timedelta(hours=1), resolution),),
        )
        for i, resolution in enumerate(resolutions)
    )  # fmt: skip
    fleet, book = Fleet((), homes), RuleBook([{rule.code: rule}])
    engine = Engine(Roster().with_registry(fleet, T0), book)
    engine.resume(T0)
    return engine, fleet, book


def lived(engine: Engine, first: int, *uses: list[float]) -> list[Edge]:
    """The totals of some hours from hour `first` on: litres of each hour, by meter."""
    edges: list[Edge] = []
    for k, hour in enumerate(range(first, first + len(uses[0]))):
        for meter, litres in enumerate(uses):
            at = T0 + hour * HOUR
            before = engine.state.water.total[meter]
            total = (50_000 if np.isnan(before) else before) + litres[k]
            batch = Batch.of([meter], [Metric.VOLUME_M3], [at], [at + meter], [total / 1000])
            edges += engine.advance(batch, at + meter)
        edges += engine.advance(Batch.of([], [], [], [], []), T0 + hour * HOUR + 5 * 60_000)
    return edges


def told(edges: list[Edge]) -> list[tuple[int, str]]:
    return [(round((e.at - T0) / HOUR), e.kind.value) for e in edges]


def judged(engine: Engine, rule: Rule) -> Judgement:
    rows = engine.roster.meters
    nobody = np.zeros(len(engine.roster.resident_ids), np.bool_)
    return rule.judge(Frame(Axis.METER, 0, rows, engine.now, T0, engine.state, np.full(rows, NEVER), nobody))


def verdicts_of(engine: Engine, rule: Rule) -> list[Verdict]:
    return [Verdict(int(v)) for v in judged(engine, rule).verdict]


def test_a_leak_below_a_meters_step_is_unknown_not_clear() -> None:
    rule = WaterRunning()
    engine, *_ = street(1.0, 10.0, 100.0, 10.0, rule=rule)
    slow = [0.0, 0.0, 10.0] * 16
    assert told(lived(engine, 0, [0.0, 4.0] * 24, slow, [0.0] * 48, [10.0] * 48)) == [(36, "opened")]
    assert verdicts_of(engine, rule) == [Verdict.CLEAR, Verdict.UNKNOWN, Verdict.UNKNOWN, Verdict.FIRING]


def test_a_coarse_meters_leak_is_over_after_two_clean_nights() -> None:
    engine, *_ = street(10.0, rule=WaterRunning())
    edges = lived(engine, 0, [0.0, *[10.0] * 50, *[0.0] * 60])
    assert told(edges) == [(36, "opened"), (73, "cleared")]


@pytest.mark.parametrize("wait, opened", [(WaterRunning(learned=False, window=timedelta(hours=6)), 6), (WaterRunning(), 36)])
def test_what_is_not_learned_waits_for_the_window(wait: WaterRunning, opened: int) -> None:
    engine, *_ = street(1.0, rule=wait)
    edges = lived(engine, 0, [0.0, *[3.0] * 40])
    assert told(edges) == [(opened, "opened")]
    assert edges[0].since == T0
    assert edges[0].reason.code == "water_running_new"


def test_a_home_waits_for_its_own_longest_run() -> None:
    engine, *_ = street(1.0, rule=WaterRunning())
    day = [0.0] * 5 + [30.0, 9.0, 44.0, 3.0, 18.0, 60.0] * 3 + [12.0]
    (edge,) = lived(engine, 0, day * 15 + [0.0] + [2.0] * 40)
    assert told([edge]) == [(15 * 24 + 24, "opened")]
    assert edge.reason.code == "water_running"
    assert edge.reason.params == {"run_s": 24 * 3600, "flow_lph": 2.0, "usual_s": 19 * 3600}


SPLIT = [*[1.0] * 7, 0.0, 2.0, *[1.0] * 15]


def test_split_pulses_do_not_hide_a_leak() -> None:
    """Pulses on the minute of the reading: 0 and 2 L in neighbouring hours, 0.6 and 0.4 where it is read at odd minutes."""
    engine, *_ = street(1.0, 1.0, 1.0, rule=WaterRunning())
    odd = [*[1.0] * 7, 0.6, 0.4, *[1.0] * 15]
    edges = lived(engine, 0, [0.0, *SPLIT * 2], [0.0, *odd * 2], [0.0, *[1.0] * 48])
    assert sorted((e.subject.device or "", *told([e])[0]) for e in edges) == [(f"m{i}", 36, "opened") for i in (0, 1, 2)]
    assert {e.since for e in edges} == {T0}
    assert {e.reason.params["flow_lph"] for e in edges} == {1.0}


def test_an_hour_without_use_opens_nothing() -> None:
    engine, *_ = street(1.0, rule=WaterRunning(learned=False, window=timedelta(hours=12)))
    assert told(lived(engine, 0, [0.0, *[1.0] * 11, 0.0, 0.0])) == []
    engine, *_ = street(1.0, rule=WaterRunning(learned=False, window=timedelta(hours=12)))
    assert told(lived(engine, 0, [0.0, *[1.0] * 11, 0.0, 1.0])) == [(13, "opened")]


def test_split_pulses_at_night_do_not_end_a_leak() -> None:
    engine, *_ = street(1.0, rule=WaterRunning())
    night = [1.0, 1.0, 0.0, 2.0, *[1.0] * 20]
    assert told(lived(engine, 0, night * 6)) == [(36, "opened")]


QUIET = [0.0] * 6 + [25.0, 12.0, 0.0, 6.0, 0.0, 14.0, 11.0, 0.0, 0.0, 8.0, 0.0, 22.0, 10.0, 0.0, 3.0, 7.0, 0.0, 0.0]
BUSY = [0.0] * 6 + [25.0, 40.0, 12.0, 60.0, 18.0, 14.0, 31.0, 11.0, 44.0, 19.0, 12.0, 0.0, 0.0, 4.0, 7.0, 0.0, 0.0, 0.0]
FLOW = [10.0, 10.0, 10.0, 35.0, 10.0, 10.0] * 6


def test_ten_litres_in_every_hour_are_told_in_half_a_day_where_that_never_was() -> None:
    engine, *_ = street(1.0, 1.0, 10.0, rule=WaterRunning())
    edges = lived(engine, 0, *([*day * 15, *FLOW] for day in (QUIET, BUSY, QUIET)))
    first = {str(e.subject.device): e for e in reversed(edges)}
    begins = 15 * 24 - 1
    assert told([first["m0"]]) == [(begins + 10, "opened")], "the home's own longest spell is two hours"
    assert first["m0"].since == T0 + begins * HOUR
    assert first["m0"].reason.code == "water_running_strong"
    assert first["m0"].reason.params == {"run_s": 10 * 3600, "flow_lph": 10.0, "usual_s": 2 * 3600}
    assert told([first["m1"]]) == [(begins + 17, "opened")], "eleven hours of much are usual there, and half as many again"
    assert told([first["m2"]])[0][0] >= begins + 24, "a count of ten litres in every hour is no flow of ten litres"


def test_a_strong_flow_is_waited_for_like_any_other_where_nothing_is_known_or_learned() -> None:
    engine, *_ = street(1.0, rule=WaterRunning())
    assert told(lived(engine, 0, [*QUIET * 3, *FLOW])) == [(3 * 24 - 1 + 36, "opened")]
    engine, *_ = street(1.0, rule=WaterRunning(learned=False))
    assert told(lived(engine, 0, [*QUIET * 15, *FLOW])) == [(15 * 24 - 1 + 36, "opened")]


def test_much_use_that_wavers_is_no_flow() -> None:
    engine, *_ = street(1.0, rule=WaterRunning())
    washing = [40.0, 22.0, 61.0, 15.0, 33.0, 88.0, 12.0, 47.0, 19.0, 54.0, 27.0, 36.0]
    assert told(lived(engine, 0, [*QUIET * 15, *washing, 0.0])) == []


def test_limits_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="shortest must not be longer"):
        WaterRunning(shortest=timedelta(hours=30), longest=timedelta(hours=24))
    with pytest.raises(ValueError, match="at least an hour"):
        WaterRunning(window=timedelta(minutes=30))


def test_a_leak_that_comes_back_is_silent_for_a_week_also_over_a_restart() -> None:
    engine, fleet, book = street(1.0, rule=WaterRunning())
    first = [0.0, *[2.0] * 45, *[0.0] * 60]
    assert told(lived(engine, 0, first)) == [(36, "opened"), (73, "cleared")]
    again = checkpoint.restore(checkpoint.save(engine), fleet, book)
    rest = [2.0] * 200
    edges = lived(engine, len(first), rest)
    assert told(lived(again, len(first), rest)) == told(edges) == [(73 + 7 * 24, "opened")]
    assert edges[0].since == T0 + (len(first) - 1) * HOUR


def test_much_in_a_day_is_spaced_and_a_burst_is_not() -> None:
    engine, *_ = street(1.0, 1.0, rule=WaterSurge(litres_a_day=500, litres_in_two_hours=300))
    # meter 0: much, nothing for a day, much again at once; meter 1: two bursts four hours apart
    much = [0.0] * 26 + [100.0] * 6 + [0.0] * 20 + [100.0] * 20
    bursts = [0.0] * 26 + [400.0, 0.0, 0.0, 0.0, 400.0] + [0.0] * 41
    both = lived(engine, 0, much, bursts)
    slow = told([e for e in both if e.subject.household == "h0"])
    fast = told([e for e in both if e.subject.household == "h1"])
    assert slow == [(31, "opened"), (51, "cleared"), (57, "opened")], "it fires from hour 57 on; each total waits for the next"
    assert fast[:3] == [(27, "opened"), (28, "cleared"), (31, "opened")]


def test_only_the_home_that_drips_is_told_of_it() -> None:
    engine, *_ = street(1.0, 1.0, 1.0, rule=WaterDripping())
    by_day = [0.0] * 8 + [6.0, 0.0, 8.0, 0.0, 9.0, 0.0, 0.0, 4.0, 0.0, 7.0, 0.0, 5.0, 0.0, 6.0, 0.0, 0.0]
    dry = by_day * 14
    dripping = [litres + (hour % 24 in {0, 5}) for hour, litres in enumerate(dry)]
    edges = lived(engine, 0, dry, dripping, dry)
    assert [(e.kind.value, e.subject.household) for e in edges] == [("opened", "h1")]
    assert edges[0].reason.params["every_s"] == 5 * 3600
    assert verdicts_of(engine, WaterDripping()) == [Verdict.CLEAR, Verdict.FIRING, Verdict.CLEAR]


def house_of_two_meters(rule: Rule) -> Engine:
    meters = tuple(Device(DeviceId(f"m{i}"), DeviceKind.WATER_METER, None, None, timedelta(hours=1), 1.0) for i in range(2))
    home = Household(HouseholdId("h"), AreaId("a"), "UTC", residents=(Resident(ResidentId("r"), ""),), devices=meters)
    engine = Engine(Roster().with_registry(Fleet((), (home,)), T0), RuleBook([{rule.code: rule}]))
    engine.resume(T0)
    return engine


@pytest.mark.parametrize("bursts", [0, 1])
def test_a_burst_in_a_home_of_two_meters_is_one_alert_about_the_home(bursts: int) -> None:
    uses = [[0.0] * 40, [0.0] * 40]
    uses[bursts][30:32] = [1200.0, 0.0]
    edges = lived(house_of_two_meters(WaterSurge()), 0, *uses)
    assert told(edges) == [(31, "opened"), (32, "cleared")]
    assert {(e.subject.household, e.subject.device, e.since) for e in edges} == {("h", None, T0 + 31 * HOUR)}
    assert edges[0].reason.params["litres"] == 1200


def test_half_a_burst_at_each_meter_of_a_home_is_a_burst() -> None:
    half = [*[0.0] * 30, 600.0, *[0.0] * 5]
    assert told(lived(house_of_two_meters(WaterSurge()), 0, half, half)) == [(31, "opened"), (32, "cleared")]


@pytest.mark.parametrize("bursts, kinds", [(1200.0, ["opened"]), (900.0, [])])
def test_a_meter_that_is_silent_hides_no_burst_at_the_other(bursts: float, kinds: list[str]) -> None:
    """It is not over either while the silent meter may run."""
    engine = house_of_two_meters(WaterSurge())
    lived(engine, 0, [0.0] * 24, [0.0] * 24)
    edges: list[Edge] = []
    for hour, total in enumerate([50_000.0] * 6 + [50_000.0 + bursts] * 6, 24):
        at = T0 + hour * HOUR
        edges += engine.advance(Batch.of([1], [Metric.VOLUME_M3], [at], [at], [total / 1000]), at + 60_000)
    assert [e.kind.value for e in edges] == kinds
    assert {e.since for e in edges} <= {T0 + 31 * HOUR}
    assert verdicts_of(engine, WaterSurge())[0] is Verdict.UNKNOWN


def test_a_burst_that_the_second_meter_takes_back_is_contradicted() -> None:
    engine = house_of_two_meters(WaterSurge())
    lived(engine, 0, [0.0] * 24, [0.0] * 24)
    edges = lived(engine, 24, [0.0] * 6, [1000.0, 0.0, -1000.0, 0.0, 0.0, 0.0])
    assert [(e.kind.value, e.reason.code) for e in edges] == [("opened", "water_surge"), ("contradicted", "meter_back")]
    assert edges[1].reason.params == {"before": 51.0, "after": 50.0}


def test_the_citys_rule_asks_again_only_where_it_can_be_measured() -> None:
    """Else a server that was off for months would look at every ten minutes of them."""
    rule = NoWater()
    engine, *_ = street(1.0, 100.0, rule=rule)
    lived(engine, 0, [5.0] * 20, [0.0] * 20)
    minutes = [(due - T0) / 60_000 for due in judged(engine, rule).due[:1]]
    assert minutes == [19 * 60 + 10]
    assert judged(engine, rule).due[1] == FAR, "too coarse for ten litres"
    engine.advance(EMPTY, engine.now + 12 * HOUR)
    assert list(judged(engine, rule).due) == [FAR, FAR], "long silent"
