"""Gathers the courses of alerts one by one, and makes the report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from homebeat.domain.alert import WAITING, Priority, TransitionKind
from homebeat.domain.durations import DAY_MS, HOUR_MS
from homebeat.domain.follow_up import FollowUpAnswer, FollowUpState
from homebeat.domain.instants import format_instant
from homebeat.evidence.columns import I64, AlertColumns
from homebeat.evidence.course import AlertCourse, is_human, list_firing_spans
from homebeat.evidence.figures import GroupMaths, split_rows
from homebeat.evidence.load import measure_load, merge_spans
from homebeat.evidence.providers import OrderCourse, ProviderRecord, measure_follow_ups, measure_providers
from homebeat.evidence.report import Breakdown, CountedAnswers, EvidenceReport, FiringTime
from homebeat.evidence.shifts import DeskShift, find_shifts

#: As everywhere in homebeat a month of a resident has 30 days.
_MONTH_MS: Final = 30 * DAY_MS
#: Rules whose alerts say that nothing is known of a resident, or heard of a device.
FIRING_RULES: Final = ("unknown_too_long", "device_silent")
_COUNTED: Final = {TransitionKind.ACKNOWLEDGED: 0, TransitionKind.RESOLVED: 1, TransitionKind.REPLIED: 2}
_ALERTS: Final = 3
#: So many groups by model are listed, those with most alerts: models are free text, and a file may have one for each device.
MOST_MODELS: Final = 200


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a report needs beside the alerts.

    Attributes:
        timezone: Whose days are counted: that of most homes.
        residents: Registered at any time of the span.
        resident_ms: How long they were, together, ms.
        lines: Each area with itself and every area above it, nearest first.
        shown: The areas that whoever reads may see.
        shifts: Those of desks.
        responders: The id of each responder, by the name of their account.
        orders: What providers were asked in the span.
        providers: What else is known of providers.
        follow_ups: How many of each state and answer there are.
    """

    timezone: str = "UTC"
    residents: int = 0
    resident_ms: int = 0
    lines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    shifts: Sequence[DeskShift] = ()
    responders: Mapping[str, str] = field(default_factory=dict)
    orders: Sequence[OrderCourse] = ()
    providers: Mapping[str, ProviderRecord] = field(default_factory=dict)
    follow_ups: Mapping[tuple[FollowUpState, FollowUpAnswer | None], int] = field(default_factory=dict)


