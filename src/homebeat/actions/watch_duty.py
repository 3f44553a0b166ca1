"""See that somebody is on duty: once a minute, for every area that has a rota."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from homebeat.actions.leaves import cover_leaves, enter_replacements
from homebeat.actions.perform import Perform, Record
from homebeat.actions.shift_notices import read_shifts, write_shift_news
from homebeat.actions.shifts import make_shift
from homebeat.actions.work import Work
from homebeat.domain.alert import (
    Alert,
    Condition,
    Edge,
    Priority,
    Reason,
    Subject,
    Transition,
    TransitionKind,
    follow_edge,
    open_alert,
    raise_priority,
)
from homebeat.domain.durations import DAY_MS
from homebeat.domain.ids import AreaId, RotaId
from homebeat.domain.principal import make_service
from homebeat.domain.role import Operation
from homebeat.domain.rota import Gap, Holidays, Rota, Shift, find_gaps_in, leave_out
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.service_alerts import make_edge
from homebeat.store import RotaQueries, Store

RULE: Final = "nobody_on_duty"
#: So long before a gap begins somebody is told.
AHEAD_MS: Final = DAY_MS
#: So far ahead the end of a gap is looked for: the alert says from when to when.
_END_MS: Final = 7 * DAY_MS
#: Who looks.
DUTY: Final = make_service("duty")


@dataclass(frozen=True, slots=True)
class DutyGap:
    """The gap of an area that matters most, epoch ms."""

    rota: RotaId
    gap: Gap
    is_now: bool


@dataclass(frozen=True, slots=True)
class DutyWatched:
    """What came of it.

    Attributes:
        steps: The alerts that were changed, each with its step.
        calendars: The calendars of holidays that were changed, by name.
    """

    steps: list[tuple[Alert, Transition]]
    calendars: frozenset[str]


@dataclass(frozen=True, slots=True)
class WatchDuty:
    """See that somebody is on duty wherever a rota says so.

    1. Where `calendars` are given, follow them where they have changed: write the shifts of the rotas that go by them, and to
       each person whose shifts have changed.
    2. Write shifts further ahead, of rotas whose shifts end soon.
    3. Find the gaps of the coming 24 hours, by the shifts of responders who are not retired.
    4. For each area decide on its alert (`decide_on_duty`): open it, medium while the gap is ahead and high once it is there;
       make it more urgent; clear it. What has not changed writes nothing.

    Doing it twice in a minute, or in two processes, changes nothing more.

    Attributes:
        calendars: The holidays of the settings, by the name of the calendar; None to leave those that are followed.
    """

    name: ClassVar = "watch_duty"
    operation: ClassVar = Operation.WATCH_DUTY

    calendars: Mapping[str, Holidays] | None = None

    def run(self, work: Work) -> DutyWatched:
        """Returns what was changed."""
        rotas = work.tx.rotas
        calendars = frozenset[str]() if self.calendars is None else follow_holidays(work, self.calendars)
        ending = rotas.list_ending(rotas.list_rotas(since=work.now), work.now)
        rotas.refresh({entry.rota.id: entry.rota for entry in ending}, work.now)
        areas = {*rotas.find_open(RULE), *(entry.rota.area for entry in rotas.list_rotas(since=work.now))}
        standing = work.tx.alerts.find_standing((RULE, Subject(area=area).key) for area in areas)
        steps = find_steps(rotas, {area: alert for alert in standing.values() if (area := alert.subject.area)}, work.now)
        for step in steps:
            work.write_step(*step)
        return DutyWatched(steps, calendars)

    def record(self, result: DutyWatched) -> Record | None:
        """How many alerts and calendars were changed; None where nothing was."""
        counts = {"alerts": len(result.steps), "calendars": len(result.calendars)}
        return Record("", counts) if any(counts.values()) else None


def follow_holidays(work: Work, calendars: Mapping[str, Holidays]) -> frozenset[str]:
    """Follow the holidays of the settings where they have changed; returns the calendars that have, by name."""
    if not _has_other_holidays(work.tx.rotas, calendars):
        return frozenset()
    changed = work.tx.rotas.set_holidays(calendars)
    known = [entry.rota for entry in work.tx.rotas.list_rotas(since=work.now)]
    rotas, replaced = cover_leaves(work, known, work.tx.rotas.find_changes(work.now))
    enter_replacements(work, replaced)
    given = {each.shift.rota for each in replaced}
    concerned = {ident: rota for ident, rota in rotas.items() if rota.calendar in changed or ident in given}
    shifts = read_shifts(work, concerned)
    work.tx.rotas.refresh(concerned, work.now)
    write_shift_news(work, concerned, shifts)
    return changed


def _has_other_holidays(rotas: RotaQueries, calendars: Mapping[str, Holidays]) -> bool:
    return rotas.read_holidays() != {name: holidays for name, holidays in calendars.items() if holidays.years}


def decide_on_duty(edge: Edge, found: DutyGap | None, standing: Alert | None) -> tuple[Alert, Transition] | None:
    """Decide on the alert of an area.

    Args:
        edge: That opens or clears it.
        found: The gap that matters most; None where somebody is on duty, and will be, or has answered for it.
        standing: The alert that nobody has closed.

    Returns:
        The alert with its step; None where nothing has changed.
    """
    if found is None:
        return follow_edge(standing, edge) if standing is not None and standing.condition is Condition.FIRING else None
    if standing is None:
        return open_alert(edge)
    if standing.condition is not Condition.FIRING:
        return follow_edge(standing, replace(edge, kind=TransitionKind.REOPENED))
    if edge.priority.rank < standing.priority.rank:
        return raise_priority(standing, edge)
    return None


def watch_duty(store: Store, perform: Perform, now: int, calendars: Mapping[str, Holidays] | None = None) -> None:
    """See that somebody is on duty; a thread calls it once a minute.

    It looks before it writes: a city has a thousand rotas, and whoever writes would hold up the alarms for a third of a second.

    Args:
        store: The database.
        perform: Performs the action.
        now: Epoch ms.
        calendars: As of `WatchDuty`.

    Raises:
        Unavailable: The database is away: the next minute tries again.
    """
    with store.read(EVERYTHING) as reader:
        rotas = reader.rotas
        needs = (calendars is not None and _has_other_holidays(rotas, calendars)) or bool(
            rotas.list_ending(rotas.list_rotas(since=now), now) or find_steps(rotas, rotas.find_open(RULE), now)
        )
    if needs:
        perform(DUTY, WatchDuty(calendars))


def find_steps(rotas: RotaQueries, standing: Mapping[AreaId, Alert], now: int) -> list[tuple[Alert, Transition]]:
    """Find what has changed: the alerts of areas, each with its step.

    Args:
        rotas: What the decision rests on.
        standing: The alert of each area that nobody has closed.
        now: Epoch ms.
    """
    gaps = _find_area_gaps(rotas, now)
    steps: list[tuple[Alert, Transition]] = []
    for area in sorted({*gaps, *standing}):
        found = gaps.get(area)
        edge = _make_edge(Subject(area=area), found, now)
        step = decide_on_duty(edge, found, standing.get(area))
        if step is not None:
            steps.append(step)
    return steps


def _find_area_gaps(rotas: RotaQueries, now: int) -> dict[AreaId, DutyGap]:
    """Find the gap of each area that matters most: one that is there, else the first that comes.

    What people have answered for is left out: of that rota alone, and no longer than their alert said.
    """
    gaps = _find_gaps(rotas, now)
    closed: dict[tuple[AreaId | None, str | int | float | None], list[Alert]] = {}
    # no alert names a gap longer than that, so what was closed before it answers for nothing any more
    since = now - _END_MS - DAY_MS
    for alert in rotas.list_closed(RULE, {rota.area for rota, _ in gaps}, since):
        closed.setdefault((alert.subject.area, alert.reason.params.get("rota")), []).append(alert)
    found: dict[AreaId, DutyGap] = {}
    for rota, gap in gaps:
        left = find_unanswered(gap, closed.get((rota.area, rota.id), ()), now)
        before = found.get(rota.area)
        if left is not None and (before is None or left.starts_at < before.gap.starts_at):
            found[rota.area] = DutyGap(rota.id, left, is_now=left.starts_at <= now)
    return found


def _find_gaps(rotas: RotaQueries, now: int) -> list[tuple[Rota, Gap]]:
    """Find the gaps that are there, or begin within the coming 24 hours, each to its end."""
    # back to a midnight, so that a gap which has been there for long begins at the same time all day
    span = (now - DAY_MS) // DAY_MS * DAY_MS, now + AHEAD_MS
    # before a rota was set nobody knew of it; one that was set by a clock that ran ahead is known now
    known = {entry.rota.id: (entry.rota, max(span[0], min(entry.set_at, now))) for entry in rotas.list_rotas(since=now)}
    shifts = _group(make_shift(one) for one in rotas.list_shifts(*span))
    found = {ident: find_gaps_in(rota, shifts.get(ident, ()), start, span[1]) for ident, (rota, start) in known.items()}
    long = [ident for ident, gaps in found.items() if gaps and gaps[-1].ends_at == span[1]]
    shifts = _group(rotas.find_shifts(long, span[0], now + _END_MS) if long else ())
    for ident in long:
        rota, start = known[ident]
        whole = find_gaps_in(rota, shifts.get(ident, ()), start, now + _END_MS)
        found[ident] = tuple(gap for gap in whole if gap.starts_at < span[1])
    return [(known[ident][0], gap) for ident, gaps in found.items() for gap in gaps if gap.ends_at > now]


def _group(shifts: Iterable[Shift]) -> dict[RotaId, list[Shift]]:
    found: dict[RotaId, list[Shift]] = {}
    for shift in shifts:
        found.setdefault(shift.rota, []).append(shift)
    return found


def find_unanswered(gap: Gap, closed: Iterable[Alert], now: int) -> Gap | None:
    """Find the first part of a gap that nobody has answered for at `now` (epoch ms); None where there is none within 24 hours.

    Whoever closed an alert while its gap was there has answered for it; whoever closed it before has so until the gap is there.
    Nobody has answered for more than their alert said, or for a gap that came back after somebody was found.

    Args:
        gap: That is there, or is ahead.
        closed: The alerts of its rota that people have closed.
        now: Epoch ms.
    """
    spans = [(alert, _get_span(alert)) for alert in closed if alert.condition is Condition.FIRING]
    there = [span for alert, span in spans if alert.priority is Priority.HIGH]
    present = (part for part in leave_out(gap, there) if part.starts_at <= now < part.ends_at)
    coming = (part for part in leave_out(gap, [span for _, span in spans]) if now < part.starts_at <= now + AHEAD_MS)
    return next(present, None) or next(coming, None)


def _get_span(alert: Alert) -> tuple[int, int]:
    starts_at, ends_at = (alert.reason.params.get(name, 0) for name in ("starts_at", "ends_at"))
    return int(starts_at), int(ends_at)


def _make_edge(subject: Subject, found: DutyGap | None, now: int) -> Edge:
    if found is None:
        return make_edge(RULE, subject, Reason(f"{RULE}_over"), now, kind=TransitionKind.CLEARED)
    params: dict[str, str | int | float] = {
        "starts_at": found.gap.starts_at,
        "ends_at": found.gap.ends_at,
        "rota": str(found.rota),
    }
    if found.is_now:
        return replace(make_edge(RULE, subject, Reason(RULE, params), now, since=found.gap.starts_at), onset=now)
    return make_edge(RULE, subject, Reason(f"{RULE}_ahead", params), now, priority=Priority.MEDIUM)
