"""Choose how many false alarms a month are accepted for a resident."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import NotAllowed, StaleVersion
from homebeat.domain.ids import ResidentId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class ChooseLimit:
    """Accept so many false alarms a month for a resident. None leaves it to the settings again.

    1. Refuse where somebody has chosen since `version`.
    2. Where it is in force already, nothing changes.
    3. Write the choice, with who made it. The watch learns anew for this resident at its next look at the registry.

    Attributes:
        false_alarms_a_month: 0.1 to 8.
        version: The id of the choice that this one was decided on, 0 for none; None does not mind.
    """

    name: ClassVar = "choose_limit"
    operation: ClassVar = Operation.CHOOSE

    resident: ResidentId
    false_alarms_a_month: float | None
    version: int | None = None

    def run(self, work: Work) -> bool:
        """Returns whether something changed."""
        try:
            return work.tx.learned.choose(self.resident, self.false_alarms_a_month, str(work.actor), work.now, self.version)
        except NotAllowed as error:
            raise StaleVersion(str(error)) from None

    def record(self, result: bool) -> Record:  # noqa: FBT001 -- what `run` returned
        """The resident, the choice, and whether it changed anything."""
        return Record(f"resident:{self.resident}", {"chosen": self.false_alarms_a_month, "changed": result})
