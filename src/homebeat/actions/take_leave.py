"""Take leave: one's shifts go to others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.leaves import enter_replacements, find_replacements
from homebeat.actions.perform import Record
from homebeat.actions.shift_notices import read_shifts, write_shift_news
from homebeat.actions.shifts import check_may_arrange
from homebeat.actions.work import Work
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import Incomplete
from homebeat.domain.leave import Leave, Replacement
from homebeat.domain.role import Operation

#: Nobody is away for longer at once; whoever leaves for good is taken out of the fleet file.
LONGEST_MS: Final = 366 * DAY_MS


@dataclass(frozen=True, slots=True)
class TakeLeave:
    """Enter that somebody does not work, and give their shifts to others.

    1. It must end after it begins, and not be over.
    2. It is the principal's own, or they arrange duty in every area of that responder.
    3. Each shift goes to a responder of the same kind who answers in the area of the rota: to whoever has the fewest hours in
       that week, is not on leave and has no other shift then (`domain.leave`). Where there is nobody it is a gap, and returned.
    4. Enter the leave and the shifts, write the shifts of the coming weeks, and write to each person whose shifts have changed.

    Attributes:
        leave: Epoch ms.
    """

    name: ClassVar = "take_leave"
    operation: ClassVar = Operation.OWN_SHIFTS

    leave: Leave

    def run(self, work: Work) -> list[Replacement]:
        """Returns who takes which shift; None for nobody."""
        leave = self.leave
        if leave.ends_at <= max(leave.starts_at, work.now) or leave.ends_at - leave.starts_at > LONGEST_MS:
            raise Incomplete("a leave ends after it begins, is not over yet, and lasts a year at most")
        leave = Leave(leave.who, max(leave.starts_at, work.now), leave.ends_at)
        check_may_arrange(work, leave.who)
        rotas = {entry.rota.id: entry.rota for entry in work.tx.rotas.list_rotas(since=work.now)}
        replacements = find_replacements(work, leave, rotas)
        concerned = {each.shift.rota for each in replacements}
        before = read_shifts(work, concerned)
        work.tx.rotas.add_leave(leave, str(work.actor), work.now)
        enter_replacements(work, replacements)
        known = (entry.rota for entry in work.tx.rotas.list_rotas(since=work.now))
        work.tx.rotas.refresh({rota.id: rota for rota in known if rota.id in concerned}, work.now)
        write_shift_news(work, concerned, before)
        return replacements

    def record(self, result: list[Replacement]) -> Record:
        """Who, until when, how many shifts went to others, and how many to nobody."""
        nobody = sum(each.who is None for each in result)
        return Record(f"responder:{self.leave.who}", {"until": self.leave.ends_at, "shifts": len(result), "to_nobody": nobody})
