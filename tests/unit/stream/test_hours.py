"""Whole hours of water against a slow program that keeps every total."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homebeat.domain.durations import HOUR_MS
from homebeat.habits.leak import LEAST_PAUSES, SILENCE_H, compute_base_flow
from homebeat.stream.features.hours import UNKNOWN, Hours
from homebeat.stream.features.water import Flow
from tests.laws.oracle import is_at_an_edge, is_split

WEEK_H = 168
FIRST = 490_000  # an hour


@dataclass
class Slow:
    """One meter's totals, (epoch ms, decilitres, whether it is believed to go on from the one before)."""

    totals: list[tuple[int, int, bool]] = field(default_factory=list)

    def hours(self) -> dict[int, int | None]:
        """Use of each closed hour, decilitres."""
        ends: dict[int, list[tuple[int, float]]] = {}
        for part, ((earlier, low, _), (at, high, goes_on)) in enumerate(zip(self.totals, self.totals[1:], strict=False)):
            if goes_on and at - earlier <= 2 * HOUR_MS:
                for end in range(math.ceil(earlier / HOUR_MS), at // HOUR_MS + 1):
                    level = high - (high - low) * (at - end * HOUR_MS) / (at - earlier)
                    ends.setdefault(end, []).append((part, level))
        broken = {part for part, total in enumerate(self.totals[1:]) if not total[2]}
        out: dict[int, int | None] = {}
        for hour in range(math.ceil(self.totals[0][0] / HOUR_MS), self.totals[-1][0] // HOUR_MS):
            pairs = [
                (a, b)
                for a in ends.get(hour, [])
                for b in ends.get(hour + 1, [])
                if a[0] <= b[0] and not any(a[0] < part <= b[0] for part in broken)
            ]
            out[hour] = round(pairs[0][1][1] - pairs[0][0][1]) if pairs else None
        return out

    def runs(self) -> tuple[int, int, dict[int, int], dict[int, int]]:
        """(run now, its first hour, longest run by week it ended in, hours heard by week)."""
        run: list[int] = []
        uses = self.litres()
        unheard = 0
        longest: dict[int, int] = {}
        heard: dict[int, int] = {}
        for hour, litres in uses.items():
            week = hour // WEEK_H
            if litres is None:
                unheard += 1
                run = [] if unheard >= SILENCE_H else run
                continue
            unheard = 0
            heard[week] = heard.get(week, 0) + 1
            if litres >= 0.7 or (run and is_split(uses, run[0], hour)):
                run.append(hour)
                continue
            dry = [h for h in (hour - 1, hour - 2) if (before := uses.get(h)) is not None and before < 0.7]
            ended = len(run) - (len(dry) if hour - 1 in dry else 0)
            longest[week], run = max(longest.get(week, 0), ended), []
        return len(run), run[0] if run else 0, longest, heard

    def litres(self) -> dict[int, float | None]:
        """The same in litres."""
        return {hour: None if use is None else use / 10 for hour, use in self.hours().items()}


def flow_of(parts: list[tuple[int, Slow, int]]) -> Flow:
    """The believed intervals that end with these totals: (meter, its totals, which)."""
    rows = []
    for meter, slow, i in parts:
        (earlier, low, _), (at, high, goes_on) = slow.totals[i - 1], slow.totals[i]
        if goes_on:
            known = next(t for t, _, on in reversed(slow.totals[:i]) if not on)
            rows.append((meter, earlier, at, (high - low) / 10, at - earlier, high, known))
    kinds = (np.int32, np.int64, np.int64, np.float64, np.int64, np.int32, np.int64)
    columns = zip(*rows, strict=True) if rows else [()] * len(kinds)
    return Flow(*(np.array(c, kind) for c, kind in zip(columns, kinds, strict=True)))


@st.composite
def lives(draw: st.DrawFn) -> Slow:
    """Totals of some days in steps that come up in the field; uses of up to a leak's length, or none for most of the time."""
    at, index = FIRST * HOUR_MS + draw(st.sampled_from((0, 7, HOUR_MS // 2))), 1_000
    slow = Slow([(at, index, False)])
    usual = draw(st.sampled_from((0, 10, 60)))
    for _ in range(draw(st.integers(1, 90))):
        step = draw(st.sampled_from((60, 60, 60, 60, 61, 59, 30, 10, 119, 120, 121, 200, 800, 3000)))
        at += step * 60_000
        index += draw(st.sampled_from((usual, usual, usual, 0, 7, 30, 9_000)))
        slow.totals.append((at, index, draw(st.sampled_from((True, True, True, True, True, True, True, False)))))
    return slow


@settings(max_examples=20)
@given(st.lists(lives(), min_size=1, max_size=4), st.lists(st.sampled_from((1, 1, 3, 20)), min_size=1))
def test_hours_runs_and_weeks(meters: list[Slow], cuts: list[int]) -> None:
    hours = Hours(len(meters))
    todo = [(slow.totals[i][0], meter, slow, i) for meter, slow in enumerate(meters) for i in range(1, len(slow.totals))]
    todo.sort(key=lambda entry: entry[:2])
    for many in itertools.cycle(cuts):
        if not todo:
            break
        fold, todo = todo[:many], todo[many:]
        hours.fold(flow_of([(meter, slow, i) for _, meter, slow, i in sorted(fold, key=lambda e: (e[1], e[0]))]))
    for meter, slow in enumerate(meters):
        believed = [i for i, (_, _, on) in enumerate(slow.totals) if on]
        last = max((i for i in believed if slow.totals[i][0] // HOUR_MS >= -(-slow.totals[i - 1][0] // HOUR_MS)), default=None)
        if last is None:
            assert hours.hour[meter] == -1
            continue
        check(hours, meter, Slow(slow.totals[: last + 1]))


def check(hours: Hours, meter: int, slow: Slow) -> None:
    """What the columns hold of a meter is what its totals give."""
    wanted, (run, since, longest, heard) = slow.hours(), slow.runs()
    newest = int(hours.hour[meter]) - 1
    assert newest == slow.totals[-1][0] // HOUR_MS - 1
    for hour in range(newest - 47, newest + 1):
        use, got = wanted.get(hour), int(hours.use[hour % 48, meter])
        assert got == UNKNOWN if use is None else abs(got - use) <= 2, hour
    if is_at_an_edge(slow.litres(), 0.21):
        return  # there a rounding may decide
    assert hours.run[meter] == min(run, 65_535)
    if run:
        assert hours.since[meter] == since
    line = np.array(
        [[math.nan if wanted.get(h) is None else hours.use[h % 48, meter] / 10] for h in range(newest - 47, newest + 1)]
    )
    stretches = np.lib.stride_tricks.sliding_window_view(line[:, 0], 3).sum(axis=1)
    if np.isfinite(stretches).sum() >= LEAST_PAUSES:
        assert hours.base[meter] / 30 == pytest.approx(compute_base_flow(line)[0])
    else:
        # as it was before the hole, and never more than any stretch that is heard
        assert hours.base[meter] / 10 <= np.nanmin(np.append(stretches, np.inf)) + 0.01
    for week in range(newest // WEEK_H - 7, newest // WEEK_H + 1):
        assert hours.heard_h[week % 8, meter] == heard.get(week, 0)
        kept = int(hours.longest[week % 8, meter])
        assert kept == min(255, longest.get(week, 0)) or (kept < longest.get(week, 0) and longest.get(week, 0) >= 24)


def steady(hours: Hours, first: int, uses: list[int]) -> None:
    """One meter, a total on each hour."""
    slow = Slow([(first * HOUR_MS, 0, False)])
    for k, use in enumerate(uses):
        slow.totals.append(((first + k + 1) * HOUR_MS, slow.totals[-1][1] + use, True))
    for i in range(1, len(slow.totals)):
        hours.fold(flow_of([(0, slow, i)]))


def test_a_run_that_was_a_leak_is_not_learned() -> None:
    hours = Hours(1)
    steady(hours, FIRST, [0] + [40] * 60 + [0, 90, 80, 0])
    assert hours.longest.max() == 2
    visitors = Hours(1)
    steady(visitors, FIRST, [0] + [300, 20, 550, 80, 200, 30] * 5 + [0])
    assert visitors.longest.max() == 30


def test_a_run_goes_on_over_a_split_pulse() -> None:
    twice = [0] + [10] * 11 + [0, 20] + [10] * 10 + [6, 4]
    hours = Hours(1)
    steady(hours, FIRST, twice)
    assert (hours.run[0], hours.since[0]) == (25, FIRST + 1), "a second one, twelve hours after the first"
    hours = Hours(1)
    steady(hours, FIRST, [*twice, *[10] * 8, 0])
    assert (hours.run[0], hours.longest.max()) == (0, 0), "a third one comes too early; what ran was a leak"


def test_what_stopped_is_not_learned_to_have_run() -> None:
    hours = Hours(1)
    steady(hours, FIRST, [0, 90, 10, 0])
    assert hours.run[0] == 3
    hours = Hours(1)
    steady(hours, FIRST, [0, 90, 10, 0, 0])
    assert (hours.run[0], hours.longest.max()) == (0, 2)


def test_the_longest_spell_of_strong_flow_is_an_hour_less_each_week() -> None:
    hours = Hours(2)
    begin = FIRST - FIRST % WEEK_H
    steady(hours, begin, [0, 95, 300, 120, 94, 100, 100, 0])
    assert hours.longest_strong.tolist() == [3, 0]
    steady(hours, begin + 8, [0] * (WEEK_H - 8) + [100] * 30 + [0])
    assert hours.longest_strong[0] == 2, "thirty hours of the same flow were a leak"
    steady(hours, begin + 20 * WEEK_H, [0])
    assert hours.longest_strong[0] == 0


def test_the_spell_that_goes_on() -> None:
    hours = Hours(1)
    steady(hours, FIRST, [0, 30, 300, 100, 95])
    assert [int(one[0]) for one in hours.find_spells(np.array([0], np.int32))] == [3, FIRST + 2]
    steady(hours, FIRST + 7, [120])
    count, first = hours.find_spells(np.array([0], np.int32))
    assert (count[0], first[0]) == (4, FIRST + 2), "what was not heard neither adds nor ends"
    assert hours.is_strong(slice(0, 1)).tolist() == [True]


def test_the_base_flow_is_the_one_before_each_total_of_a_list() -> None:
    alone, listed = Hours(1), Hours(1)
    slow = Slow([(FIRST * HOUR_MS, 0, False)])
    for k in range(120):
        slow.totals.append(((FIRST + k + 1) * HOUR_MS, slow.totals[-1][1] + (50 if k > 20 else 0) + 300 * (k % 11 == 3), True))
    singly = [float(alone.fold(flow_of([(0, slow, i)]))[0]) for i in range(1, 121)]
    at_once = listed.fold(flow_of([(0, slow, i) for i in range(1, 121)]))
    assert at_once.tolist() == singly
    assert singly[:67] == [0.0] * 67, "three dry hours in a row are remembered for two days"
    assert singly[75] == 5.0
    for name, column in alone.list_arrays().items():
        np.testing.assert_array_equal(column, listed.list_arrays()[name], name)


def test_a_hole_in_the_readings_does_not_make_a_leak_look_like_somebody() -> None:
    hours = Hours(1)
    steady(hours, FIRST, [10] * 60)
    assert hours.base[0] == 30
    steady(hours, FIRST + 60 + 15, [10] * 5)
    assert hours.base[0] == 30, "of the last two days too few hours are known to measure it anew"
    steady(hours, FIRST + 80, [0, 0, 0])
    assert hours.base[0] == 0, "three dry hours show that it was mended"


def test_a_base_flow_that_was_never_known_is_none() -> None:
    hours = Hours(1)
    steady(hours, FIRST, [10] * 30)
    assert hours.base[0] == 0


def test_weeks_of_nothing_end_a_run_and_what_was_learned() -> None:
    hours = Hours(1)
    steady(hours, FIRST, [0] + [60, 90] * 10 + [0] + [50] * 10)
    assert (hours.run[0], hours.longest.max()) == (10, 20)
    steady(hours, FIRST + 10 * WEEK_H, [50])
    assert (hours.run[0], hours.longest.max(), hours.heard_h.sum()) == (1, 0, 1)
    assert hours.since[0] == FIRST + 10 * WEEK_H


def test_a_meter_costs_little() -> None:
    assert Hours(1_000).nbytes <= 140 * 1_000


def test_what_lies_ahead_of_a_clock_that_went_back_is_unknown_again() -> None:
    """Meter 0 ran in hours that have not come yet; meter 1 has not, and keeps what it has."""
    hours = Hours(2)
    steady(hours, FIRST, [10] * 30)
    slow = Slow([(FIRST * HOUR_MS, 0, False), ((FIRST + 1) * HOUR_MS, 10, True)])
    hours.fold(flow_of([(1, slow, 1)]))
    hours.rewind((FIRST + 5) * HOUR_MS)
    assert (hours.use[:, 0] == UNKNOWN).all()
    assert (hours.run[0], hours.hour[0]) == (0, -1)
    assert (hours.run[1], hours.hour[1]) == (1, FIRST + 1)
    steady(hours, FIRST + 5, [10, 10])
    assert (hours.run[0], hours.hour[0]) == (2, FIRST + 7)
