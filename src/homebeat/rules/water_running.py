"""`water_running`: a leak, or a tap left on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.habits.leak import LEAST_LITRES, is_learned, steady_flow, waits
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.meter import believed, shows_hours
from homebeat.rules.rule import Judgement, Rule, ms, never_due, verdicts
from homebeat.stream.batch import FAR, I64, NEVER
from homebeat.stream.evidence import Evidence
from homebeat.stream.features.hours import HOUR_MS

_NIGHT_ENDS_H: Final = 6


@dataclass(frozen=True)
class WaterRunning(Rule):
    """Use in every hour, for longer than is usual in this home, with a flow that is always there.

    Means: a dripping cistern, a leak, a tap left on. What runs day and night is also taken off before a rise of the meter
    counts as a sign of life, so that a leak does not hide its resident.
    Needs: a meter whose totals are at most two hours apart; two weeks of them for the home's own wait. A meter that counts in
    steps of more than a litre does not show a smaller flow in every hour: there a leak is found or unknown, never ruled out.
    Wrong when: a humidifier, a water softener, a busy household in its first weeks.
    Defaults: waits for the longest run of hours with use that this home had in eight weeks and four hours more, at least 24
    and at most 48 (36 until two weeks are known); runs that were leaks are left out. Three hours in a row, and 18 % of those
    waited for, must lie near the lowest. Over when two nights in a row have an hour without use; then silent for a week.
    `learned = false` waits for `window` everywhere.
    Measured on real homes: docs/detection.md. Medium, for property management.
    """

    code: ClassVar[str] = "water_running"
    axis: ClassVar[Axis] = Axis.METER
    desk: ClassVar[Desk] = Desk.PROPERTY
    priority: ClassVar[Priority] = Priority.MEDIUM
    woken_by: ClassVar[Evidence] = Evidence.WATER

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
        firing = np.zeros(len(frame), np.bool_)
        long = np.flatnonzero(run >= self._least_h)
        if len(long):
            wait = self._wait_h(frame, long)
            flow = steady_flow(hours.litres(long + np.int32(frame.start)), wait, resolution[long])
            firing[long] = (run[long] >= wait) & flow.is_steady
        known = believed(frame) & shows_hours(frame)
        # one dry hour ends a run, and two clean nights what stands; of a coarse meter nothing else tells that nothing leaks
        doubtful = np.flatnonzero(known & ~firing & ((frame.standing_since > NEVER) | (resolution > 1)))
        if len(doubtful):
            known[doubtful] = [self._is_clean(frame, i) for i in doubtful.tolist()]
        since = hours.since[frame.rows] * np.int64(HOUR_MS)
        return Judgement(verdicts(frame, firing=firing, known=known), since, never_due(frame))

    def rests_until(self, frame: Frame) -> int:
        return NEVER if (frame.state.hours.run[frame.rows] >= self._least_h).any() else FAR

    @property
    def _least_h(self) -> int:
        return _hours(min(self.window, self.shortest) if self.learned else self.window)

    def _wait_h(self, frame: Frame, some: NDArray[np.intp]) -> I64:
        """Hours to wait for of some rows of the frame, int64[len(some)]."""
        if not self.learned:
            return np.full(len(some), _hours(self.window))
        hours, rows = frame.state.hours, some + frame.start
        return waits(
            hours.longest[:, rows],
            hours.heard_h[:, rows],
            unlearned_h=_hours(self.window),
            shortest_h=_hours(self.shortest),
            most_h=_hours(self.longest),
        )

    def _is_clean(self, frame: Frame, i: int) -> bool:
        """Whether each of the two newest nights, 00 to 06 at home, has an hour without use since what stands began."""
        hours, row, since = frame.state.hours, frame.start + i, int(frame.standing_since[i])
        if since == NEVER:
            return False
        litres = hours.litres(np.array([row], np.int32))[:, 0]
        hour = int(hours.hour[row]) - len(litres) + np.arange(len(litres))
        local = hour + self._offset_h(frame, row, int(hour[-1]))
        dry = (litres < LEAST_LITRES) & (local % 24 < _NIGHT_ENDS_H) & (hour * HOUR_MS >= since)
        newest = local[-1] // 24
        return bool((dry & (local // 24 == newest)).any() and (dry & (local // 24 == newest - 1)).any())

    def _offset_h(self, frame: Frame, row: int, hour: int) -> int:
        roster = frame.state.roster
        zone = roster.household_zone[roster.device_household[roster.meter_device[row]]]
        return frame.state.local.offset_s(zone, hour * 2) // 3600

    def reason(self, frame: Frame, i: int, since: int) -> Reason:
        hours, rows = frame.state.hours, slice(frame.start + i, frame.start + i + 1)
        wait = self._wait_h(frame, np.array([i]))
        flow = steady_flow(hours.litres(np.array([frame.start + i], np.int32)), wait)
        said: dict[str, float | int | str] = {
            "run_s": int(frame.total_at[i] - since) // 1000,
            "flow_lph": round(float(flow.lowest_lph[0]), 1),
        }
        if self.learned and is_learned(hours.heard_h[:, rows])[0]:
            return Reason("water_running", said | {"usual_s": int(hours.longest[:, rows].max()) * 3600})
        return Reason("water_running_new", said | {"limit_s": int(wait[0]) * 3600})


def _hours(duration: timedelta) -> int:
    return -(-ms(duration) // HOUR_MS)
