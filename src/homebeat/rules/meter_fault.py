"""`meter_fault`: a meter's totals cannot be true, or it says itself that it is not well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.alert import Reason
from homebeat.domain.metric import MeterStatus
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Rule, add_wait, make_verdicts, to_ms
from homebeat.stream.batch import FAR, NEVER, Bool
from homebeat.stream.evidence import Evidence
from homebeat.stream.features.water import BACK, FELL

#: Statuses that are not for the technician: all is well, or `meter_leak` reports it to property management.
_OTHERS: Final = (int(MeterStatus.OK), int(MeterStatus.LEAK), int(MeterStatus.BURST))


@dataclass(frozen=True)
class MeterFault(Rule):
    """A total fell or leapt, or the meter reports that it is not well.

    It reports blocked, dry, backflow, tampering, an error, a low battery, or a word that homebeat does not know.
    Means: use is unknown, neither a sign of life nor its absence. With a low battery or an unknown word totals are still
    believed; a technician has to look. Needs: totals, or `meter_status`.
    Wrong when: a replaced meter: true, but expected; the technician closes it as such.
    Defaults: stands for 24 h after the last impossible total, and while a status stands; low.
    """

    code: ClassVar[str] = "meter_fault"
    axis: ClassVar[Axis] = Axis.METER
    triggers: ClassVar[Evidence] = Evidence.WATER

    lasts: timedelta = timedelta(hours=24)

    def judge(self, frame: Frame) -> Judgement:
        water, rows = frame.water, frame.rows
        fault_at, status_at = water.fault_at[rows], water.status_at[rows]
        broken = _needs_technician(water.status[rows])
        recent = (fault_at > NEVER) & (frame.now - np.maximum(fault_at, 0) < to_ms(self.lasts))
        known = (frame.total_at > NEVER) | (status_at > NEVER)
        since = np.where(recent, fault_at, status_at)
        return Judgement(
            make_verdicts(frame, firing=recent | broken, known=known),
            since,
            add_wait(fault_at, to_ms(self.lasts), recent & ~broken),
        )

    def find_idle_until(self, frame: Frame) -> int:
        recent = int(frame.water.fault_at[frame.rows].max(initial=NEVER))
        quiet = recent == NEVER or frame.now - recent >= to_ms(self.lasts)
        return FAR if quiet and not _needs_technician(frame.water.status[frame.rows]).any() else NEVER

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        water, row = frame.water, frame.start + i
        if _needs_technician(water.status[row : row + 1])[0]:
            return Reason("meter_status", {"status": MeterStatus(int(water.status[row])).name.lower()})
        before, after_ = float(water.fault_before[row]), float(water.fault_after[row])
        if water.fault[row] == BACK:
            return Reason("meter_back", {"before": before / 1000, "after": after_ / 1000})
        if water.fault[row] == FELL:
            return Reason("meter_fell", {"before": before / 1000, "after": after_ / 1000})
        span = int(water.fault_at[row] - water.total_at[row])
        return Reason("meter_jumped", {"litres": after_ - before, "span_s": max(0, span) // 1000})


def _needs_technician(status: NDArray[np.int8]) -> Bool:
    needs: Bool = ~np.isin(status, _OTHERS)
    return needs
