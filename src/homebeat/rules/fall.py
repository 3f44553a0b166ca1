"""`fall`: The band says that its wearer fell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final, NamedTuple

import numpy as np

from homebeat.domain.alert import Priority, Reason
from homebeat.domain.metric import Metric
from homebeat.rules.device_alarm import DeviceAlarm
from homebeat.rules.frame import Frame, Places
from homebeat.rules.rule import Judgement, ms, verdicts
from homebeat.stream.batch import FAR, I64, NEVER, Bool
from homebeat.stream.evidence import Evidence
from homebeat.stream.features.movement import REPEATED_MS

#: How often a fall that stands for long is looked at again, should what answers it be a device far off in the roster.
_LOOK_AGAIN_MS: Final = 600_000
#: A flag that is older than this when it arrives is checked as if its wearer fell then. Clocks go wrong by half hours and hours.
_LONG_PAST_MS: Final = 1_800_000


class _Seen(NamedTuple):
    """What is known of the newest flag of some rows, all of which have flagged; of one that was taken back only `raised` counts.

    Attributes:
        raised: Nobody took it back.
        at: int64[n], event time of the flag, as the band gave it. arrived: int64[n], when it reached us.
        last: int64[n], when its last repetition reached us.
        moved: The wearer surely did something after it.
        off: Nobody has worn the band for a while: it was dropped, or thrown into a bag.
        again: A second flag soon after the first. called: SOS beside it.
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
        """bool[n]: more than one flag speaks for it; there is nothing to wait for."""
        strong: Bool = self.raised & (self.called | (self.again & ~self.off))
        return strong

    @property
    def lowered(self) -> Bool:
        """bool[n]: the wearer is shown to be up, or not to be there."""
        lowered: Bool = self.raised & (self.moved | self.off)
        return lowered


