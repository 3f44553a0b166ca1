"""Draws the page of one resident, and the page of slow changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from homebeat.actions.pulse import read_as_of
from homebeat.actions.shown_habits import read_habits
from homebeat.actions.view import View
from homebeat.console.card.evidence import find_zone
from homebeat.console.card.people import NO_LINKS, list_contacts, list_people
from homebeat.console.resident.consent import NOTHING_TYPED, TypedConsent, make_consent
from homebeat.console.resident.home import make_home
from homebeat.console.resident.limits import make_limits
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates, Waiting, make_language_link
from homebeat.console.web.person import drop_mask, join_parts, list_hidden, name_actor, write_address, write_age, write_place
from homebeat.console.web.reach import find_reach
from homebeat.domain.alert import WAITING, Answer, Queue, Subject
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import AreaId, ResidentId
from homebeat.domain.response_plan import USUAL_RULE
from homebeat.domain.role import Field, Operation
from homebeat.store import AlertEntry, AlertFilter, AlertOrder
from homebeat.wording import Wording

_DAYS: Final = 14
_YEAR_DAYS: Final = 365
_MOST: Final = 200
#: The same of one resident.
_MOST_OF_ONE: Final = 50
#: Whoever may do one of these finds the page on which a home is changed.
_EDITS: Final = (Operation.KEEP_HOMES, Operation.FIT_DEVICES, Operation.MANAGE_HOMES)
#: The alerts of which the page says whom they would reach: the most urgent kind, and the usual one.
_REACHED_BY: Final = ("sos", USUAL_RULE)
_DIGEST: Final = frozenset({Queue.DIGEST})


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One alert in a plain list."""

    href: str
    clock: str
    what: str
    about: str
    sentence: str
    standing: str
    day: date


@dataclass(frozen=True, slots=True)
class DayOfChanges:
    """The slow changes of one day, by each home's own calendar."""

    day: str
    lines: Sequence[AlertLine]


