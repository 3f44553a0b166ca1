"""End the absence of a home: somebody is back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from homebeat.actions.home_writing import HomeRules, HomeTree, WrittenHome, change_home, describe_home
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import HouseholdId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class EndAbsence:
    """End an absence now. One that has not begun is taken back.

    1. Refuse where there is none that begins at that time, or where it is over.
    2. Write it. The watch follows within seconds, and watches the home again.

    Attributes:
        starts_at: When it begins or began, epoch ms.
    """

    name: ClassVar = "end_absence"
    operation: ClassVar = Operation.KEEP_HOMES

    household: HouseholdId
    starts_at: int
    rules: HomeRules = field(default_factory=HomeRules)

    def run(self, work: Work) -> WrittenHome:
        """Returns what became of the home; for errors see `change_home`."""
        now = datetime.fromtimestamp(work.now / 1000, UTC)

        def change(tree: HomeTree) -> None:
            found = next((one for one in tree["away"] if _read(one["from"]).timestamp() * 1000 == self.starts_at), None)
            if found is None or ("to" in found and _read(found["to"]) <= now):
                raise NotFound("there is no such absence")
            if _read(found["from"]) >= now:
                tree["away"].remove(found)
            else:
                found["to"] = now.isoformat()

        return change_home(work, self.operation, self.household, change, self.rules, self.name)

    def record(self, result: WrittenHome) -> Record:
        """The home, and that its absences changed."""
        return describe_home(result)


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text)
