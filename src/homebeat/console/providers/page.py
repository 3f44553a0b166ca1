"""Draws the page of providers, volunteers and complaints: who gets the work, how visits ended, what wants a decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import quote

from homebeat.actions.complaints import read_complaints
from homebeat.actions.providers import ProviderSight, list_provider_sights
from homebeat.actions.volunteers import VolunteerSight, find_today, list_volunteer_sights
from homebeat.console.card.evidence import find_zone
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.page import Templates
from homebeat.console.web.pages import make_frame
from homebeat.console.web.person import join_parts, name_actor, show_masked
from homebeat.domain.circuit import Circuit, CircuitState
from homebeat.domain.complaint import Complaint
from homebeat.domain.provider_order import OrderVerdict
from homebeat.domain.role import Operation
from homebeat.wording import Wording
from homebeat.wording.sentences import NOBODY_STANDS_IN

PATH: Final = "/providers"
#: So long before a certificate or a contract ends the page says so.
_ENDING: Final = timedelta(days=30)
#: Complaints that wait, on one page; those behind them come up as these are answered.
_MOST: Final = 50
#: States of a circuit that are shown of one provider.
_HISTORY: Final = 5


@dataclass(frozen=True, slots=True)
class ProviderLine:
    """One provider.

    Attributes:
        look: `quiet` where its work goes to others, `unknown` on trial, `active` otherwise.
        state: Who gets its work.
        facts: How visits ended, and until when the contract holds.
        history: What brought the circuit into its states, the newest first; `history_left_out`: how many more there are.
        may_decide: There is a button for whoever looks.
    """

    id: str
    href: str
    look: str
    state: str
    facts: str
    ends: str
    history: Sequence[str]
    history_left_out: int
    is_closed: bool
    is_trial: bool
    version: int
    may_decide: bool


@dataclass(frozen=True, slots=True)
class VolunteerLine:
    """One volunteer: what they can do today, what they cannot any more, and which certificates end."""

    id: str
    skills: str
    lost: str
    certificates: str


@dataclass(frozen=True, slots=True)
class ComplaintLine:
    """One complaint that waits; `alert_href` leads to its alert, empty for none. `responder`: None where nobody is known."""

    href: str
    alert_href: str
    about: str
    what: str
    facts: str
    responder: str | None


class ProviderPages:
    """Draws the page for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render(self, visitor: Visitor, words: Wording, notice: str = "") -> str:
        """Render what the visitor sees in their areas, with the forms that their roles permit."""
        with self._context.open_view(visitor.principal, Operation.READ_DUTY) as view:
            zone, today = find_zone(view.reader.homes.find_timezone()), find_today(view.reader, view.now)
            providers = list_provider_sights(view.reader, visitor.principal, view.now)
            view.note_remarks("providers", (reason for one in providers for reason in one.reasons))
            volunteers = list_volunteer_sights(view.reader, view.now)
            responders = [one.responder for one in view.reader.duty.list_kinds()]
        complaints, complaints_left_out = self._read_complaints(visitor)
        return self._templates.render(
            "providers.html",
            words,
            providers=[_make_provider(one, words, zone, today) for one in providers],
            volunteers=[_make_volunteer(one, words, today) for one in volunteers],
            complaints=[_make_complaint(one, words, zone) for one in complaints],
            complaints_left_out=complaints_left_out,
            responders=responders,
            sees_complaints=visitor.may(Operation.COMPLAIN),
            answers_complaints=visitor.may(Operation.ANSWER_COMPLAINT),
            notice=notice,
            **make_frame(visitor, words, PATH),
        )

    def _read_complaints(self, visitor: Visitor) -> tuple[Sequence[Complaint], int]:
        """Read the complaints that wait, and how many more of them there are."""
        if not visitor.may(Operation.COMPLAIN):
            return (), 0
        with self._context.open_view(visitor.principal, Operation.COMPLAIN) as view:
            page = read_complaints(view, _MOST, only_open=True)
            return page.items, view.reader.complaints.count_waiting() - len(page.items) if page.next_cursor else 0


