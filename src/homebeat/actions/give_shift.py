"""Give a shift to somebody else, or to nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.shift_notices import read_shifts, write_shift_news
from homebeat.actions.shifts import check_may_change, find_gaps_ahead, load_rota, load_shift
from homebeat.actions.work import Work
from homebeat.domain.errors import Incomplete
from homebeat.domain.ids import AreaId, ResponderId, RotaId
from homebeat.domain.role import Operation
from homebeat.domain.rota import Gap


@dataclass(frozen=True, slots=True)
class GiveShift:
    """Give a shift to somebody else, or to nobody.

    1. Load the rota and the shift, which must not be over.
    2. The principal arranges duty there, or the shift is theirs.
    3. Whoever gets it must answer in the area of the rota.
    4. Enter it, write the shifts of the coming weeks, and write to each person whose shifts have changed.
    """

    name: ClassVar = "give_shift"
    operation: ClassVar = Operation.OWN_SHIFTS

    rota: RotaId
    day: date
    shift: str
    who: ResponderId | None

    def run(self, work: Work) -> tuple[Gap, ...]:
        """Returns the gaps of the coming four weeks as they are now."""
        rota = load_rota(work, self.rota)
        before = load_shift(work, rota, (self.day, self.shift))
        check_may_change(work, rota.area, [before.who])
        if self.who is not None:
            check_answers(work, self.who, rota.area)
        shifts = read_shifts(work, [rota.id])
        work.tx.rotas.change_shift(rota.id, before.key, self.who, "given", str(work.actor), work.now)
        after = load_rota(work, self.rota)
        work.tx.rotas.refresh({after.id: after}, work.now)
        write_shift_news(work, [rota.id], shifts)
        return find_gaps_ahead(after, work.now, work.tx.duty.list_retired())

    def record(self, result: tuple[Gap, ...]) -> Record:
        """The shift, who has it now, and how many gaps the rota has."""
        return Record(
            f"rota:{self.rota}", {"day": self.day.isoformat(), "shift": self.shift, "who": self.who or "", "gaps": len(result)}
        )


def check_answers(work: Work, who: ResponderId, area: AreaId) -> None:
    """Make sure that somebody answers in an area.

    Raises:
        Incomplete: There is no such responder, or not there.
    """
    covering = work.tx.duty.find_covering([area]).get(area, [])
    if who not in {row["id"] for row in covering}:
        raise Incomplete(f"no responder {who!r} answers in the area {area!r}: see `areas` in the fleet file")
