"""Print the labels for doors: each with the code that proves that somebody was there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import Incomplete, NotFound
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.role import Operation

#: Most labels at once: 42 sheets of paper.
MOST_LABELS: Final = 500


@dataclass(frozen=True, slots=True)
class PrintDoorLabels:
    """Give out the codes of the doors of an area and all below it, or of one home.

    1. Find the homes in the scope, and their codes.
    2. Refuse where there is none, or more than `MOST_LABELS`.

    Whoever has a code could say that they were at that door, so who was given which is on record.
    """

    name: ClassVar = "print_door_labels"
    operation: ClassVar = Operation.DOOR_CODES

    area: AreaId | None = None
    household: HouseholdId | None = None

    def run(self, work: Work) -> Mapping[HouseholdId, str]:
        """Returns the code of each home, in the order of the fleet file.

        Raises:
            Incomplete: Neither an area nor a home was named, or there are too many homes for one sheet.
            NotFound: There is no such area or home in the scope, or nobody lives there.
        """
        if (self.area is None) == (self.household is None):
            raise Incomplete("name an area or a household")
        found = work.tx.door_codes.list_of(self.area, self.household, MOST_LABELS + 1)
        if not found:
            raise NotFound("there is no such area or home, or no home in that area: write an id of the fleet file")
        if len(found) > MOST_LABELS:
            raise Incomplete(f"these are more than {MOST_LABELS} labels: choose a smaller area")
        return found

    def record(self, result: Mapping[HouseholdId, str]) -> Record:
        """The area or the home, and how many labels."""
        about = f"household:{self.household}" if self.household is not None else f"area:{self.area}"
        return Record(about, {"labels": len(result)})
