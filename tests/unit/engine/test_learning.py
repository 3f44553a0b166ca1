"""Habits learned inside the engine: when, from what, within which bounds, and the same however time is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from homebeat.domain.alert import Edge
from homebeat.domain.fleet import Away, Device, DeviceKind, Disregarded, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.engine import checkpoint
from homebeat.engine.engine import Engine
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.no_sign_of_life import NoSignOfLife
from homebeat.stream.batch import EMPTY, Batch
from homebeat.stream.roster import Roster

#: A Monday, midnight in UTC.
T0 = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp() * 1000)
HOUR = 3_600_000
DAY = 24 * HOUR
NONE = range(0)
WAKING = (7, 8, 10, 12, 13, 15, 17, 18, 20, 22)


def home(name: str = "x", *, zone: str = "UTC", away: tuple[Away, ...] = (), person: Resident | None = None) -> Household:
    meter = Device(DeviceId(f"meter-{name}"), DeviceKind.WATER_METER, None, None, timedelta(hours=1))
    who = person or Resident(ResidentId(f"person-{name}"), "")
    return Household(HouseholdId(name), AreaId("a"), zone, residents=(who,), devices=(meter,), away=away)


def fleet(*homes: Household) -> Fleet:
    return Fleet((), homes)


def engine_of(*homes: Household, rule: NoSignOfLife | None = None) -> Engine:
    engine = Engine(Roster().with_registry(fleet(*homes), T0), RuleBook([{"no_sign_of_life": rule or NoSignOfLife()}]))
    engine.resume(T0)
    return engine


def totals(
    days: int, hours: Sequence[int] = WAKING, *, device: int = 0, silent: range = NONE, quiet: range = NONE, late: range = NONE
) -> Batch:
    """Hourly totals: three litres in the hour before each of `hours`, jittered by the day.

    Days in `silent` send nothing, in `quiet` no water runs, in `late` none before 20:00.
    """
    at, value, total = [], [], 100.0
    for hour in range(1, days * 24):
        day, of_day = divmod(hour, 24)
        if of_day in {(h + (day + h) % 2) % 24 for h in hours} and day not in quiet and (day not in late or of_day >= 20):
            total += 3.0
        if day not in silent:
            at.append(T0 + hour * HOUR)
            value.append(total / 1000)
    return Batch.of([device] * len(at), [Metric.VOLUME_M3] * len(at), at, at, value)


def feed(engine: Engine, batch: Batch, until_day: float, step: int = 10**9) -> list[Edge]:
    edges = []
    for start in range(0, max(len(batch), 1), step):
        part = batch.take(slice(start, start + step))
        edges += engine.advance(part, int(part.received_at[-1]) if len(part) else T0)
    return edges + engine.advance(EMPTY, T0 + round(until_day * DAY))


def limits(engine: Engine, row: int = 0) -> list[int]:
    return list(engine.state.learned.limit_minutes[:, row].tolist())


def test_nothing_is_learned_from_three_days_and_twelve_hours_hold() -> None:
    engine = engine_of(home())
    edges = feed(engine, totals(5, quiet=range(3, 5)), 5)
    assert set(limits(engine)) == {0}
    assert [e.reason.params["limit_s"] for e in edges] == [12 * 3600]


def test_own_habits_make_the_limit_earlier_and_the_reason_says_what_is_usual() -> None:
    engine = engine_of(home())
    edges = feed(engine, totals(42, quiet=range(40, 42)), 42)
    learned = limits(engine)
    assert 120 <= min(learned) < max(learned) <= 24 * 60
    (edge,) = edges
    assert edge.reason.code == "no_sign_of_life_usual"
    assert 6 * 60 <= edge.reason.params["usual_from_minute"] <= edge.reason.params["usual_to_minute"] <= 9 * 60  # type: ignore[operator]
    assert edge.reason.params["limit_s"] == learned[2 * 23] * 60  # the last water was drawn in the hour before 23:00
    assert edge.at - edge.since >= learned[2 * 23] * 60_000


def test_however_ticks_are_cut_and_through_a_checkpoint_the_same_is_learned() -> None:
    whole, cut = engine_of(home()), engine_of(home())
    feed(whole, totals(30), 30)
    feed(cut, totals(20), 20, step=7)
    cut = checkpoint.restore(checkpoint.save(cut), fleet(home()), cut.book)
    rest = totals(30)
    feed(cut, rest.take(rest.received_at > T0 + 20 * DAY), 30, step=1)
    assert limits(cut) == limits(whole)
    assert max(limits(whole)) > 0
    for name, column in whole.state.past.list_arrays().items():
        np.testing.assert_array_equal(column, cut.state.past.list_arrays()[name])


def test_nobody_learns_from_another_home() -> None:
    alone, beside = engine_of(home("x")), engine_of(home("x"), home("y"))
    feed(alone, totals(30), 30)
    mine, other = totals(30), totals(30, (1, 2, 3, 9, 14), device=1)
    order = np.argsort(np.concatenate([mine.received_at, other.received_at]), kind="stable")
    feed(beside, Batch.join([mine, other]).take(order), 30, step=11)
    assert limits(beside) == limits(alone) != limits(beside, 1)


def test_what_is_learned_is_told_once() -> None:
    engine = engine_of(home())
    feed(engine, totals(30), 29.9)
    engine.pop_profiles()
    told = 0
    for hour in range(14 * 24):
        engine.advance(EMPTY, T0 + round(29.9 * DAY) + hour * HOUR)
        told += len(engine.pop_profiles())
        engine.advance(EMPTY, engine.now)
        assert not engine.pop_profiles()
    assert told == 2  # once a week


def test_a_habit_of_outings_never_passes_what_the_operator_allows() -> None:
    rule = NoSignOfLife(limit=timedelta(hours=8), limit_unproven=timedelta(hours=10), floor=timedelta(hours=6))
    engine = engine_of(home(), rule=rule)
    feed(engine, totals(42, (7, 20)), 42)
    assert 360 <= min(limits(engine)) <= max(limits(engine)) <= 600
    band = replace(
        home(), devices=(Device(DeviceId("band"), DeviceKind.WRISTBAND, None, None, timedelta(minutes=5)), *home().devices)
    )
    proven = engine_of(band, rule=rule)
    batch = totals(42, (7, 20), device=1)
    at_home = replace(
        batch,
        device=np.zeros_like(batch.device),
        metric=np.full_like(batch.metric, Metric.AT_HOME),
        value=np.ones_like(batch.value),
    )
    order = np.argsort(np.concatenate([batch.received_at, at_home.received_at]), kind="stable")
    feed(proven, Batch.join([batch, at_home]).take(order), 42)
    assert proven.state.learned.at_home_known[0]
    assert not engine.state.learned.at_home_known[0]
    assert max(limits(proven)) <= 480


def test_bounds_that_change_hold_at_once() -> None:
    engine = engine_of(home())
    feed(engine, totals(42), 42)
    strict = NoSignOfLife(limit=timedelta(hours=3), limit_unproven=timedelta(hours=3))
    engine.follow(engine.roster, RuleBook([{"no_sign_of_life": strict}]))
    rest = totals(43)
    edges = engine.advance(rest.take(rest.received_at > T0 + 42 * DAY), T0 + 43 * DAY)
    assert edges[0].reason.params["limit_s"] == 3 * 3600


@pytest.mark.parametrize("cause", ["away", "disregarded"])
def test_quiet_that_an_answer_explained_teaches_nothing(cause: str) -> None:
    """Three days on which the first water ran at 20:00: declared away, or disregarded because she was helped."""
    late = range(25, 28)
    begins, ends = (datetime.fromtimestamp((T0 + day * DAY) / 1000, UTC) for day in (late.start, late.stop))
    person = Resident(ResidentId("person-x"), "", disregarded=(Disregarded(begins, ends, "helped"),))
    told = engine_of(home(away=(Away(begins, ends),)) if cause == "away" else home(person=person))
    untold = engine_of(home())
    for engine in (told, untold):
        feed(engine, totals(40, late=late), 40)
    assert sum(limits(told)) < sum(limits(untold))


def test_weeks_without_data_are_neither_life_nor_quiet() -> None:
    engine, plain = engine_of(home()), engine_of(home())
    feed(engine, totals(70, silent=range(30, 51)), 70)
    feed(plain, totals(70), 70)
    assert np.abs(np.array(limits(engine)) - np.array(limits(plain))).mean() <= 60


@pytest.mark.slow
def test_summer_time_moves_the_table_with_the_clock_on_the_wall() -> None:
    """Spain's clocks go forward on 29 March 2026, day 83: she still gets up at seven by her own clock."""
    engine = engine_of(home(zone="Europe/Madrid"))
    before, after = totals(83, [h - 1 for h in WAKING]), totals(97, [h - 2 for h in WAKING])
    feed(engine, Batch.join([before, after.take(after.received_at > T0 + 83 * DAY)]), 97)
    utc = engine_of(home())
    feed(utc, totals(97), 97)
    # a table in UTC would be an hour off all round the day, or blur two habits
    apart = np.array(limits(engine)) - np.array(limits(utc))
    assert np.abs(apart).mean() <= 20
    assert np.count_nonzero(np.abs(apart) > 5) <= 6


