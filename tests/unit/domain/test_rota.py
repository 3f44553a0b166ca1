"""Rotas: each instant is covered exactly as declared, or is said to be a gap, also on the days when the clocks change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.durations import DAY_MS, HOUR_MS, MINUTE_MS
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import AreaId, ResponderId, RotaId
from homebeat.domain.leave import Leave, count_week_ms, redistribute
from homebeat.domain.rota import (
    EVERY_DAY,
    DutyDay,
    DutyHours,
    Gap,
    Holidays,
    Rota,
    Shift,
    ShiftPattern,
    expand_shifts,
    find_gaps,
    find_missing_years,
    find_next,
    find_on_duty,
)
from homebeat.domain.wall_clock import find_instant

ANN, BEN, CAT = (ResponderId(name) for name in ("ann", "ben", "cat"))
MADRID, SHANGHAI = ZoneInfo("Europe/Madrid"), ZoneInfo("Asia/Shanghai")
#: The clocks of Madrid jump from 02:00 to 03:00, and back from 03:00 to 02:00.
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def make_hours(starts: str, ends: str, *days: str) -> DutyHours:
    begin, end = (int(text[:2]) * 60 + int(text[3:]) for text in (starts, ends))
    return DutyHours(frozenset(map(DutyDay, days)) or EVERY_DAY, begin, end)


def make_rota(*shifts: ShiftPattern, zone: ZoneInfo = SHANGHAI, hours: tuple[DutyHours, ...] = ()) -> Rota:
    ident = RotaId("desk"), AreaId("lane"), ResponderKind.DESK
    return Rota(*ident, zone.key, date(2026, 1, 5), shifts, hours)


def at(text: str, zone: ZoneInfo = SHANGHAI, fold: int = 0) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp() * 1000)


DAY = ShiftPattern("day", make_hours("08:00", "20:00"), (ANN,))
NIGHT = ShiftPattern("night", make_hours("20:00", "08:00"), (BEN, CAT))
WHOLE = make_rota(DAY, NIGHT)


def name(shifts: tuple[Shift, ...]) -> list[tuple[str, str | None]]:
    return [(shift.name, shift.who) for shift in shifts]


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    assert name(find_on_duty(WHOLE, at("2026-01-06T08:00"))) == [("day", ANN)]
    (night,) = find_on_duty(WHOLE, at("2026-01-07T03:00"))
    assert (night.day, night.who) == (date(2026, 1, 6), BEN)
    assert (night.starts_at, night.ends_at) == (at("2026-01-06T20:00"), at("2026-01-07T08:00"))
    assert find_gaps(WHOLE, at("2026-01-05T08:00"), at("2026-03-01T00:00")) == ()


def test_several_take_a_week_each_in_turn_and_sunday_night_is_still_last_weeks() -> None:
    weeks = [find_on_duty(WHOLE, at(f"2026-01-{day:02}T23:00"))[0].who for day in (5, 11, 12, 18, 19)]
    assert weeks == [BEN, BEN, CAT, CAT, BEN]
    assert find_on_duty(WHOLE, at("2026-01-12T03:00"))[0].who == BEN


def test_who_is_next() -> None:
    shift = find_next(WHOLE, at("2026-01-06T12:00"))
    assert shift is not None
    assert (shift.name, shift.who, shift.starts_at) == ("night", BEN, at("2026-01-06T20:00"))
    assert find_next(make_rota(), at("2026-01-06T12:00")) is None


def test_an_exception_is_somebody_else_or_nobody() -> None:
    days = {(date(2026, 1, 6), "day"): CAT, (date(2026, 1, 7), "day"): None}
    rota = replace(WHOLE, exceptions=days)
    assert name(find_on_duty(rota, at("2026-01-06T12:00"))) == [("day", CAT)]
    assert find_on_duty(rota, at("2026-01-07T12:00")) == ()
    assert find_gaps(rota, at("2026-01-06T00:00"), at("2026-01-09T00:00")) == (
        Gap(at("2026-01-07T08:00"), at("2026-01-07T20:00")),
    )
    # the shift stands in the rota all the same, and is nobody's
    assert ("day", None) in name(expand_shifts(rota, at("2026-01-07T00:00"), at("2026-01-08T00:00")))
    # who is next is somebody
    shift = find_next(rota, at("2026-01-06T21:00"))
    assert shift is not None
    assert shift.starts_at == at("2026-01-07T20:00")


def test_overlaps_are_allowed() -> None:
    rota = make_rota(DAY, ShiftPattern("late", make_hours("14:00", "22:00"), (BEN,)))
    assert name(find_on_duty(rota, at("2026-01-06T15:00"))) == [("day", ANN), ("late", BEN)]


def test_nobody_need_be_on_duty_outside_the_hours_of_a_rota() -> None:
    office = make_rota(
        ShiftPattern("day", make_hours("08:00", "16:00"), (ANN,)), hours=(make_hours("08:00", "17:00", "workday"),)
    )
    assert find_gaps(office, at("2026-01-09T00:00"), at("2026-01-12T23:00")) == (  # Friday to Monday
        Gap(at("2026-01-09T16:00"), at("2026-01-09T17:00")),
        Gap(at("2026-01-12T16:00"), at("2026-01-12T17:00")),
    )


def test_a_shift_that_begins_or_ends_at_the_edge_of_a_span_lies_outside() -> None:
    assert name(expand_shifts(WHOLE, at("2026-01-06T08:00"), at("2026-01-06T20:00"))) == [("day", ANN)]


def test_hours_that_go_by_workdays_need_holidays_as_well() -> None:
    every = ShiftPattern("day", make_hours("00:00", "24:00"), (ANN,))
    assert not make_rota(every, hours=(make_hours("08:00", "17:00", "mon"),)).needs_holidays()
    assert make_rota(every, hours=(make_hours("08:00", "17:00", "workday"),)).needs_holidays()


def test_before_its_first_day_a_rota_says_nothing() -> None:
    assert find_gaps(make_rota(), at("2026-01-01T00:00"), at("2026-01-05T01:00")) == (
        Gap(at("2026-01-05T00:00"), at("2026-01-05T01:00")),
    )


HOLIDAYS = Holidays(frozenset({date(2026, 2, 17), date(2026, 2, 18)}), frozenset({date(2026, 2, 14)}), frozenset({2026}))


def test_holidays_are_rest_days_and_a_working_saturday_is_a_workday() -> None:
    rest = ShiftPattern("rest", make_hours("00:00", "24:00", "rest_day"), (BEN,))
    rota = replace(make_rota(ShiftPattern("work", make_hours("00:00", "24:00", "workday"), (ANN,)), rest), holidays=HOLIDAYS)
    who = {day: find_on_duty(rota, at(f"2026-02-{day}T12:00"))[0].who for day in range(13, 20)}
    assert who == {13: ANN, 14: ANN, 15: BEN, 16: ANN, 17: BEN, 18: BEN, 19: ANN}
    # a named weekday is that day, holiday or not
    tuesdays = replace(make_rota(ShiftPattern("tue", make_hours("00:00", "24:00", "tue"), (ANN,))), holidays=HOLIDAYS)
    assert name(find_on_duty(tuesdays, at("2026-02-17T12:00"))) == [("tue", ANN)]


def test_a_year_without_holidays_has_ordinary_days_and_is_named() -> None:
    rota = replace(make_rota(ShiftPattern("work", make_hours("00:00", "24:00", "workday"), (ANN,))), holidays=HOLIDAYS)
    assert find_missing_years(rota, at("2026-06-01T00:00"), at("2026-12-31T12:00")) == []
    assert find_missing_years(rota, at("2026-12-10T00:00"), at("2027-01-09T00:00")) == [2027]
    assert find_missing_years(replace(WHOLE, holidays=HOLIDAYS), at("2026-12-10T00:00"), at("2027-01-09T00:00")) == []
    assert name(find_on_duty(rota, at("2027-02-17T12:00"))) == [("work", ANN)]


@pytest.mark.parametrize(
    "day, text, instant",
    [
        (SPRING, "01:59", "2026-03-29T00:59:00Z"),
        (SPRING, "02:00", "2026-03-29T01:00:00Z"),  # skipped: the jump
        (SPRING, "02:59", "2026-03-29T01:00:00Z"),
        (SPRING, "03:00", "2026-03-29T01:00:00Z"),
        (SPRING, "03:01", "2026-03-29T01:01:00Z"),
        (AUTUMN, "02:00", "2026-10-25T00:00:00Z"),  # twice: the first
        (AUTUMN, "02:59", "2026-10-25T00:59:00Z"),
        (AUTUMN, "03:00", "2026-10-25T02:00:00Z"),
        (AUTUMN, "24:00", "2026-10-25T23:00:00Z"),
    ],
)
def test_a_wall_clock_time_is_one_instant(day: date, text: str, instant: str) -> None:
    minutes = int(text[:2]) * 60 + int(text[3:])
    assert find_instant(day, minutes, MADRID) == round(datetime.fromisoformat(instant).timestamp() * 1000)


def test_both_nights_when_the_clocks_change_have_their_true_length() -> None:
    rota = make_rota(DAY, NIGHT, zone=MADRID)
    for day, hours in ((SPRING, 11), (AUTUMN, 13)):
        (night,) = find_on_duty(rota, at(f"{day}T01:00", MADRID))
        assert night.day == day - timedelta(days=1)
        assert night.ends_at - night.starts_at == hours * HOUR_MS
        assert find_gaps(rota, night.starts_at - DAY_MS, night.ends_at + DAY_MS) == ()


# ---------------------------------------------------------------- laws

ZONES = st.sampled_from(
    ["Asia/Shanghai", "Europe/Madrid", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia", "Africa/Casablanca", "UTC"]
)
MINUTES = st.integers(0, 1439)
DAYS = st.frozensets(st.sampled_from(DutyDay), min_size=1)
HOURS = st.builds(DutyHours, DAYS, MINUTES, st.integers(1, 1440))
PEOPLE = st.lists(st.sampled_from([ANN, BEN, CAT]), max_size=3).map(tuple)
#: Around the days on which clocks change, and one of a zone that left out a whole day (Apia, 2011-12-30).
CHANGES = st.sampled_from([SPRING, AUTUMN, date(2026, 4, 5), date(2026, 3, 8), date(2011, 12, 30), date(2026, 7, 1)])


@st.composite
def rotas(draw: st.DrawFn) -> tuple[Rota, date]:
    around = draw(CHANGES)
    patterns = draw(st.lists(HOURS, max_size=4))
    shifts = tuple(ShiftPattern(f"s{n}", hours, draw(PEOPLE)) for n, hours in enumerate(patterns))
    dates = st.integers(-3, 3).map(lambda n: around + timedelta(days=n))
    keys = st.tuples(dates, st.sampled_from(["s0", "s1", "s2", "s3"]))
    exceptions = draw(st.dictionaries(keys, st.sampled_from([ANN, None]), max_size=4))
    holidays = Holidays(frozenset(draw(st.lists(dates, max_size=3))), frozenset(draw(st.lists(dates, max_size=2))))
    starts_on = around - timedelta(days=draw(st.integers(0, 30)))
    must = tuple(draw(st.lists(HOURS, max_size=2)))
    ident = RotaId("desk"), AreaId("lane"), ResponderKind.DESK
    return Rota(*ident, draw(ZONES), starts_on, shifts, must, exceptions, holidays), around


INSTANTS = st.integers(-3 * 1440, 3 * 1440)


def find_minute(day: date, minutes: int) -> int:
    return round(datetime.combine(day, time.min, UTC).timestamp() * 1000) + minutes * MINUTE_MS


@given(rotas(), INSTANTS, INSTANTS)
def test_the_rota_covers_or_says_the_gap(drawn: tuple[Rota, date], first: int, second: int) -> None:
    rota, around = drawn
    starts, ends = find_minute(around, min(first, second)), find_minute(around, max(first, second) + 1)
    gaps = find_gaps(rota, starts, ends)
    for instant in {starts, ends - 1, *(gap.starts_at for gap in gaps), *(gap.ends_at for gap in gaps)}:
        if not starts <= instant < ends:
            continue
        is_gap = any(gap.starts_at <= instant < gap.ends_at for gap in gaps)
        begun = instant >= find_instant(rota.starts_on, 0, rota.zone)
        must = begun and (not rota.hours or is_in_hours(rota, rota.hours, instant))
        assert is_gap == (must and not find_on_duty(rota, instant))
    assert all(starts <= gap.starts_at < gap.ends_at <= ends for gap in gaps)
    assert all(earlier.ends_at < later.starts_at for earlier, later in pairwise(gaps))


def is_in_hours(rota: Rota, hours: tuple[DutyHours, ...], instant: int) -> bool:
    """By another way: a rota with a shift for each of these hours has somebody then."""
    shifts = tuple(ShiftPattern(f"h{n}", each, (ANN,)) for n, each in enumerate(hours))
    return bool(find_on_duty(replace(rota, shifts=shifts, exceptions={}), instant))


@given(rotas(), INSTANTS)
def test_each_instant_is_covered_exactly_as_declared(drawn: tuple[Rota, date], minutes: int) -> None:
    """By the wall clock alone, where it shows each time once: the hours of a pattern hold today, or since yesterday."""
    rota, around = drawn
    instant = find_minute(around, minutes)
    wall = datetime.fromtimestamp(instant / 1000, rota.zone)
    twice = wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()
    if twice:
        return
    expected: set[tuple[date, str, ResponderId]] = set()
    shown, now = wall.date(), wall.hour * 60 + wall.minute
    for pattern in rota.shifts:
        for day in (shown, shown - timedelta(days=1)):
            hours = pattern.hours
            if day < rota.starts_on or not hours.days & rota.holidays.list_kinds(day):
                continue
            over = hours.ends <= hours.starts
            is_now = over and now < hours.ends
            if day == shown:
                is_now = hours.starts <= now < (1440 if over else hours.ends)
            week = ((day - timedelta(days=day.weekday())) - (rota.starts_on - timedelta(days=rota.starts_on.weekday()))).days // 7
            usual = pattern.who[week % len(pattern.who)] if pattern.who else None
            who = rota.exceptions.get((day, pattern.name), usual)
            if is_now and who is not None:
                expected.add((day, pattern.name, who))
    if rota.timezone == "Pacific/Apia" and abs((shown - date(2011, 12, 30)).days) <= 2:
        return  # the day that was left out has no wall clock
    assert {(shift.day, shift.name, shift.who) for shift in find_on_duty(rota, instant)} == expected


@given(rotas(), INSTANTS, INSTANTS, INSTANTS)
def test_a_span_can_be_cut_anywhere(drawn: tuple[Rota, date], first: int, second: int, third: int) -> None:
    rota, around = drawn
    starts, middle, ends = (find_minute(around, each) for each in sorted((first, second, third)))
    whole = expand_shifts(rota, starts, ends)
    assert set(whole) == {*expand_shifts(rota, starts, middle), *expand_shifts(rota, middle, ends)} or starts == ends
    assert len({shift.key for shift in whole}) == len(whole)


@given(st.sampled_from(["Europe/Madrid", "Australia/Lord_Howe", "Pacific/Apia"]), CHANGES, MINUTES, MINUTES)
def test_a_later_time_is_never_an_earlier_instant(zone: str, day: date, first: int, second: int) -> None:
    early, late = (find_instant(day, each, ZoneInfo(zone)) for each in sorted((first, second)))
    assert early <= late
    assert find_instant(day, 1440, ZoneInfo(zone)) == find_instant(day + timedelta(days=1), 0, ZoneInfo(zone))


# ---------------------------------------------------------------- leave


def test_the_shifts_of_somebody_on_leave_go_to_who_has_the_fewest_hours_that_week() -> None:
    shifts = expand_shifts(WHOLE, at("2026-01-05T00:00"), at("2026-01-12T00:00"))
    leave = Leave(ANN, at("2026-01-06T00:00"), at("2026-01-08T00:00"))
    found = redistribute(leave, shifts, {RotaId("desk"): [ANN, BEN, CAT]})
    # Ben has the nights of this week, Cat nothing
    assert [(each.shift.day, each.who) for each in found] == [(date(2026, 1, 6), CAT), (date(2026, 1, 7), CAT)]
    # with the fewest hours, and free at that time
    both = [Leave(CAT, at("2026-01-06T00:00"), at("2026-01-07T00:00"))]
    found = redistribute(leave, shifts, {RotaId("desk"): [ANN, BEN, CAT]}, both)
    assert [each.who for each in found] == [BEN, CAT]
    assert [each.who for each in redistribute(leave, shifts, {RotaId("desk"): [ANN]})] == [None, None]


def test_nobody_gets_two_shifts_at_once_and_hours_that_are_given_count() -> None:
    twins = make_rota(DAY, ShiftPattern("day-2", make_hours("08:00", "20:00"), (ANN,)))
    shifts = expand_shifts(twins, at("2026-01-06T00:00"), at("2026-01-07T00:00"))
    found = redistribute(Leave(ANN, at("2026-01-06T00:00"), at("2026-01-07T00:00")), shifts, {RotaId("desk"): [BEN, CAT]})
    assert [each.who for each in found] == [BEN, CAT]
    assert count_week_ms(ANN, date(2026, 1, 6), shifts) == 24 * HOUR_MS
    assert count_week_ms(ANN, date(2026, 1, 13), shifts) == 0


@given(rotas(), st.lists(st.tuples(st.sampled_from([BEN, CAT]), INSTANTS, INSTANTS), max_size=3), INSTANTS, INSTANTS)
def test_leave_leaves_nobody_with_two_shifts_or_at_work(
    drawn: tuple[Rota, date], others: list[tuple[ResponderId, int, int]], first: int, second: int
) -> None:
    rota, around = drawn
    shifts = expand_shifts(rota, find_minute(around, -4 * 1440), find_minute(around, 4 * 1440))
    leave = Leave(ANN, find_minute(around, min(first, second)), find_minute(around, max(first, second) + 1))
    away = [Leave(who, find_minute(around, min(a, b)), find_minute(around, max(a, b) + 1)) for who, a, b in others]
    found = redistribute(leave, shifts, {rota.id: [ANN, BEN, CAT]}, away)
    assert {each.shift for each in found} == {shift for shift in shifts if shift.who == ANN and leave.touches(shift)}
    for each in found:
        assert each.who != ANN
        assert not any(one.who == each.who and one.touches(each.shift) for one in away)
        others_then = [shift for shift in shifts if shift.who == each.who and shift not in {one.shift for one in found}]
        taken = others_then + [one.shift for one in found if one.who == each.who and one is not each]
        if each.who is not None:
            assert not any(t.starts_at < each.shift.ends_at and each.shift.starts_at < t.ends_at for t in taken)
