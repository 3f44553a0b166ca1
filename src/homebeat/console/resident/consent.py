"""Makes what the resident's page shows of consent: what holds, by which paper, and all that was entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from homebeat.actions.view import View
from homebeat.console.card.evidence import find_zone
from homebeat.console.web.person import join_parts, list_hidden, name_actor, show_masked
from homebeat.domain.consent import ConsentDecision, Purpose, find_newest, holds, list_covered
from homebeat.domain.role import Field
from homebeat.store import ResidentEntry
from homebeat.wording import Wording


@dataclass(frozen=True, slots=True)
class TypedConsent:
    """What somebody typed into the form that could not be entered."""

    purpose: str = ""
    decision: str = ""
    decided_on: str = ""
    paper: str = ""


NOTHING_TYPED: Final = TypedConsent()


@dataclass(frozen=True, slots=True)
class PurposeLine:
    """What holds for one purpose: since when and by which paper, or that nothing was entered."""

    code: str
    name: str
    standing: str
    why: str
    holds: bool


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One decision of the history."""

    day: str
    name: str
    standing: str
    paper: str
    entered: str


@dataclass(frozen=True, slots=True)
class ShownConsent:
    """All that is shown of a resident's consent, in one language.

    Attributes:
        by_others: What somebody else who lives in the home withdrew consent to, in words; empty for nothing.
        today: The latest date that the form takes without a second thought, in the home's time zone.
    """

    resident: str
    purposes: Sequence[PurposeLine]
    history: Sequence[DecisionLine]
    by_others: str
    may_enter: bool
    typed: TypedConsent
    today: str


def make_consent(
    view: View, entry: ResidentEntry, words: Wording, *, may_enter: bool, typed: TypedConsent = NOTHING_TYPED
) -> ShownConsent:
    """Make what is shown of one resident's consent."""
    zone, decisions = find_zone(entry.timezone), view.list_decisions(entry)
    newest = find_newest(decisions)
    today = datetime.fromtimestamp(view.now / 1000, UTC).astimezone(ZoneInfo(zone)).date()
    return ShownConsent(
        entry.resident.id,
        [_make_purpose(purpose, newest.get(purpose), words) for purpose in Purpose],
        [_make_line(one, words, zone) for one in decisions],
        list_hidden(_find_by_others(view, entry), words),
        may_enter,
        typed,
        today.isoformat(),
    )


def _find_by_others(view: View, entry: ResidentEntry) -> frozenset[Field]:
    """Find the personal data to which somebody else who lives in the home withdrew consent."""
    by = view.reader.consents.find_withdrawn([entry.household]).get(entry.household)
    if not by:
        return frozenset()
    living = set(view.reader.homes.list_resident_ids([entry.household])[entry.household])
    return list_covered(frozenset().union(*(by[who] for who in living & by.keys() - {entry.resident.id})))


def _make_purpose(purpose: Purpose, newest: ConsentDecision | None, words: Wording) -> PurposeLine:
    name, does_hold = words.purpose(purpose), holds(purpose, newest)
    if newest is not None:
        since = words.text("since %(day)s", day=_write_date(newest.decided_on))
        return PurposeLine(purpose, name, _name(newest, words), join_parts(since, show_masked(newest.paper, words)), does_hold)
    if does_hold:
        return PurposeLine(purpose, name, words.text("Agreed"), words.text("by enrolment; no paper was entered"), True)
    return PurposeLine(purpose, name, words.text("Not agreed"), words.text("nothing was entered"), False)


def _make_line(one: ConsentDecision, words: Wording, zone: str) -> DecisionLine:
    entered = words.text("entered by %(name)s, %(clock)s", name=name_actor(one.actor, words), clock=words.clock(one.at, zone))
    name, paper = words.purpose(one.purpose), show_masked(one.paper, words)
    return DecisionLine(_write_date(one.decided_on), name, _name(one, words), paper, entered)


def _name(one: ConsentDecision, words: Wording) -> str:
    return words.text("Agreed") if one.agreed else words.text("Withdrawn")


def _write_date(day: date) -> str:
    """Write the date with its year: a paper may be years old."""
    return day.isoformat()