def test_a_carers_budget_is_followed_at_the_next_turn() -> None:
    engine = engine_of(home())
    feed(engine, totals(60, quiet=range(20, 60, 9)), 60)
    before = limits(engine)
    strict = replace(home(), residents=(Resident(ResidentId("person-x"), "", false_alarms_a_month=8.0),))
    engine.pop_profiles()
    engine.follow(engine.roster.with_registry(fleet(strict), engine.now), engine.book)
    engine.advance(EMPTY, engine.now + 300_000)
    learned = engine.pop_profiles()
    assert list(learned) == [0]
    assert learned[0].budget == 8.0
    assert sum(limits(engine)) < sum(before)


def with_door(name: str = "x") -> Household:
    plain = home(name)
    door = Device(DeviceId(f"door-{name}"), DeviceKind.DOOR, None, None, timedelta(hours=4))
    return replace(plain, devices=(*plain.devices, door))


def doors(*moves: float, device: int = 1) -> Batch:
    """A door that is closed, and opens and closes within a minute at these hours."""
    at = [T0, *(T0 + round(hour * HOUR) + part for hour in moves for part in (0, 60_000))]
    return Batch.of([device] * len(at), [Metric.DOOR_OPEN] * len(at), at, at, [0.0, *[1.0, 0.0] * len(moves)])


