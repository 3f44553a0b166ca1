"""`fall`: the band reports that its wearer fell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final, NamedTuple

import numpy as np

from homebeat.domain.alert import Priority, Reason
from homebeat.domain.metric import Metric
from homebeat.rules.device_alarm import DeviceAlarm
from homebeat.rules.frame import Frame, Places
from homebeat.rules.rule import Judgement, make_verdicts, to_ms
from homebeat.stream.batch import FAR, I64, NEVER, Bool
from homebeat.stream.evidence import Evidence
from homebeat.stream.features.movement import REPEATED_MS

#: How often a fall that stands for long is judged again: a device in a distant block may have shown a movement.
_LOOK_AGAIN_MS: Final = 600_000
#: A flag that is older than this on arrival is checked as if its wearer fell on arrival: clocks go wrong by hours.
_LONG_PAST_MS: Final = 1_800_000


class _FlagState(NamedTuple):
    """What is known about the newest flag of n rows that have flagged; of a flag that was taken back only `raised` counts.

    Attributes:
        raised: bool[n], nobody took it back.
        at: int64[n], event time of the flag, as the band gave it, epoch ms. arrived: int64[n], its arrival.
        last: int64[n], arrival of its last repetition.
        moved: bool[n], the wearer certainly moved after it.
        off: bool[n], nobody has worn the band for a while: it was dropped, or thrown into a bag.
        again: bool[n], a second flag came soon after the first. called: bool[n], so did an SOS.
    """

    raised: Bool
    at: I64
    arrived: I64
    last: I64
    moved: Bool
    off: Bool
    again: Bool
    called: Bool

    @property
    def strong(self) -> Bool:
        """bool[n]: more than one flag supports it, so there is nothing to wait for."""
        strong: Bool = self.raised & (self.called | (self.again & ~self.off))
        return strong

    @property
    def lowered(self) -> Bool:
        """bool[n]: the wearer is shown to be up, or not to wear the band."""
        lowered: Bool = self.raised & (self.moved | self.off)
        return lowered


@dataclass(frozen=True)
class Fall(DeviceAlarm):
    """A band flags a fall of its wearer; what follows confirms or lowers it.

    Means: the person may lie on the floor. The flag is shown at once, high: "being checked". It becomes critical, and the family
    is notified, when nobody moves and nobody answers for `confirm_after`. It does so at once when, within `together`, the
    wearer calls for help or the band flags a second fall. Three things lower it: a step, water, a door
    or bed used *after* the flag; an answer from the wrist; or a band that nobody wore for `off_for` before. Then the condition is
    over, and the alert stays until a person has closed it.
    Needs: one `alarm: fall` reading; steps, pulse and `worn` make it better, and so does a flag that carries the step count.
    Wrong when: the arm hit a table: published algorithms raise 3 to 85 false alarms a day on real wearers (Bagala 2012). Steps
    reported after a fall may have been walked before it; they count only when the report before them is younger than the flag.
    In a home of several people the tap says nothing about who fell.
    Defaults: checked for 1 min (stillness of 30 to 60 s is what published devices wait for); `together` 5 min; `off_for` 10 min.
    A fall that nobody contradicts goes on counting as one. A flag that is half an hour old as it arrives is checked from then on.
    """

    code: ClassVar[str] = "fall"
    alarm: ClassVar[Metric] = Metric.ALARM_FALL
    family_from: ClassVar[Priority] = Priority.CRITICAL
    triggers: ClassVar[Evidence] = Evidence.ALARM | Evidence.LIFE

    confirm_after: timedelta = timedelta(minutes=1)
    together: timedelta = timedelta(minutes=5)
    off_for: timedelta = timedelta(minutes=10)

    def __post_init__(self) -> None:
        """Refuse contradictory values.

        Raises:
            ValueError: A flag would be over before it is checked.
        """
        if not timedelta(0) < self.confirm_after <= self.lasts:
            raise ValueError("confirm_after must be above 0, and not above lasts")

    def judge(self, frame: Frame) -> Judgement:
        newest = frame.get_alarm(self.alarm)[1]
        # most bands have never flagged anything
        flagged = np.flatnonzero(newest > NEVER)
        firing, known = np.zeros(len(frame), np.bool_), (frame.heard_at > NEVER) | (newest > NEVER)
        since, news, due = newest.copy(), newest.copy(), np.full(len(frame), FAR)
        if len(flagged):
            seen = self._read_flags(frame, flagged)
            checking, fresh = self._is_checking(frame, seen), frame.now - seen.last < to_ms(self.lasts)
            # a flag is always shown, even if it comes late, with what lowers it
            firing[flagged] = seen.raised & fresh & (checking | ~seen.lowered)
            # a fall that nothing contradicts is not over because time has passed
            known[flagged] = firing[flagged] | seen.lowered | ~seen.raised
            # a confirmation is later than the flag, so that it renews the alert
            later = np.where(self._is_confirmed(frame, seen), np.where(seen.strong, 1, to_ms(self.confirm_after)), 0)
            since[flagged], news[flagged] = seen.at + later, seen.arrived
            due[flagged] = self._find_due(frame, seen, fresh, frame.standing_since[flagged] > NEVER)
        return Judgement(make_verdicts(frame, firing=firing, known=known), since, due, news_at=news)

    def _is_checking(self, frame: Frame, seen: _FlagState) -> Bool:
        checking: Bool = seen.raised & (frame.now - seen.arrived < to_ms(self.confirm_after))
        return checking

    def _find_due(self, frame: Frame, seen: _FlagState, fresh: Bool, standing: Bool) -> I64:
        stands = seen.raised & (standing | (fresh & ~seen.lowered))
        again = np.where(fresh, frame.now + 1, frame.now + _LOOK_AGAIN_MS)
        checked = np.where(self._is_checking(frame, seen), seen.arrived + to_ms(self.confirm_after), FAR)
        return np.minimum(np.where(stands, again, FAR), checked)

    def _read_flags(self, frame: Frame, rows: Places) -> _FlagState:
        newest, last = (column[rows] for column in frame.get_alarm(self.alarm))
        sos, sos_arrived = (column[rows] for column in frame.get_alarm(Metric.ALARM_SOS))
        at, arrived, before_at = (column[rows] for column in frame.flags)
        off_at, off = (column[rows] for column in frame.get_latest(Metric.WORN))
        worn_at = frame.worn_at[rows]
        raised = ~frame.is_taken_back(self.alarm)[rows]
        called = (_measure_distance(sos, at) <= to_ms(self.together)) | (
            _measure_distance(sos_arrived, arrived) <= to_ms(self.together)
        )
        again = _measure_distance(before_at, at)
        worn_before = np.minimum(_find_fall_time(at, arrived), arrived) - to_ms(self.off_for)
        return _FlagState(
            raised=raised,
            at=at,
            arrived=arrived,
            last=last,
            moved=raised & (frame.moved_after[rows] >= _find_fall_time(newest, last)),
            # a band that is taken off after the fall says nothing about the fall
            off=raised & (off == 0) & (off_at >= worn_at) & (worn_at < worn_before),
            again=raised & (again > REPEATED_MS) & (again <= to_ms(self.together)),
            called=raised & called & ~frame.is_taken_back(Metric.ALARM_SOS)[rows],
        )

    def _is_confirmed(self, frame: Frame, seen: _FlagState) -> Bool:
        waited = frame.now - seen.arrived >= to_ms(self.confirm_after)
        confirmed: Bool = seen.strong | (seen.raised & waited & ~seen.lowered)
        return confirmed

    def find_priority(self, frame: Frame, i: int) -> Priority:
        return Priority.CRITICAL if self._is_confirmed(frame, self._read_flags(frame, np.array([i])))[0] else Priority.HIGH

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        seen = self._read_flags(frame, np.array([i]))
        params = {"since_at": int(seen.at[0])} | self._describe_arrival(frame, i)
        if not self._is_confirmed(frame, seen)[0]:
            return self._explain_flag(frame, i, seen, params)
        if seen.called[0]:
            return Reason("fall_and_sos", params | {"sos_at": int(frame.get_alarm(Metric.ALARM_SOS)[0][i])})
        if seen.strong[0]:
            # a flag that was delayed may be the earlier one
            before, since = sorted((int(seen.at[0]), int(frame.flags[2][i])))
            return Reason("fall_again", params | {"since_at": since, "before_at": before})
        params["still_s"] = to_ms(self.confirm_after) // 1000
        if frame.is_asked_on(i):
            return Reason("fall_no_answer", params)
        worn = int(frame.worn_at[i])
        return Reason("fall_still", params | {"worn_at": worn}) if worn > NEVER else Reason("fall_unanswered", params)

    def _explain_flag(self, frame: Frame, i: int, seen: _FlagState, params: dict[str, float | int | str]) -> Reason:
        """Explain a flag that is not confirmed yet, and how long to wait for an answer from the wrist if one is asked for."""
        if frame.is_asked_on(i):
            params["ask_s"] = to_ms(self.confirm_after) // 1000
        if seen.moved[0]:
            return Reason("fall_flagged_moved", params | {"life_at": int(frame.moved_at[i])})
        if seen.off[0]:
            return Reason("fall_flagged_off", params)
        worn = int(frame.worn_at[i])
        return Reason("fall_flagged_worn", params | {"worn_at": worn}) if worn > NEVER else Reason("fall_flagged", params)

    def explain_clearing(self, frame: Frame, i: int) -> tuple[int, Reason]:
        seen = self._read_flags(frame, np.array([i]))
        if seen.moved[0]:
            moved = int(frame.moved_at[i])
            return moved, Reason("fall_moved", {"life_at": moved})
        if seen.off[0]:
            return frame.now, Reason("fall_not_worn", {"since_at": int(seen.at[0])})
        return super().explain_clearing(frame, i)


def _find_fall_time(at: I64, arrived: I64) -> I64:
    """Find when the wearer counts as fallen, int64[n], epoch ms, for what may lower the flag.

    A flag that is old on arrival was delayed, or the band's clock went back; nobody knows which. Then only movement after the
    arrival counts as an answer to the fall.
    """
    return np.where(arrived - at >= _LONG_PAST_MS, arrived, at)


def _measure_distance(one: I64, other: I64) -> I64:
    """Measure the ms between two times, int64[n]; FAR where one is not known."""
    known = (one > NEVER) & (other > NEVER)
    return np.where(known, np.abs(np.where(known, one, 0) - np.where(known, other, 0)), FAR)
