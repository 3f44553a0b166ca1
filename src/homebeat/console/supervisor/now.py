"""What is so now: what waits, what waits too long, who is on duty, and of whom nothing is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from homebeat.actions.view import View
from homebeat.console.supervisor.figures import FigureLine, FigureWriter
from homebeat.console.web.page import Waiting
from homebeat.console.web.person import drop_mask, join_parts, write_place
from homebeat.domain.alert import WAITING, Answer, Priority, Queue
from homebeat.domain.durations import DAY_MS, MINUTE_MS
from homebeat.domain.ids import HouseholdId, ResidentId
from homebeat.store import AlertEntry, AlertFilter, OpenCount
from homebeat.wording import Wording

#: A critical or high alert of the care desk is to be taken within it.
_TARGET_MS: Final = MINUTE_MS
_GRAVE: Final = (Priority.CRITICAL, Priority.HIGH)
#: As many are listed of what waits too long, and counted of what is old: a page reads no further.
_LISTED: Final = 10
_COUNTED: Final = 1000
_WINDOW_MS: Final = 10 * MINUTE_MS
_FLOOD: Final = 10
_CARE: Final = frozenset({Queue.CARE})


@dataclass(frozen=True, slots=True)
class LateLine:
    """An alert that nobody has taken in time."""

    href: str
    priority: str
    look: str
    what: str
    where: str
    waited: str


@dataclass(frozen=True, slots=True)
class OpenRow:
    """Open alerts of one queue and priority."""

    queue: str
    priority: str
    open: str
    untaken: str


@dataclass(frozen=True, slots=True)
class BlindHome:
    """A home of whose resident nothing is known; `since_at` is None where nothing ever was."""

    resident: ResidentId
    household: HouseholdId
    since_at: int | None


@dataclass(frozen=True, slots=True)
class BlindHomes:
    """The longest of them, how many there are, and how many devices are silent."""

    homes: Sequence[BlindHome]
    count: int
    silent_devices: int


@dataclass(frozen=True, slots=True)
class NowSight:
    """What is so now."""

    late: Sequence[LateLine]
    late_left_out: str
    open: Sequence[OpenRow]
    figures: Sequence[FigureLine]


def read_now(view: View, words: Wording) -> NowSight:
    """Read it: a few queries, each bounded."""
    alerts, now, waiting = view.reader.alerts, view.now, Waiting(words)
    counts = alerts.count_open()
    untaken = AlertFilter(is_open=True, answer=Answer.UNACKNOWLEDGED, queues=_CARE)
    # the most urgent and oldest come first: those that wait too long are among them
    page = view.read_alerts(untaken, 2 * _LISTED).items
    late = [one for one in page if one.alert.priority in _GRAVE and now - one.alert.opened_at > _TARGET_MS]
    heads = [alerts.read_page(replace(untaken, priority=one), 1).items for one in Priority]
    shown = late[:_LISTED]
    view.note_addresses("supervisor", shown)
    writer = FigureWriter(words)
    oldest = min((one.alert.opened_at for some in heads for one in some), default=None)
    return NowSight(
        late=[_make_late(one, words, waiting, now) for one in shown],
        late_left_out=_count_late(view, len(shown)) if len(page) >= 2 * _LISTED or len(late) > len(shown) else "",
        open=[_make_open(one, words) for one in counts],
        figures=list(_list_figures(view, writer, words, oldest)),
    )


def write_blind(
    found: BlindHomes, names: Mapping[HouseholdId, Sequence[str]], words: Wording, zone: str, now: int
) -> list[tuple[str, str, str]]:
    """Write the homes of which nothing is known: where a link leads, who lives there, since when."""
    waiting = Waiting(words)
    return [
        (
            f"/resident/{quote(one.resident, safe='')}",
            join_parts(*map(drop_mask, names.get(one.household, ()))) or one.household,
            words.text("nothing was ever known")
            if one.since_at is None
            else words.text(
                "for %(time)s, since %(clock)s", time=waiting.of(one.since_at, now), clock=words.clock(one.since_at, zone)
            ),
        )
        for one in found.homes
    ]


def _list_figures(view: View, writer: FigureWriter, words: Wording, oldest: int | None) -> list[FigureLine]:
    alerts, now = view.reader.alerts, view.now
    wait = words.text("nobody waits") if oldest is None else Waiting(words).of(oldest, now)
    stale = alerts.count_some(AlertFilter(is_open=True, queues=WAITING, until=now - DAY_MS), _COUNTED)
    lately = alerts.count_some(AlertFilter(queues=WAITING, since=now - _WINDOW_MS), _COUNTED)
    load = writer.judge(
        words.text("Alerts in the last 10 minutes"),
        _write_bounded(lately, words),
        words.text("at most 1; 10 and more are a flood"),
        lately <= 1,
    )
    if lately >= _FLOOD:
        load = FigureLine(load.name, load.value, load.target, words.text("flood"), "bad")
    return [
        load,
        writer.plain(words.text("Longest wait at the care desk"), wait),
        writer.judge(
            words.text("Stale: open for longer than 24 hours"), _write_bounded(stale, words), words.text("none"), stale == 0
        ),
    ]


def _count_late(view: View, shown: int) -> str:
    """Count what else waits too long; empty for nothing."""
    until = view.now - _TARGET_MS
    found = sum(
        view.reader.alerts.count_some(
            AlertFilter(is_open=True, answer=Answer.UNACKNOWLEDGED, queues=_CARE, priority=one, until=until), _COUNTED
        )
        for one in _GRAVE
    )
    return "" if found <= shown else str(found - shown) + ("+" if found >= _COUNTED else "")


def _write_bounded(count: int, words: Wording) -> str:
    return words.number(count, 0) if count < _COUNTED else words.text("%(count)s or more", count=words.number(_COUNTED, 0))


def _make_late(one: AlertEntry, words: Wording, waiting: Waiting, now: int) -> LateLine:
    alert = one.alert
    return LateLine(
        f"/?alert={quote(alert.id)}",
        words.priority(alert.priority),
        alert.priority,
        words.rule_name(alert.rule),
        join_parts(drop_mask(one.resident_name), write_place(one, words)),
        waiting.of(alert.opened_at, now),
    )


def _make_open(one: OpenCount, words: Wording) -> OpenRow:
    return OpenRow(
        words.queue(one.queue), words.priority(one.priority), words.number(one.open, 0), words.number(one.unacknowledged, 0)
    )
