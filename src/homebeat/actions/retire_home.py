"""Take a home out of the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.home_writing import WrittenHome, describe_home, require_home, retire_home
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import Incomplete
from homebeat.domain.ids import HouseholdId
from homebeat.domain.role import Operation

SHORTEST_REASON: Final = 5
LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class RetireHome:
    """Retire a home: nobody watches it any more. Its readings and alerts stay, and it can be brought back.

    1. The reason must say something.
    2. Refuse where somebody has changed the home since `version`.
    3. Write it. The reason may name people, so it is sealed with the key of the home.
    """

    name: ClassVar = "retire_home"
    operation: ClassVar = Operation.MANAGE_HOMES

    household: HouseholdId
    reason: str
    version: int | None = None

    def run(self, work: Work) -> WrittenHome:
        """Returns what became of it.

        Raises:
            Incomplete: The reason says nothing.
            NotFound: There is no such home where the principal may do this, or it is retired.
            StaleVersion: It has changed since `version`.
        """
        reason = self.reason.strip()
        if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
            raise Incomplete(f"say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters")
        standing = require_home(work, self.operation, self.household, self.version)
        return retire_home(work, self.household, standing, self.name, reason)

    def record(self, result: WrittenHome) -> Record:
        """The home."""
        return describe_home(result)
