"""`water_running`: a leak, or a tap left on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.domain.consent import Purpose
from homebeat.domain.durations import HOUR_MS
from homebeat.habits.leak import (
    LEAST_LITRES,
    SPLIT_EVERY_H,
    STRONG_RUN_H,
    STRONG_SHARE,
    SteadyFlow,
    compute_strong_waits,
    compute_waits,
    find_steady_flow,
    is_learned,
    is_split,
)
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.meter import is_believed, shows_hours
from homebeat.rules.rule import Judgement, Rule, make_never_due, make_verdicts, to_ms
from homebeat.stream.batch import FAR, I64, NEVER, Bool
from homebeat.stream.evidence import Evidence

_NIGHT_ENDS_H: Final = 6


@dataclass(frozen=True)
class WaterRunning(Rule):
    """Use in every hour, for longer than is usual in this home, with a flow that never stops; sooner where it is strong.

    Means: a dripping cistern, a leak, a tap left on. What runs day and night is taken off before a rise of the meter counts
    as a sign of life. So a leak does not hide its resident.
    Needs: a meter whose totals are at most two hours apart; two weeks of them for the home's own wait. A meter that counts in
    steps of more than a litre does not show a smaller flow in every hour. There a leak is found or unknown, never ruled out.
    Wrong when: a humidifier, a water softener, a busy household in its first weeks.
    Defaults: waits for the longest run of hours with use that this home had in eight weeks, and four hours more; runs that
    were leaks are left out. That is at least 24 h and at most 48 h, and 36 h until two weeks are known. Three hours in a row,
    and 18 % of those waited for, must lie near the lowest. Once in twelve hours a count may be missing where nobody drew
    water just before: a pulse that fell to another hour. A strong flow is 9.5 L in each of ten hours, of which half lie near
    the lowest. It fires at once where the home is known and its meter counts litres. The spell must be half as long again as
    its longest of late. Over when two nights in a row have an hour without use; then silent for a week. With `learned` off it
    waits for `window` everywhere.
    Measured on real homes: docs/detection.md. Medium, for property management.
    """

    code: ClassVar[str] = "water_running"
    axis: ClassVar[Axis] = Axis.METER
    judges_by: ClassVar[frozenset[Purpose]] = frozenset({Purpose.WATER})
    desk: ClassVar[Desk] = Desk.PROPERTY
    priority: ClassVar[Priority] = Priority.MEDIUM
    triggers: ClassVar[Evidence] = Evidence.WATER

    window: timedelta = timedelta(hours=36)
    learned: bool = True
    shortest: timedelta = timedelta(hours=24)
    longest: timedelta = timedelta(hours=48)
    repeats: timedelta = timedelta(days=7)

    def __post_init__(self) -> None:
        if min(self.window, self.shortest) < timedelta(hours=1) or self.longest > timedelta(days=7):
            raise ValueError("window and shortest must be at least an hour, longest at most a week")
        if self.shortest > self.longest:
            raise ValueError("shortest must not be longer than longest")

    @property
    def repeats_after(self) -> timedelta:
        return self.repeats

    def judge(self, frame: Frame) -> Judgement:
        hours, run = frame.state.hours, frame.state.hours.run[frame.rows]
        resolution = frame.state.roster.meter_resolution[frame.rows]
        firing, since = np.zeros(len(frame), np.bool_), hours.since[frame.rows].astype(np.int64)
        long = np.flatnonzero(run >= self._least_h)
        if len(long):
            firing[long] = self._runs_long(frame, long)[0]
        strong = np.flatnonzero(self._may_be_strong(frame) & ~firing & (resolution <= 1))
        if len(strong):
            firing[strong], _, first = self._runs_strongly(frame, strong)
            since[strong] = np.where(firing[strong], first, since[strong])
        known = is_believed(frame) & shows_hours(frame)
        # one dry hour ends a run; two clean nights end an alert, and are the only proof of a coarse meter that nothing leaks
        doubtful = np.flatnonzero(known & ~firing & ((frame.standing_since > NEVER) | (resolution > 1)))
        if len(doubtful):
            known[doubtful] = [self._is_clean(frame, i) for i in doubtful.tolist()]
        return Judgement(make_verdicts(frame, firing=firing, known=known), since * HOUR_MS, make_never_due(frame))

    def find_idle_until(self, frame: Frame) -> int:
        long = frame.state.hours.run[frame.rows] >= self._least_h
        return NEVER if long.any() or self._may_be_strong(frame).any() else FAR

    def _runs_long(self, frame: Frame, some: NDArray[np.intp]) -> tuple[Bool, I64, SteadyFlow]:
        """Find (fires, hours waited for, the flow) of some rows (intp[k]): use in every hour for longer than is usual."""
        hours, rows = frame.state.hours, some.astype(np.int32) + np.int32(frame.start)
        wait, litres = self._compute_wait_h(frame, some), hours.get_litres(rows)
        flow = find_steady_flow(litres, wait, frame.state.roster.meter_resolution[rows])
        # a run may go on over an hour without use: the next hour shows whether anything runs
        return (hours.run[rows] >= wait) & flow.is_steady & ~(litres[-1] < LEAST_LITRES), wait, flow

    def _may_be_strong(self, frame: Frame) -> Bool:
        hours = frame.state.hours
        long = hours.run[frame.rows] >= STRONG_RUN_H
        return long & hours.is_strong(frame.rows) if self.learned and long.any() else np.zeros(len(frame), np.bool_)

    def _runs_strongly(self, frame: Frame, some: NDArray[np.intp]) -> tuple[Bool, SteadyFlow, I64]:
        """Find (fires, the flow, the first hour of the spell) of some rows: much in every hour, for far longer than is usual."""
        hours, rows = frame.state.hours, some.astype(np.int32) + np.int32(frame.start)
        spell, first = hours.find_spells(rows)
        flow = find_steady_flow(hours.get_litres(rows), np.full(len(rows), STRONG_RUN_H))
        wait = compute_strong_waits(hours.longest_strong[rows], hours.heard_h[:, rows])
        return (spell >= wait) & flow.is_near_for(STRONG_SHARE), flow, first

    @property
    def _least_h(self) -> int:
        return _to_hours(min(self.window, self.shortest) if self.learned else self.window)

    def _compute_wait_h(self, frame: Frame, some: NDArray[np.intp]) -> I64:
        """Compute the hours to wait for, for some rows of the frame, int64[k]."""
        if not self.learned:
            return np.full(len(some), _to_hours(self.window))
        hours, rows = frame.state.hours, some + frame.start
        return compute_waits(
            hours.longest[:, rows],
            hours.heard_h[:, rows],
            unlearned_h=_to_hours(self.window),
            shortest_h=_to_hours(self.shortest),
            most_h=_to_hours(self.longest),
        )

    def _is_clean(self, frame: Frame, i: int) -> bool:
        """Whether each of the two newest nights, 00 to 06 at home, has an hour without use since what stands began.

        An hour that a split pulse explains does not count.
        """
        hours, row, since = frame.state.hours, frame.start + i, int(frame.standing_since[i])
        if since == NEVER:
            return False
        litres = hours.get_litres(np.array([row], np.int32))[:, 0]
        if hours.run[row] and litres[-1] < LEAST_LITRES:
            return False  # it may go on
        hour = int(hours.hour[row]) - len(litres) + np.arange(len(litres))
        local = hour + self._get_offset_h(frame, row, int(hour[-1]))
        dry = (litres < LEAST_LITRES) & (local % 24 < _NIGHT_ENDS_H) & (hour * HOUR_MS >= since)
        before = np.concatenate([np.full(SPLIT_EVERY_H - 1, np.nan), litres])
        dry &= ~is_split(np.lib.stride_tricks.sliding_window_view(before, SPLIT_EVERY_H).T)
        newest = local[-1] // 24
        return bool((dry & (local // 24 == newest)).any() and (dry & (local // 24 == newest - 1)).any())

    def _get_offset_h(self, frame: Frame, row: int, hour: int) -> int:
        roster = frame.state.roster
        zone = roster.household_zone[roster.device_household[roster.meter_device[row]]]
        return frame.state.local.get_offset_s(zone, hour * 2) // 3600

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        hours, row, one = frame.state.hours, frame.start + i, np.array([i])
        fires, wait, flow = self._runs_long(frame, one)
        run_s = int(frame.total_at[i] - since) // 1000
        if not fires[0] and self._may_be_strong(frame)[i]:
            _, flow, _ = self._runs_strongly(frame, one)
            said = {"run_s": run_s, "flow_lph": _round_flow(flow), "usual_s": max(int(hours.longest_strong[row]), 1) * 3600}
            return Reason("water_running_strong", said)
        said = {"run_s": run_s, "flow_lph": _round_flow(flow)}
        if self.learned and is_learned(hours.heard_h[:, [row]])[0]:
            return Reason("water_running", said | {"usual_s": int(hours.longest[:, row].max()) * 3600})
        return Reason("water_running_new", said | {"limit_s": int(wait[0]) * 3600})


def _round_flow(flow: SteadyFlow) -> float:
    return round(float(flow.lowest_lph[0]), 1)


def _to_hours(duration: timedelta) -> int:
    return -(-to_ms(duration) // HOUR_MS)
