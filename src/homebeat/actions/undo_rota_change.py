"""Put a rota back as it was before its last change in the console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.rota_writing import load_entry, retire_rota_now, write_rota_now
from homebeat.actions.work import Work
from homebeat.domain.errors import NotAllowed
from homebeat.domain.ids import RotaId
from homebeat.domain.role import Operation
from homebeat.store import RotaEntry


@dataclass(frozen=True, slots=True)
class UndoRotaChange:
    """Make a rota what it was before its last change. That is a change, and can be undone itself.

    1. It lies in an area where the principal arranges duty, and nobody has changed it since they looked.
    2. One that was new is retired; one that was retired is there again. Gaps that it had then are accepted with it.
    3. Write the shifts of the coming weeks, and to each person whose shifts change.
    """

    name: ClassVar = "undo_rota_change"
    operation: ClassVar = Operation.ARRANGE_DUTY

    rota: RotaId
    version: int

    def run(self, work: Work) -> RotaEntry:
        """Returns the rota as it was before this."""
        entry = load_entry(work, self.rota, self.version)
        if entry.kept_since is None or (entry.before is None and entry.retired_at is not None):
            raise NotAllowed("there is nothing to put back")
        if entry.before is None:
            retire_rota_now(work, self.rota)
            return entry
        pair = entry.before.area, entry.before.kind
        if any((one.rota.area, one.rota.kind) == pair and one.rota.id != self.rota for one in work.tx.rotas.list_rotas()):
            raise NotAllowed("there is another rota of this kind in the area by now")
        write_rota_now(work, entry.before, entry, accepts_gaps=True, only_asked=False)
        return entry

    def record(self, result: RotaEntry) -> Record:
        """The rota and its area."""
        return Record(f"rota:{self.rota}", {"area": result.rota.area, "version": result.version + 1})
