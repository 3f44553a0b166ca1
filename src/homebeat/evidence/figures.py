"""Computes the figures of one group of alerts: times, targets, shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from homebeat.domain.alert import Priority, Queue
from homebeat.domain.durations import HOUR_MS, MINUTE_MS
from homebeat.evidence.columns import I64, NOT_YET, AlertColumns, Flags
from homebeat.evidence.course import Milestone
from homebeat.evidence.report import GroupFigures, TakenBy, TargetResult, TimeSpread

_Name = TypeVar("_Name")
#: An alert that is open for longer is stale (ISA-18.2).
STALE_MS: Final = 24 * HOUR_MS
_PERCENTILES: Final = (50, 90, 99)
#: Where the curve of what was taken by when is computed, seconds.
_WITHIN_S: Final = (15, 30, 60, 120, 180, 300, 600, 1800, 3600, 14400)
_OF_PEOPLE: Final = frozenset({Milestone.TAKEN, Milestone.ANSWERED})
_TARGETED: Final = frozenset({Priority.CRITICAL, Priority.HIGH})


@dataclass(frozen=True, slots=True)
class ResponseTarget:
    """So large a share of the critical and high alerts of the care desk has to reach a milestone within the limit."""

    code: str
    milestone: Milestone
    limit_ms: int
    wanted: float
    of_visited: bool = False  # only of those for which somebody was sent to the door


#: Two of the promise of call handling of the British TSA (97.5 % in 60 s, 99 % in 180 s); the rule of many Chinese city platforms
#: that an order has its outcome within 240 min; and what is often quoted of the response at a home.
TARGETS: Final = (
    ResponseTarget("taken_60s", Milestone.TAKEN, MINUTE_MS, 0.975),
    ResponseTarget("taken_180s", Milestone.TAKEN, 3 * MINUTE_MS, 0.99),
    ResponseTarget("outcome_240min", Milestone.OUTCOME, 240 * MINUTE_MS, 1.0),
    ResponseTarget("door_45min", Milestone.DOOR, 45 * MINUTE_MS, 0.9, of_visited=True),
)


class GroupMaths:
    """Computes figures of groups of the same alerts.

    Args:
        columns: The alerts.
        as_of: Epoch ms: how they stood then.
    """

    def __init__(self, columns: AlertColumns, as_of: int) -> None:
        self._columns = columns
        self._opened = columns.opened_at
        age = np.maximum(as_of - self._opened, 0)
        self._waits = {one: _compute_waits(columns.get_reached(one), self._opened) for one in Milestone}
        self._targeted = _find_targeted(columns)
        self._visited = columns.get_flags("visited")
        self._flags = {name: columns.get_flags(name) for name in ("closed", "false", "escalated", "returned")}
        outcome = self._waits[Milestone.OUTCOME]
        self.stale: Flags = np.where(outcome == NOT_YET, age, outcome) > STALE_MS
        # what a part of homebeat closed, as when a past is recorded, says nothing of who took it and when: that was not missed
        unrecorded = (outcome != NOT_YET) & (self._waits[Milestone.ANSWERED] == NOT_YET)
        self._waiting = {one: np.where(unrecorded & (one in _OF_PEOPLE), NOT_YET, age) for one in Milestone}

    def measure(self, group: str, rows: I64) -> GroupFigures:
        """Compute the figures of the alerts in `rows`."""
        many = len(rows)
        closed, false, escalated, returned = (int(flags[rows].sum()) for flags in self._flags.values())
        return GroupFigures(
            group=group,
            alerts=many,
            open=many - closed,
            closed=closed,
            false=false,
            false_share=divide(false, closed),
            escalated=escalated,
            escalated_share=divide(escalated, many),
            returned=returned,
            stale=int(self.stale[rows].sum()),
            times=[self._measure_times(one, rows) for one in Milestone],
            targets=[self._measure_target(one, rows) for one in TARGETS],
        )

    def _measure_times(self, milestone: Milestone, rows: I64) -> TimeSpread:
        waits = self._waits[milestone][rows]
        return spread_times(milestone.value, waits[waits != NOT_YET])

    def _measure_target(self, target: ResponseTarget, rows: I64) -> TargetResult:
        rows = rows[self._targeted[rows] & (self._visited[rows] | (not target.of_visited))]
        waits = self._waits[target.milestone][rows]
        reached = waits != NOT_YET
        decided = int((reached | (self._waiting[target.milestone][rows] > target.limit_ms)).sum())
        within = int((reached & (waits <= target.limit_ms)).sum())
        share = divide(within, decided)
        is_met = None if share is None else within >= target.wanted * decided - 1e-9
        limit_s = target.limit_ms // 1000
        return TargetResult(target.code, target.milestone.value, limit_s, target.wanted, decided, within, share, is_met)

    def measure_taken_by(self) -> list[TakenBy]:
        """Compute which share of the alerts with targets was taken by when; empty where there are none."""
        waits = self._waits[Milestone.TAKEN][self._targeted]
        age = self._waiting[Milestone.TAKEN][self._targeted]
        found = []
        for within in _WITHIN_S:
            limit = within * 1000
            share = divide(int(((waits != NOT_YET) & (waits <= limit)).sum()), int(((waits != NOT_YET) | (age > limit)).sum()))
            if share is not None:
                found.append(TakenBy(within, share))
        return found


def spread_times(milestone: str, waits: Sequence[int] | I64) -> TimeSpread:
    """Compute how waits of so many ms spread."""
    if not len(waits):
        return TimeSpread(milestone, 0, None, None, None)
    # an observed value, not one between two: "the slowest of the quickest half"
    found = np.percentile(waits, _PERCENTILES, method="inverted_cdf") / 1000
    return TimeSpread(milestone, len(waits), *(round(float(value), 1) for value in found))


def divide(part: float, whole: float) -> float | None:
    """Divide, to four decimals; None where the whole is nothing."""
    return round(part / whole, 4) if whole else None


def split_rows(codes: np.typing.NDArray[np.int32], names: Sequence[_Name]) -> dict[_Name, I64]:
    """Split all rows by the codes of a column: the rows of each name that occurs, in order."""
    if not len(codes):
        return {}
    order = np.argsort(codes, kind="stable")
    of_each = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    return {names[codes[rows[0]]]: rows for rows in of_each}


def _compute_waits(reached: I64, opened: I64) -> I64:
    return np.where(reached == NOT_YET, NOT_YET, reached - opened)


def _find_targeted(columns: AlertColumns) -> Flags:
    priorities = [code for code, name in enumerate(columns.get_names("priority")) if name in _TARGETED]
    care = [code for code, name in enumerate(columns.get_names("queue")) if name == Queue.CARE]
    found: Flags = np.isin(columns.get_codes("priority"), priorities) & np.isin(columns.get_codes("queue"), care)
    return found
