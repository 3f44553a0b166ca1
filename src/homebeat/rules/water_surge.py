"""`water_surge`: far more water than a home uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, NamedTuple

import numpy as np

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.domain.consent import Purpose
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.meter import combine_home, is_believed
from homebeat.rules.rule import Judgement, Rule, make_never_due, make_verdicts, to_ms
from homebeat.stream.batch import F64, FAR, NEVER, Bool
from homebeat.stream.evidence import Evidence
from homebeat.stream.features.water import BACK, SLOTS, compute_litres

_DAY = timedelta(days=1)
_BURST = timedelta(hours=2)


class _Volume(NamedTuple):
    """By home, in the row of its first meter: litres in a window, of these what only the newest totals show (float64[n] each).

    `is_whole`, bool[n]: every meter of the home is believed. Otherwise it is at least so much.
    """

    litres: F64
    newest: F64
    is_whole: Bool


@dataclass(frozen=True)
class WaterSurge(Rule):
    """More than `litres_a_day` in 24 h or `litres_in_two_hours` in 2 h.

    Means: a burst pipe, a forgotten bath; the person may be unable to turn it off. Needs: two totals in the window, and one
    more. A meter that is read by its digits shows the next cubic metre too early now and then, and takes it back. So what a total
    shows counts when the next one does not take it back; where it is taken back later, the alert is contradicted. A home's meters
    are added up; one that is silent hides nothing that another shows.
    Wrong when: a pool is filled, the flat is cleaned. Defaults: 2 m3 a day (Jing'an and others) and 1 m3 in 2 h; medium. After it
    cleared, much in a day stays silent for 6 h; a burst fires at once each time.
    """

    code: ClassVar[str] = "water_surge"
    axis: ClassVar[Axis] = Axis.METER
    judges_by: ClassVar[frozenset[Purpose]] = frozenset({Purpose.WATER})
    desk: ClassVar[Desk] = Desk.PROPERTY
    priority: ClassVar[Priority] = Priority.MEDIUM
    names_device: ClassVar[bool] = False
    triggers: ClassVar[Evidence] = Evidence.WATER

    litres_a_day: float = 2000.0
    litres_in_two_hours: float = 1000.0
    repeats: timedelta = timedelta(hours=6)

    @property
    def repeats_after(self) -> timedelta:
        return self.repeats

    def judge(self, frame: Frame) -> Judgement:
        lead = frame.state.roster.meter_lead[frame.rows] == np.arange(frame.start, frame.stop)
        burst, day = self._sum_believed(frame, _BURST), self._sum_believed(frame, _DAY)
        fast = lead & (burst.litres - burst.newest >= self.litres_in_two_hours)
        much = lead & (day.litres - day.newest >= self.litres_a_day)
        # what stands is not over only because a newer total is awaited
        stands = lead & (frame.standing_since > NEVER)
        fast |= stands & (burst.litres >= self.litres_in_two_hours)
        much |= stands & (day.litres >= self.litres_a_day)
        # too much is too much, also where another meter of the home is silent
        known = fast | much | (lead & (burst.is_whole | day.is_whole))
        total_at = frame.total_at.copy()
        more, place = frame.more_meters
        np.maximum.at(total_at, place, frame.water.total_at[more])
        return Judgement(make_verdicts(frame, firing=fast | much, known=known), total_at, make_never_due(frame), at_once=fast)

    def find_idle_until(self, frame: Frame) -> int:
        if len(frame.state.roster.meter_more):
            return NEVER  # a home's meters are added up
        water, rows = frame.water, frame.rows
        all_that_is_known = water.get_index(rows) - water.ring[(water.head + 1) % SLOTS, rows]
        least = min(self.litres_a_day, self.litres_in_two_hours)
        return NEVER if (all_that_is_known >= least * 10).any() else FAR

    def _sum_believed(self, frame: Frame, window: timedelta) -> _Volume:
        """Sum what the believed meters of a home show in the trailing window, in the row of its first meter."""
        water, rows, window_ms = frame.water, frame.rows, to_ms(window)
        more, place = frame.more_meters
        here, there = is_believed(frame, window_ms), is_believed(frame, window_ms, more)
        litres = np.where(here, compute_litres(water, rows, window_ms), 0.0)
        np.add.at(litres, place, np.where(there, compute_litres(water, more, window_ms), 0.0))
        newest = np.where(here, water.rose[rows], 0.0)
        np.add.at(newest, place, np.where(there, water.rose[more], 0.0))
        return _Volume(litres, newest, combine_home(frame, here, there))

    def explain_clearing(self, frame: Frame, i: int) -> tuple[int, Reason]:
        water, since = frame.water, int(frame.standing_since[i])
        more, place = frame.more_meters
        for row in (frame.start + i, *more[place == i].tolist()):
            if water.fault[row] == BACK and water.fault_at[row] > since:
                before, after = (float(total[row]) / 1000 for total in (water.fault_before, water.fault_after))
                return since, Reason("meter_back", {"before": before, "after": after})
        return super().explain_clearing(frame, i)

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        day, burst = (float(self._sum_believed(frame, window).litres[i]) for window in (_DAY, _BURST))
        if burst >= self.litres_in_two_hours:
            return Reason(
                "water_surge", {"litres": burst, "window_s": to_ms(_BURST) // 1000, "limit_litres": self.litres_in_two_hours}
            )
        return Reason("water_surge", {"litres": day, "window_s": to_ms(_DAY) // 1000, "limit_litres": self.litres_a_day})