def together(*batches: Batch) -> Batch:
    joined = Batch.join(batches)
    return joined.take(np.argsort(joined.received_at, kind="stable"))


def quiet_after(*moves: float, water: Sequence[int] = (), words: Batch | None = None) -> Edge:
    """What is raised when four hours were learned, a door moved at these hours and water ran in the hours before `water`."""
    engine = engine_of(with_door())
    engine.state.learned.limit_minutes[:] = 240
    engine.state.learned.ask_minutes[:] = 120
    parts = [totals(1, water), doors(*moves), *([words] if words is not None else [])]
    *_, edge = (e for e in feed(engine, together(*parts), 1) if e.kind.value == "opened")
    return edge


def test_who_left_by_the_door_is_waited_for_twice_as_long() -> None:
    edge = quiet_after(9.5)
    assert (edge.reason.code, edge.reason.params["limit_s"]) == ("no_sign_of_life_door", 8 * 3600)
    assert edge.at - edge.since >= 8 * HOUR


def test_who_came_home_by_the_door_and_ran_a_tap_is_not() -> None:
    edge = quiet_after(9.5, 11.2, water=(12,))
    assert (edge.reason.code, edge.reason.params["limit_s"]) == ("no_sign_of_life", 4 * 3600)


def test_a_tap_and_a_door_in_one_slot_of_ten_minutes_are_a_sign_from_inside() -> None:
    assert quiet_after(10.05, water=(10,)).reason.params["limit_s"] == 4 * 3600
    assert quiet_after(10.3, water=(10,)).reason.params["limit_s"] == 8 * 3600


def test_the_ceiling_holds_for_who_left_too() -> None:
    engine = engine_of(with_door())
    engine.state.learned.limit_minutes[:] = 900
    *_, edge = (e for e in feed(engine, together(totals(3, ()), doors(9.5)), 3) if e.kind.value == "opened")
    assert edge.reason.params["limit_s"] == 24 * 3600


