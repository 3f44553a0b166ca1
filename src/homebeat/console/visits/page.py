"""Draws the visits of whoever is signed in, and opens the page of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from homebeat.actions.open_own_visit import OpenOwnVisit
from homebeat.actions.view import View
from homebeat.actions.visiting import name_visitor
from homebeat.console.card.evidence import find_zone
from homebeat.console.visit.page import STATES
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import drop_mask, join_parts, show_masked
from homebeat.domain.alert import Alert
from homebeat.domain.contact_id import make_responder_contact
from homebeat.domain.ids import AlertId
from homebeat.domain.notice import VISIT_PATH
from homebeat.domain.role import Operation
from homebeat.domain.visit import Visit
from homebeat.identity.message_link import digest_link_token, make_link_token
from homebeat.store import HouseholdEntry
from homebeat.wording import Wording

PATH: Final = "/visits"
_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class OwnVisitLine:
    """One visit: to whom and where, what it is about, and what is expected by when."""

    alert: str
    who: str
    address: str
    what: str
    says: str


class OwnVisitPages:
    """Draws the page for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(self, visitor: Visitor, words: Wording) -> str:
        """Render the visits that are not over, the most urgent first."""
        with self._context.open_view(visitor.principal, Operation.ANSWER) as view:
            who = view.reader.duty.find_accounts([visitor.name]).get(visitor.name)
            contact = None if who is None else make_responder_contact(who)
            visits = [] if contact is None else view.reader.visits.list_live_by(name_visitor(contact), _MOST)
            lines = _make_lines(view, visits, words)
        return self._templates.render(
            "visits.html", words, lines=lines, is_responder=who is not None, **make_frame(visitor, words, PATH)
        )

    def open(self, visitor: Visitor, alert: str) -> str:
        """Make a link to the page of one's own visit for an alert; returns its path.

        Raises:
            NotFound: There is no visit of theirs.
        """
        token = make_link_token()
        self._context.perform(visitor.principal, OpenOwnVisit(AlertId(alert), digest_link_token(token)))
        return VISIT_PATH + token


def _make_lines(view: View, visits: list[Visit], words: Wording) -> list[OwnVisitLine]:
    found = {one.alert_id: view.reader.alerts.find_plain(one.alert_id) for one in visits}
    alerts = {ident: alert for ident, alert in found.items() if alert is not None}
    wanted = [alert.subject.household for alert in alerts.values() if alert.subject.household is not None]
    homes = view.find_households("visits", wanted)
    return [
        _make_line(one, alert, homes.get(alert.subject.household) if alert.subject.household else None, words)
        for one in visits
        if (alert := alerts.get(one.alert_id)) is not None
    ]


def _make_line(visit: Visit, alert: Alert, home: HouseholdEntry | None, words: Wording) -> OwnVisitLine:
    zone = find_zone("" if home is None else home.timezone)
    due = "" if visit.due_at is None else words.clock(visit.due_at, zone)
    return OwnVisitLine(
        alert.id,
        "" if home is None else join_parts(*(drop_mask(one.resident.name) or one.resident.id for one in home.residents)),
        "" if home is None else show_masked(home.address, words),
        join_parts(words.priority(alert.priority), words.rule_name(alert.rule)),
        words.text(STATES[visit.state], due=due),
    )
