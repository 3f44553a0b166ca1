"""Puts the results of all parts together into one comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from homebeat.backtest.collapses import GAP_BINS, SLOT_MINUTES, Delays, FixedLimitCounts
from homebeat.backtest.differences import compare_variant, is_care_alert
from homebeat.backtest.episodes import Episode, join_episodes
from homebeat.backtest.labels import ClosedAlert, EpisodeMatcher, Label, find_label
from homebeat.backtest.report import Comparison, FixedLimit, OutcomeMatch, QuestionLoad, RuleLoad, Variant, Waits
from homebeat.backtest.shard import Plan, ShardResult
from homebeat.domain.alert import Queue
from homebeat.domain.durations import DAY_MS
from homebeat.domain.instants import format_instant
from homebeat.rules.catalogue import RULES
from homebeat.rules.no_sign_of_life import NoSignOfLife

_MONTH_MS: Final = 30 * DAY_MS
_HALF_DAY_MINUTES: Final = 720
_FIXED_H: Final = tuple(range(2, 25))
_MOST_LOST: Final = 50


@dataclass(frozen=True, slots=True)
class VariantName:
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


def compare(
    run: Run, names: Sequence[VariantName], parts: Sequence[ShardResult], closed: Sequence[ClosedAlert] | None
) -> Comparison:
    """Put the results of all parts together.

    Args:
        run: What ran.
        names: One for each variant, the settings in force first.
        parts: The results, in the order of the parts.
        closed: Real alerts with an outcome; None where there is no database to ask.
    """
    residents = [resident for part in parts for resident in part.residents]
    span = max(run.end - run.plan.count_from, 1)
    months = len(residents) * span / _MONTH_MS
    episodes = [join_episodes(part.episodes[i] for part in parts) for i in range(len(names))]
    delays = [_join_delays([part.delays[i] for part in parts]) for i in range(len(names))]
    injected = sum(part.injected for part in parts)
    known = _KnownOutcomes(list(closed or ()), run.end, episodes[0])
    variants = [
        _make_variant(named, some, delay, months, injected, known if closed is not None else None)
        for named, some, delay in zip(names, episodes, delays, strict=True)
    ]
    return Comparison(
        source=run.source,
        from_at=format_instant(run.plan.count_from),
        until_at=format_instant(run.end),
        days=round(span / DAY_MS, 2),
        warm_up_days=round((run.plan.count_from - run.plan.starts_at) / DAY_MS, 2),
        households=run.households,
        residents=len(residents),
        resident_months=round(months, 3),
        readings=sum(part.readings for part in parts),
        variants=variants,
        differences=[
            compare_variant(names[i].name, (episodes[0], episodes[i]), (delays[0], delays[i]), residents, known.closed, run.end)
            for i in range(1, len(names))
        ],
        fixed_limits=_draw_fixed_limits(parts, months),
        closed_alerts=None if closed is None else len(closed),
    )


class _KnownOutcomes:
    """Real outcomes, and when the settings in force would have raised each."""

    def __init__(self, closed: list[ClosedAlert], end: int, in_force: Sequence[Episode]) -> None:
        self.closed, self.end = closed, end
        before = EpisodeMatcher(in_force, end)
        self.before = [before.find_opening(c) for c in closed]


def _make_variant(
    named: VariantName, episodes: Sequence[Episode], delays: Delays, months: float, injected: int, known: _KnownOutcomes | None
) -> Variant:
    questions = [e for e in episodes if e.queue is Queue.NONE]
    episodes = [e for e in episodes if e.queue is not Queue.NONE]
    of_rule: Counter[str] = Counter(e.rule for e in episodes)
    per_month = {code: n / months if months else 0.0 for code, n in of_rule.items()}
    loads = [RuleLoad(code, RULES[code].desk.value, of_rule[code], round(per_month[code], 4)) for code in RULES if of_rule[code]]
    quiet = [e for e in episodes if e.rule == NoSignOfLife.code]
    answers, unlabelled, true = [], None, 0
    if known is not None:
        labels = _find_labels(episodes, known)
        answers = _match_outcomes(episodes, known)
        unlabelled = sum(is_care_alert(e) and e.id not in labels for e in episodes)
        true = sum(labels.get(e.id) is Label.TRUE for e in quiet)
    return Variant(
        name=named.name,
        settings=list(named.settings),
        rules=loads,
        asked=QuestionLoad(
            asked=len(questions),
            per_resident_month=round(len(questions) / months, 4) if months else 0.0,
            in_time=sum(e.in_time for e in questions),
        ),
        collapses=_summarise_waits(delays, injected),
        false_alarms_per_month=round((len(quiet) - true) / months, 4) if months else 0.0,
        answers=answers,
        unlabelled=unlabelled,
    )


def _find_labels(episodes: Sequence[Episode], known: _KnownOutcomes) -> dict[str, Label]:
    homes: dict[str, list[ClosedAlert]] = {}
    for c in known.closed:
        homes.setdefault(c.household, []).append(c)
    found = ((e.id, find_label(e, homes.get(e.household, ()), known.end)) for e in episodes)
    return {name: label for name, label in found if label is not None}


def _match_outcomes(episodes: Sequence[Episode], known: _KnownOutcomes) -> list[OutcomeMatch]:
    here = EpisodeMatcher(episodes, known.end)
    out = []
    for label in Label:
        ours = [(c, before) for c, before in zip(known.closed, known.before, strict=True) if c.label is label]
        now = [here.find_opening(c) for c, _ in ours]
        both = [
            (at - before) / 60_000 for (_, before), at in zip(ours, now, strict=True) if at is not None and before is not None
        ]
        lost = [c.id for (c, _), at in zip(ours, now, strict=True) if at is None]
        out.append(
            OutcomeMatch(
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


def _join_delays(parts: Sequence[Delays]) -> Delays:
    return Delays(
        total=np.concatenate([p.total for p in parts]),
        found=np.concatenate([p.found for p in parts]),
        minutes=np.sum([p.minutes for p in parts], axis=0),
        missed=sum(p.missed for p in parts),
        longest=max(p.longest for p in parts),
    )


def _summarise_waits(delays: Delays, injected: int) -> Waits:
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


def _draw_fixed_limits(parts: Sequence[ShardResult], months: float) -> list[FixedLimit]:
    whole = FixedLimitCounts(np.sum([p.fixed.gaps for p in parts], axis=0), np.sum([p.fixed.ages for p in parts], axis=0))
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
