"""Reads a fleet file of one area: only what lies in that area and below it. What would change anything else is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from homebeat.domain.fleet import Area, Fleet, Household, Responder, ResponderKind, find_area_path, find_parents
from homebeat.domain.ids import AreaId, ResponderId
from homebeat.registry.fields import Faults, Fields
from homebeat.registry.fleet_file import FleetReader, FleetSource, raise_faults
from homebeat.registry.home_fields import FieldRules
from homebeat.registry.text import Place
from homebeat.wording import Wording


@dataclass(frozen=True, slots=True)
class AreaImport:
    """What is around an area that is imported alone.

    Attributes:
        area: Its id.
        around: All areas and responders of the registry.
    """

    area: AreaId
    around: Fleet

    def surround(self, fleet: Fleet) -> Fleet:
        """Add the areas and responders of the registry to what the file says."""
        named = {area.id for area in fleet.areas}
        others = tuple(area for area in self.around.areas if area.id not in named)
        return Fleet((*others, *fleet.areas), fleet.households, self.around.responders)


def read_area_source(source: FleetSource, rules: FieldRules, only: AreaImport, words: Wording | None = None) -> Fleet:
    """Read the areas and homes of one area; arguments as `read_source`.

    An area above it may stand in the file as the registry has it.

    Returns: Without responders, and without areas that do not lie in it.

    Raises:
        BadFleet: With every fault; whatever lies outside of the area is one.
    """
    faults = Faults()
    reader = _AreaReader(faults, rules, source.show, only)
    fleet = reader.read_fleet(source.tree)
    raise_faults(faults, source, words)
    inside = tuple(area for area in fleet.areas if only.area in reader.lines[area.id])
    return replace(fleet, areas=inside, responders=())


class _AreaReader(FleetReader):
    """Reads one file of one area."""

    def __init__(self, faults: Faults, rules: FieldRules, shown: Callable[[Place], str], only: AreaImport) -> None:
        super().__init__(faults, rules, shown)
        self._only = only.area
        self._there: Mapping[AreaId, Area] = {area.id: area for area in only.around.areas}
        self._parents = find_parents(only.around)
        self._staff = only.around.responders
        self._outside = f"is not in the area {only.area!r}, which alone is imported"

    def check_tree(self, listed: list[tuple[Fields, Area]]) -> None:
        """Check that whatever is listed lies in the area, and that nothing of another area becomes part of it."""
        named = {area.id for _, area in listed}
        others = [area for area in self._there.values() if area.id not in named]
        self.know(Fleet(tuple(others)))
        super().check_tree(listed)
        self.know(Fleet((*others, *(area for _, area in listed)), (), self._staff))
        for fields, area in listed:
            before = self._there.get(area.id)
            if area == before:
                continue
            if self._only not in self.lines[area.id]:
                fields.add_fault("id", self._outside)
            elif before is not None and area.parent != before.parent and not self._was_below(before):
                fields.add_fault("parent", f"would move the area {area.id!r}: import the area that both parents lie in")

    def _was_below(self, area: Area) -> bool:
        return area.id != self._only and self._only in find_area_path(self._parents, area.id)

    def read_responder(self, fields: Fields) -> Responder:
        """Refuse a responder: they answer in more than one area."""
        fields.add_fault("id", "is a responder: they are imported with the whole fleet, without --area")
        return Responder(ResponderId(""), "", ResponderKind.DESK)

    def read_household(self, fields: Fields) -> Household:
        """Read a home, which must lie in the area."""
        home = super().read_household(fields)
        if home.area in self.lines and self._only not in self.lines[home.area]:
            fields.add_fault("area", self._outside)
        return home
