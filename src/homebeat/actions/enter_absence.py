"""Enter that everybody of a home is away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from homebeat.actions.home_writing import HomeRules, HomeTree, WrittenHome, change_home, describe_home
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import BadHome
from homebeat.domain.ids import HouseholdId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class EnterAbsence:
    """Enter an absence. Meanwhile nobody is alerted to a quiet home; a call for help is told all the same.

    1. It needs a beginning, and the word of somebody.
    2. Refuse a second one with the same beginning.
    3. Write it. The watch follows within seconds.

    Attributes:
        starts: As the fleet file has it: a day, or a time; without an offset by the clock of the home.
        ends: The same; empty until further notice.
        reason: Why, and who said so.
    """

    name: ClassVar = "enter_absence"
    operation: ClassVar = Operation.KEEP_HOMES

    household: HouseholdId
    starts: str
    ends: str
    reason: str
    rules: HomeRules = field(default_factory=HomeRules)

    def run(self, work: Work) -> WrittenHome:
        """Returns what became of the home; for errors see `change_home`."""
        if not self.reason.strip():
            raise BadHome([("away.reason", "is missing")])
        new = {"from": self.starts, "reason": self.reason.strip(), **({"to": self.ends} if self.ends else {})}

        def change(tree: HomeTree) -> None:
            tree["away"] = [*tree["away"], new]

        return change_home(work, self.operation, self.household, change, self.rules, self.name)

    def record(self, result: WrittenHome) -> Record:
        """The home, and that its absences changed."""
        return describe_home(result)
