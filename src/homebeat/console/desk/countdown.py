"""Writes what happens next to an alert: whom its plan notifies now, and who is next, with the time that is left until then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from homebeat.actions.family_words import read_relations
from homebeat.actions.view import View
from homebeat.console.card.evidence import find_zone
from homebeat.domain.ids import AlertId, ContactId, HouseholdId
from homebeat.domain.response_plan import Deadline, DeadlineKind, Party, PlanBook, PlanStep, Position, ResponsePlan
from homebeat.store import AlertEntry
from homebeat.wording import Wording

#: Stands in a text for the time, which the page's script counts down.
_TIME: Final = "\0"


@dataclass(frozen=True, slots=True)
class Countdown:
    """What happens next, as text around its time.

    Attributes:
        before: The text before the time; `after`: behind it.
        at: When it happens, epoch ms.
        clock: The same on the clock of the home: what is read where no script counts down.
    """

    before: str
    after: str
    at: int
    clock: str


def read_countdowns(view: View, entries: Iterable[AlertEntry], words: Wording, book: PlanBook) -> dict[AlertId, Countdown]:
    """Read what happens next to the alerts of a list, all at once.

    A contact who has their turn is named by their relation, and only to whom contacts are shown. Who comes next is the next step
    of the plan: one that finds nobody to notify is passed over when its time comes.
    """
    by_id = {entry.alert.id: entry for entry in entries}
    deadlines = view.reader.deadlines.find(by_id)
    called = [by_id[alert] for alert, one in deadlines.items() if one.kind is DeadlineKind.STEP and one.position.notified]
    relations = read_relations(view, called)
    return {alert_id: _write(deadline, by_id[alert_id], words, book, relations) for alert_id, deadline in deadlines.items()}


def _write(
    deadline: Deadline, entry: AlertEntry, words: Wording, book: PlanBook, relations: Mapping[tuple[HouseholdId, ContactId], str]
) -> Countdown:
    clock = words.clock(deadline.due_at, find_zone(entry.timezone)).rpartition(" ")[2]
    if deadline.kind is DeadlineKind.OWNER:
        text = words.text("outcome due: %(time)s", time=_TIME)
    else:
        home = entry.alert.subject.household
        turn = deadline.position.notified[-1] if deadline.position.notified else None
        relation = relations.get((home, turn), "") if home is not None and turn is not None else ""
        text = write_step(book.find(deadline.plan), deadline.position, relation, words)
    before, _, after = text.partition(_TIME)
    return Countdown(before, after, deadline.due_at, clock)


def write_step(plan: ResponsePlan, position: Position, relation: str, words: Wording) -> str:
    """Write who is being notified, and who is next; for the time a stand-in.

    Args:
        plan: The plan.
        position: Where it goes on.
        relation: Of the contact who has their turn; empty for not known, or not shown.
        words: The reader's language.
    """
    following = list_parties(plan.list_group(position.step))
    if position.notified:
        who = relation or words.party(following[0])
        return words.text("notified: %(who)s · %(time)s, then the next one", who=who, time=_TIME)
    past = list_parties(_list_group_before(plan, position))
    comes = words.join_list(*map(words.party, following))
    if not past:
        return words.text("%(time)s, then %(next)s", time=_TIME, next=comes)
    who = words.join_list(*map(words.party, past))
    if past == following:
        return words.text("notified: %(who)s · %(time)s, then again", who=who, time=_TIME)
    return words.text("notified: %(who)s · %(time)s, then %(next)s", who=who, time=_TIME, next=comes)


def list_parties(steps: Iterable[PlanStep]) -> list[Party]:
    """List whom these steps notify, each once."""
    return list(dict.fromkeys(step.who for step in steps))


def _list_group_before(plan: ResponsePlan, position: Position) -> tuple[PlanStep, ...]:
    """List the steps that were taken last; nothing where the plan has not begun."""
    if position.repeat:
        return plan.list_group(plan.find_last_group())
    first = min(position.step, len(plan.steps)) - 1
    while first > 0 and plan.steps[first].together:
        first -= 1
    return plan.list_group(first) if first >= 0 else ()
