"""`water_surge`: far more water than a home uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.meter import combine_home, is_believed
from homebeat.rules.rule import Judgement, Rule, make_never_due, make_verdicts, to_ms
from homebeat.stream.batch import F64, FAR, NEVER, Bool
from homebeat.stream.evidence import Evidence
from homebeat.stream.features.water import BACK, SLOTS

_DAY = timedelta(days=1)
_BURST = timedelta(hours=2)


@dataclass(frozen=True)
class WaterSurge(Rule):
    """More than `litres_a_day` in 24 h or `litres_in_two_hours` in 2 h.

    Means: a burst pipe, a forgotten bath; the person may be unable to turn it off. Needs: two totals in the window, and one
    more: a meter that is read by its digits shows the next cubic metre too early now and then, and takes it back. What a total
    shows counts when the next one does not take it back; where it is taken back later, the alert is contradicted.
    Wrong when: a pool is filled, the flat is cleaned. Defaults: 2 m3 a day (Jing'an and others) and 1 m3 in 2 h; medium. After it
    cleared, much in a day stays silent for 6 h; a burst fires at once each time.
    """

    code: ClassVar[str] = "water_surge"
    axis: ClassVar[Axis] = Axis.METER
    desk: ClassVar[Desk] = Desk.PROPERTY
    priority: ClassVar[Priority] = Priority.MEDIUM
    triggers: ClassVar[Evidence] = Evidence.WATER

    litres_a_day: float = 2000.0
    litres_in_two_hours: float = 1000.0
    repeats: timedelta = timedelta(hours=6)

    @property
    def repeats_after(self) -> timedelta:
        return self.repeats

    def judge(self, frame: Frame) -> Judgement:
        day, burst = self._compute_volumes(frame)
        # a rise over a longer silence did not all happen within the window
        known, known_day = self._is_known(frame, to_ms(_BURST)), self._is_known(frame, to_ms(_DAY))
        newest = frame.newest_litres
        fast, much = known & (burst - newest >= self.litres_in_two_hours), known_day & (day - newest >= self.litres_a_day)
        # what stands is not over only because a newer total is awaited
        stands = frame.standing_since > NEVER
        fast |= stands & known & (burst >= self.litres_in_two_hours)
        much |= stands & known_day & (day >= self.litres_a_day)
        verdict = make_verdicts(frame, firing=fast | much, known=known | known_day)
        return Judgement(verdict, frame.total_at, make_never_due(frame), at_once=fast)

    def find_idle_until(self, frame: Frame) -> int:
        if len(frame.state.roster.meter_more):
            return NEVER  # a home's meters are added up
        water, rows = frame.water, frame.rows
        all_that_is_known = water.get_index(rows) - water.ring[(water.head + 1) % SLOTS, rows]
        least = min(self.litres_a_day, self.litres_in_two_hours)
        return NEVER if (all_that_is_known >= least * 10).any() else FAR

    def _is_known(self, frame: Frame, window_ms: int) -> Bool:
        more = frame.more_meters[0]
        return combine_home(frame, is_believed(frame, window_ms), is_believed(frame, window_ms, more))

    def _compute_volumes(self, frame: Frame) -> tuple[F64, F64]:
        return frame.sum_litres(to_ms(_DAY)), frame.sum_litres(to_ms(_BURST))

    def explain_clearing(self, frame: Frame, i: int) -> tuple[int, Reason]:
        water, row, since = frame.water, frame.start + i, int(frame.standing_since[i])
        if water.fault[row] == BACK and water.fault_at[row] > since:
            before, after = (float(total[row]) / 1000 for total in (water.fault_before, water.fault_after))
            return since, Reason("meter_back", {"before": before, "after": after})
        return super().explain_clearing(frame, i)

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        day, burst = (float(v[i]) for v in self._compute_volumes(frame))
        if burst >= self.litres_in_two_hours:
            return Reason(
                "water_surge", {"litres": burst, "window_s": to_ms(_BURST) // 1000, "limit_litres": self.litres_in_two_hours}
            )
        return Reason("water_surge", {"litres": day, "window_s": to_ms(_DAY) // 1000, "limit_litres": self.litres_a_day})