def _make_provider(sight: ProviderSight, words: Wording, zone: str, today: date) -> ProviderLine:
    circuit, contract = sight.entry.circuit, sight.entry.contract
    counted = [f"{words.verdict(one)} {sight.counts[one]}" for one in OrderVerdict if sight.counts.get(one)]
    since = words.text("since %(clock)s", clock=words.clock(sight.counted_from, zone))
    last_day = None if contract is None else contract.last_day
    return ProviderLine(
        id=sight.entry.provider,
        href=f"/console/providers/{quote(sight.entry.provider, safe='')}",
        look={CircuitState.OPEN: "quiet", CircuitState.TRIAL: "unknown"}.get(circuit.state, "active"),
        state=_write_state(sight, words),
        facts=join_parts(since, *(counted or [words.text("nothing was asked")])),
        ends=_write_end(last_day, words, today),
        history=[_write_step(one, words, zone) for one in sight.history[:_HISTORY]],
        history_left_out=max(0, len(sight.history) - _HISTORY),
        is_closed=circuit.state is CircuitState.CLOSED,
        is_trial=circuit.state is CircuitState.TRIAL,
        version=circuit.version,
        may_decide=sight.may_decide,
    )


def _write_state(sight: ProviderSight, words: Wording) -> str:
    other = sight.stands_in or words.text("nobody can stand in")
    if sight.entry.circuit.state is CircuitState.TRIAL:
        return words.text("On trial, together with: %(standby)s", standby=other)
    is_over = sight.entry.contract is not None and not sight.entry.contract.holds_at(sight.now)
    if sight.entry.circuit.state is CircuitState.OPEN or is_over:
        return words.text("Its work goes to: %(standby)s", standby=sight.stands_in or words.text(NOBODY_STANDS_IN))
    standby = "" if sight.entry.contract is None else words.text("standby: %(standby)s", standby=other)
    return join_parts(words.text("Gets its work"), standby)


def _write_step(one: Circuit, words: Wording, zone: str) -> str:
    counted = words.text("%(failed)s of %(visits)s visits had failed", failed=one.failed, visits=one.visits) if one.visits else ""
    said = show_masked(one.reason, words) if one.reason else ""
    return join_parts(words.clock(one.since, zone), words.circuit_cause(one.cause), name_actor(one.actor, words), counted, said)


def _write_end(last_day: date | None, words: Wording, today: date) -> str:
    """Say when a contract ends, where that is near or over."""
    if last_day is None or last_day >= today + _ENDING:
        return ""
    if last_day < today:
        return words.text("its contract has ended on %(day)s", day=last_day.isoformat())
    return words.text("its contract ends on %(day)s", day=last_day.isoformat())


def _make_volunteer(sight: VolunteerSight, words: Wording, today: date) -> VolunteerLine:
    ending = [one for one in sight.entry.certificates if one.last_day is not None and today <= one.last_day < today + _ENDING]
    said = [words.text("%(name)s has ended (%(day)s)", name=one.name, day=one.last_day) for one in sight.ended]
    said += [words.text("%(name)s ends on %(day)s", name=one.name, day=one.last_day) for one in ending]
    return VolunteerLine(
        sight.entry.volunteer,
        words.join_list(*sight.skills) or words.text("no skill"),
        words.text("lost until a certificate is renewed: %(skills)s", skills=words.join_list(*sight.lost)) if sight.lost else "",
        join_parts(*said),
    )


def _make_complaint(one: Complaint, words: Wording, zone: str) -> ComplaintLine:
    return ComplaintLine(
        f"/console/complaints/{one.id}",
        f"/?alert={quote(one.alert_id)}" if one.alert_id else "",
        one.responder or words.text("nobody known"),
        show_masked(one.what, words),
        join_parts(words.clock(one.at, zone), name_actor(one.actor, words), one.household or one.area),
        one.responder,
    )
