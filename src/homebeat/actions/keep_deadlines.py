"""Give a deadline to alerts that wait for people and have none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.receivers import load_places
from homebeat.actions.work import Work
from homebeat.domain.ids import AlertId
from homebeat.domain.response_plan import Deadline, DeadlineKind
from homebeat.domain.role import Operation
from homebeat.response.advance import choose_plan
from homebeat.response.deadline import needs_deadline
from homebeat.response.receivers import get_place


@dataclass(frozen=True, slots=True)
class KeepDeadlines:
    """Give a deadline to alerts that wait for people and have none. There must be none: every action keeps that law.

    1. Lock the alerts; leave out what waits for nobody, or has a deadline.
    2. The plan of each begins at once, because nobody knows who was told.
    """

    name: ClassVar = "keep_deadlines"
    operation: ClassVar = Operation.ESCALATE

    alerts: Sequence[AlertId]

    def run(self, work: Work) -> int:
        """Returns how many had none."""
        found = [alert for alert in map(work.tx.alerts.get, self.alerts) if alert is not None and needs_deadline(alert)]
        standing = work.tx.deadlines.find(alert.id for alert in found)
        places = load_places(work.tx, (alert.subject for alert in found))
        kept: dict[AlertId, Deadline | None] = {}
        for alert in found:
            if alert.id in standing:
                continue
            plan = choose_plan(alert, places[get_place(alert.subject)], work.setup.book)
            kept[alert.id] = Deadline(DeadlineKind.STEP, work.now, plan.name)
        work.tx.deadlines.follow(kept, work.now)
        return len(kept)

    def record(self, result: int) -> Record | None:
        """How many had none; None where all had one."""
        return Record("", {"alerts": result}) if result else None