def test_who_comes_back_by_the_door_is_at_home_also_when_nothing_is_seen_inside() -> None:
    edge = quiet_after(9.5, 11.2)
    assert (edge.reason.code, edge.reason.params["limit_s"]) == ("no_sign_of_life", 4 * 3600)
    assert edge.since == T0 + round(11.2 * HOUR) + 60_000


def test_a_door_that_moves_twice_within_minutes_was_passed_once() -> None:
    assert quiet_after(9.5, 9.65).reason.params["limit_s"] == 8 * 3600


def test_who_leaves_once_more_is_out_again() -> None:
    assert quiet_after(9.5, 11.2, 12.5).reason.code == "no_sign_of_life_door"


@pytest.mark.parametrize("moves, hours", [((9.5,), 24), ((9.5, 11.2), 12), ((9.5, 11.2, 12.5), 12)])
def test_behind_a_return_nobody_is_waited_for_longer_than_where_being_at_home_is_proven(
    moves: tuple[float, ...], hours: int
) -> None:
    engine = engine_of(with_door())
    engine.state.learned.limit_minutes[:] = 900
    *_, edge = (e for e in feed(engine, together(totals(3, ()), doors(*moves)), 3) if e.kind.value == "opened")
    assert edge.reason.params["limit_s"] == hours * 3600


def test_where_a_device_tells_of_presence_the_door_says_nothing_more() -> None:
    at = T0 + 8 * HOUR
    words = Batch.of([1], [Metric.AT_HOME], [at], [at], [1.0])
    assert quiet_after(9.5, words=words).reason.params["limit_s"] == 4 * 3600


def test_of_two_people_a_door_does_not_say_who_left() -> None:
    couple = with_door()
    couple = replace(couple, residents=(*couple.residents, Resident(ResidentId("other-x"), "")))
    engine = engine_of(couple)
    engine.state.learned.limit_minutes[:] = 240
    # as in `quiet_after`, the newest: the quiet that began with the door
    *_, first, second = (e for e in feed(engine, together(totals(1, ()), doors(9.5)), 1) if e.kind.value == "opened")
    edges = [first, second]
    assert [e.subject.resident for e in edges] == ["person-x", "other-x"]
    assert {(e.reason.code, e.reason.params["limit_s"]) for e in edges} == {("no_sign_of_life", 4 * 3600)}


def test_quiet_behind_a_door_weighs_half_in_what_is_learned() -> None:
    """Five hours out on two days of three: with a door that is known, and the other gaps are learned shorter."""
    out = {day for day in range(40) if day % 3}
    water = totals(40)
    hour_of_day = (water.observed_at - T0) // HOUR % 24
    day = (water.observed_at - T0) // DAY
    use = np.diff(water.value, prepend=water.value[0])
    use[np.isin(day, list(out)) & (hour_of_day >= 11) & (hour_of_day <= 15)] = 0
    water.value[:] = 0.1 + np.cumsum(use)
    moves = [24 * d + h for d in sorted(out) for h in (10.75, 15.75)]
    plain, door = engine_of(home()), engine_of(with_door())
    feed(plain, water, 40)
    feed(door, together(water, doors(*moves)), 40)
    assert np.mean(limits(door)) < np.mean(limits(plain)) - 20
    checkpointed = checkpoint.restore(checkpoint.save(door), fleet(with_door()), door.book)
    np.testing.assert_array_equal(checkpointed.state.timeline.by_door, door.state.timeline.by_door)


def with_band(name: str = "x") -> Household:
    plain = home(name)
    band = Device(DeviceId(f"band-{name}"), DeviceKind.WRISTBAND, ResidentId(f"person-{name}"), None, timedelta(hours=1))
    return replace(plain, devices=(*plain.devices, band))


def band_words(worn: Sequence[int], unworn: Sequence[int] = (), *, device: int = 1) -> Batch:
    """What an hourly band says of being worn, a minute after these hours."""
    said = sorted([(hour, 1.0) for hour in worn] + [(hour, 0.0) for hour in unworn])
    at = [T0 + hour * HOUR + 60_000 for hour, _ in said]
    return Batch.of([device] * len(at), [Metric.WORN] * len(at), at, at, [word for _, word in said])


