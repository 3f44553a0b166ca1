"""Put a home back to what it was before its last change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from homebeat.actions.home_writing import (
    HomeRules,
    WrittenHome,
    check_version,
    describe_home,
    find_home_operation,
    put_tree,
    retire_home,
)
from homebeat.actions.perform import Record
from homebeat.actions.permit import permit
from homebeat.actions.work import Work
from homebeat.domain.errors import NotAllowed, NotFound
from homebeat.domain.ids import HouseholdId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class UndoHomeChange:
    """Put a home back. A retired one comes back, and one that was added is retired.

    1. It takes the right to make the change that is undone.
    2. Refuse where the home has changed since: only the last change can be undone. An undo is a change too.
    3. Write what it was. That was accepted once, and only what has changed around it since can be in the way.

    Attributes:
        version: That the change to undo has made.
    """

    name: ClassVar = "undo_home_change"
    operation: ClassVar = Operation.READ_HOMES

    household: HouseholdId
    version: int
    rules: HomeRules = field(default_factory=HomeRules)

    def run(self, work: Work) -> WrittenHome:
        """Returns what became of it.

        Raises:
            NotPermitted: The principal may not make such a change.
            NotFound: There is no such change in the scope.
            StaleVersion: The home has changed since.
            NotAllowed: What it was cannot be read any more.
        """
        mark = work.tx.fleet.find_mark(self.household)
        last = next((one for one in work.tx.home_changes.list_of(self.household) if one.version == self.version), None)
        if mark is None or last is None:
            raise NotFound("there is no such change")
        operation = find_home_operation(last.kind)
        permit(work.principal, operation)
        if not work.principal.find_scope(operation).reaches(work.tx.fleet.find_line(mark.area)):
            raise NotFound("there is no such change")
        check_version(mark.version, self.version)
        standing = work.tx.fleet.load_home(self.household)
        if last.before is None:
            if standing is None or last.after is None:
                raise NotAllowed("what it was cannot be read any more")
            return retire_home(work, self.household, standing, self.name, "")
        return put_tree(work, operation, self.household, standing, last.before, self.rules, self.name, last.before)

    def record(self, result: WrittenHome) -> Record:
        """The home, and which parts changed."""
        return describe_home(result)
