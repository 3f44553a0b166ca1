"""Enter the hours of volunteers whose visits are over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.perform import Perform, Record
from homebeat.actions.work import Work
from homebeat.domain.alert import SLIP
from homebeat.domain.durations import MINUTE_MS, MS
from homebeat.domain.principal import make_service
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store

#: Who enters them.
VOLUNTEERS: Final = make_service("volunteers")
#: A visit that ended with a closing can go on while that can be undone.
WAIT_MS: Final = SLIP // MS + MINUTE_MS
_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class EnterHours:
    """Enter the hours of volunteers whose visits are over.

    1. Find the visits that ended some minutes ago and are not entered.
    2. Enter each, from setting off to its end. What is entered is never changed.
    """

    name: ClassVar = "enter_hours"
    operation: ClassVar = Operation.COUNT_HOURS

    def run(self, work: Work) -> int:
        """Returns how many visits were entered."""
        found = work.tx.volunteers.find_unentered(work.now - WAIT_MS, _MOST)
        work.tx.volunteers.enter(found)
        return len(found)

    def record(self, result: int) -> Record | None:
        """How many visits were entered; None where none was."""
        return Record("", {"visits": result}) if result else None


def enter_hours(store: Store, perform: Perform, now: int) -> None:
    """Enter the hours of volunteers; a thread calls it once a minute. It looks before it writes.

    Raises:
        Unavailable: The database is away: the next minute tries again.
    """
    with store.read(EVERYTHING) as reader:
        needs = bool(reader.volunteers.find_unentered(now - WAIT_MS, 1))
    if needs:
        perform(VOLUNTEERS, EnterHours())
