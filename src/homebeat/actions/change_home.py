"""Change what the registry says of a home: where it is, who lives there, by which plan it is answered for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from homebeat.actions.home_writing import HomeRules, HomeTree, WrittenHome, change_home, describe_home
from homebeat.actions.perform import Record
from homebeat.actions.permit import permit
from homebeat.actions.work import Work
from homebeat.domain.errors import BadHome
from homebeat.domain.ids import HouseholdId
from homebeat.domain.role import Operation

#: Parts that whoever keeps a home may change, and those that take the right to manage homes.
KEPT: Final = frozenset({"access", "residents"})
MANAGED: Final = frozenset({"address", "area", "timezone", "building", "position", "plan", "ask_first", "paired"})


@dataclass(frozen=True, slots=True)
class ChangeHome:
    """Put new parts in place of the ones that a home has. From then on the console keeps the home, and no import changes it.

    1. Refuse where somebody has changed the home since `version`.
    2. Where it is, by which plan it is answered for, and who lives there, takes the right to manage homes.
    3. Refuse what an import would refuse. The area that it moves to must be among the principal's too.
    4. Write it, with what it was before: that can be put back.

    Attributes:
        parts: By their names in the fleet file, in its form, or what makes them of the home as it is; `None` takes a part away.
            Others stay as they are.
        version: The one that this was decided on; None does not mind.
    """

    name: ClassVar = "change_home"
    operation: ClassVar = Operation.KEEP_HOMES

    household: HouseholdId
    parts: Mapping[str, Any] | Callable[[HomeTree], Mapping[str, Any]]
    version: int | None = None
    rules: HomeRules = field(default_factory=HomeRules)

    def run(self, work: Work) -> WrittenHome:
        """Returns what became of it; for errors see `change_home`."""

        def change(tree: HomeTree) -> None:
            parts = self.parts(tree) if callable(self.parts) else self.parts
            if foreign := sorted(set(parts) - KEPT - MANAGED):
                raise BadHome([(part, "is not changed here") for part in foreign])
            before = {part: tree.get(part) for part in MANAGED}, _list_ids(tree)
            for part, value in parts.items():
                if part != "residents" and value in (None, "", [], False):
                    tree.pop(part, None)
                else:
                    tree[part] = value
            if ({part: tree.get(part) for part in MANAGED}, _list_ids(tree)) != before:
                permit(work.principal, Operation.MANAGE_HOMES)

        return change_home(work, self.operation, self.household, change, self.rules, self.name, self.version)

    def record(self, result: WrittenHome) -> Record:
        """The home, and which parts changed."""
        return describe_home(result)


def _list_ids(tree: HomeTree) -> list[Any]:
    people = tree.get("residents") or ()
    return sorted(str(one.get("id")) if isinstance(one, Mapping) else "" for one in people)
