"""`device_silent`: a device stopped reporting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

import numpy as np

from homebeat.domain.alert import Reason
from homebeat.domain.fleet import DeviceKind
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Rule, add_wait, make_verdicts, to_ms
from homebeat.stream.batch import FAR, I64, NEVER
from homebeat.stream.evidence import Evidence
from homebeat.stream.roster import get_kind_index

_WRISTBAND: Final = get_kind_index(DeviceKind.WRISTBAND)


@dataclass(frozen=True)
class DeviceSilent(Rule):
    """A device has missed several reports in a row.

    Means: battery, radio, gateway or broker; says nothing about the person. Judged by arrival, since this is about the line.
    Needs: the device's expected report interval. Wrong when: the interval in the fleet file is wrong. Silence while homebeat
    itself was not listening does not count. A band's silence does not count while an absence of its wearer is declared: it may
    lie at home, switched off. After the return it has the whole time again.
    Defaults: 3 expected reports and at least 15 minutes; a device that reports once or twice a day: one and a half intervals
    (36 h for a daily one); low, for the technician.
    """

    code: ClassVar[str] = "device_silent"
    axis: ClassVar[Axis] = Axis.DEVICE
    triggers: ClassVar[Evidence] = Evidence.HEARD
    fires_by_time_only: ClassVar[bool] = True
    judges_silence: ClassVar[bool] = True

    reports: int = 3
    at_least: timedelta = timedelta(minutes=15)

    def judge(self, frame: Frame) -> Judgement:
        last, limit = np.maximum(frame.heard_at, frame.enrolled_at), self._get_limits_ms(frame)
        # what stands stays as it is: a return is no word from the device
        bands = np.flatnonzero((frame.now - last >= limit) & (frame.kind == _WRISTBAND) & (frame.standing_since == NEVER))
        last[bands] = np.maximum(last[bands], frame.find_return(bands))
        silent, listened = frame.now - last >= limit, frame.now - frame.heard_from >= limit
        regular = frame.every < FAR
        # a silence that began while we were deaf is neither held against the device nor taken for a word from it
        known = regular & (listened | ~silent)
        known[bands] &= ~frame.is_declared_away(bands)
        due = add_wait(np.maximum(last, frame.heard_from), limit, regular & ~(silent & listened))
        return Judgement(make_verdicts(frame, firing=silent, known=known), last, due)

    def find_idle_until(self, frame: Frame) -> int:
        soonest = int((np.maximum(frame.heard_at, frame.enrolled_at) + self._get_limits_ms(frame)).min(initial=FAR))
        return soonest if soonest > frame.now else NEVER

    def _get_limits_ms(self, frame: Frame) -> I64:
        return frame.state.compute_once(self, lambda roster: self._compute_limits_ms(roster.device_every))[frame.device]

    def _compute_limits_ms(self, every: I64) -> I64:
        every = np.minimum(every, FAR // 8)
        seldom = every >= to_ms(timedelta(hours=12))
        return np.where(seldom, every * 3 // 2, np.maximum(every * self.reports, to_ms(self.at_least)))

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        heard = int(frame.heard_at[i])
        silent = {"silent_s": (frame.now - int(max(heard, frame.enrolled_at[i]))) // 1000}
        return Reason("device_silent", silent | {"heard_at": heard}) if heard > NEVER else Reason("device_never_heard", silent)

    def explain_clearing(self, frame: Frame, i: int) -> tuple[int, Reason]:
        return frame.now, Reason("device_back", {"heard_at": int(frame.heard_at[i])})
