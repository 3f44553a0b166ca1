"""Says whom an alert of a home would reach, step by step, as far as the role shows it. A step that reaches nobody says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from homebeat.actions.show_plan import show_plan
from homebeat.actions.view import View
from homebeat.console.web.person import drop_mask, join_parts
from homebeat.domain.alert import Subject
from homebeat.domain.contact_id import find_responder, make_responder_contact
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.fleet import Contact
from homebeat.domain.ids import ContactId
from homebeat.domain.response_plan import Party, PlanBook
from homebeat.response.preview import PlannedStep, PlanPreview
from homebeat.response.setup import ResponseSetup
from homebeat.wording import Wording


@dataclass(frozen=True, slots=True)
class ReachLine:
    """One step.

    Attributes:
        when: After the alert opens.
        party: Whom the plan means.
        people: Each with channels, as far as the role shows them; else how many messages there are.
        is_empty: It reaches nobody.
    """

    when: str
    party: str
    people: Sequence[str]
    is_empty: bool


@dataclass(frozen=True, slots=True)
class PlannedReach:
    """What would happen to an alert that nobody answers.

    Attributes:
        plan: Its name.
        ways: How many messages go out at once.
        is_reachable: The last step has somebody.
    """

    plan: str
    steps: Sequence[ReachLine]
    ways: int
    is_reachable: bool


def find_reach(
    view: View, subject: Subject, rule: str, book: PlanBook, contacts: Sequence[Contact], words: Wording, *, with_people: bool
) -> PlannedReach:
    """Find whom an alert would reach now.

    Args:
        view: Reads.
        subject: Whom the alert is about.
        rule: Which kind of alert.
        book: The plans in force.
        contacts: Of the home, as far as they are shown.
        words: In which language.
        with_people: Whether the role shows contacts.
    """
    planned = show_plan(view.reader, subject, rule, view.now, ResponseSetup(book=book))
    names = _name_receivers(view, planned, contacts) if with_people else None
    steps = [_make_line(step, names, words) for step in planned.steps]
    return PlannedReach(planned.name, steps, sum(len(step.taken.ways) for step in planned.steps[:1]), planned.is_reachable)


def _name_receivers(view: View, planned: PlanPreview, contacts: Sequence[Contact]) -> dict[str, str]:
    """Name contacts and responders by the ids under which they are notified."""
    named = {str(one.id): join_parts(drop_mask(one.name), one.relation) for one in contacts}
    ids = {who for step in planned.steps for contact, *_ in step.taken.ways if (who := find_responder(contact)) is not None}
    found = view.reader.duty.find_opened(ids)
    return named | {make_responder_contact(one.id): one.name for one in found.values() if one.name}


def _make_line(step: PlannedStep, names: Mapping[str, str] | None, words: Wording) -> ReachLine:
    minutes = step.after_ms // MINUTE_MS
    when = words.text("after %(minutes)s min", minutes=minutes) if minutes else words.text("at once")
    party, ways = words.party(step.taken.who.value), step.taken.ways
    if step.taken.who is Party.DESK and not ways:
        return ReachLine(when, party, [words.text("the page of the desk")], is_empty=False)
    if names is None:
        return ReachLine(when, party, [words.text("%(count)s messages", count=len(ways))] if ways else [], not ways)
    kinds: dict[ContactId, list[str]] = {}
    for turn in step.turns:
        who, kind, _ = turn.way
        later = words.text("if nothing arrives, after %(minutes)s min", minutes=-(-turn.after_ms // MINUTE_MS))
        kinds.setdefault(who, []).append(f"{words.channel(kind)} ({later})" if turn.after_ms else words.channel(kind))
    people = []
    for who, some in kinds.items():
        later_ms = step.later_ms.get(who)
        quiet = ""
        if later_ms is not None:
            quiet = words.text("quiet hours: after %(minutes)s min", minutes=later_ms // MINUTE_MS)
        people.append(join_parts(names.get(who, "") or who.removeprefix("/"), words.join_list(*dict.fromkeys(some)), quiet))
    return ReachLine(when, party, people, not ways)
