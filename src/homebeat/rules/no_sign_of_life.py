"""`no_sign_of_life`: no sign of life from the person, although a device would have shown one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

import numpy as np

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.domain.consent import Purpose
from homebeat.domain.durations import DAY_MS, HOUR_MS, MINUTE_MS
from homebeat.habits.policy import Policy
from homebeat.rules.coverage import is_covered
from homebeat.rules.frame import Axis, Frame, Places
from homebeat.rules.rule import Judgement, Rule, make_never_due, make_verdicts, to_ms
from homebeat.stream.batch import FAR, I64, NEVER, Bool
from homebeat.stream.evidence import Evidence

#: An hourly meter needs an hour more to prove quiet. So an alert about somebody who collapsed still comes within a day.
_PULSES_LONGEST_MS: Final = 22 * HOUR_MS


@dataclass(frozen=True)
class NoSignOfLife(Rule):
    """Proven quiet at home for longer than this person usually is at this time of day.

    Means: the person may be unable to get up. Water drawn, a step, a door or bed used, a button pressed: any one answers it.
    Needs: at least one device whose reports prove that a sign of life would have been seen. The quiet clock counts only spans
    that are covered and in which the person is not away. So a silent meter can never fire it.
    Wrong when: the person is out and nobody said so; two people live there and one is well.
    Defaults: each person has an own limit for each half hour of the day, learned from the last sixteen weeks. It is as early as
    the budget of false alarms allows: 0.5 a resident-month where being at home is proven, 1.0 where it is not. Residents of an
    area who are proven to be at home, and for whom nobody chose a budget, share theirs; each gets half to twice of it.
    A limit is never under `floor` (2 h). Where being at home is proven, it is never over `limit` (12 h, the window of the
    rules that Shanghai's streets publish). Where most long gaps are outings, it is never over `limit_unproven` (24 h). Until
    something is learned, or with `learned` off, it is `limit`.
    Three things make a learned limit longer, within the same bounds. If a door was the last that moved, the person is
    probably out, and the limit is doubled; only for who lives alone, and where no device reports presence. If the door was
    passed again with nothing seen inside between, the person is back, and the limit is at most `limit`. While the band is on
    no wrist, or silent, ten hours of quiet count as seven. And if only lone pulses of a meter came since, the limit is half
    as long again: a dripping tap gives these too. It is then at least `limit_pulses` (18 h) and at most 22 h. High.
    """

    code: ClassVar[str] = "no_sign_of_life"
    axis: ClassVar[Axis] = Axis.RESIDENT
    judges_by: ClassVar[frozenset[Purpose]] = frozenset({Purpose.WATER, Purpose.BAND})
    desk: ClassVar[Desk] = Desk.CARE
    priority: ClassVar[Priority] = Priority.HIGH
    triggers: ClassVar[Evidence] = Evidence.LIFE

    limit: timedelta = timedelta(hours=12)
    learned: bool = True
    floor: timedelta = timedelta(hours=2)
    limit_unproven: timedelta = timedelta(hours=24)
    limit_pulses: timedelta = timedelta(hours=18)
    false_alarms_a_month: float = 0.5
    false_alarms_a_month_unproven: float = 1.0

    def __post_init__(self) -> None:
        """Refuse contradictory values.

        Raises:
            ValueError: A duration or a budget that is not above 0.
        """
        if min(self.floor, self.limit, self.limit_unproven, self.limit_pulses) <= timedelta(0):
            raise ValueError("floor, limit, limit_unproven and limit_pulses must be above 0")
        if min(self.false_alarms_a_month, self.false_alarms_a_month_unproven) <= 0:
            raise ValueError("a budget of false alarms must be above 0")

    def make_policy(self, own_budget: float | None = None) -> Policy:
        """Make the policy that habits are learned under; `own_budget`: chosen for this resident, false alarms in 30 days."""
        return Policy(
            floor_minutes=self._floor_ms // MINUTE_MS,
            ceiling_minutes=to_ms(self.limit) // MINUTE_MS,
            cap_minutes=self._unproven_ms // MINUTE_MS,
            budget_known=self.false_alarms_a_month if own_budget is None else own_budget,
            budget_unknown=self.false_alarms_a_month_unproven if own_budget is None else own_budget,
            prior_minutes=to_ms(self.limit) // MINUTE_MS,
        )

    @property
    def _floor_ms(self) -> int:
        return to_ms(min(self.floor, self.limit))

    @property
    def _unproven_ms(self) -> int:
        return to_ms(max(self.limit_unproven, self.limit))

    def _compute_pulse_limits_ms(self, limit: I64) -> I64:
        """Compute how long lone pulses may answer for residents with these limits, int64[k], ms: half as long again, bounded."""
        waits: I64 = np.minimum(limit + limit // 2, _PULSES_LONGEST_MS)
        return np.maximum(waits, np.maximum(limit, to_ms(self.limit_pulses)))

    def compute_limits_ms(self, frame: Frame) -> I64:
        """Compute the quiet allowed to each resident after the newest sign of life, int64[n], ms."""
        if not self.learned:
            return np.full(len(frame), to_ms(self.limit))
        learned, rows = frame.learned, frame.rows
        minutes, known = learned.limit_now[rows], learned.at_home_known[rows]
        own: I64 = np.multiply(minutes, MINUTE_MS, dtype=np.int64)
        # changed bounds apply at once, not when habits are next learned
        np.maximum(own, self._floor_ms, out=own)
        if frame.state.has_doors:
            passed = frame.doors_passed
            # double the limit if the resident probably went out (last event at the door): learning counts such quiet half too
            own <<= passed & 1
            np.minimum(own, self._find_longest_ms(known, passed), out=own)
        else:
            np.minimum(own, to_ms(self.limit) if known.all() else self._find_longest_ms(known), out=own)
        return own if minutes.all() else np.where(minutes > 0, own, to_ms(self.limit))

    def _find_longest_ms(self, at_home_known: Bool, passed: I64 | int = 0) -> I64:
        """Find the longest limit allowed, int64[k], ms. Most long gaps may be outings, but not those that began with a return."""
        return np.where(at_home_known | np.greater(passed, 1), to_ms(self.limit), self._unproven_ms)

    def _stretch_limits_ms(self, frame: Frame, places: Places, limit: I64) -> I64:
        """Stretch `limit` (int64[k], ms) at these positions while the resident's band is on no wrist, within bounds."""
        learned, rows = frame.learned, places + frame.start
        stretched = frame.stretch_limits_ms(places, limit)
        if not self.learned or stretched is limit:
            return limit
        longest = self._find_longest_ms(learned.at_home_known[rows], frame.count_doors_passed(places))
        return np.where(learned.limit_now[rows] > 0, np.minimum(stretched, longest), limit)

    def judge(self, frame: Frame) -> Judgement:
        since = np.where(frame.life_at > NEVER, frame.life_at, frame.enrolled_at)
        limit = self.compute_limits_ms(frame)
        firing = np.zeros(len(frame), np.bool_)
        long = np.flatnonzero(self._may_fire(frame, limit))
        firing[frame.find_quiet(long, self._stretch_limits_ms(frame, long, limit[long]))] = True
        pulses = self._find_only_pulses(frame, ~firing, limit)
        firing[pulses] = True
        since[pulses] = frame.firm_at[pulses]
        if frame.any_asked:
            firing |= self._is_unanswered(frame)
        # what stands is over when life is seen, not when old proof leaves the clock
        stands = frame.standing_since > NEVER
        # a lone pulse of a meter is no answer
        answered = stands & (frame.firm_at > frame.standing_since)
        verdict = make_verdicts(frame, firing=firing, known=firing | answered | (is_covered(frame) & ~stands))
        return Judgement(verdict, since, self._find_answer_due(frame) if frame.any_asked else make_never_due(frame))

    def _is_unanswered(self, frame: Frame) -> Bool:
        """bool[n]: the resident was asked, and neither answered nor moved in time; False while away."""
        unanswered: Bool = self._is_overdue(frame) & ~frame.away
        return unanswered

    def _is_overdue(self, frame: Frame) -> Bool:
        asked_at, until = frame.asked_at
        overdue: Bool = (asked_at > frame.life_at) & (frame.now >= until)
        return overdue

    def _find_answer_due(self, frame: Frame) -> I64:
        """Find when an awaited answer is overdue, int64[n], epoch ms; FAR for none."""
        asked_at, until = frame.asked_at
        return np.where((asked_at > frame.life_at) & (until > frame.now), until, FAR)

    def _may_fire(self, frame: Frame, limit: I64) -> Bool:
        """bool[n]: elapsed time, which the quiet clock never exceeds, has reached the limit; and the resident is watched."""
        long: Bool = (frame.life_at + limit <= frame.now) & (frame.proven_at > NEVER) & frame.active
        return long

    def _find_only_pulses(self, frame: Frame, where: Bool, limit: I64) -> Places:
        """Find positions at which only lone pulses came for so long that they may be a drip's."""
        places = np.flatnonzero(where & frame.active & (frame.life_at > frame.firm_at) & (frame.firm_at > NEVER))
        wait = self._compute_pulse_limits_ms(limit[places])
        long = frame.firm_at[places] + wait <= frame.now
        places, wait = places[long], wait[long]
        return places[frame.measure_quiet_ms(places, firm=True) >= wait] if len(places) else places

    def find_idle_until(self, frame: Frame) -> int:
        limit = self.compute_limits_ms(frame)
        if self._may_fire(frame, limit).any() or (frame.any_asked and self._is_overdue(frame).any()):
            return NEVER
        lived = (frame.life_at > NEVER) & frame.active
        soonest = int((frame.life_at + limit).min(initial=FAR, where=lived))
        pulses = lived & (frame.life_at > frame.firm_at) & (frame.firm_at > NEVER)
        if pulses.any():
            soonest = min(soonest, int((frame.firm_at[pulses] + self._compute_pulse_limits_ms(limit[pulses])).min()))
        return min(soonest, int(self._find_answer_due(frame).min(initial=FAR))) if frame.any_asked else soonest

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        life = int(frame.life_at[i])
        here = np.array([i])
        with_band = self.compute_limits_ms(frame)[here]
        waits = self._stretch_limits_ms(frame, here, with_band)
        quiet_s, limit_s = int(frame.measure_quiet_ms(here)[0]) // 1000, int(waits[0]) // 1000
        params: dict[str, float | int | str] = {"quiet_s": quiet_s, "limit_s": limit_s, "proven_at": int(frame.proven_at[i])}
        if life == NEVER:
            return Reason("no_sign_of_life_ever", params)
        if self._is_by_pulses(frame, i, since):
            return self._explain_pulses(frame, i, since)
        params["life_at"] = life
        if quiet_s < limit_s and self._is_unanswered(frame)[i]:
            asked_at, until = (int(column[i]) for column in frame.asked_at)
            return Reason("asked_no_answer", params | {"asked_at": asked_at, "answer_s": (until - asked_at) // 1000})
        if self.learned and frame.count_doors_passed(here)[0] & 1 and frame.learned.limit_now[frame.start + i]:
            return Reason("no_sign_of_life_door", params)
        if waits[0] > with_band[0]:
            return Reason("no_sign_of_life_not_worn", params | {"unworn_s": int(frame.measure_unworn_ms(here)[0]) // 1000})
        usual = self._describe_usual_first(frame, i, life)
        return Reason("no_sign_of_life_usual", params | usual) if usual else Reason("no_sign_of_life", params)

    def _is_by_pulses(self, frame: Frame, i: int, since: int) -> bool:
        """Whether the quiet began with a use that only lone pulses followed."""
        return since == int(frame.firm_at[i]) < int(frame.life_at[i])

    def _explain_pulses(self, frame: Frame, i: int, since: int) -> Reason:
        quiet_s = int(frame.measure_quiet_ms(np.array([i]), firm=True)[0]) // 1000
        limit_s = int(self._compute_pulse_limits_ms(self.compute_limits_ms(frame))[i]) // 1000
        said = {"quiet_s": quiet_s, "limit_s": limit_s, "life_at": since, "pulse_at": int(frame.life_at[i])}
        return Reason("no_sign_of_life_pulses", said)

    def _describe_usual_first(self, frame: Frame, i: int, life: int) -> dict[str, int]:
        """When the first sign of the day mostly comes, if that time has passed since the last sign of life."""
        learned, row = frame.learned, frame.start + i
        begins, ends = int(learned.usual_from[row]), int(learned.usual_to[row])
        if not self.learned or begins < 0:
            return {}
        zone = frame.state.roster.zones[frame.state.roster.zone[row]]
        offset = frame.state.local.get_offset_s(zone, frame.now // 1_800_000) * 1000
        midnight = (frame.now + offset) // DAY_MS * DAY_MS - offset
        if midnight + ends * MINUTE_MS > frame.now:
            midnight -= DAY_MS
        if life >= midnight + begins * MINUTE_MS:
            return {}
        days, of = int(learned.usual_days[row]), int(learned.usual_of[row])
        return {"usual_from_minute": begins, "usual_to_minute": ends, "days": days, "of_days": of}

    def explain_clearing(self, frame: Frame, i: int) -> tuple[int, Reason]:
        life = frame.find_first_life(i)
        return (life, Reason("life_again", {"life_at": life})) if life > NEVER else super().explain_clearing(frame, i)