def quiet_with_band(*words: Batch, minutes: int = 420, at_home_known: bool = False) -> Edge:
    """What is raised when `minutes` were learned, water ran last before 8 o'clock, and the band said this."""
    engine = engine_of(with_band())
    engine.state.learned.limit_minutes[:] = minutes
    engine.state.learned.at_home_known[:] = at_home_known
    *_, edge = (e for e in feed(engine, together(totals(1, (8,)), *words), 1) if e.kind.value == "opened")
    return edge


def hours_of(edge: Edge, name: str) -> float:
    return float(edge.reason.params[name]) / 3600


def test_quiet_with_the_band_off_weighs_less() -> None:
    worn = quiet_with_band(band_words(range(24)))
    off, silent = quiet_with_band(band_words((), range(24))), quiet_with_band()
    assert (hours_of(worn, "limit_s"), worn.reason.code) == (7, "no_sign_of_life")
    # ten hours count for seven, within a slot or two
    for edge in (off, silent):
        assert 9.5 <= (edge.at - edge.since) / HOUR <= 11
        assert edge.reason.code == "no_sign_of_life_not_worn"
        assert hours_of(edge, "quiet_s") >= hours_of(edge, "limit_s") > 7
        assert hours_of(edge, "unworn_s") >= 8


def test_only_the_hours_without_the_band_weigh_less() -> None:
    edge = quiet_with_band(band_words([*range(10), *range(13, 24)], range(10, 13)))
    assert 7.5 <= hours_of(edge, "limit_s") <= 8.5
    assert 2 <= hours_of(edge, "unworn_s") <= 4


def test_nobody_is_waited_for_longer_than_the_ceiling_because_a_band_is_off() -> None:
    edge = quiet_with_band(band_words((), range(24)), minutes=660, at_home_known=True)
    assert hours_of(edge, "limit_s") == 12


def test_what_was_not_learned_is_not_stretched() -> None:
    edge = quiet_with_band(band_words((), range(24)), minutes=0)
    assert (edge.reason.code, hours_of(edge, "limit_s")) == ("no_sign_of_life", 12)


def test_quiet_without_the_band_weighs_less_in_what_is_learned() -> None:
    """The same water, with a band that is never on the wrist: of ten half hours seven count, and shorter gaps are learned."""
    unworn, worn = engine_of(with_band()), engine_of(with_band())
    for engine, words in ((unworn, band_words((), range(40 * 24))), (worn, band_words(range(40 * 24)))):
        feed(engine, together(totals(40), words), 40)
    ran = [int(np.bitwise_count(engine.state.past.ran).sum()) for engine in (unworn, worn)]
    assert ran[0] / ran[1] == pytest.approx(0.7, abs=0.01)
    assert np.mean(limits(unworn)) < np.mean(limits(worn)) - 20


def test_before_somebody_had_a_band_its_absence_says_nothing() -> None:
    engine = engine_of(home())
    feed(engine, totals(20), 20)
    ran = int(np.bitwise_count(engine.state.past.ran).sum())
    engine.follow(engine.roster.with_registry(fleet(with_band()), engine.now), engine.book)
    feed(engine, totals(40), 40)
    assert int(np.bitwise_count(engine.state.past.ran).sum()) / ran == pytest.approx(1.7, abs=0.1)


@pytest.mark.parametrize("learned_h, allowed_h", [(6, 18), (11, 18), (14, 21), (16, 22), (23, 23)])
def test_lone_pulses_answer_for_half_as_long_again_as_quiet_is_allowed(learned_h: int, allowed_h: int) -> None:
    engine = engine_of(home())
    engine.state.learned.limit_minutes[:] = 60 * learned_h
    # uneven, and never further apart than five hours
    pulses = {8: 3.0} | dict.fromkeys((11, 16, 19, 24, 27, 32, 35), 1.0)
    at = [T0 + hour * HOUR for hour in range(1, 40)]
    litres = np.cumsum([pulses.get(hour, 0.0) for hour in range(1, 40)])
    batch = Batch.of([0] * len(at), [Metric.VOLUME_M3] * len(at), at, at, (0.1 + litres / 1000).tolist())
    edge, *_ = (e for e in feed(engine, batch, 2) if e.kind.value == "opened")
    assert (edge.reason.code, hours_of(edge, "limit_s")) == ("no_sign_of_life_pulses", allowed_h)
    assert edge.at - edge.since <= (allowed_h + 1) * HOUR + 60_000