class Gathering:
    """Takes the alerts of a span, and those that were open in it.

    Args:
        from_at: Epoch ms; alerts opened from then on are counted.
        until_at: Epoch ms; alerts opened before it are counted.
        as_of: Epoch ms: now.
    """

    def __init__(self, from_at: int, until_at: int, as_of: int) -> None:
        self._span = (from_at, until_at)
        self._as_of = as_of
        self._columns = AlertColumns()
        self._left_out = 0
        self._firing: dict[str, dict[str, list[tuple[int, int]]]] = {rule: defaultdict(list) for rule in FIRING_RULES}
        self._answers: dict[str, list[int]] = defaultdict(lambda: [0] * (_ALERTS + 1))

    def add(self, course: AlertCourse) -> None:
        """Add an alert. One from before the span counts for answers given in it and for conditions that held in it, alone."""
        self._count_answers(course)
        if course.rule in self._firing:
            self._firing[course.rule][course.subject] += self._clip(list_firing_spans(course, self._as_of))
        if not self._span[0] <= course.opened_at < self._span[1]:
            return
        if course.queue in WAITING:
            self._columns.add(course)
        else:
            self._left_out += 1

    def make_report(self, area: str, around: Surroundings) -> EvidenceReport:
        """Make the report about an area and all below it; empty for everything."""
        columns, span = self._columns, self._span
        maths = GroupMaths(columns, self._as_of)
        months = around.resident_ms / _MONTH_MS
        return EvidenceReport(
            area=area,
            timezone=around.timezone,
            from_at=format_instant(span[0]),
            until_at=format_instant(span[1]),
            as_of=format_instant(self._as_of),
            days=round((span[1] - span[0]) / DAY_MS, 2),
            residents=around.residents,
            resident_months=round(months, 2),
            left_out=self._left_out,
            smallest=1,
            total=maths.measure("", np.arange(len(columns))),
            breakdowns=_break_down(columns, maths, around),
            load=measure_load(columns, maths.stale, span, around.timezone, months),
            firing=[_measure_firing(rule, spans) for rule, spans in self._firing.items()],
            taken_by=maths.measure_taken_by(),
            answers=self._list_answers(around.responders),
            providers=measure_providers(around.orders, around.providers),
            follow_ups=measure_follow_ups(around.follow_ups),
        )

    def _count_answers(self, course: AlertCourse) -> None:
        who = set()
        for step in course.steps:
            if step.kind in _COUNTED and self._span[0] <= step.at < self._span[1] and is_human(step.actor):
                self._answers[step.actor][_COUNTED[step.kind]] += 1
                who.add(step.actor)
        for actor in who:
            self._answers[actor][_ALERTS] += 1

    def _clip(self, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        within = ((max(start, self._span[0]), min(end, self._span[1])) for start, end in spans)
        return [(start, end) for start, end in within if start < end]

    def _list_answers(self, responders: Mapping[str, str]) -> list[CountedAnswers]:
        found = []
        for who, (taken, closed, replied, alerts) in self._answers.items():
            kind, _, name = who.partition(":")
            responder = responders.get(name, "") if kind == "user" else ""
            found.append(CountedAnswers(who, responder, alerts, taken, closed, replied))
        return sorted(found, key=lambda one: (-one.alerts, one.who))


def _break_down(columns: AlertColumns, maths: GroupMaths, around: Surroundings) -> list[Breakdown]:
    shifts, names = find_shifts(columns, around.shifts, around.lines, around.timezone)
    of_area = split_rows(columns.get_codes("area"), columns.get_names("area"))
    splits = {
        "shift": split_rows(shifts, names),
        "rule": split_rows(columns.get_codes("rule"), columns.get_names("rule")),
        "priority": split_rows(columns.get_codes("priority"), columns.get_names("priority")),
        "device_kind": split_rows(columns.get_codes("device_kind"), columns.get_names("device_kind")),
        "provider": split_rows(columns.get_codes("provider"), columns.get_names("provider")),
    }
    breakdowns = [Breakdown("area", [maths.measure(area, rows) for area, rows in _roll_up(of_area, around).items()])]
    for by, groups in splits.items():
        ranks = {priority.value: priority.rank for priority in Priority} if by == "priority" else {}
        order = sorted(groups, key=lambda group: (ranks.get(group, 0), group) if by != "rule" else (-len(groups[group]), group))
        breakdowns.append(Breakdown(by, [maths.measure(group, groups[group]) for group in order]))
    return [*breakdowns, *_break_down_models(columns, maths)]


def _break_down_models(columns: AlertColumns, maths: GroupMaths) -> Iterator[Breakdown]:
    """Measure by model, and by rule and model: an alert counts in each of its models."""
    parts: dict[str, dict[str, list[I64]]] = {"device_model": defaultdict(list), "rule_and_model": defaultdict(list)}
    rules, names = columns.get_codes("rule"), columns.get_names("rule")
    for models, rows in split_rows(columns.get_models(), columns.get_model_sets()).items():
        of_rule = {rule: rows[own] for rule, own in split_rows(rules[rows], names).items()} if models else {}
        for model in models:
            parts["device_model"][model].append(rows)
            for rule, own in of_rule.items():
                parts["rule_and_model"][f"{rule}/{model}"].append(own)
    for by, groups in parts.items():
        joined = {group: np.concatenate(found) for group, found in groups.items()}
        order = sorted(joined, key=lambda group: (-len(joined[group]), group))
        shown = [maths.measure(group, joined[group]) for group in order[:MOST_MODELS]]
        yield Breakdown(by, shown, len(order) - len(shown))


def _roll_up(of_area: Mapping[str, I64], around: Surroundings) -> dict[str, I64]:
    """Add what lies in an area to every area above it that is shown; the widest come first."""
    parts: dict[str, list[I64]] = defaultdict(list)
    for area, rows in of_area.items():
        for above in around.lines.get(area, ()):
            if above in around.shown:
                parts[above].append(rows)
    order = sorted(parts, key=lambda area: tuple(reversed(around.lines.get(area, (area,)))))
    return {area: np.concatenate(parts[area]) for area in order}


def _measure_firing(rule: str, spans: Mapping[str, list[tuple[int, int]]]) -> FiringTime:
    held = {subject: merge_spans(own) for subject, own in spans.items() if own}
    total = sum(end - start for own in held.values() for start, end in own)
    return FiringTime(rule, len(held), round(total / HOUR_MS, 1))
