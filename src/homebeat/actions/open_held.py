"""Decide again on what was held back, once what it waited for is over, or it has waited for long enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from homebeat.actions.follow_edges import follow_held_too
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.role import Operation
from homebeat.response.situation import Pair


@dataclass(frozen=True, slots=True)
class OpenHeld:
    """Decide again on the edges that are held back of these rules and subjects.

    1. Lock them; what is over meanwhile is not there any more.
    2. Decide on each as on any edge, at the present time: the alert opens now, and its plan begins now. Where another silence
       holds, or another cause stands, it goes on being held back.
    3. The alert shows that it was held back, why, and since when the condition holds.
    """

    name: ClassVar = "open_held"
    operation: ClassVar = Operation.ESCALATE

    pairs: Sequence[Pair]

    def run(self, work: Work) -> int:
        """Returns how many alerts opened."""
        held = work.tx.held.lock(self.pairs)
        edges = [replace(one.edge, at=work.now) for one in held.values()]
        decision = follow_held_too(work, edges, held)
        # of the others an alert of this cause was opened otherwise, and people have seen it
        stuck = [(one.edge.rule, one.edge.subject.key) for one in decision.held if one.holder is None]
        work.tx.held.drop(stuck)
        return len({alert.id for alert, _ in decision.changes})

    def record(self, result: int) -> Record | None:
        """How many opened; None where none did."""
        return Record("", {"opened": result}) if result else None