class ResidentPages:
    """Draws pages about residents for one request; they are read again, not live."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render_resident(
        self, visitor: Visitor, words: Wording, resident: str, notice: str = "", typed: TypedConsent = NOTHING_TYPED
    ) -> str:
        """Render the page of one resident; `typed` stands in the form of consent again.

        Raises:
            NotFound: No resident has this id.
        """
        who = ResidentId(resident)
        with self._context.open_view(visitor.principal, Operation.READ_HOMES) as view:
            reader, now = view.reader, view.now
            entry, as_of = view.find_resident(who), read_as_of(reader, now)
            if entry is None:
                raise NotFound("there is no such resident")
            limits = make_limits(entry, read_habits(view, entry), words, may_choose=visitor.may(Operation.CHOOSE))
            consent = make_consent(view, entry, words, may_enter=visitor.may(Operation.CONSENT), typed=typed)
            contacts = view.find_contacts(entry)
            may_end = visitor.may(Operation.CONSENT)
            links = reader.message_links.count_valid([one.id for one in contacts], now) if may_end else NO_LINKS
            standing = AlertFilter(is_open=True, resident=who, queues=WAITING)
            opened = view.read_alerts(standing, _MOST_OF_ONE).items
            slow = AlertFilter(resident=who, queues=_DIGEST, since=now - 2 * _DAYS * DAY_MS, order=AlertOrder.NEWEST)
            changes = view.read_alerts(slow, _MOST_OF_ONE).items
            since = now - _YEAR_DAYS * DAY_MS
            past = AlertFilter(is_open=False, resident=who, queues=WAITING, since=since, order=AlertOrder.NEWEST)
            closed = view.read_alerts(past, _MOST_OF_ONE).items
            opened_left_out, changes_left_out = _count_left_out(view, standing, opened), _count_left_out(view, slow, changes)
            closed_left_out = _count_left_out(view, past, closed)
            detail = view.find_household(entry.household, who)
            home = make_home(view, detail, entry, words, as_of)
            with_people, about = view.sees(Field.CONTACTS, entry), Subject(entry.household, who)
            book, rules = self._context.find_book(view.reader), () if detail is None else _REACHED_BY
            reaches = {
                words.rule_name(rule): find_reach(view, about, rule, book, contacts, words, with_people=with_people)
                for rule in rules
            }
            hidden = entry.hidden if view.sees(Field.CONTACTS, entry) else entry.hidden | {Field.CONTACTS}
            can_break_glass = view.may_open(hidden, entry.household, entry.area)
        return self._templates.render(
            "resident.html",
            words,
            title=drop_mask(entry.resident.name) or entry.resident.id,
            subtitle=join_parts(write_age(entry.resident.birth_year, now, words), write_address(entry, above=True)),
            people=list_people([entry], words, as_of, [alert.alert for alert in opened], is_live=False),
            contacts=list_contacts(contacts, words, links),
            hidden=list_hidden(hidden, words),
            can_break_glass=can_break_glass,
            household=entry.household,
            edit_href=f"/homes/{quote(entry.household, safe='')}/edit" if any(map(visitor.may, _EDITS)) else "",
            limits=limits,
            consent=consent,
            opened=[_make_line(alert, words, now) for alert in opened],
            changes=[_make_line(alert, words, now) for alert in changes],
            home=home,
            reaches=reaches,
            waiting=Waiting(words),
            now=now,
            closed=[_make_line(alert, words, now) for alert in closed],
            closed_left_out=closed_left_out,
            opened_left_out=opened_left_out,
            changes_left_out=changes_left_out,
            notice=notice,
            csrf=visitor.csrf,
            language_href=make_language_link(words, f"/resident/{resident}"),
        )

    def render_digest(self, visitor: Visitor, words: Wording, area: str | None) -> str:
        """Render the slow changes of the last two weeks, latest day first."""
        now = self._context.clock()
        where = AlertFilter(
            queues=_DIGEST, area=AreaId(area) if area else None, since=now - _DAYS * DAY_MS, order=AlertOrder.NEWEST
        )
        with self._context.open_view(visitor.principal, Operation.READ_ALERTS) as view:
            page = view.read_alerts(where, _MOST)
            view.note_addresses("digest", page.items)
            total, areas = view.reader.alerts.count(where), view.reader.homes.list_areas()
        lines = sorted((_make_line(entry, words, now) for entry in page.items), key=lambda line: line.day, reverse=True)
        days = [DayOfChanges(words.day(day, weekday=True), list(some)) for day, some in groupby(lines, key=lambda line: line.day)]
        return self._templates.render(
            "digest.html",
            words,
            days=days,
            hidden=total - len(lines),
            areas=areas,
            area=area or "",
            language_href=make_language_link(words, "/digest" + (f"?area={area}" if area else "")),
        )


def _count_left_out(view: View, where: AlertFilter, shown: Sequence[AlertEntry]) -> int:
    return view.reader.alerts.count(where) - len(shown) if len(shown) == _MOST_OF_ONE else 0


def _answer(entry: AlertEntry, words: Wording) -> str:
    """Slow change waits for nobody: it has been looked at, or not."""
    if entry.alert.queue is not Queue.DIGEST or entry.alert.answer is Answer.RESOLVED:
        return words.answer(entry.alert.answer)
    return words.text("Not looked at yet") if entry.alert.answer is Answer.UNACKNOWLEDGED else words.text("Looked at")


def _make_line(entry: AlertEntry, words: Wording, now: int) -> AlertLine:
    alert, zone = entry.alert, find_zone(entry.timezone)
    ended = words.outcome(alert.outcome, alert.desk) if alert.answer is Answer.RESOLVED and alert.outcome else ""
    owner = name_actor(alert.owner, words) if alert.owner else ""
    return AlertLine(
        href=f"/?alert={alert.id}",
        clock=words.clock(alert.opened_at, zone),
        what=words.rule_name(alert.rule),
        about=join_parts(drop_mask(entry.resident_name), write_age(entry.birth_year, now, words), write_place(entry, words)),
        sentence=words.sentence(alert.reason, timezone=zone),
        standing=join_parts(_answer(entry, words), ended, owner),
        day=datetime.fromtimestamp(alert.opened_at / 1000, UTC).astimezone(ZoneInfo(zone)).date(),
    )
