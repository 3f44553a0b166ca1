"""Put a map of fields back to what it was before its last change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.set_field_map import check_map, describe_map, put_map, require_map
from homebeat.actions.work import Work
from homebeat.domain.errors import NotFound
from homebeat.domain.field_map import FieldMap
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class UndoFieldMap:
    """Put back what a map said before. Doing it twice changes nothing.

    1. It takes the right to fit devices everywhere; refuse where somebody has changed the map since `version`.
    2. Refuse where its topics are another map's by now.
    3. Write it, with what it is now as what it was before.
    """

    name: ClassVar = "undo_field_map"
    operation: ClassVar = Operation.FIT_DEVICES

    map_name: str
    version: int

    def run(self, work: Work) -> FieldMap:
        """Returns the map as it is now; for errors see `SetFieldMap.run`.

        Raises:
            NotFound: There is no such map.
        """
        now = require_map(work, self.map_name, self.version)
        if now is None:
            raise NotFound("there is no such map")
        if now.before is not None:
            check_map(work, self.map_name, now.before)
        return put_map(work, FieldMap(self.map_name, now.before, now.spec, now.version + 1, work.now, str(work.actor)))

    def record(self, result: FieldMap) -> Record:
        """Which map, and what it says."""
        return describe_map(result)
