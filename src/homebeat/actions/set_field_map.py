"""Say how messages of a supplier are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import BadMap, NotPermitted, StaleVersion
from homebeat.domain.field_map import MOST_MAPS, FieldMap, MapSpec, covers_filter, find_map_faults
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING


@dataclass(frozen=True, slots=True)
class SetFieldMap:
    """Write a map of fields, or take it out of use. The watch reads by it within seconds.

    1. It takes the right to fit devices everywhere: messages on these topics may be of any home.
    2. Refuse where somebody has changed the map since `version`, and what cannot be a map; every fault is named.
    3. Refuse one map too many, and topics that another map has.
    4. Write it. What it was before is kept beside it, so that it can be put back.

    Attributes:
        spec: None takes it out of use.
        version: Of what was seen; 0 for a new one.
    """

    name: ClassVar = "set_field_map"
    operation: ClassVar = Operation.FIT_DEVICES

    map_name: str
    spec: MapSpec | None
    version: int

    def run(self, work: Work) -> FieldMap:
        """Returns the map as it is now.

        Raises:
            NotPermitted: They may fit devices in some areas only.
            StaleVersion: It has changed since.
            BadMap: It cannot be used.
        """
        before = require_map(work, self.map_name, self.version)
        if self.spec is not None:
            check_map(work, self.map_name, self.spec)
        was = before.spec if before else None
        return put_map(work, FieldMap(self.map_name, self.spec, was, self.version + 1, work.now, str(work.actor)))

    def record(self, result: FieldMap) -> Record:
        """Which map, and what it says."""
        return describe_map(result)


def require_map(work: Work, name: str, version: int) -> FieldMap | None:
    """Find the map of a name as it was seen, for who may change it; for errors see `SetFieldMap.run`."""
    if work.principal.find_scope(SetFieldMap.operation) != EVERYTHING:
        raise NotPermitted("a map of fields holds for all homes: it takes the right to fit devices in all areas")
    before = work.tx.field_maps.find(name)
    if version != (before.version if before else 0):
        raise StaleVersion("somebody has changed this map meanwhile: look at it again")
    return before


def check_map(work: Work, name: str, spec: MapSpec) -> None:
    """Raises `BadMap` where a map cannot be used beside the others."""
    faults = find_map_faults(name, spec)
    others = {one.name: one.spec for one in work.tx.field_maps.list_all() if one.name != name and one.spec is not None}
    if len(others) >= MOST_MAPS:
        faults.append(("name", f"is one too many: {MOST_MAPS} maps are in use"))
    for other, theirs in others.items():
        if covers_filter(theirs.topic, spec.topic) or covers_filter(spec.topic, theirs.topic):
            faults.append(("topic", f"is among the topics of the map {other}"))
    if faults:
        raise BadMap(faults)


def put_map(work: Work, found: FieldMap) -> FieldMap:
    """Write a map, so that the watch follows it."""
    work.tx.field_maps.put(found)
    work.tx.fleet.revise(work.now)
    return found


def describe_map(result: FieldMap) -> Record:
    """Say what the audit keeps of a map."""
    spec = result.spec
    detail: dict[str, str | int | float | bool | None] = {"version": result.version, "in_use": spec is not None}
    if spec is not None:
        detail |= {"topic": spec.topic, "fields": len(spec.fields), "targets": ", ".join(one.target for one in spec.fields)[:500]}
    return Record(f"field_map:{result.name}", detail)
