"""`not_worn`: a band lies in a drawer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np

from homebeat.domain.alert import Reason
from homebeat.domain.consent import Purpose
from homebeat.domain.fleet import DeviceKind
from homebeat.domain.metric import Metric
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Rule, make_never_due, make_verdicts
from homebeat.stream.batch import FAR, NEVER, Batch, Bool
from homebeat.stream.roster import get_kind_index


@dataclass(frozen=True)
class NotWorn(Rule):
    """A wristband reports that nobody wears it.

    Means: SOS, falls and pulse of this person are not watched. Needs: `worn` readings. Wrong when: the band sits loosely.
    While an absence of the wearer is declared it does not fire; the time begins again with the return.
    Defaults: 12 h without being worn: longer than a charge and most nights off the wrist; low.
    """

    code: ClassVar[str] = "not_worn"
    axis: ClassVar[Axis] = Axis.DEVICE
    judges_by: ClassVar[frozenset[Purpose]] = frozenset({Purpose.BAND})

    hold: timedelta = timedelta(hours=12)

    def judge(self, frame: Frame) -> Judgement:
        at, worn = frame.get_latest(Metric.WORN)
        known = (at > NEVER) & (frame.kind == get_kind_index(DeviceKind.WRISTBAND))
        off = np.flatnonzero(known & (worn == 0))
        known[off] = ~frame.is_declared_away(off)
        since = at.copy()
        since[off] = np.maximum(at[off], frame.find_return(off))
        return Judgement(make_verdicts(frame, firing=worn == 0, known=known), since, make_never_due(frame), at)

    def find_idle_until(self, frame: Frame) -> int:
        return NEVER if (frame.get_latest(Metric.WORN)[1] == 0).any() else FAR

    def may_change_on(self, readings: Batch) -> Bool:
        off: Bool = (readings.metric == Metric.WORN) & (readings.value == 0)
        return off

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        return Reason("not_worn", {"off_s": (frame.now - since) // 1000, "since_at": since})

    @property
    def hold_for(self) -> timedelta:
        return self.hold
