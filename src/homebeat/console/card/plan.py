"""The response plan of an alert on its card: what was tried, what came of it, and who is next when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from homebeat.actions.shown_messages import ShownMessage, ShownMessages
from homebeat.actions.view import View
from homebeat.console.web.person import join_parts
from homebeat.domain.alert import TransitionKind
from homebeat.domain.notice import COMMAND
from homebeat.domain.response_plan import Deadline, DeadlineKind, PlanBook, Position, ResponsePlan
from homebeat.store import AlertDetail, Step
from homebeat.wording import Wording


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message about the alert, as text: to whom and how, and how far it is since when."""

    who: str
    says: str
    clock: str


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """The plan, as text.

    Attributes:
        step: Which of how many steps was taken last; empty where none was, or none is left.
        next: Who is next, or until when whoever has it has to say more.
        due_at: When, epoch ms; None where nobody has to answer any more.
        messages: The newest ones, newest first; `left_out`: how many older ones there are.
    """

    step: str
    next: str
    due_at: int | None
    messages: Sequence[MessageLine]
    left_out: int

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.step or self.next or self.messages)


def show_progress(
    view: View, detail: AlertDetail, sent: ShownMessages, book: PlanBook, names: Mapping[str, str], words: Wording
) -> ShownPlan:
    """Show how far the plan of an alert is.

    Args:
        view: Reads.
        detail: The alert with its history.
        sent: Its messages.
        book: The plans in force.
        names: Of contacts and responders by the ids under which they are notified, as far as they are shown.
        words: In which language.
    """
    zone = detail.entry.timezone
    deadline = view.reader.deadlines.find([detail.entry.alert.id]).get(detail.entry.alert.id)
    step, following = ("", "") if deadline is None else write_steps(deadline, book.find(deadline.plan), words, zone)
    lines = [_make_message_line(one, detail.history, names, words, zone) for one in sent.messages]
    return ShownPlan(step, following, deadline.due_at if deadline else None, lines, sent.left_out)


def write_steps(deadline: Deadline, plan: ResponsePlan, words: Wording, zone: str) -> tuple[str, str]:
    """Write which step was taken last, and what comes next."""
    begins = [no for no, step in enumerate(plan.steps) if not step.together]
    place = deadline.position
    upcoming = sum(no <= place.step for no in begins) - 1 if place.step < len(plan.steps) else len(begins) - 1
    taken = upcoming if place.notified else len(begins) - 1 if place.repeat else upcoming - 1
    step = ""
    if place != Position():
        step = words.text("Step %(no)s of %(of)s was taken.", no=max(taken, 0) + 1, of=len(begins))
        if place.repeat:
            step = words.text("All %(of)s steps were taken; the last is repeated.", of=len(begins))
    clock = words.clock(deadline.due_at, zone)
    if deadline.kind is DeadlineKind.OWNER:
        return step, words.text(
            "Whoever has it says what was found by %(clock)s; otherwise it waits for somebody again.", clock=clock
        )
    who = words.join_list(*dict.fromkeys(words.party(one.who.value) for one in plan.list_group(place.step)))
    return step, words.text("Next: %(who)s, at %(clock)s.", who=who, clock=clock)


def _make_message_line(
    shown: ShownMessage, history: Sequence[Step], names: Mapping[str, str], words: Wording, zone: str
) -> MessageLine:
    contact = shown.entry.contact
    somebody = words.text("a responder") if shown.is_to_responder else words.text("a contact")
    name = names.get(contact, "")
    who = words.text("the resident") if shown.entry.channel_kind == COMMAND else join_parts(name, shown.relation) or somebody
    says = join_parts(words.channel(shown.entry.channel_kind), words.message_standing(shown.standing))
    if not shown.is_to_responder and shown.entry.channel_kind != COMMAND:
        says = join_parts(says, _write_answer(shown, history, words))
    return MessageLine(who, says, words.clock(shown.at, zone))


def _write_answer(shown: ShownMessage, history: Sequence[Step], words: Wording) -> str:
    actor = f"contact:{shown.entry.contact}"
    replies = [s for s in history if s.kind is TransitionKind.REPLIED and s.actor == actor and s.at >= shown.entry.created_at]
    return words.text("answered") if replies else words.text("no answer yet")
