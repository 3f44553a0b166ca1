"""Renew the code at a door, because its label is lost or was copied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import HouseholdId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class RenewDoorCode:
    """Give a home another code.

    1. Refuse where there is no such home in the scope.
    2. From now on the old code proves nothing. What it has proved stays so.
    """

    name: ClassVar = "renew_door_code"
    operation: ClassVar = Operation.DOOR_CODES

    household: HouseholdId

    def run(self, work: Work) -> str:
        """Returns the new code.

        Raises:
            NotFound: There is no such home in the scope.
        """
        if not work.tx.door_codes.list_of(None, self.household, 1):
            raise NotFound("there is no such home")
        work.tx.door_codes.renew(self.household, str(work.actor), work.now)
        return work.tx.door_codes.find(self.household)

    def record(self, result: str) -> Record:  # noqa: ARG002 - the audit keeps no code
        """The home, and never the code."""
        return Record(f"household:{self.household}", {})
