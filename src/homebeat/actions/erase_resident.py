"""Erase a resident: nothing of them can be read again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import NotAllowed, NotFound
from homebeat.domain.ids import ResidentId
from homebeat.domain.role import Operation
from homebeat.store import PersonRows


@dataclass(frozen=True, slots=True)
class EraseResident:
    """Erase a resident who is watched no more. It cannot be undone.

    1. Refuse while they are in the registry, or an alert about them is open: somebody must answer for it first.
    2. Destroy their key: what was sealed with it can never be read again, in no backup either that has not the table of keys.
    3. Delete their rows: readings of their devices, alerts with their history, what was learned, what they agreed to. Where
       nobody else has lived in the home, the home goes with its devices, contacts and keys.

    The rows of the audit stay: they name ids and fields, and prove that it was done.
    """

    name: ClassVar = "erase_resident"
    operation: ClassVar = Operation.ERASE

    resident: ResidentId

    def run(self, work: Work) -> PersonRows:
        """Returns what there was."""
        rows = find_erasable(work.tx.erasing.find(self.resident), self.resident)
        work.tx.erasing.erase(self.resident, rows)
        return rows

    def record(self, result: PersonRows) -> Record | None:
        """Which key was destroyed, and how much was deleted."""
        counts = {"alerts": len(result.alerts), "devices": len(result.devices), "readings": result.readings}
        return Record(f"resident:{self.resident}", {"key": result.key, "with_home": result.with_home, **counts})


def find_erasable(rows: PersonRows | None, resident: ResidentId) -> PersonRows:
    """Make sure that a resident may be erased.

    Raises:
        NotFound: Nobody has this id.
        NotAllowed: They are still watched, or an alert about them is open.
    """
    if rows is None:
        raise NotFound(f"there is no resident {resident}")
    if rows.is_watched:
        raise NotAllowed(
            f"{resident} is still watched: take them out of the fleet file, or out of their home in the console, first"
        )
    if rows.open_alerts:
        raise NotAllowed(f"alerts about {resident} are open ({rows.open_alerts}): close them first")
    return rows
