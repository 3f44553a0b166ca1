"""Lay down alerts of a time before homebeat was there: the demo's past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.follow_edges import load_situation
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert, Answer, Condition, Edge, Outcome, Transition, resolve
from homebeat.domain.ids import AlertId
from homebeat.domain.response_plan import Deadline
from homebeat.domain.role import Operation
from homebeat.response.decide import decide_all


@dataclass(frozen=True, slots=True)
class RecordPast:
    """Record what the engine says of the past.

    1. Load the situation and decide on each edge, as the watch does.
    2. Where the condition is over, the alert was answered by somebody: close it. What is not over stays in the queue.
    3. Write the alerts with their steps, and until when somebody has to answer. Nobody is notified of
       any of it, and no platform gets an event.
    """

    name: ClassVar = "record_past"
    operation: ClassVar = Operation.RECORD

    edges: Sequence[Edge]

    def run(self, work: Work) -> int:
        """Returns how many steps were written."""
        situation = load_situation(work.tx, self.edges, work.setup, work.now)
        steps: list[tuple[Alert, Transition]] = []
        deadlines: dict[AlertId, Deadline | None] = {}
        for edge in self.edges:
            decision = decide_all(situation, [edge])
            deadlines |= decision.deadlines
            for alert, step in decision.changes:
                steps.append((alert, step))
                if alert.condition is Condition.CLEARED and alert.answer is not Answer.RESOLVED:
                    steps.append(resolve(alert, step.at, str(work.actor), Outcome.FINE))
                    situation.follow(steps[-1][0])
                    deadlines[alert.id] = None
        written = work.alerts.apply_all(steps)
        work.tx.changes.drop_events()
        work.tx.deadlines.follow(deadlines, work.now)
        return written

    def record(self, result: int) -> Record | None:
        """How many steps; None where there were none."""
        return Record("", {"steps": result}) if result else None
