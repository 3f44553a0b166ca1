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
from homebeat.domain.metric import Metric
from homebeat.rules.frame import Axis, Frame
from homebeat.stream.batch import FAR, I64, NEVER, Batch, Bool
from homebeat.stream.evidence import Evidence

I8 = NDArray[np.int8]


class Verdict(IntEnum):
    """What a rule says of a row. UNKNOWN keeps things as they are: it neither opens nor clears."""

    UNKNOWN = 0
    CLEAR = 1
    FIRING = 2


class Judgement(NamedTuple):
    """A rule's answer for a block of n rows.

    Attributes:
        verdict: int8[n].
        since: int64[n], event time at which the condition began, epoch ms; meaningful where FIRING.
        due: int64[n], earliest instant at which the verdict may change if nothing more arrives; FAR: never by time alone.
        seen: int64[n], event time up to which the condition is known to hold (for hold-for); None: up to now.
        at_once: bool[n], too urgent to be held back by `repeats_after`; None: nowhere.
        news_at: int64[n], of a rule that renews: what rises with each new occurrence. For alarms of devices it is the arrival,
            epoch ms, for a device's clock may have gone back.
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

    `judge` is level, not edge: judging twice is harmless; the engine owns hold-for, clear-after and edges.

    Attributes:
        code: Stable and public.
        on_by_default: Whether it runs where nothing is said.
        names_device: Whether an alert of a device or meter row is about that device (or about the home as a whole).
        triggers: The news that may change its verdict.
        fires_by_time_only: News can put its condition off or end it, never bring it about.
        urgent: Reads nothing but device alarms, and is asked the moment one arrives.
        judges_silence: The absence of readings is its very subject, so it knows something of a row that never reported.
        renews: A later `news_at` while the condition stands is news (pressed again), and so is a later `since` with the same
            `news_at` (confirmed).
        digest: Slow change: its alerts wait in the daily digest, not in the queue of a desk, and no family is told.
        family_from: The family is told of an alert of the care desk at this priority or a more urgent one.
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
    tracks: ClassVar[tuple[Metric, ...]] = ()

    @abstractmethod
    def judge(self, frame: Frame) -> Judgement:
        """Judge every row of the frame. Not-known maps to UNKNOWN."""

    def find_idle_until(self, frame: Frame) -> int:
        """A cheap bound: no row of the frame can fire before this instant unless news comes; NEVER for "ask me".

        Asked first, of blocks in which nothing is held, so that a quiet city costs a few comparisons a row. It may err only
        towards asking: a law holds every rule to that.
        """
        return NEVER

    def may_change_on(self, wave: Batch) -> Bool:
        """bool[n]: readings that may make the condition hold; errs towards yes. Asked of rules that hold for a time."""
        return np.ones(len(wave), np.bool_)

    @abstractmethod
    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        """Why row `i` of the frame fires, for people to check; `since` is when the condition began to hold, epoch ms."""

    def explain_clearing(self, frame: Frame, i: int) -> tuple[int, Reason]:
        """When, by event time, the condition of row `i` is shown to be over, and by what.

        A time before the alert was opened means that late data contradicts the alert.
        """
        return frame.now, Reason("cleared", {"rule": self.code})

    def find_priority(self, frame: Frame, i: int) -> Priority:
        """How urgent row `i` is as it fires now, where that depends on the evidence."""
        return self.priority

    @property
    def hold_for(self) -> timedelta:
        """How long the condition must be seen to hold before it counts."""
        return timedelta(0)

    @property
    def clear_after(self) -> timedelta:
        """How long it must be over before it counts as over."""
        return timedelta(0)

    @property
    def repeats_after(self) -> timedelta:
        """How long after it cleared it stays silent on the same row, though it fires again."""
        return timedelta(0)

    @property
    def answer_wait(self) -> timedelta:
        """How long an answer is waited for when the alert asks the resident, before others are told; 0: it does not ask."""
        return timedelta(0)

    def list_extra_metrics(self) -> tuple[Metric, ...]:
        """Metrics, beyond the usual ones, whose newest value this rule reads."""
        return ()


def verdicts(frame: Frame, *, firing: Bool, known: Bool) -> I8:
    """FIRING where firing and known, CLEAR where only known, UNKNOWN elsewhere and for rows no longer enrolled."""
    known = known & frame.active
    # UNKNOWN, CLEAR, FIRING are 0, 1, 2: known x (1 + firing), without a branch per row
    verdict: I8 = known.view(np.int8) * (firing.view(np.int8) + np.int8(1))
    return verdict


def ms(duration: timedelta) -> int:
    """Whole milliseconds."""
    return round(duration / timedelta(milliseconds=1))


def never_due(frame: Frame) -> I64:
    """No change by time alone."""
    return np.full(len(frame), FAR)


def after(at: I64, wait_ms: int | I64, where: Bool) -> I64:
    """`at + wait` where `where` and something is known, else FAR."""
    known = where & (at > NEVER)
    return np.where(known, np.where(known, at, 0) + wait_ms, FAR)
