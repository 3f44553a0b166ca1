"""Change whom to call about a home, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from homebeat.actions.home_writing import HomeRules, HomeTree, WrittenHome, change_home, describe_home
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import BadHome
from homebeat.domain.ids import HouseholdId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class ChangeContacts:
    """Put these contacts in place of those that a home has. A contact keeps their notices and their history by their id.

    1. Refuse where somebody has changed the home since `version`.
    2. A channel that is given by its place alone stays as it is: who changes contacts need not know its address.
    3. Refuse what an import would refuse, above all that the last step of the home's plan then reaches nobody.
    4. Write them. Whoever is not among them is retired; what was waiting for them is not sent.

    Attributes:
        contacts: In the form of the fleet file, in call order, or what makes them of those that are there. In `channels` a number
            is the place of a channel that stays.
        version: The one that this was decided on; None does not mind.
    """

    name: ClassVar = "change_contacts"
    operation: ClassVar = Operation.KEEP_HOMES

    household: HouseholdId
    contacts: Sequence[Mapping[str, Any]] | Callable[[Sequence[Mapping[str, Any]]], Sequence[Mapping[str, Any]]]
    version: int | None = None
    rules: HomeRules = field(default_factory=HomeRules)

    def run(self, work: Work) -> WrittenHome:
        """Returns what became of the home; for errors see `change_home`."""

        def change(tree: HomeTree) -> None:
            wanted = self.contacts(tree["contacts"]) if callable(self.contacts) else self.contacts
            known = {one["id"]: one.get("channels", []) for one in tree["contacts"]}
            tree["contacts"] = [
                {**one, "channels": _keep_channels(one.get("channels") or [], known.get(one.get("id"), []), index)}
                for index, one in enumerate(wanted)
            ]

        return change_home(work, self.operation, self.household, change, self.rules, self.name, self.version)

    def record(self, result: WrittenHome) -> Record:
        """The home, and that its contacts changed."""
        return describe_home(result)


def _keep_channels(wanted: Sequence[Any], known: Sequence[Any], index: int) -> list[Any]:
    found = []
    for place, way in enumerate(wanted):
        if isinstance(way, int) and not isinstance(way, bool):
            if not 0 <= way < len(known):
                raise BadHome([(f"contacts[{index}].channels[{place}]", "is not a channel that this contact has")])
            found.append(known[way])
        else:
            found.append(way)
    return found
