"""Holds alerts against what happened: found, late, missed, and alerts that nothing explains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from homebeat.backtest.episodes import Episode
from homebeat.backtest.happenings import Happening, Truth
from homebeat.domain.alert import WAITING
from homebeat.domain.durations import MS
from homebeat.domain.instants import TOLERANCE_MS
from homebeat.rules.catalogue import RULES

#: How long after its end a happening still explains an alert: what proves it may arrive only then.
_AFTERMATH_MS: Final = timedelta(hours=2) // MS


class FoundState(StrEnum):
    """What became of one happening."""

    FOUND = "found"  # an alert opened in time, or stood already
    LATE = "late"
    MISSED = "missed"
    NOT_DUE = "not_due"  # nothing has opened, and there is still time


@dataclass(frozen=True, slots=True)
class Judged:
    """One happening that asks for an alert, with what became of it. `delay_ms` is from it to the alert; None without one."""

    happening: Happening
    verdict: FoundState
    alert: Episode | None = None
    delay_ms: int | None = None


@dataclass(frozen=True, slots=True)
class CheckedTruth:
    """What was alerted, held against what happened.

    Attributes:
        judged: Happenings that ask for an alert, by time.
        false: Alerts that nothing explains, by time.
        explained: How many alerts something explains.
        aside: How many are not judged: questions, slow changes, what homebeat says of itself, and what opened outside the time.
        began, ended: The time that was compared, epoch ms.
    """

    judged: tuple[Judged, ...]
    false: tuple[Episode, ...]
    explained: int
    aside: int
    began: int
    ended: int

    def count(self, verdict: FoundState) -> int:
        """How many happenings came to this."""
        return sum(one.verdict is verdict for one in self.judged)

    def list_kinds(self) -> list[str]:
        """Kinds of happening that were judged, in the order of their names."""
        return sorted({one.happening.kind for one in self.judged})


def compare_alerts(
    truth: Truth, alerts: Sequence[Episode], ended: int | None = None, rules: Collection[str] | None = None
) -> CheckedTruth:
    """Compare.

    Args:
        truth: What happened.
        alerts: What was alerted, in any order.
        ended: Until when alerts are known, epoch ms; None: until the truth ends, or the last of both.
        rules: Only these, and what happened that asks for one of them; None for all.
    """
    wanted = [h for h in truth.happenings if h.asks.rules and (rules is None or set(h.asks.rules) & set(rules))]
    moments = [h.at for h in truth.happenings if h.at] + [alert.opened_at for alert in alerts]
    first = min(moments, default=0) if truth.began is None else truth.began
    if ended is None:
        ended = max(moments, default=first) if truth.ended is None else truth.ended
    last = ended
    inside = [a for a in alerts if first <= a.opened_at <= last + TOLERANCE_MS and (rules is None or a.rule in rules)]
    counted = [a for a in inside if a.rule in RULES and a.queue in WAITING]
    of_home: dict[str, list[Happening]] = defaultdict(list)
    for happening in truth.happenings:
        of_home[happening.household].append(happening)
    false = [a for a in counted if not any(_explains(h, a) for h in of_home.get(a.household, ()))]
    opened: dict[str, list[Episode]] = defaultdict(list)
    for alert in sorted(alerts, key=lambda a: a.opened_at):
        opened[alert.household].append(alert)
    judged = [_judge(h, opened.get(h.household, ()), last) for h in wanted if h.at <= last]
    return CheckedTruth(
        tuple(judged),
        tuple(sorted(false, key=lambda a: (a.opened_at, a.id))),
        len(counted) - len(false),
        len(alerts) - len(counted),
        first,
        last,
    )


def _judge(happening: Happening, alerts: Iterable[Episode], ended: int) -> Judged:
    until = max(happening.due_at, ended if happening.until is None else happening.until)
    for alert in alerts:
        if alert.rule not in happening.asks.rules or not _is_about(happening, alert):
            continue
        stood = alert.opened_at < happening.at and (alert.ended_at is None or alert.ended_at >= happening.at)
        if stood or happening.at - TOLERANCE_MS <= alert.opened_at <= until:
            delay = max(0, alert.opened_at - happening.at)
            verdict = FoundState.FOUND if stood or alert.opened_at <= happening.due_at else FoundState.LATE
            return Judged(happening, verdict, alert, delay)
    return Judged(happening, FoundState.MISSED if happening.due_at <= ended else FoundState.NOT_DUE)


def _explains(happening: Happening, alert: Episode) -> bool:
    if alert.rule not in happening.asks.rules and alert.rule not in happening.asks.explains:
        return False
    if not _is_about(happening, alert) or alert.opened_at < happening.at - TOLERANCE_MS:
        return False
    return happening.until is None or alert.opened_at <= max(happening.until + _AFTERMATH_MS, happening.due_at)


def _is_about(happening: Happening, alert: Episode) -> bool:
    """Whether they are about the same: of what both name, nothing differs."""
    if happening.resident and alert.resident and happening.resident != alert.resident:
        return False
    return not (happening.device and alert.device and happening.device != alert.device)