@dataclass(frozen=True)
class Fall(DeviceAlarm):
    """A band flags a fall of its wearer; what follows confirms or lowers it.

    Means: the person may lie on the floor. The flag is shown at once, high: "being checked". It becomes critical, and the family
    is told, when nobody stirs and nobody answers for `confirm_after`, or at once when the wearer calls for help within
    `together` of it or the band flags a second fall within that time. A step, water, a door or bed used *after* the flag, an
    answer from the wrist, or a band that nobody wore for `off_for` before it lowers it: the condition is over, the alert stays
    until a person has closed it.
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
        """Refuse what cannot be meant.

        Raises:
            ValueError: A flag would be over before it is checked.
        """
        if not timedelta(0) < self.confirm_after <= self.lasts:
            raise ValueError("confirm_after must be above 0, and not above lasts")

    def judge(self, frame: Frame) -> Judgement:
        newest = frame.alarm(self.alarm)[1]
        # most bands have never flagged anything
        flagged = np.flatnonzero(newest > NEVER)
        firing, known = np.zeros(len(frame), np.bool_), (frame.heard_at > NEVER) | (newest > NEVER)
        since, news, due = newest.copy(), newest.copy(), np.full(len(frame), FAR)
        if len(flagged):
            seen = self._seen(frame, flagged)
            checking, fresh = self._checking(frame, seen), frame.now - seen.last < ms(self.lasts)
            # a flag is always shown, even one that came late beside what lowers it
            firing[flagged] = seen.raised & fresh & (checking | ~seen.lowered)
            # one that nobody contradicts is not over because time has passed
            known[flagged] = firing[flagged] | seen.lowered | ~seen.raised
            # a confirmation is later than the flag, so that it renews the alert
            later = np.where(self._confirmed(frame, seen), np.where(seen.strong, 1, ms(self.confirm_after)), 0)
            since[flagged], news[flagged] = seen.at + later, seen.arrived
            due[flagged] = self._due(frame, seen, fresh, frame.standing_since[flagged] > NEVER)
        return Judgement(verdicts(frame, firing=firing, known=known), since, due, news_at=news)

    def _checking(self, frame: Frame, seen: _Seen) -> Bool:
        checking: Bool = seen.raised & (frame.now - seen.arrived < ms(self.confirm_after))
        return checking

    def _due(self, frame: Frame, seen: _Seen, fresh: Bool, standing: Bool) -> I64:
        stands = seen.raised & (standing | (fresh & ~seen.lowered))
        again = np.where(fresh, frame.now + 1, frame.now + _LOOK_AGAIN_MS)
        checked = np.where(self._checking(frame, seen), seen.arrived + ms(self.confirm_after), FAR)
        return np.minimum(np.where(stands, again, FAR), checked)

    def _seen(self, frame: Frame, rows: Places) -> _Seen:
        newest, last = (column[rows] for column in frame.alarm(self.alarm))
        sos, sos_arrived = (column[rows] for column in frame.alarm(Metric.ALARM_SOS))
        at, arrived, before_at = (column[rows] for column in frame.flags)
        off_at, off = (column[rows] for column in frame.latest(Metric.WORN))
        worn_at = frame.worn_at[rows]
        raised = ~frame.is_taken_back(self.alarm)[rows]
        called = (_apart(sos, at) <= ms(self.together)) | (_apart(sos_arrived, arrived) <= ms(self.together))
        again = _apart(before_at, at)
        worn_before = np.minimum(_fell_at(at, arrived), arrived) - ms(self.off_for)
        return _Seen(
            raised=raised,
            at=at,
            arrived=arrived,
            last=last,
            moved=raised & (frame.stirred_after[rows] >= _fell_at(newest, last)),
            # a band that is taken off after the fall says nothing about the fall
            off=raised & (off == 0) & (off_at >= worn_at) & (worn_at < worn_before),
            again=raised & (again > REPEATED_MS) & (again <= ms(self.together)),
            called=raised & called & ~frame.is_taken_back(Metric.ALARM_SOS)[rows],
        )

    def _confirmed(self, frame: Frame, seen: _Seen) -> Bool:
        waited = frame.now - seen.arrived >= ms(self.confirm_after)
        confirmed: Bool = seen.strong | (seen.raised & waited & ~seen.lowered)
        return confirmed

    def find_priority(self, frame: Frame, i: int) -> Priority:
        return Priority.CRITICAL if self._confirmed(frame, self._seen(frame, np.array([i])))[0] else Priority.HIGH

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        seen = self._seen(frame, np.array([i]))
        params = {"since_at": int(seen.at[0])} | self._told_of_time(frame, i)
        if not self._confirmed(frame, seen)[0]:
            return self._flagged(frame, i, seen, params)
        if seen.called[0]:
            return Reason("fall_and_sos", params | {"sos_at": int(frame.alarm(Metric.ALARM_SOS)[0][i])})
        if seen.strong[0]:
            # a flag that was held up may be the earlier one
            before, since = sorted((int(seen.at[0]), int(frame.flags[2][i])))
            return Reason("fall_again", params | {"since_at": since, "before_at": before})
        params["still_s"] = ms(self.confirm_after) // 1000
        if frame.asked_first[i]:
            return Reason("fall_no_answer", params)
        worn = int(frame.worn_at[i])
        return Reason("fall_still", params | {"worn_at": worn}) if worn > NEVER else Reason("fall_unanswered", params)

    def _flagged(self, frame: Frame, i: int, seen: _Seen, params: dict[str, float | int | str]) -> Reason:
        """Not confirmed yet: what is known, and how long an answer from the wrist is waited for where one is asked for."""
        if frame.asked_first[i]:
            params["ask_s"] = ms(self.confirm_after) // 1000
        if seen.moved[0]:
            return Reason("fall_flagged_moved", params | {"life_at": int(frame.stirred_at[i])})
        if seen.off[0]:
            return Reason("fall_flagged_off", params)
        worn = int(frame.worn_at[i])
        return Reason("fall_flagged_worn", params | {"worn_at": worn}) if worn > NEVER else Reason("fall_flagged", params)

    def explain_clearing(self, frame: Frame, i: int) -> tuple[int, Reason]:
        seen = self._seen(frame, np.array([i]))
        if seen.moved[0]:
            moved = int(frame.stirred_at[i])
            return moved, Reason("fall_moved", {"life_at": moved})
        if seen.off[0]:
            return frame.now, Reason("fall_not_worn", {"since_at": int(seen.at[0])})
        return super().explain_clearing(frame, i)


def _fell_at(at: I64, arrived: I64) -> I64:
    """int64[n]: when to take it that the wearer fell, for what lowers the flag.

    A flag that is long past when it arrives was held up, or its clock went back: nobody knows which, and what was done before it
    arrived must not answer for somebody who has just fallen.
    """
    return np.where(arrived - at >= _LONG_PAST_MS, arrived, at)


def _apart(one: I64, other: I64) -> I64:
    """int64[n]: ms between two times; FAR where either is not known."""
    known = (one > NEVER) & (other > NEVER)
    return np.where(known, np.abs(np.where(known, one, 0) - np.where(known, other, 0)), FAR)
