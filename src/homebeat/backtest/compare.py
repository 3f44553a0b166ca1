"""From what every part came to, to one comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from homebeat.backtest.collapses import GAP_BINS, SLOT_MINUTES, Delays, Fixed
from homebeat.backtest.differences import calls_care, difference
from homebeat.backtest.episodes import Episode, joined
from homebeat.backtest.labels import Answered, Closed, Label, is_labelled
from homebeat.backtest.report import Answers, Asked, Comparison, FixedLimit, RuleLoad, Variant, Waits
from homebeat.backtest.shard import Plan, ShardResult
from homebeat.domain.alert import Queue
from homebeat.domain.instants import iso
from homebeat.rules.catalogue import RULES
from homebeat.rules.no_sign_of_life import NoSignOfLife

_MONTH_MS: Final = 30 * 86_400_000
_DAY_MS: Final = 86_400_000
_HALF_DAY_MINUTES: Final = 720
_FIXED_H: Final = tuple(range(2, 25))
_MOST_LOST: Final = 50


@dataclass(frozen=True, slots=True)
class Named:
    """What a variant is called, and what it changes, `key: before -> after`."""

    name: str
    settings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """What is known of a finished run. `end`: the last arrival, epoch ms."""

    source: str
    plan: Plan
    end: int
    households: int


def compare(run: Run, names: Sequence[Named], parts: Sequence[ShardResult], closed: Sequence[Closed] | None) -> Comparison:
    """Put the parts together.

    Args:
        run: What ran.
        names: One a variant, the settings in force first.
        parts: In their order.
        closed: Real alerts with an outcome; None where there is no database to ask.
    """
    residents = [resident for part in parts for resident in part.residents]
    span = max(run.end - run.plan.count_from, 1)
    months = len(residents) * span / _MONTH_MS
    episodes = [joined(part.episodes[i] for part in parts) for i in range(len(names))]
    delays = [_joined([part.delays[i] for part in parts]) for i in range(len(names))]
    injected = sum(part.injected for part in parts)
    known = _Known(list(closed or ()), run.end, episodes[0])
    variants = [
        _variant(named, some, delay, months, injected, known if closed is not None else None)
        for named, some, delay in zip(names, episodes, delays, strict=True)
    ]
    return Comparison(
        source=run.source,
        from_at=iso(run.plan.count_from),
        until_at=iso(run.end),
        days=round(span / _DAY_MS, 2),
        warm_up_days=round((run.plan.count_from - run.plan.starts_at) / _DAY_MS, 2),
        households=run.households,
        residents=len(residents),
        resident_months=round(months, 3),
        readings=sum(part.readings for part in parts),
        variants=variants,
        differences=[
            difference(names[i].name, (episodes[0], episodes[i]), (delays[0], delays[i]), residents, known.closed, run.end)
            for i in range(1, len(names))
        ],
        fixed_limits=_fixed(parts, months),
        closed_alerts=None if closed is None else len(closed),
    )


class _Known:
    """Real outcomes, and when the settings in force would have raised each."""

    def __init__(self, closed: list[Closed], end: int, in_force: Sequence[Episode]) -> None:
        self.closed, self.end = closed, end
        before = Answered(in_force, end)
        self.before = [before.opened_at(c) for c in closed]


def _variant(
    named: Named, episodes: Sequence[Episode], delays: Delays, months: float, injected: int, known: _Known | None
) -> Variant:
    questions = [e for e in episodes if e.queue is Queue.NONE]
    episodes = [e for e in episodes if e.queue is not Queue.NONE]
    of_rule: Counter[str] = Counter(e.rule for e in episodes)
    per_month = {code: n / months if months else 0.0 for code, n in of_rule.items()}
    loads = [RuleLoad(code, RULES[code].desk.value, of_rule[code], round(per_month[code], 4)) for code in RULES if of_rule[code]]
    quiet = [e for e in episodes if e.rule == NoSignOfLife.code]
    answers, unlabelled, true = [], None, 0
    if known is not None:
        labels = _labels(episodes, known)
        answers = _answers(episodes, known)
        unlabelled = sum(calls_care(e) and e.id not in labels for e in episodes)
        true = sum(labels.get(e.id) is Label.TRUE for e in quiet)
    return Variant(
        name=named.name,
        settings=list(named.settings),
        rules=loads,
        asked=Asked(
            asked=len(questions),
            per_resident_month=round(len(questions) / months, 4) if months else 0.0,
            in_time=sum(e.in_time for e in questions),
        ),
        collapses=_waits(delays, injected),
        false_alarms_per_month=round((len(quiet) - true) / months, 4) if months else 0.0,
        answers=answers,
        unlabelled=unlabelled,
    )


def _labels(episodes: Sequence[Episode], known: _Known) -> dict[str, Label]:
    homes: dict[str, list[Closed]] = {}
    for c in known.closed:
        homes.setdefault(c.household, []).append(c)
    found = ((e.id, is_labelled(e, homes.get(e.household, ()), known.end)) for e in episodes)
    return {name: label for name, label in found if label is not None}


def _answers(episodes: Sequence[Episode], known: _Known) -> list[Answers]:
    here = Answered(episodes, known.end)
    out = []
    for label in Label:
        ours = [(c, before) for c, before in zip(known.closed, known.before, strict=True) if c.label is label]
        now = [here.opened_at(c) for c, _ in ours]
        both = [
            (at - before) / 60_000 for (_, before), at in zip(ours, now, strict=True) if at is not None and before is not None
        ]
        lost = [c.id for (c, _), at in zip(ours, now, strict=True) if at is None]
        out.append(
            Answers(
                label=label.value,
                closed=len(ours),
                kept=sum(at is not None for at in now),
                earlier=sum(m < 0 for m in both),
                later=sum(m > 0 for m in both),
                minutes=round(sum(both) / len(both), 1) if both else None,
                lost=lost[:_MOST_LOST] if label is Label.TRUE else [],
            )
        )
    return out


def _joined(parts: Sequence[Delays]) -> Delays:
    return Delays(
        total=np.concatenate([p.total for p in parts]),
        found=np.concatenate([p.found for p in parts]),
        minutes=np.sum([p.minutes for p in parts], axis=0),
        missed=sum(p.missed for p in parts),
        longest=max(p.longest for p in parts),
    )


def _waits(delays: Delays, injected: int) -> Waits:
    found = int(delays.found.sum())
    if not found:
        return Waits(injected, delays.missed, None, None, None, 0.0 if injected else None)
    below = np.cumsum(delays.minutes)
    return Waits(
        injected=injected,
        missed=delays.missed,
        mean_h=round(float(delays.total.sum()) / found / 60, 3),
        p95_h=round(int(np.searchsorted(below, 0.95 * found)) / 60, 3),
        longest_h=round(delays.longest / 60, 3),
        within_12h=round(int(below[_HALF_DAY_MINUTES]) / injected, 5),
    )


def _fixed(parts: Sequence[ShardResult], months: float) -> list[FixedLimit]:
    whole = Fixed(np.sum([p.fixed.gaps for p in parts], axis=0), np.sum([p.fixed.ages for p in parts], axis=0))
    ages = int(whole.ages.sum())
    if not months or not ages:
        return []
    age = (np.arange(GAP_BINS) + 0.5) * SLOT_MINUTES
    out = []
    for hours in _FIXED_H:
        outlived = int(whole.gaps[hours * 60 // SLOT_MINUTES :].sum())
        mean = float((np.maximum(hours * 60 - age, 0.0) * whole.ages).sum()) / ages / 60
        out.append(FixedLimit(float(hours), round(outlived / months, 4), round(mean, 3)))
    return out
