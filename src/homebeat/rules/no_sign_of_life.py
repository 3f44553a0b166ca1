"""`no_sign_of_life`: nothing that shows the person up and about, though a device would have shown it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.rules.coverage import grace_ms
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Rule, after, ms, verdicts
from homebeat.stream.batch import FAR, NEVER
from homebeat.stream.evidence import Evidence


@dataclass(frozen=True)
class NoSignOfLife(Rule):
    """Proven quiet at home for longer than the limit.

    Means: the person may be unable to get up. Water drawn, a step, a door or bed used, a button pressed: any one answers it.
    Needs: at least one device whose reports prove that a sign of life would have been seen; the quiet clock counts only spans
    that are covered and in which the person is not away, so a silent meter can never fire it.
    Wrong when: the person is out and nobody said so; two people live there and one is well; a leak looks like use.
    Defaults: 12 h, the window of the rules that Shanghai's streets publish; high.
    """

    code: ClassVar[str] = "no_sign_of_life"
    axis: ClassVar[Axis] = Axis.RESIDENT
    desk: ClassVar[Desk] = Desk.CARE
    priority: ClassVar[Priority] = Priority.HIGH
    woken_by: ClassVar[Evidence] = Evidence.LIFE

    limit: timedelta = timedelta(hours=12)

    def judge(self, frame: Frame) -> Judgement:
        since = np.where(frame.life_at > NEVER, frame.life_at, frame.enrolled_at)
        firing = frame.quiet_ms >= ms(self.limit)
        grace = grace_ms(frame.every)
        covered = (frame.proven_at > NEVER) & (frame.now - np.maximum(frame.proven_at, 0) <= grace)
        # what stands is over when life is seen, not when old proof ages out of the clock
        stands = frame.standing_since > NEVER
        answered = stands & (since > frame.standing_since)
        verdict = verdicts(frame, firing=firing, known=firing | answered | (covered & ~stands))
        return Judgement(verdict, since, after(frame.proven_at, grace + 1, covered & ~firing))

    def rests_until(self, frame: Frame) -> int:
        # the quiet clock never runs faster than the wall
        oldest = int(frame.life_at.min(initial=FAR))
        return FAR if oldest > NEVER and frame.now - oldest < ms(self.limit) else NEVER

    def reason(self, frame: Frame, i: int, since: int) -> Reason:
        quiet = {
            "quiet_s": int(frame.quiet_ms[i]) // 1000,
            "limit_s": ms(self.limit) // 1000,
            "proven_at": int(frame.proven_at[i]),
        }
        life = int(frame.life_at[i])
        return Reason("no_sign_of_life", quiet | {"life_at": life}) if life > NEVER else Reason("no_sign_of_life_ever", quiet)

    def over(self, frame: Frame, i: int) -> tuple[int, Reason]:
        life = frame.first_life(i)
        return (life, Reason("life_again", {"life_at": life})) if life > NEVER else super().over(frame, i)
