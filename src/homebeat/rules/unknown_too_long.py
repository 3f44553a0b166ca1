"""`unknown_too_long`: nothing is proven about a person, neither life nor its absence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.domain.consent import Purpose
from homebeat.rules.coverage import get_patience_ms
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Rule, add_wait, make_verdicts, to_ms
from homebeat.stream.batch import FAR, I64, NEVER
from homebeat.stream.evidence import Evidence


@dataclass(frozen=True)
class UnknownTooLong(Rule):
    """No device has proven anything about the person for longer than the limit: somebody should look in.

    Means: we are blind here. A device problem first, and a welfare check when it lasts.
    Needs: nothing; a person whose devices never report is judged like everybody else.
    Wrong when: the whole line was down and the person is well; that is why it is not called "no sign of life".
    Defaults: 24 h, or one and a half report intervals where devices report more seldom; high. Not while away, and
    counted from the return. After homebeat starts, or has missed messages itself, it first lets devices deliver what
    they kept. It listens for one and a half report intervals, and at least 2 h 30 min.
    """

    code: ClassVar[str] = "unknown_too_long"
    axis: ClassVar[Axis] = Axis.RESIDENT
    judges_by: ClassVar[frozenset[Purpose]] = frozenset({Purpose.WATER, Purpose.BAND})
    judges_silence: ClassVar[bool] = True
    desk: ClassVar[Desk] = Desk.CARE
    priority: ClassVar[Priority] = Priority.HIGH
    triggers: ClassVar[Evidence] = Evidence.LIFE
    fires_by_time_only: ClassVar[bool] = True

    limit: timedelta = timedelta(hours=24)

    def judge(self, frame: Frame) -> Judgement:
        last, limit = self._find_last(frame), self._compute_limits_ms(frame)
        # after homebeat itself was deaf, wait for what devices kept for us
        patience = np.minimum(limit, get_patience_ms(frame))
        unproven, listened = frame.now - last >= limit, frame.now - frame.heard_from >= patience
        known = ~frame.away & (listened | ~unproven)
        due = np.maximum(add_wait(last, limit, ~frame.away), frame.heard_from + patience)
        return Judgement(make_verdicts(frame, firing=unproven, known=known), last, np.where(unproven & listened, FAR, due))

    def find_idle_until(self, frame: Frame) -> int:
        soonest = int(self._find_last(frame).min(initial=FAR - to_ms(self.limit))) + to_ms(self.limit)
        return soonest if soonest > frame.now else NEVER

    def _find_last(self, frame: Frame) -> I64:
        proven = np.maximum(np.maximum(frame.proven_at, frame.life_at), frame.enrolled_at)
        last: I64 = np.maximum(proven, frame.returned_at)
        return last

    def explain_clearing(self, frame: Frame, i: int) -> tuple[int, Reason]:
        life = frame.find_first_life(i)
        return (life, Reason("life_again", {"life_at": life})) if life > NEVER else super().explain_clearing(frame, i)

    def _compute_limits_ms(self, frame: Frame) -> I64:
        every = np.where(frame.every == FAR, 0, np.minimum(frame.every, FAR // 4))
        limit: I64 = np.maximum(to_ms(self.limit), every * 3 // 2)
        return limit

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        unknown = {
            "unknown_s": (frame.now - int(self._find_last(frame)[i])) // 1000,
            "limit_s": int(self._compute_limits_ms(frame)[i]) // 1000,
        }
        proven = int(max(frame.proven_at[i], frame.life_at[i]))
        return Reason("unknown_too_long", unknown | {"proven_at": proven}) if proven > NEVER else Reason("unknown_never", unknown)
