"""Go on with the plans of alerts whose deadlines have run out: nobody has answered, or whoever took one said nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from homebeat.actions.circuits import list_asked
from homebeat.actions.perform import Record
from homebeat.actions.receivers import load_receivers
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Answer, Transition, escalate, run_out
from homebeat.domain.ids import AlertId
from homebeat.domain.notice import Notice
from homebeat.domain.response_plan import Deadline, DeadlineKind
from homebeat.domain.role import Operation
from homebeat.response.advance import go_on
from homebeat.response.deadline import needs_deadline
from homebeat.response.notify import OPENING, notify_taken
from homebeat.response.receivers import Receivers, get_place


@dataclass(frozen=True, slots=True)
class GoOn:
    """Go on with the plans of these alerts.

    1. Lock the alerts, and read their deadlines again. What somebody has answered since, or is answering right now, is left out.
    2. An alert that somebody took and said nothing more of goes back to the queue.
    3. Take the next step of its plan (`response.advance`), write who was told, and until when somebody has to answer now.
    4. Put the notices into the outbox, and enter what providers are asked.

    However often it is done, and by however many processes: each deadline is followed once.
    """

    name: ClassVar = "go_on"
    operation: ClassVar = Operation.ESCALATE

    alerts: Sequence[AlertId]

    def run(self, work: Work) -> int:
        """Returns how many alerts went on."""
        due = work.tx.deadlines.lock_due(self.alerts, work.now)
        begun = {deadline.plan for _, deadline in due.values()}
        receivers = load_receivers(work.tx, (alert.subject for alert, _ in due.values()), work.now, work.setup.book, begun)
        steps: list[tuple[Alert, Transition]] = []
        deadlines: dict[AlertId, Deadline | None] = {}
        notices: list[Notice] = []
        for alert, deadline in due.values():
            whom = receivers[get_place(alert.subject)]
            deadlines[alert.id] = _go_on_with(work, alert, deadline, whom, steps, notices)
        work.alerts.apply_all(steps)
        work.tx.deadlines.follow(deadlines, work.now)
        work.tx.outbox.add(notices, work.now)
        work.tx.providers.enter_orders(list_asked(notices, (alert for alert, _ in due.values()), receivers, work.now))
        return len(due)

    def record(self, result: int) -> Record | None:
        """How many alerts went on; None where none did."""
        return Record("", {"alerts": result}) if result else None


def _go_on_with(
    work: Work,
    alert: Alert,
    deadline: Deadline,
    receivers: Receivers,
    steps: list[tuple[Alert, Transition]],
    notices: list[Notice],
) -> Deadline | None:
    """Take the next step for one alert: what is written goes to `steps` and `notices`. Returns its deadline from now on."""
    book = work.setup.book
    if not needs_deadline(alert):
        return None
    if deadline.kind is DeadlineKind.OWNER and deadline.due_at > work.now:
        # reckoned by a clock that has been corrected since: the owner has the time that they had. A step is taken at once.
        return replace(deadline, due_at=work.now + deadline.due_at - deadline.set_at)
    if deadline.kind is DeadlineKind.OWNER and alert.answer is Answer.ACKNOWLEDGED:
        alert, step = run_out(alert, work.now)
        steps.append((alert, step))
    elif alert.answer is Answer.ACKNOWLEDGED:
        return Deadline(DeadlineKind.OWNER, book.compute_owner_due(alert.priority, work.now), deadline.plan, deadline.position)
    advance = go_on(book.find(deadline.plan), deadline.position, receivers, work.now)
    alert, step = escalate(alert, work.now, advance.make_reason(deadline.position))
    steps.append((alert, step))
    notices += notify_taken(advance.taken, alert, step, OPENING, work.setup)
    return advance.deadline
