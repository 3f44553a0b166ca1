"""One cause, many homes: found by day, told once, over when it is, and said beside each home's own alert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from homebeat.domain.alert import Edge, Subject, TransitionKind
from homebeat.domain.fleet import Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.engine import checkpoint
from homebeat.engine.engine import Engine
from homebeat.engine.outages import Outages
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.device_silent import DeviceSilent
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.rules.rule import Rule
from homebeat.stream.batch import FAR, Batch
from homebeat.stream.roster import Roster

HOUR = 3_600_000
MIDNIGHT = 1_772_323_200_000  # 2026-03-01 00:00 UTC
BOOK: dict[str, Rule] = {"no_sign_of_life": NoSignOfLife(learned=False), "device_silent": DeviceSilent()}
LANE = Subject(area=AreaId("lane"))


def no_part(_home: int) -> str:
    return ""


def fleet_of(
    homes: int,
    areas: int = 1,
    zone: str = "UTC",
    building: Callable[[int], str] = no_part,
    gateway: Callable[[int], str] = no_part,
) -> Fleet:
    """The homes, dealt out to so many areas, each with its building and the gateway of its meter."""

    def home(i: int) -> Household:
        meter = Device(DeviceId(f"wm-{i}"), DeviceKind.WATER_METER, None, None, timedelta(hours=1), 1.0, gateway(i))
        person = Resident(ResidentId(f"r-{i}"), "")
        return Household(
            HouseholdId(f"h-{i}"),
            AreaId("lane" if i % areas == 0 else f"lane-{i % areas}"),
            zone,
            residents=(person,),
            devices=(meter,),
            building=building(i),
        )

    return Fleet((), tuple(home(i) for i in range(homes)))


def engine_of(
    homes: int,
    areas: int = 1,
    zone: str = "UTC",
    building: Callable[[int], str] = no_part,
    gateway: Callable[[int], str] = no_part,
) -> Engine:
    fleet = fleet_of(homes, areas, zone, building, gateway)
    engine = Engine(Roster().with_registry(fleet, MIDNIGHT - 48 * HOUR), RuleBook([BOOK]))
    engine.resume(MIDNIGHT)
    return engine


def lived(
    engine: Engine, hours: range, draws: Callable[[int, int], bool], heard: Callable[[int, int], bool] = lambda _h, _i: True
) -> list[Edge]:
    """The edges of some hours since midnight: each meter reports a minute past, a home that draws has used five litres."""
    edges: list[Edge] = []
    homes = len(engine.roster.household_ids)
    for hour in hours:
        at = MIDNIGHT + hour * HOUR + 60_000
        here = [i for i in range(homes) if heard(hour, i)]
        total = [0.005 * sum(draws(h, i) for h in range(hour + 1)) + 1 for i in here]
        rows = [engine.roster.device_row[DeviceId(f"wm-{i}")] for i in here]
        batch = Batch.of(rows, [int(Metric.VOLUME_M3)] * len(rows), [at] * len(rows), [at] * len(rows), total)
        edges += engine.advance(batch, at + 59 * 60_000)
    return edges


def shut(hour: int, home: int) -> bool:
    """Use every two hours from six to ten in the evening, each home in its turn; on the first day none from nine to eight."""
    return 6 <= hour % 24 < 22 and (hour + home) % 2 == 0 and not 9 <= hour < 20


def of(edges: list[Edge], rule: str) -> list[Edge]:
    return [edge for edge in edges if edge.rule == rule]


def test_an_area_without_water_is_one_alert_with_its_homes_and_ends_when_water_runs() -> None:
    edges = of(lived(engine_of(8), range(26), shut), "area_outage")
    assert [edge.kind for edge in edges] == [TransitionKind.OPENED, TransitionKind.CLEARED]
    found, over = edges
    assert found.subject.area == "lane"
    assert found.reason.params["homes"] == 8
    assert found.since == MIDNIGHT + 8 * HOUR + 60_000, "the last total that rose"
    assert found.at == MIDNIGHT + 12.5 * HOUR, "four hours of dry totals later, on the half hour"
    assert over.at - MIDNIGHT == pytest.approx(20.5 * HOUR, abs=HOUR / 2)
    assert over.alert_id == found.alert_id


def test_the_homes_are_named_in_order_of_need() -> None:
    def first_three_sleep_late(hour: int, home: int) -> bool:
        return shut(hour, home) and (home > 2 or hour >= 20)

    def evening_before(hour: int, home: int) -> bool:
        return first_three_sleep_late(hour, home) or (hour == 1 and home < 3)

    found = of(lived(engine_of(8), range(20), evening_before), "area_outage")[0]
    assert str(found.reason.params["list"]).split(", ")[:3] == ["h-0", "h-1", "h-2"]


def test_each_home_still_has_its_own_alert_and_it_says_that_it_is_not_alone() -> None:
    def for_longer(hour: int, home: int) -> bool:
        return shut(hour, home) and hour < 20

    edges = of(lived(engine_of(8), range(30), for_longer), "no_sign_of_life")
    assert {edge.subject.resident for edge in edges} == {f"r-{i}" for i in range(8)}
    for edge in edges:
        assert edge.reason.params["shared"] == "area_outage"
        assert edge.reason.params["outage_homes"] == 8


@pytest.mark.parametrize("homes", [1, 4])
def test_few_homes_are_no_area(homes: int) -> None:
    assert not of(lived(engine_of(homes), range(26), shut), "area_outage")


def test_one_home_that_draws_shows_that_there_is_water() -> None:
    def all_but_one(hour: int, home: int) -> bool:
        return shut(hour, home) or (home == 0 and hour % 3 == 0)

    assert not of(lived(engine_of(8), range(26), all_but_one), "area_outage")


def test_a_night_is_no_outage() -> None:
    def by_day(hour: int, home: int) -> bool:
        return 6 <= hour % 24 < 22 and (hour + home) % 2 == 0

    assert not of(lived(engine_of(8), range(72), by_day), "area_outage")


def test_homes_of_which_nothing_is_heard_are_not_counted_as_dry() -> None:
    def half(hour: int, home: int) -> bool:
        return home % 2 == 0 or hour < 9

    assert not of(lived(engine_of(12), range(19), shut, half), "area_outage")


def test_devices_that_fall_silent_together_are_one_alert_for_the_technician() -> None:
    def down(hour: int, _home: int) -> bool:
        return not 10 <= hour < 20

    def by_day(hour: int, home: int) -> bool:
        return (hour + home) % 2 == 0

    edges = lived(engine_of(6), range(24), by_day, down)
    found = of(edges, "gateway_down")
    assert [edge.kind for edge in found] == [TransitionKind.OPENED, TransitionKind.CLEARED]
    assert found[0].since == MIDNIGHT + 9 * HOUR + 60_000
    assert found[0].reason.params["homes"] == 6
    told = [edge for edge in of(edges, "device_silent") if edge.kind is TransitionKind.OPENED]
    assert len(told) == 6
    assert not of(edges, "area_outage"), "meters that are not heard say nothing about water"


def test_devices_are_not_back_because_days_have_passed_or_because_homebeat_was_deaf() -> None:
    engine = engine_of(6)
    lived(engine, range(10), lambda hour, home: (hour + home) % 2 == 0)
    edges = engine.advance(Batch.of([], [], [], [], []), MIDNIGHT + 20 * HOUR)
    engine.resume(MIDNIGHT + 20 * HOUR + 1)
    edges += engine.advance(Batch.of([], [], [], [], []), MIDNIGHT + 60 * HOUR)
    assert [edge.kind for edge in of(edges, "gateway_down")] == [TransitionKind.OPENED]


def test_what_stands_outlives_a_restart_and_is_told_once() -> None:
    engine = engine_of(8)
    before = lived(engine, range(14), shut)
    again = checkpoint.restore(checkpoint.save(engine), fleet_of(8), RuleBook([BOOK]))
    after = lived(again, range(14, 26), shut)
    whole = lived(engine_of(8), range(26), shut)
    assert [replace(e) for e in of([*before, *after], "area_outage")] == of(whole, "area_outage")


def test_how_ticks_are_cut_changes_nothing() -> None:
    one, many = engine_of(8), engine_of(8)
    whole = lived(one, range(26), shut)
    parts: list[Edge] = []
    for hour in range(26):
        parts += lived(many, range(hour, hour + 1), shut)
        parts += many.advance(Batch.of([], [], [], [], []), many.now + 1)
    assert of(parts, "area_outage") == of(whole, "area_outage")
    assert np.isfinite(one.now)


def test_a_clock_that_is_set_back_does_not_stop_the_looking() -> None:
    engine = engine_of(8)
    lived(engine, range(9), shut)
    right = engine.now
    engine.advance(Batch.of([], [], [], [], []), right + 48 * HOUR)
    engine.step_clock(right + 48 * HOUR, right)
    found = of(lived(engine, range(9, 20), shut), "area_outage")
    assert [edge.kind for edge in found] == [TransitionKind.OPENED]


def test_an_area_is_dry_and_has_water_again_by_its_own_homes() -> None:
    """Every second home belongs to another lane, where water runs all the while."""

    def next_lane_draws(hour: int, home: int) -> bool:
        return shut(hour, home // 2) if home % 2 == 0 else hour % 2 == 0

    edges = of(lived(engine_of(16, areas=2), range(26), next_lane_draws), "area_outage")
    alone = of(lived(engine_of(8), range(26), shut), "area_outage")
    assert [(e.subject.area, e.kind, e.at, e.since) for e in edges] == [(e.subject.area, e.kind, e.at, e.since) for e in alone]
    assert edges[0].reason.params["homes"] == 8


def test_a_gateway_is_down_and_back_by_its_own_devices() -> None:
    def down(hour: int, home: int) -> bool:
        return home % 3 > 0 or not 10 <= hour < 20

    edges = of(lived(engine_of(18, areas=3), range(24), lambda hour, home: (hour + home) % 2 == 0, down), "gateway_down")
    assert [(e.subject.area, e.kind) for e in edges] == [("lane", TransitionKind.OPENED), ("lane", TransitionKind.CLEARED)]
    assert edges[1].at >= MIDNIGHT + 20 * HOUR


@pytest.mark.parametrize("again, is_over", [(3, False), (4, True)])
def test_in_a_large_area_water_runs_again_when_one_home_in_five_draws(again: int, is_over: bool) -> None:
    def some_draw(hour: int, home: int) -> bool:
        return shut(hour, home) if hour < 9 else hour == 15 and home < again

    kinds = [edge.kind for edge in of(lived(engine_of(20), range(18), some_draw), "area_outage")]
    assert kinds == [TransitionKind.OPENED] + [TransitionKind.CLEARED] * is_over


@pytest.mark.parametrize("zone, ahead_h", [("UTC", 0), ("Asia/Shanghai", 8), ("America/New_York", -5)])
def test_only_the_dry_hours_between_six_and_ten_of_the_local_day_count(zone: str, ahead_h: int) -> None:
    """The last water shows a minute past six in the evening: a minute less than four hours before ten."""

    def until_evening(hour: int, _home: int) -> bool:
        return (hour + ahead_h) % 24 in {8, 12, 16, 18} and hour + ahead_h < 24

    (found,) = of(lived(engine_of(8, zone=zone), range(36 - ahead_h), until_evening), "area_outage")
    wall_h = (found.at - MIDNIGHT) / HOUR + ahead_h
    assert wall_h == 24 + 10.5


def test_the_next_look_is_on_the_next_half_hour() -> None:
    roster, outages = engine_of(8).roster, Outages()
    assert outages.find_next_check(roster) == FAR, "nothing was looked at yet"
    for now, following in ((MIDNIGHT, HOUR // 2), (MIDNIGHT + 1, HOUR // 2), (MIDNIGHT + HOUR // 2, HOUR)):
        outages.load({}, now)
        assert outages.find_next_check(roster) == MIDNIGHT + following
    assert outages.find_next_check(engine_of(4).roster) == FAR


def test_what_stands_is_never_later_than_a_clock_that_went_back() -> None:
    """Else water that runs again would not be seen until the clock has come there."""
    outages = Outages()
    outages.adopt("area_outage", Subject(area=AreaId("lane"), building="b0"), since=MIDNIGHT + HOUR, homes=8)
    outages.adopt("gateway_down", LANE, since=MIDNIGHT - HOUR, homes=6)
    outages.adopt("area_outage", Subject(area=AreaId("lane"), building="b0"), since=MIDNIGHT, homes=9)  # what stands stays
    outages.rewind(MIDNIGHT)
    assert outages.pack() == {
        "area_outage": {"area:lane/building:b0": (MIDNIGHT, 8)},
        "gateway_down": {"area:lane": (MIDNIGHT - HOUR, 6)},
        "many_quiet": {},
    }


def quieted(engine: Engine, hours: range, homes: Callable[[int, int], bool]) -> list[Edge]:
    """Some draw all the time, so that water runs in the area; `homes` says who does."""
    return of(lived(engine, hours, homes), "many_quiet")


@pytest.mark.parametrize("still, is_found", [(4, False), (5, True)])
def test_many_homes_of_an_area_that_become_quiet_together_are_one_alert(still: int, is_found: bool) -> None:
    def some_stop(hour: int, home: int) -> bool:
        return home >= still or hour <= 1

    found = quieted(engine_of(20), range(16), some_stop)
    assert [edge.kind for edge in found] == [TransitionKind.OPENED] * is_found
    for edge in found:
        assert (edge.subject.area, edge.desk, edge.homes) == ("lane", "care", tuple(f"h-{i}" for i in range(5)))
        assert edge.at - edge.since == pytest.approx(12 * HOUR, abs=HOUR / 30)


def test_one_in_five_homes_of_a_large_area_must_be_quiet() -> None:
    def some_stop(hour: int, home: int) -> bool:
        return home >= 7 or hour <= 1

    assert not quieted(engine_of(36), range(16), some_stop)
    assert quieted(engine_of(35), range(16), some_stop)


def test_homes_that_become_quiet_hours_apart_are_no_group() -> None:
    def one_after_the_other(hour: int, home: int) -> bool:
        return home >= 5 or hour <= 1 + home * 4

    assert not quieted(engine_of(20), range(40), one_after_the_other)


def test_many_are_not_quiet_any_more_when_fewer_than_three_are() -> None:
    def some_return(hour: int, home: int) -> bool:
        return home >= 5 or hour <= 1 or hour >= 16 + home

    found = quieted(engine_of(20), range(24), some_return)
    assert [edge.kind for edge in found] == [TransitionKind.OPENED, TransitionKind.CLEARED]
    assert found[1].at - MIDNIGHT == pytest.approx(18 * HOUR, abs=HOUR / 10)


def test_homes_that_were_quiet_long_before_are_not_among_them_and_keep_it_from_being_over_no_longer() -> None:
    """Three left without a word days ago. Five others become quiet together, and are back in the end."""

    def some_return(hour: int, home: int) -> bool:
        return home >= 8 or (home < 3 and hour <= 1) or (home >= 3 and (hour <= 25 or hour >= 42))

    opened, cleared = quieted(engine_of(20), range(48), some_return)
    assert opened.homes == tuple(f"h-{i}" for i in range(3, 8))
    assert opened.reason.params["homes"] == 5
    assert opened.since - MIDNIGHT == pytest.approx(25 * HOUR, abs=HOUR / 10)
    assert cleared.kind is TransitionKind.CLEARED
    assert cleared.at - MIDNIGHT == pytest.approx(42 * HOUR, abs=HOUR / 10)


def test_where_the_water_is_off_the_quiet_homes_are_no_second_alert() -> None:
    assert not of(lived(engine_of(8), range(30), lambda hour, home: shut(hour, home) and hour < 20), "many_quiet")


def test_many_quiet_homes_outlive_a_restart() -> None:
    def some_stop(hour: int, home: int) -> bool:
        return home >= 5 or hour <= 1

    engine = engine_of(20)
    assert quieted(engine, range(14), some_stop)
    again = checkpoint.restore(checkpoint.save(engine), fleet_of(20), RuleBook([BOOK]))
    assert again.outages.pack() == engine.outages.pack()
    assert not quieted(again, range(14, 16), some_stop)


# ---- buildings and gateways


def eight_each(home: int) -> str:
    return f"b{home // 8}"


def test_a_building_without_water_is_an_alert_about_it_alone() -> None:
    def one_is_shut(hour: int, home: int) -> bool:
        return shut(hour, home) if home < 8 else hour % 2 == home % 2

    edges = lived(engine_of(24, building=eight_each), range(26), one_is_shut)
    found, over = of(edges, "area_outage")
    assert found.subject == over.subject == Subject(area=AreaId("lane"), building="b0")
    assert (found.alert_id, set(found.homes)) == (over.alert_id, {f"h-{i}" for i in range(8)})
    assert found.reason.params["building"] == over.reason.params["building"] == "b0"


def test_a_street_without_water_is_one_alert_about_the_street_however_many_buildings_it_has() -> None:
    """Those of the first building drew last an hour before the others: it waits until the others are decided on."""

    def first_building_sooner(hour: int, home: int) -> bool:
        return shut(hour, home) and (home >= 8 or not 8 <= hour < 20)

    found = of(lived(engine_of(24, building=eight_each), range(20), first_building_sooner), "area_outage")
    assert [(edge.subject, len(edge.homes)) for edge in found] == [(LANE, 24)]


def test_a_building_without_water_does_not_wait_overnight_for_a_street_that_goes_to_bed() -> None:
    """The street drew last at seven: it cannot be dry for four hours of this day any more."""

    def until_evening(hour: int, home: int) -> bool:
        return (hour + home) % 2 == 0 and 6 <= hour % 24 < 20 and (home >= 8 or hour < 18)

    found = of(lived(engine_of(24, building=eight_each), range(24), until_evening), "area_outage")
    assert [edge.subject.building for edge in found] == ["b0"]
    assert found[0].at == MIDNIGHT + 21.5 * HOUR


@pytest.mark.parametrize("quiet, about", [(range(5), "b0"), ((0, 1, 8, 9, 16), "")])
def test_quiet_homes_of_one_building_are_told_of_as_such(quiet: Sequence[int], about: str) -> None:
    def some_stop(hour: int, home: int) -> bool:
        return home not in quiet or hour <= 1

    (found,) = quieted(engine_of(24, building=eight_each), range(16), some_stop)
    assert (found.subject.area, found.subject.building, len(found.homes)) == ("lane", about, 5)


def test_quiet_homes_of_a_building_count_once() -> None:
    """Five of one building, then four of others: the four are no group, for the five have their alert."""

    def some_stop(hour: int, home: int) -> bool:
        return hour <= 1 if home < 5 else hour <= 2 if home in {8, 9, 16, 17} else True

    found = quieted(engine_of(24, building=eight_each), range(18), some_stop)
    assert [edge.subject.building for edge in found] == ["b0"]


def down_from_ten(hour: int, home: int) -> bool:
    return home >= 4 or not 10 <= hour < 20


def test_a_gateway_of_few_homes_is_down_and_back_by_what_hangs_on_it() -> None:
    engine = engine_of(24, building=eight_each, gateway=lambda home: "gw-7" if home < 4 else "")
    edges = lived(engine, range(24), lambda hour, home: (hour + home) % 2 == 0, down_from_ten)
    found = of(edges, "gateway_down")
    assert [(edge.subject, edge.kind) for edge in found] == [
        (Subject(area=AreaId("lane"), gateway="gw-7"), TransitionKind.OPENED),
        (Subject(area=AreaId("lane"), gateway="gw-7"), TransitionKind.CLEARED),
    ]
    assert set(found[0].homes) == {"h-0", "h-1", "h-2", "h-3"}
    silent = [edge for edge in of(edges, "device_silent") if edge.kind is TransitionKind.OPENED]
    assert [edge.reason.params["gateway"] for edge in silent] == ["gw-7"] * 4


def test_without_the_gateway_these_few_silent_homes_are_none() -> None:
    assert not of(lived(engine_of(24), range(24), lambda hour, home: (hour + home) % 2 == 0, down_from_ten), "gateway_down")


def test_a_street_without_power_is_one_alert_however_many_gateways_it_has() -> None:
    engine = engine_of(24, building=eight_each, gateway=lambda home: f"gw-{home // 4}")
    edges = lived(engine, range(16), lambda hour, home: (hour + home) % 2 == 0, lambda hour, home: hour < 10 + (home >= 20))
    assert [(edge.subject, len(edge.homes)) for edge in of(edges, "gateway_down")] == [(LANE, 24)]


def test_what_stands_of_a_building_outlives_a_restart() -> None:
    def one_is_shut(hour: int, home: int) -> bool:
        return shut(hour, home) if home < 8 else hour % 2 == home % 2

    engine = engine_of(24, building=eight_each)
    assert of(lived(engine, range(14), one_is_shut), "area_outage")
    again = checkpoint.restore(checkpoint.save(engine), fleet_of(24, building=eight_each), RuleBook([BOOK]))
    assert [edge.kind for edge in of(lived(again, range(14, 26), one_is_shut), "area_outage")] == [TransitionKind.CLEARED]
