"""Print the list of residents for the day when nothing works: how to reach each of them, and their contacts in order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import Incomplete, NotFound, NotPermitted
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Principal, narrow_grants
from homebeat.domain.role import Field, Operation, When

#: Most homes on one roster: what one person can go round by telephone in a day.
MOST_HOMES: Final = 300
#: What stands on it.
SHOWN: Final = (Field.NAME, Field.ADDRESS, Field.PHONE, Field.CONTACTS)


class RosterReason(StrEnum):
    """Why it is printed. A closed list: the audit is no place for what people write."""

    OUTAGE = "outage"  # homebeat, the power or the network is down
    READY = "ready"  # to lie ready for such a day
    DRILL = "drill"


@dataclass(frozen=True, slots=True)
class PrintRoster:
    """Give out the telephone numbers of everybody of an area, on paper.

    1. The area must lie where the principal sees homes.
    2. They must see names, addresses, numbers and contacts there always, not only with an open alert.
    3. Refuse where nobody lives there, or more than `MOST_HOMES` homes do.

    Paper can be lost, so who has printed which area, and why, is on record.
    """

    name: ClassVar = "print_roster"
    operation: ClassVar = Operation.READ_HOMES

    area: AreaId
    reason: RosterReason

    def run(self, work: Work) -> int:
        """Returns how many homes it has."""
        line = work.tx.fleet.find_line(self.area)
        if not line or not work.principal.find_scope(self.operation).reaches(line):
            raise NotFound(f"there is no area {self.area!r}")
        if not sees_roster(narrow_grants(work.principal, self.area, {self.area: line})):
            raise NotPermitted("your role shows addresses and telephone numbers only of homes with an open alert")
        homes = work.tx.fleet.count_homes(self.area, MOST_HOMES + 1)
        if not homes:
            raise NotFound("nobody lives in this area")
        if homes > MOST_HOMES:
            raise Incomplete(f"these are more than {MOST_HOMES} homes: choose a smaller area")
        return homes

    def record(self, result: int) -> Record:
        """The area, how many homes, and why."""
        return Record(f"area:{self.area}", {"homes": result, "reason": self.reason.value})


def sees_roster(principal: Principal) -> bool:
    """Whether somebody always sees what stands on it, in all their roles."""
    return principal.find_whens(SHOWN) == {When.ALWAYS}
