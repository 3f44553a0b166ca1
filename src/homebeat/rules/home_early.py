"""`home_early`: somebody who is declared to be away is at home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.domain.consent import Purpose
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Rule, make_never_due, make_verdicts
from homebeat.stream.batch import FAR, NEVER
from homebeat.stream.evidence import Evidence


@dataclass(frozen=True)
class HomeEarly(Rule):
    """An absence is declared, and what is seen in the home can only be the resident.

    Means: the person came home early, or never left, and nobody ended the absence. From then on the home is watched as if none
    were declared; please end it, or say who is there.
    Needs: water, a door, a bed, movement, or steps of a band that is known to be at home. Steps alone do not say where.
    Wrong when: guests or workmen are there all day. A cleaner is not taken for the resident: signs with no pause of more than 4 h
    must span 6 h. Before them the home must have been empty for 12 h, or the absence have begun 20 h ago: some leave late.
    After such a pause, steps of the person's own band at home are enough. Less than 3 L at once are no use: an empty home may
    drip.
    Defaults: none to set; medium, for the care desk; the family is not notified.
    """

    code: ClassVar[str] = "home_early"
    axis: ClassVar[Axis] = Axis.RESIDENT
    judges_by: ClassVar[frozenset[Purpose]] = frozenset({Purpose.WATER, Purpose.BAND})
    desk: ClassVar[Desk] = Desk.CARE
    priority: ClassVar[Priority] = Priority.MEDIUM
    triggers: ClassVar[Evidence] = Evidence.LIFE | Evidence.PRESENCE

    def judge(self, frame: Frame) -> Judgement:
        since, _ = frame.home_early
        firing = since > NEVER
        stands = frame.standing_since > NEVER
        return Judgement(
            make_verdicts(frame, firing=firing, known=firing | stands), np.where(firing, since, 0), make_never_due(frame)
        )

    def find_idle_until(self, frame: Frame) -> int:
        return NEVER if (frame.home_early[0] > NEVER).any() else FAR

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        planned = int(frame.home_early[1][i])
        if planned == FAR:
            return Reason("home_early_open", {"home_at": since})
        return Reason("home_early", {"home_at": since, "until_at": planned})
