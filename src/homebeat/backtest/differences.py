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
from homebeat.backtest.labels import Closed, is_labelled
from homebeat.backtest.report import AlertChange, Difference, Point, ResidentChange, RuleChange
from homebeat.domain.alert import Queue
from homebeat.domain.instants import iso
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
        """Whichever there is."""
        episode = self.before or self.after
        if episode is None:
            raise ValueError("a pair of nothing")
        return episode

    @property
    def minutes(self) -> float | None:
        """How much later it opens; None where it appears or vanishes."""
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


def difference(
    name: str,
    episodes: tuple[Sequence[Episode], Sequence[Episode]],
    delays: tuple[Delays, Delays],
    residents: Sequence[str],
    closed: Sequence[Closed],
    end: int,
) -> Difference:
    """Compare (before, after) episodes and delays; `residents` are the rows of the delays, `end` the last arrival."""
    episodes = (_told(episodes[0]), _told(episodes[1]))
    pairs = list(_paired(*episodes, end))
    changed = [pair for pair in pairs if pair.change != "same"]
    changed.sort(key=lambda p: (p.one.queue is not Queue.CARE, p.one.opened_at, p.one.rule, p.one.id))
    shown = changed[:_MOST_ALERTS]
    of_residents = _residents(episodes, delays, residents)
    return Difference(
        variant=name,
        rules=[_rule(code, [p for p in pairs if p.one.rule == code]) for code in RULES if any(p.one.rule == code for p in pairs)],
        residents_changed=len(of_residents),
        residents=of_residents[:_MOST_RESIDENTS],
        points=_points(episodes, residents),
        alerts=[_alert(pair, closed, end) for pair in shown],
        alerts_left_out=len(changed) - len(shown),
    )


def _told(episodes: Sequence[Episode]) -> list[Episode]:
    """Without what only the resident was asked: that is no alert to anybody."""
    return [e for e in episodes if e.queue is not Queue.NONE]


def _paired(before: Sequence[Episode], after: Sequence[Episode], end: int) -> Iterator[_Pair]:
    """The same alert by its id, else by overlap in time for the same rule and subject, else alone."""
    names = {e.id: e for e in after}
    left: dict[tuple[str, str], list[Episode]] = defaultdict(list)
    taken = {e.id for e in before}
    for e in after:
        if e.id not in taken:
            left[e.rule, e.subject].append(e)
    for e in before:
        other = names.get(e.id) or _overlapping(e, left[e.rule, e.subject], end)
        yield _Pair(e, other)
    for rest in left.values():
        for e in rest:
            yield _Pair(None, e)


def _overlapping(episode: Episode, others: list[Episode], end: int) -> Episode | None:
    for i, other in enumerate(others):
        if other.since <= (episode.over_at or end) and episode.since <= (other.over_at or end):
            return others.pop(i)
    return None


def _rule(code: str, pairs: Sequence[_Pair]) -> RuleChange:
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


def _alert(pair: _Pair, closed: Sequence[Closed], end: int) -> AlertChange:
    one = pair.one
    label = is_labelled(one, [c for c in closed if c.household == one.household], end)
    minutes = pair.minutes
    return AlertChange(
        rule=one.rule,
        who=one.who,
        change=pair.change,
        before_at=None if pair.before is None else iso(pair.before.opened_at),
        after_at=None if pair.after is None else iso(pair.after.opened_at),
        minutes=None if minutes is None else round(minutes, 1),
        label=None if label is None else label.value,
    )


def _residents(
    episodes: tuple[Sequence[Episode], Sequence[Episode]], delays: tuple[Delays, Delays], residents: Sequence[str]
) -> list[ResidentChange]:
    """Everybody who has another number of care alerts or another mean wait, most changed first."""
    before, after = (_care(some) for some in episodes)
    waits = [_mean_h(some) for some in delays]
    out = []
    for row, who in enumerate(residents):
        was, now = _hours(waits[0][row]), _hours(waits[1][row])
        same_wait = was == now or (was is not None and now is not None and abs(now - was) < _A_MINUTE_H)
        if before[who] != after[who] or not same_wait:
            out.append(ResidentChange(who, before[who], after[who], was, now))
    return sorted(out, key=lambda r: (-abs(r.alerts_after - r.alerts_before), -_moved(r), r.resident))


def _moved(change: ResidentChange) -> float:
    return abs((change.wait_after_h or 0.0) - (change.wait_before_h or 0.0))


def _points(episodes: tuple[Sequence[Episode], Sequence[Episode]], residents: Sequence[str]) -> list[Point]:
    before, after = (_care(some) for some in episodes)
    count = Counter((before[who], after[who]) for who in residents)
    return [Point(b, a, n) for (b, a), n in sorted(count.items())]


def calls_care(episode: Episode) -> bool:
    """Whether somebody is called for a person: a slow change waits in a digest and calls nobody."""
    return episode.queue is Queue.CARE


def _care(episodes: Sequence[Episode]) -> Counter[str]:
    return Counter(e.resident for e in episodes if calls_care(e) and e.resident is not None)


def _mean_h(delays: Delays) -> F64:
    """float64[residents]; nan where none was injected or the rule is off."""
    return np.where(delays.found > 0, delays.total / np.maximum(delays.found, 1) / 60, np.nan)


def _hours(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 2)
