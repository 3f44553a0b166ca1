"""The contract of a rule."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.alert import Desk, Priority, Reason
from homebeat.domain.consent import Purpose
from homebeat.domain.durations import MS
from homebeat.domain.metric import Metric
from homebeat.rules.frame import Axis, Frame
from homebeat.stream.batch import FAR, I64, NEVER, Batch, Bool
from homebeat.stream.evidence import Evidence

I8 = NDArray[np.int8]


class Verdict(IntEnum):
    """What a rule says about a row. UNKNOWN keeps things as they are: it neither opens nor clears an alert."""

    UNKNOWN = 0
    CLEAR = 1
    FIRING = 2


class Judgement(NamedTuple):
    """A rule's answer for a block of n rows.

    Attributes:
        verdict: int8[n].
        since: int64[n], event time at which the condition began, epoch ms; meaningful where FIRING.
        due: int64[n], earliest instant at which the verdict may change if nothing more arrives, epoch ms; FAR for none.
        seen: int64[n], event time up to which the condition is known to hold (for `hold_for`), epoch ms; None: up to now.
        at_once: bool[n], too urgent for `repeats_after` to hold it back; None: nowhere.
        news_at: int64[n], only of a rule that renews: it rises with each new occurrence. For device alarms it is the arrival,
            epoch ms, because a device's clock may have gone back.
    """

    verdict: I8
    since: I64
    due: I64
    seen: I64 | None = None
    at_once: Bool | None = None
    news_at: I64 | None = None


@dataclass(frozen=True)
class Rule(ABC):
    """One question about a person or a device, with its thresholds as fields.

    `judge` gives a level, not an edge, so judging twice is harmless. The engine does debounce, hysteresis and edges.

    Attributes:
        code: Stable and public.
        on_by_default: Whether it runs where the settings say nothing.
        names_device: Whether an alert on a device or meter row is about that device, or about the home as a whole.
        triggers: The news that may change its verdict.
        fires_by_time_only: News can put its condition off or end it, but never start it.
        urgent: It reads device alarms only, and is judged as soon as one arrives.
        judges_silence: It is about missing readings, so it may judge a row that never reported.
        renews: A later `news_at` while the condition stands is news (pressed again), and so is a later `since` with the same
            `news_at` (confirmed).
        judges_by: The purposes that cover what it judges by. Where residents withdrew consent to all of them it does not judge.
            Empty for what a device raises itself or says about itself.
        digest: Slow change: its alerts wait in the daily digest and not in a desk's queue, and no family is notified.
        family_from: The family is notified of an alert of the care desk at this priority or a more urgent one.
    """

    code: ClassVar[str]
    axis: ClassVar[Axis]
    desk: ClassVar[Desk] = Desk.DEVICES
    priority: ClassVar[Priority] = Priority.LOW
    on_by_default: ClassVar[bool] = True
    renews: ClassVar[bool] = False
    digest: ClassVar[bool] = False
    family_from: ClassVar[Priority] = Priority.HIGH
    urgent: ClassVar[bool] = False
    triggers: ClassVar[Evidence] = Evidence.VALUE
    fires_by_time_only: ClassVar[bool] = False
    judges_silence: ClassVar[bool] = False
    names_device: ClassVar[bool] = True
    judges_by: ClassVar[frozenset[Purpose]] = frozenset()
    tracks: ClassVar[tuple[Metric, ...]] = ()

    @abstractmethod
    def judge(self, frame: Frame) -> Judgement:
        """Judge every row of the frame. What is not known gets UNKNOWN."""

    def find_idle_until(self, frame: Frame) -> int:
        """Find a cheap bound: no row of the frame can fire before this instant (epoch ms) without news; NEVER for "judge me".

        The engine calls it first, for blocks in which nothing holds, so that a quiet city costs a few comparisons a row. It may
        err only towards judging: a law checks that for every rule.
        """
        return NEVER

    def may_change_on(self, readings: Batch) -> Bool:
        """bool[n]: readings that may start the condition; errs towards yes. Called for rules with a `hold_for`."""
        return np.ones(len(readings), np.bool_)

    @abstractmethod
    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        """Explain why row `i` of the frame fires, for people to check; `since`: when the condition began, epoch ms."""

    def explain_clearing(self, frame: Frame, i: int) -> tuple[int, Reason]:
        """Find when the condition of row `i` was over (event time, epoch ms), and what shows it.

        If that is before the alert was opened, late data contradicts the alert.
        """
        return frame.now, Reason("cleared", {"rule": self.code})

    def find_priority(self, frame: Frame, i: int) -> Priority:
        """Find how urgent row `i` is as it fires now; for rules where that depends on the evidence."""
        return self.priority

    @property
    def hold_for(self) -> timedelta:
        """Debounce: how long the condition must be seen to hold before it counts."""
        return timedelta(0)

    @property
    def clear_after(self) -> timedelta:
        """Hysteresis: how long the condition must be over before it counts as over."""
        return timedelta(0)

    @property
    def repeats_after(self) -> timedelta:
        """How long it stays silent on a row after it cleared there, even if it fires again."""
        return timedelta(0)

    @property
    def answer_wait(self) -> timedelta:
        """For a rule that asks the resident: how long to wait for an answer before others are notified; else 0."""
        return timedelta(0)

    def list_purposes(self) -> frozenset[Purpose]:
        """List the purposes that cover what it judges by."""
        return self.judges_by

    def list_extra_metrics(self) -> tuple[Metric, ...]:
        """List metrics, beyond the usual ones, whose newest value this rule reads."""
        return ()


def make_verdicts(frame: Frame, *, firing: Bool, known: Bool) -> I8:
    """Make verdicts, int8[n]: FIRING where firing and known, CLEAR where only known, else UNKNOWN; so are rows not enrolled."""
    known = known & frame.active
    # UNKNOWN, CLEAR, FIRING are 0, 1, 2: known x (1 + firing), without a branch per row
    verdict: I8 = known.view(np.int8) * (firing.view(np.int8) + np.int8(1))
    return verdict


def to_ms(duration: timedelta) -> int:
    """Convert to whole milliseconds."""
    return round(duration / MS)


def make_never_due(frame: Frame) -> I64:
    """Make a `due` column for verdicts that time alone never changes: FAR, int64[n]."""
    return np.full(len(frame), FAR)


def add_wait(at: I64, wait_ms: int | I64, where: Bool) -> I64:
    """Add a wait: `at + wait_ms` where `where` holds and `at` is known, else FAR; int64[n], epoch ms."""
    known = where & (at > NEVER)
    return np.where(known, np.where(known, at, 0) + wait_ms, FAR)
