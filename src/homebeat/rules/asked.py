"""`asked`: the resident is asked, before anybody else is notified of a quiet home."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.domain.consent import Purpose
from homebeat.domain.durations import MINUTE_MS
from homebeat.rules.coverage import is_covered
from homebeat.rules.frame import Axis, Frame, Places
from homebeat.rules.rule import Judgement, Rule, add_wait, make_never_due, make_verdicts, to_ms
from homebeat.stream.batch import FAR, I64, NEVER, Bool
from homebeat.stream.evidence import Evidence


@dataclass(frozen=True)
class Asked(Rule):
    """Quiet at home for longer than usual, but not yet for so long that somebody is sent: a device of theirs asks them.

    Means: probably nothing. An answer on a band, or any sign of life, ends it, and no human being is troubled. Without an
    answer within `answer_within`, `no_sign_of_life` is raised at once, before its own limit.
    Needs: a household with `ask_first` (off unless the fleet file says so), and what `no_sign_of_life` needs. A band of the
    resident, or a lamp that may ask, must have been heard within `heard_within`: otherwise the question cannot arrive.
    Wrong when: the band lies on the table, or nobody feels, sees or understands it: then somebody is called who need not be.
    Defaults: it asks after a quiet that happens four times a month by the learned habits, never before `floor` (2 h).
    Until something is learned, or with `learned` off, it asks after `ask_after` (10 h). 15 min to answer. Low; it waits in
    nobody's queue and rings nowhere.
    """

    code: ClassVar[str] = "asked"
    axis: ClassVar[Axis] = Axis.RESIDENT
    judges_by: ClassVar[frozenset[Purpose]] = frozenset({Purpose.WATER, Purpose.BAND})
    desk: ClassVar[Desk] = Desk.RESIDENT
    triggers: ClassVar[Evidence] = Evidence.LIFE | Evidence.HEARD
    priority: ClassVar[Priority] = Priority.LOW

    ask_after: timedelta = timedelta(hours=10)
    learned: bool = True
    floor: timedelta = timedelta(hours=2)
    heard_within: timedelta = timedelta(minutes=15)
    answer_within: timedelta = timedelta(minutes=15)

    def __post_init__(self) -> None:
        """Refuse contradictory values.

        Raises:
            ValueError: A duration that is not above 0.
        """
        if min(self.ask_after, self.floor, self.heard_within, self.answer_within) <= timedelta(0):
            raise ValueError("ask_after, floor, heard_within and answer_within must be above 0")

    def compute_limits_ms(self, frame: Frame) -> I64:
        """Compute the quiet after which each resident is asked, by the time of the last sign of life, int64[n], ms."""
        if not self.learned:
            return np.full(len(frame), to_ms(self.ask_after))
        minutes = frame.learned.ask_now[frame.rows].astype(np.int64)
        if frame.state.has_doors:
            minutes <<= frame.doors_passed & 1
        return np.where(minutes > 0, np.maximum(minutes * MINUTE_MS, to_ms(self.floor)), to_ms(self.ask_after))

    def _stretch_limits_ms(self, frame: Frame, places: Places, limit: I64) -> I64:
        """Stretch `limit` (int64[k], ms) at these positions while the resident's band is on no wrist."""
        learned = self.learned & (frame.learned.ask_now[places + frame.start] > 0)
        return np.where(learned, frame.stretch_limits_ms(places, limit), limit)

    def judge(self, frame: Frame) -> Judgement:
        life = frame.life_at
        limit = self.compute_limits_ms(frame)
        quiet = np.zeros(len(frame), np.bool_)
        long = np.flatnonzero(self._may_fire(frame, limit))
        quiet[frame.find_quiet(long, self._stretch_limits_ms(frame, long, limit[long]))] = True
        firing = quiet & (frame.now - np.maximum(frame.asking_heard_at, 0) <= to_ms(self.heard_within)) if quiet.any() else quiet
        stands = frame.standing_since > NEVER
        answered = stands & (life > frame.standing_since)
        # who cannot be reached is not well because of that
        calm = is_covered(frame) & ~stands & ~quiet
        # once out of reach the question does not stand any more, and an answer that came before counts
        due = add_wait(frame.asking_heard_at, to_ms(self.heard_within) + 1, firing) if firing.any() else make_never_due(frame)
        return Judgement(make_verdicts(frame, firing=firing, known=firing | answered | calm), life, due)

    def _may_fire(self, frame: Frame, limit: I64) -> Bool:
        lived = (frame.life_at > NEVER) & (frame.proven_at > NEVER) & frame.active & frame.asked_first
        long: Bool = lived & (frame.now - np.maximum(frame.life_at, 0) >= limit)
        return long

    def find_idle_until(self, frame: Frame) -> int:
        asks = frame.asked_first
        if not asks.any():
            return FAR
        limit = self.compute_limits_ms(frame)
        if self._may_fire(frame, limit).any():
            return NEVER
        lived = (frame.life_at > NEVER) & asks
        return int((frame.life_at[lived] + limit[lived]).min(initial=FAR))

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        here = np.array([i])
        device, is_band = frame.find_asked_on(i, to_ms(self.heard_within))
        return Reason(
            "asked" if is_band else "asked_by_lamp",
            {
                "quiet_s": int(frame.measure_quiet_ms(here)[0]) // 1000,
                "limit_s": int(self._stretch_limits_ms(frame, here, self.compute_limits_ms(frame)[here])[0]) // 1000,
                "life_at": int(frame.life_at[i]),
                "ask_s": to_ms(self.answer_within) // 1000,
                "asked_on": device,
            },
        )

    def explain_clearing(self, frame: Frame, i: int) -> tuple[int, Reason]:
        life = frame.find_first_life(i)
        return (life, Reason("asked_answered", {"life_at": life})) if life > NEVER else super().explain_clearing(frame, i)

    @property
    def answer_wait(self) -> timedelta:
        return self.answer_within
