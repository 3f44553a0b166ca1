"""Set the rotas: who is on duty where and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from homebeat.actions.leaves import cover_leaves, enter_replacements
from homebeat.actions.perform import Record
from homebeat.actions.shift_notices import read_shifts, write_shift_news
from homebeat.actions.shifts import find_gaps_ahead
from homebeat.actions.work import Work
from homebeat.domain.errors import BadFleet
from homebeat.domain.ids import RotaId
from homebeat.domain.role import Operation
from homebeat.domain.rota import Gap, Holidays, Rota
from homebeat.store import RotaEntry, TableChange


@dataclass(frozen=True, slots=True)
class RotasSet:
    """What came of it.

    Attributes:
        gaps: Of each rota that leaves somebody out, the spans of the coming four weeks in which nobody is on duty.
        is_written: False where there are gaps that nobody has accepted: then nothing was changed.
        kept: Rotas that the console keeps, which were left as they are.
    """

    change: TableChange
    gaps: Mapping[RotaId, tuple[Gap, ...]]
    is_written: bool
    kept: tuple[RotaId, ...] = ()


@dataclass(frozen=True, slots=True)
class SetRotas:
    """Make the rotas say what a rota file says.

    1. Leave out the rotas that the console keeps: they stay as they are. Refuse a rota of the same kind in the same area.
       With `take_back` the file keeps all of them again.
    2. Find the gaps of the coming four weeks, with the swaps and the leave that were entered; whoever is on leave is replaced in
       shifts that are new. Unless they are accepted, write nothing.
    3. Write the patterns, and the holidays of the settings. A rota that is not among them is retired; what was entered since
       stays, and counts.
    4. Write the shifts of the coming weeks, of the rotas that have changed. One that runs and changes ends now.
    5. Write to each person whose shifts have changed.
    """

    name: ClassVar = "set_rotas"
    operation: ClassVar = Operation.ARRANGE_DUTY

    rotas: tuple[Rota, ...]
    calendars: Mapping[str, Holidays]
    accepts_gaps: bool = False
    take_back: bool = False

    def run(self, work: Work) -> RotasSet:
        """Returns what changed, and the gaps.

        Raises:
            BadFleet: A rota of the file is for an area and a kind of which the console keeps one.
        """
        kept = [] if self.take_back else work.tx.rotas.list_kept()
        wanted = _leave_out(self.rotas, kept)
        living = [_follow(one.rota, self.calendars) for one in kept if one.retired_at is None]
        entered = work.tx.rotas.find_changes()
        merged = [replace(rota, exceptions={**rota.exceptions, **entered.get(rota.id, {})}) for rota in (*wanted, *living)]
        rotas, replaced = cover_leaves(work, merged, entered)
        retired = work.tx.duty.list_retired()
        asked = {rota.id for rota in wanted}
        gaps = {
            rota.id: found for rota in rotas.values() if rota.id in asked and (found := find_gaps_ahead(rota, work.now, retired))
        }
        if gaps and not self.accepts_gaps:
            return RotasSet(TableChange(), gaps, is_written=False)
        change = work.tx.rotas.set_all(wanted, str(work.actor), work.now, take_back=self.take_back)
        calendars = work.tx.rotas.set_holidays(self.calendars)
        enter_replacements(work, replaced)
        # the shifts of all others stand in the table already
        changed = {*map(RotaId, change.all), *(rota.id for rota in merged if rota.calendar in calendars)}
        changed |= {each.shift.rota for each in replaced}
        known_before = changed.difference(map(RotaId, change.added))
        shifts = read_shifts(work, known_before)
        work.tx.rotas.refresh({ident: rotas.get(ident) for ident in sorted(changed)}, work.now)
        write_shift_news(work, known_before, shifts)
        return RotasSet(change, gaps, is_written=True, kept=tuple(one.rota.id for one in kept))

    def record(self, result: RotasSet) -> Record | None:
        """How many rotas were changed, and how many gaps were accepted."""
        if not result.is_written:
            return None
        gaps = sum(map(len, result.gaps.values()))
        return Record("rotas", {"changed": len(result.change.all), "gaps": gaps})


def _leave_out(rotas: Iterable[Rota], kept: Sequence[RotaEntry]) -> list[Rota]:
    """Leave out those that the console keeps."""
    names = {one.rota.id for one in kept}
    pairs = {(one.rota.area, one.rota.kind): one.rota.id for one in kept if one.retired_at is None}
    wanted = [rota for rota in rotas if rota.id not in names]
    if taken := [(rota, pairs[pair]) for rota in wanted if (pair := (rota.area, rota.kind)) in pairs]:
        raise BadFleet(
            [
                f"rota {rota.id!r}: the console keeps {other!r} of the kind {rota.kind} in {rota.area}: one rota is enough"
                for rota, other in taken
            ]
        )
    return wanted


def _follow(rota: Rota, calendars: Mapping[str, Holidays]) -> Rota:
    return replace(rota, holidays=calendars.get(rota.calendar, Holidays()))
