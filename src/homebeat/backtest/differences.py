"""One candidate against the settings in force: which alerts appear, vanish or move, and for whom much changes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from homebeat.backtest.collapses import Delays
from homebeat.backtest.episodes import Episode
from homebeat.backtest.labels import ClosedAlert, find_label
from homebeat.backtest.report import AlertChange, Difference, Point, ResidentChange, RuleChange
from homebeat.domain.alert import Queue
from homebeat.domain.instants import format_instant
from homebeat.rules.catalogue import RULES
from homebeat.stream.batch import F64

_MOST_RESIDENTS: Final = 50
_MOST_ALERTS: Final = 200
#: A mean wait that moves by less than this is the same to a person.
_A_MINUTE_H: Final = 1 / 60


@dataclass(frozen=True, slots=True)
class _Pair:
    """An alert before and after; one of them may be missing."""

    before: Episode | None
    after: Episode | None

    @property
    def one(self) -> Episode:
        """The alert before, or the one after where there is none before."""
        episode = self.before or self.after
        if episode is None:
            raise ValueError("a pair of nothing")
        return episode

    @property
    def minutes(self) -> float | None:
        """How many minutes later it opens; None where it appears or vanishes."""
        if self.before is None or self.after is None:
            return None
        return (self.after.opened_at - self.before.opened_at) / 60_000

    @property
    def change(self) -> str:
        """same, earlier, later, appear or vanish."""
        if self.before is None:
            return "appear"
        if self.after is None:
            return "vanish"
        moved = self.after.opened_at - self.before.opened_at
        return "same" if not moved else "later" if moved > 0 else "earlier"


def compare_variant(
    name: str,
    episodes: tuple[Sequence[Episode], Sequence[Episode]],
    delays: tuple[Delays, Delays],
    residents: Sequence[str],
    closed: Sequence[ClosedAlert],
    end: int,
) -> Difference:
    """Compare one candidate with the settings in force.

    Args:
        name: What the candidate is called.
        episodes: Before and after.
        delays: Before and after.
        residents: Their ids, in the order of the rows of `delays`.
        closed: Real alerts with an outcome.
        end: The last arrival, epoch ms.
    """
    episodes = (_drop_questions(episodes[0]), _drop_questions(episodes[1]))
    pairs = list(_pair_episodes(*episodes, end))
    changed = [pair for pair in pairs if pair.change != "same"]
    changed.sort(key=lambda p: (p.one.queue is not Queue.CARE, p.one.opened_at, p.one.rule, p.one.id))
    shown = changed[:_MOST_ALERTS]
    of_residents = _find_changed_residents(episodes, delays, residents)
    return Difference(
        variant=name,
        rules=[
            _summarise_rule(code, [p for p in pairs if p.one.rule == code])
            for code in RULES
            if any(p.one.rule == code for p in pairs)
        ],
        residents_changed=len(of_residents),
        residents=of_residents[:_MOST_RESIDENTS],
        points=_count_points(episodes, residents),
        alerts=[_describe_change(pair, closed, end) for pair in shown],
        alerts_left_out=len(changed) - len(shown),
    )


def _drop_questions(episodes: Sequence[Episode]) -> list[Episode]:
    """Leave out questions to the resident: they are no alert for anybody else."""
    return [e for e in episodes if e.queue is not Queue.NONE]


def _pair_episodes(before: Sequence[Episode], after: Sequence[Episode], end: int) -> Iterator[_Pair]:
    """Pair alerts by id; else those of one rule and subject that overlap in time. What is left has no partner."""
    names = {e.id: e for e in after}
    left: dict[tuple[str, str], list[Episode]] = defaultdict(list)
    taken = {e.id for e in before}
    for e in after:
        if e.id not in taken:
            left[e.rule, e.subject].append(e)
    for e in before:
        other = names.get(e.id) or _take_overlapping(e, left[e.rule, e.subject], end)
        yield _Pair(e, other)
    for rest in left.values():
        for e in rest:
            yield _Pair(None, e)


def _take_overlapping(episode: Episode, others: list[Episode], end: int) -> Episode | None:
    for i, other in enumerate(others):
        if other.since <= (episode.ended_at or end) and episode.since <= (other.ended_at or end):
            return others.pop(i)
    return None


def _summarise_rule(code: str, pairs: Sequence[_Pair]) -> RuleChange:
    count = Counter(pair.change for pair in pairs)
    moved = [pair.minutes for pair in pairs if pair.minutes]
    return RuleChange(
        rule=code,
        same=count["same"],
        earlier=count["earlier"],
        later=count["later"],
        minutes=round(median(moved), 1) if moved else None,
        appear=count["appear"],
        vanish=count["vanish"],
    )


def _describe_change(pair: _Pair, closed: Sequence[ClosedAlert], end: int) -> AlertChange:
    one = pair.one
    label = find_label(one, [c for c in closed if c.household == one.household], end)
    minutes = pair.minutes
    return AlertChange(
        rule=one.rule,
        who=one.who,
        change=pair.change,
        before_at=None if pair.before is None else format_instant(pair.before.opened_at),
        after_at=None if pair.after is None else format_instant(pair.after.opened_at),
        minutes=None if minutes is None else round(minutes, 1),
        label=None if label is None else label.value,
    )


def _find_changed_residents(
    episodes: tuple[Sequence[Episode], Sequence[Episode]], delays: tuple[Delays, Delays], residents: Sequence[str]
) -> list[ResidentChange]:
    """Find all residents whose number of care alerts or mean wait changes; those that change most come first."""
    before, after = (_count_care_alerts(some) for some in episodes)
    waits = [_compute_mean_waits_h(some) for some in delays]
    out = []
    for row, who in enumerate(residents):
        was, now = _round_hours(waits[0][row]), _round_hours(waits[1][row])
        same_wait = was == now or (was is not None and now is not None and abs(now - was) < _A_MINUTE_H)
        if before[who] != after[who] or not same_wait:
            out.append(ResidentChange(who, before[who], after[who], was, now))
    return sorted(out, key=lambda r: (-abs(r.alerts_after - r.alerts_before), -_measure_change(r), r.resident))


def _measure_change(change: ResidentChange) -> float:
    return abs((change.wait_after_h or 0.0) - (change.wait_before_h or 0.0))


def _count_points(episodes: tuple[Sequence[Episode], Sequence[Episode]], residents: Sequence[str]) -> list[Point]:
    before, after = (_count_care_alerts(some) for some in episodes)
    count = Counter((before[who], after[who]) for who in residents)
    return [Point(b, a, n) for (b, a), n in sorted(count.items())]


def is_care_alert(episode: Episode) -> bool:
    """Whether the alert waits at the care desk, so that somebody is called about a person. For a slow change nobody is called."""
    return episode.queue is Queue.CARE


def _count_care_alerts(episodes: Sequence[Episode]) -> Counter[str]:
    return Counter(e.resident for e in episodes if is_care_alert(e) and e.resident is not None)


def _compute_mean_waits_h(delays: Delays) -> F64:
    """float64[residents]; nan where none was injected or the rule is off."""
    return np.where(delays.found > 0, delays.total / np.maximum(delays.found, 1) / 60, np.nan)


def _round_hours(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 2)
