"""Draws the page of a hand-over: what is open, what was closed in this shift, what people wrote, and who offers it to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from homebeat.actions.duty_people import find_duty_people
from homebeat.actions.same_person import find_maker, list_names
from homebeat.actions.view import View
from homebeat.console.card.evidence import find_zone
from homebeat.console.duty.now import find_shift
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import Option, make_area_options
from homebeat.console.web.page import Templates, Waiting
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import drop_mask, join_parts, name_actor, show_masked, write_place
from homebeat.domain.alert import WAITING, Answer, TransitionKind
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation
from homebeat.store import AlertEntry, AlertFilter, AlertOrder, HandOverEntry
from homebeat.wording import Wording

PATH: Final = "/hand-over"
#: So many of each list are shown; of those that somebody has, the latest remark of as many.
_MOST: Final = 60
_NOTES: Final = 20
_COUNTED: Final = 1000
_ACCOUNTS: Final = 200


@dataclass(frozen=True, slots=True)
class LeftLine:
    """An alert that is left over, or was closed. `note` is the latest remark on it, as far as the visitor sees it."""

    href: str
    what: str
    where: str
    standing: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class LeftList:
    """Some of them, and how many more there are."""

    lines: Sequence[LeftLine]
    left_out: str


@dataclass(frozen=True, slots=True)
class OfferLine:
    """An offer: whose alerts, to whom, since when. `accept` is where the form goes that takes them over; empty for others."""

    text: str
    standing: str
    accept: str


class HandOverPages:
    """Draws the page for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(self, visitor: Visitor, words: Wording, notice: str = "") -> str:
        """Render what the visitor's areas leave to the next shift."""
        with self._context.open_view(visitor.principal, Operation.ANSWER) as view:
            zone = find_zone(view.reader.homes.find_timezone())
            areas = view.reader.homes.list_areas()
            shift = find_shift(view, words, zone)
            own = list_names(view.reader.keys, find_maker(view.reader.keys, str(visitor.actor)))
            taken = AlertFilter(is_open=True, answer=Answer.ACKNOWLEDGED, queues=WAITING)
            untaken = replace(taken, answer=Answer.UNACKNOWLEDGED)
            closed = AlertFilter(queues=WAITING, since=shift.starts_at, order=AlertOrder.CLOSED)
            values = {
                "taken": _read_list(view, words, taken, zone, with_notes=True),
                "untaken": _read_list(view, words, untaken, zone),
                "closed": _read_list(view, words, closed, zone),
            }
            offers = view.reader.hand_overs.list_since(view.now - HandOverEntry.LASTS_MS)
            names = {area.id: area.name for area in areas}
            lines = [_make_offer(one, own, words, zone, names) for one in offers[:_MOST]]
            accounts = _list_accounts(view, visitor)
        return self._templates.render(
            "hand_over.html",
            words,
            shift_name=shift.name,
            **values,
            offers=lines,
            accounts=accounts,
            areas=make_area_options(areas),
            arranges=visitor.may(Operation.ARRANGE_DUTY),
            name=visitor.name,
            notice=notice,
            **make_frame(visitor, words, PATH),
        )


def _read_list(view: View, words: Wording, where: AlertFilter, zone: str, *, with_notes: bool = False) -> LeftList:
    page = view.read_alerts(where, _MOST)
    view.note_addresses("hand_over", page.items)
    notes = {one.alert.id: _find_note(view, one, words) for one in page.items[:_NOTES]} if with_notes else {}
    lines = [_make_line(one, words, view.now, zone, notes.get(one.alert.id, "")) for one in page.items]
    if page.next_cursor is None:
        return LeftList(lines, "")
    count = view.reader.alerts.count_some(where, _COUNTED)
    return LeftList(lines, f"{count - len(lines)}{'+' if count >= _COUNTED else ''}")


def _find_note(view: View, entry: AlertEntry, words: Wording) -> str:
    """Find the latest remark on an alert; empty where there is none, or it is gone meanwhile."""
    detail = view.get_alert(entry.alert.id)
    noted = [step for step in detail.history if step.kind is TransitionKind.NOTED and step.note] if detail is not None else []
    if not noted:
        return ""
    return join_parts(show_masked(noted[-1].note, words), name_actor(noted[-1].actor, words))


def _make_line(entry: AlertEntry, words: Wording, now: int, zone: str, note: str) -> LeftLine:
    alert, waiting = entry.alert, Waiting(words)
    if alert.resolved_at is not None:
        outcome = words.outcome(alert.outcome, alert.desk) if alert.outcome else ""
        closed = words.clock(alert.resolved_at, zone)
        standing = join_parts(outcome, name_actor(alert.resolved_by, words) if alert.resolved_by else "", closed)
    else:
        owner = name_actor(alert.owner, words) if alert.owner else words.text("Nobody has it yet")
        standing = join_parts(owner, words.text("open: %(time)s", time=waiting.of(alert.opened_at, now)))
    return LeftLine(
        f"/?alert={quote(alert.id)}",
        join_parts(words.priority(alert.priority), words.rule_name(alert.rule)),
        join_parts(drop_mask(entry.resident_name), write_place(entry, words)),
        standing,
        note,
    )


def _make_offer(one: HandOverEntry, own: set[str], words: Wording, zone: str, areas: Mapping[AreaId, str]) -> OfferLine:
    text = words.text(
        "%(leaving)s offers the open alerts of %(area)s to %(accepting)s",
        leaving=name_actor(one.leaving, words),
        accepting=name_actor(one.accepting, words),
        area=areas.get(one.area, one.area),
    )
    if one.accepted_at is not None:
        clock = words.clock(one.accepted_at, zone)
        return OfferLine(text, words.text("taken over %(clock)s, alerts: %(count)s", clock=clock, count=one.moved or 0), "")
    waits = words.text("offered %(clock)s, not taken over yet", clock=words.clock(one.offered_at, zone))
    return OfferLine(text, waits, f"/console/hand-overs/{one.id}/accept" if one.accepting in own else "")


def _list_accounts(view: View, visitor: Visitor) -> list[Option]:
    """List the accounts of responders, whom a field offers; others can be typed."""
    known = [one.responder for one in view.reader.duty.list_kinds() if one.account and one.account != visitor.name][:_ACCOUNTS]
    people = find_duty_people(view, known)
    return [Option(people[who].account, people[who].name) for who in known if who in people]
