"""Decide again on what a silence held back, once that silence is over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from homebeat.actions.follow_edges import follow_held_too
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.role import Operation
from homebeat.domain.silence import SILENCED


@dataclass(frozen=True, slots=True)
class OpenSilenced:
    """Decide again on the edge that is held back of a rule and a subject.

    1. Lock it; what is over meanwhile is not there any more.
    2. Decide on it as on any edge, at the present time: the alert opens now, and its plan begins now. Where another silence
       holds, it is held back by that one.
    3. The alert shows that it was held back, and since when the condition holds.
    """

    name: ClassVar = "open_silenced"
    operation: ClassVar = Operation.ESCALATE

    rule: str
    subject_key: str

    def run(self, work: Work) -> int:
        """Returns how many alerts opened: one or none."""
        pair = self.rule, self.subject_key
        held = work.tx.silences.lock_held([pair])
        if pair not in held:
            return 0
        decision = follow_held_too(work, [replace(held[pair], at=work.now)], held)
        if not decision.changes and all(one.reason != SILENCED for one in decision.held):
            work.tx.silences.drop(pair)  # an alert of this cause was opened otherwise, and people have seen it
        return len(decision.changes)

    def record(self, result: int) -> Record | None:
        """That the alert opened; None where it did not."""
        return Record("", {"rule": self.rule, "opened": result}) if result else None
