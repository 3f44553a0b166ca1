"""Retire one rota in the console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.rota_writing import load_entry, retire_rota_now
from homebeat.actions.work import Work
from homebeat.domain.errors import NotAllowed
from homebeat.domain.ids import RotaId
from homebeat.domain.role import Operation
from homebeat.store import RotaEntry


@dataclass(frozen=True, slots=True)
class RetireRota:
    """Retire a rota: nobody is on duty by it any more. From then on the console keeps it: an import does not bring it back.

    1. It lies in an area where the principal arranges duty, and nobody has changed it since they looked.
    2. End its shifts now, and write to each person who had some.
    """

    name: ClassVar = "retire_rota"
    operation: ClassVar = Operation.ARRANGE_DUTY

    rota: RotaId
    version: int

    def run(self, work: Work) -> RotaEntry:
        """Returns the rota as it was."""
        entry = load_entry(work, self.rota, self.version)
        if entry.retired_at is not None:
            raise NotAllowed("this rota is retired already")
        retire_rota_now(work, self.rota)
        return entry

    def record(self, result: RotaEntry) -> Record:
        """The rota and its area."""
        return Record(f"rota:{self.rota}", {"area": result.rota.area, "version": result.version + 1})
