"""Swap two shifts: each goes to whoever had the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from homebeat.actions.give_shift import check_answers
from homebeat.actions.perform import Record
from homebeat.actions.shift_notices import read_shifts, write_shift_news
from homebeat.actions.shifts import check_may_change, load_rota, load_shift
from homebeat.actions.work import Work
from homebeat.domain.errors import NotAllowed
from homebeat.domain.ids import RotaId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class ShiftName:
    """Which shift: its rota, the day on which it begins, and its name."""

    rota: RotaId
    day: date
    shift: str


@dataclass(frozen=True, slots=True)
class SwapShifts:
    """Swap two shifts.

    1. Load both; neither may be over, and two people must have them.
    2. The principal arranges duty there, or one of the two is theirs.
    3. Each must answer in the area of the other's rota.
    4. Enter both, write the shifts of the coming weeks, and write to each person whose shifts have changed.
    """

    name: ClassVar = "swap_shifts"
    operation: ClassVar = Operation.OWN_SHIFTS

    first: ShiftName
    second: ShiftName

    def run(self, work: Work) -> None:
        """Swap them."""
        rotas = [load_rota(work, one.rota) for one in (self.first, self.second)]
        shifts = [
            load_shift(work, rota, (one.day, one.shift)) for rota, one in zip(rotas, (self.first, self.second), strict=True)
        ]
        if None in {shift.who for shift in shifts} or shifts[0].who == shifts[1].who:
            raise NotAllowed("two people swap shifts: one of these is nobody's, or both are one person's")
        for rota in rotas:
            check_may_change(work, rota.area, [shift.who for shift in shifts])
        idents = {rota.id for rota in rotas}
        before = read_shifts(work, idents)
        for rota, shift, other in zip(rotas, shifts, reversed(shifts), strict=True):
            if other.who is not None:
                check_answers(work, other.who, rota.area)
            work.tx.rotas.change_shift(rota.id, shift.key, other.who, "swap", str(work.actor), work.now)
        work.tx.rotas.refresh({rota.id: load_rota(work, rota.id) for rota in rotas}, work.now)
        write_shift_news(work, idents, before)

    def record(self, result: None) -> Record:  # noqa: ARG002 - every action has it
        """Both shifts."""
        other = f"{self.second.rota} {self.second.day.isoformat()} {self.second.shift}"
        return Record(f"rota:{self.first.rota}", {"day": self.first.day.isoformat(), "shift": self.first.shift, "for": other})
