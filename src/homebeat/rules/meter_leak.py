"""`meter_leak`: the meter itself says that water is leaking, or that a pipe has burst."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.domain.metric import MeterStatus
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Rule, make_never_due, make_verdicts
from homebeat.stream.batch import FAR, NEVER
from homebeat.stream.evidence import Evidence

_LEAK: Final = int(MeterStatus.LEAK)
_BURST: Final = int(MeterStatus.BURST)


@dataclass(frozen=True)
class MeterLeak(Rule):
    """A meter reports `leak` or `burst` in `meter_status`.

    Means: the meter sees the flow every few seconds, and finds a leak days before hourly totals show it. The flat, and the one
    below, may be under water; the person may be unable to turn it off. Needs: `meter_status` of a meter that looks for leaks.
    Wrong when: a cistern drips, a garden is watered for a day. Defaults: a leak is medium, a burst high; both for property
    management, who can shut the water off. A leak that becomes a burst raises its alert. Over when the meter says otherwise.
    """

    code: ClassVar[str] = "meter_leak"
    axis: ClassVar[Axis] = Axis.METER
    desk: ClassVar[Desk] = Desk.PROPERTY
    priority: ClassVar[Priority] = Priority.MEDIUM
    triggers: ClassVar[Evidence] = Evidence.WATER
    renews: ClassVar[bool] = True

    def judge(self, frame: Frame) -> Judgement:
        status, at = frame.water.status[frame.rows], frame.water.status_at[frame.rows]
        burst = status == _BURST
        firing = (status == _LEAK) | burst
        # repeated with every total it is no news; only a burst is
        since = np.where(frame.standing_since > NEVER, frame.standing_since, at)
        verdict = make_verdicts(frame, firing=firing, known=at > NEVER)
        return Judgement(verdict, since, make_never_due(frame), news_at=burst.astype(np.int64))

    def find_idle_until(self, frame: Frame) -> int:
        status = frame.water.status[frame.rows]
        return NEVER if ((status == _LEAK) | (status == _BURST)).any() else FAR

    def find_priority(self, frame: Frame, i: int) -> Priority:
        return Priority.HIGH if frame.water.status[frame.start + i] == _BURST else Priority.MEDIUM

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        water, row = frame.water, frame.start + i
        code = "meter_burst" if water.status[row] == _BURST else "meter_leak"
        return Reason(code, {"since_at": int(water.status_at[row]) if code == "meter_burst" else since})
