"""Leave: who takes the shifts of somebody who does not work."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from homebeat.domain.ids import ResponderId, RotaId
from homebeat.domain.rota import Shift, ShiftKey


@dataclass(frozen=True, slots=True)
class Leave:
    """That somebody does not work, epoch ms; `ends_at` is no longer part of it."""

    who: ResponderId
    starts_at: int
    ends_at: int

    def touches(self, shift: Shift) -> bool:
        """Whether a shift lies in it, at least in part."""
        return self.starts_at < shift.ends_at and shift.starts_at < self.ends_at


@dataclass(frozen=True, slots=True)
class Replacement:
    """That a shift goes to somebody else; `who` None: nobody can take it, and it is a gap."""

    shift: Shift
    who: ResponderId | None


def redistribute(
    leave: Leave,
    shifts: Sequence[Shift],
    candidates: Mapping[RotaId, Sequence[ResponderId]],
    leaves: Iterable[Leave] = (),
    kept: Container[tuple[RotaId, ShiftKey]] = (),
) -> list[Replacement]:
    """Give the shifts of somebody on leave to others, in order.

    Each goes to whoever has the fewest hours of duty in that week; of equals, to who stands first. Nobody gets a shift who is on
    leave then, or has another one at that time.

    Args:
        leave: Whose shifts, and when.
        shifts: The shifts of everybody in the weeks concerned, also of other rotas.
        candidates: Who may take a shift of each rota, in order.
        leaves: Of others.
        kept: Shifts that stay as they are, whoever has them.
    """
    now = {(shift.rota, shift.key): shift for shift in shifts}
    away = [*leaves, leave]
    found: list[Replacement] = []
    for shift in sorted(shifts, key=lambda shift: (shift.starts_at, shift.rota, shift.name)):
        if shift.who != leave.who or not leave.touches(shift) or (shift.rota, shift.key) in kept:
            continue
        free = [who for who in candidates.get(shift.rota, ()) if _is_free(who, shift, now.values(), away)]
        who = min(free, key=lambda one: count_week_ms(one, shift.day, now.values()), default=None)
        found.append(Replacement(shift, who))
        now[shift.rota, shift.key] = replace(shift, who=who)
    return found


def count_week_ms(who: ResponderId, day: date, shifts: Collection[Shift]) -> int:
    """Count somebody's duty in the week of a day, Monday to Sunday, ms: the shifts that begin in it."""
    monday = day - timedelta(days=day.weekday())
    week = [shift for shift in shifts if shift.who == who and timedelta(0) <= shift.day - monday < timedelta(days=7)]
    return sum(shift.ends_at - shift.starts_at for shift in week)


def _is_free(who: ResponderId, shift: Shift, shifts: Collection[Shift], leaves: Sequence[Leave]) -> bool:
    if any(leave.who == who and leave.touches(shift) for leave in leaves):
        return False
    return not any(other.who == who and other.starts_at < shift.ends_at and shift.starts_at < other.ends_at for other in shifts)
