"""Add a home to the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from homebeat.actions.home_writing import HomeRules, WrittenHome, describe_home, put_tree
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import BadHome
from homebeat.domain.ids import HouseholdId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class AddHome:
    """Add a home with everything in it. The console keeps it: no import changes or retires it.

    1. Refuse an id that a home has, a retired one too: that one is brought back instead.
    2. Refuse what an import would refuse. Its area must be among the principal's.
    3. Write it. The watch knows it within seconds.

    Attributes:
        home: In the form of the fleet file.
    """

    name: ClassVar = "add_home"
    operation: ClassVar = Operation.MANAGE_HOMES

    home: Mapping[str, Any]
    rules: HomeRules = field(default_factory=HomeRules)

    def run(self, work: Work) -> WrittenHome:
        """Returns what was written; for errors see `put_tree`."""
        household = HouseholdId(str(self.home.get("id") or ""))
        if work.tx.fleet.has_home(household):
            raise BadHome([("id", f"{household!r} is there already")])
        return put_tree(work, self.operation, household, None, self.home, self.rules, self.name)

    def record(self, result: WrittenHome) -> Record:
        """The home."""
        return describe_home(result)
