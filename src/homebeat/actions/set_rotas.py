"""Set the rotas: who is on duty where and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from homebeat.actions.leaves import cover_leaves, enter_replacements
from homebeat.actions.perform import Record
from homebeat.actions.shift_notices import read_shifts, write_shift_news
from homebeat.actions.shifts import find_gaps_ahead
from homebeat.actions.work import Work
from homebeat.domain.ids import RotaId
from homebeat.domain.role import Operation
from homebeat.domain.rota import Gap, Holidays, Rota
from homebeat.store import TableChange


@dataclass(frozen=True, slots=True)
class RotasSet:
    """What came of it.

    Attributes:
        gaps: Of each rota that leaves somebody out, the spans of the coming four weeks in which nobody is on duty.
        is_written: False where there are gaps that nobody has accepted: then nothing was changed.
    """

    change: TableChange
    gaps: Mapping[RotaId, tuple[Gap, ...]]
    is_written: bool


@dataclass(frozen=True, slots=True)
class SetRotas:
    """Make the rotas say what a rota file says.

    1. Find the gaps of the coming four weeks, with the swaps and the leave that were entered; whoever is on leave is replaced in
       shifts that are new. Unless they are accepted, write nothing.
    2. Write the patterns, and the holidays of the settings. A rota that is not among them is retired; what was entered since
       stays, and counts.
    3. Write the shifts of the coming weeks, of the rotas that have changed. One that runs and changes ends now.
    4. Write to each person whose shifts have changed.
    """

    name: ClassVar = "set_rotas"
    operation: ClassVar = Operation.ARRANGE_DUTY

    rotas: tuple[Rota, ...]
    calendars: Mapping[str, Holidays]
    accepts_gaps: bool = False

    def run(self, work: Work) -> RotasSet:
        """Returns what changed, and the gaps."""
        entered = work.tx.rotas.find_changes()
        merged = [replace(rota, exceptions={**rota.exceptions, **entered.get(rota.id, {})}) for rota in self.rotas]
        rotas, replaced = cover_leaves(work, merged, entered)
        retired = work.tx.duty.list_retired()
        gaps = {rota.id: found for rota in rotas.values() if (found := find_gaps_ahead(rota, work.now, retired))}
        if gaps and not self.accepts_gaps:
            return RotasSet(TableChange(), gaps, is_written=False)
        change = work.tx.rotas.set_all(self.rotas, str(work.actor), work.now)
        calendars = work.tx.rotas.set_holidays(self.calendars)
        enter_replacements(work, replaced)
        # the shifts of all others stand in the table already
        changed = {*map(RotaId, change.all), *(rota.id for rota in merged if rota.calendar in calendars)}
        changed |= {each.shift.rota for each in replaced}
        known_before = changed.difference(map(RotaId, change.added))
        shifts = read_shifts(work, known_before)
        work.tx.rotas.refresh({ident: rotas.get(ident) for ident in sorted(changed)}, work.now)
        write_shift_news(work, known_before, shifts)
        return RotasSet(change, gaps, is_written=True)

    def record(self, result: RotasSet) -> Record | None:
        """How many rotas were changed, and how many gaps were accepted."""
        if not result.is_written:
            return None
        gaps = sum(map(len, result.gaps.values()))
        return Record("rotas", {"changed": len(result.change.all), "gaps": gaps})
