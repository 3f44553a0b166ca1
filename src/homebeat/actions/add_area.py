"""Add an area to the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import BadHome
from homebeat.domain.fleet import Area
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.registry.home_fields import format_place, read_new_area


@dataclass(frozen=True, slots=True)
class AddArea:
    """Add an area: a city, a street, a community. An import keeps it as long as a home that the console keeps lies in it.

    1. Refuse an id that an area has, a retired one too.
    2. It lies in an area of the principal's; one that lies in no other takes a role for everything.
    3. Write it.

    Attributes:
        area: In the form of the fleet file: `id`, `name`, `parent`.
    """

    name: ClassVar = "add_area"
    operation: ClassVar = Operation.MANAGE_HOMES

    area: Mapping[str, Any]

    def run(self, work: Work) -> Area:
        """Returns it.

        Raises:
            BadHome: Something is wrong with it; every fault is named.
        """
        area, found = read_new_area(self.area)
        faults = [(format_place(place), text) for place, text in found]
        scope = work.principal.find_scope(self.operation)
        if area.id and work.tx.fleet.has_area(area.id):
            faults.append(("id", f"{area.id!r} is there already"))
        line = work.tx.fleet.find_line(area.parent) if area.parent is not None else frozenset()
        is_reached = scope.reaches(line) if line else area.parent is None and scope == EVERYTHING
        if not is_reached:
            faults.append(("parent", "is not among your areas"))
        if faults:
            raise BadHome(faults)
        work.tx.fleet.add_area(area, work.now)
        return area

    def record(self, result: Area) -> Record:
        """The area, and in which one it lies."""
        return Record(f"area:{result.id}", {"parent": result.parent})
