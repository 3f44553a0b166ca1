"""What actions on duty share: whose shifts somebody may change, and what a change leaves open."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from homebeat.actions.same_person import find_maker
from homebeat.domain.actor import ActorKind
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import NotFound, NotPermitted
from homebeat.domain.role import Operation, Relation
from homebeat.domain.rota import Gap, Rota, Shift, ShiftKey, expand_shifts, find_gaps_in
from homebeat.domain.scope import EVERYTHING

if TYPE_CHECKING:
    from homebeat.actions.work import Work
    from homebeat.domain.ids import AreaId, ResponderId, RotaId
    from homebeat.store import ShiftEntry

#: So far ahead gaps are looked for when a rota is saved.
GAPS_MS: Final = 28 * DAY_MS
_HERE: Final = frozenset({Relation.IN_AREA})


def load_rota(work: Work, ident: RotaId) -> Rota:
    """Load a rota as it holds now.

    Raises:
        NotFound: There is none, or it lies outside the scope.
    """
    entry = work.tx.rotas.find_rota(ident)
    if entry is None:
        raise NotFound(f"there is no rota {ident!r}")
    return entry.rota


def load_shift(work: Work, rota: Rota, key: ShiftKey) -> Shift:
    """Load a shift that is not over.

    Raises:
        NotFound: The rota has none of this name on that day, or it is over.
    """
    day, name = key
    shifts = expand_shifts(rota, work.now, work.now + GAPS_MS * 13)
    found = next((shift for shift in shifts if shift.key == key), None)
    if found is None:
        raise NotFound(f"the rota {rota.id!r} has no shift {name!r} on {day.isoformat()} that is not over")
    return found


def check_may_change(work: Work, area: AreaId, whose: Iterable[ResponderId | None]) -> None:
    """Make sure that the principal may change shifts in an area: they arrange duty there, or one of the shifts is theirs.

    Raises:
        NotPermitted: Neither.
    """
    line = work.tx.fleet.find_line(area)
    if work.principal.may_on(Operation.ARRANGE_DUTY, line, _HERE):
        return
    own = find_own(work)
    if own is None or own not in set(whose):
        raise NotPermitted("these are not your shifts: ask a supervisor, or whoever has them")


def check_may_arrange(work: Work, who: ResponderId, *, is_own_enough: bool = True) -> None:
    """Make sure that the principal arranges duty in every area of a responder, or is that responder.

    Args:
        work: The action.
        who: Which responder.
        is_own_enough: False where nobody may do it for themselves, whatever else they may.

    Raises:
        NotFound: There is no such responder.
        NotPermitted: Neither.
    """
    found = next((one for one in work.tx.duty.list_kinds() if one.responder == who), None)
    if found is None:
        raise NotFound(f"there is no responder {who!r}")
    if found.areas:
        lines = [work.tx.fleet.find_line(area) for area in found.areas]
        may = all(work.principal.may_on(Operation.ARRANGE_DUTY, line, _HERE) for line in lines)
    else:
        may = work.principal.find_scope(Operation.ARRANGE_DUTY) == EVERYTHING
    if not is_own_enough and find_own(work) == who:
        raise NotPermitted("nobody does this for themselves: ask another supervisor")
    if not may and (not is_own_enough or find_own(work) != who):
        raise NotPermitted(f"only {who!r} themselves, or a supervisor of all their areas, may do this")


def find_own(work: Work) -> ResponderId | None:
    """Find which responder acts; None where their account is nobody's. A key counts as whoever made it."""
    kind, _, account = find_maker(work.tx.keys, str(work.actor)).partition(":")
    return work.tx.duty.find_accounts([account]).get(account) if kind == ActorKind.PERSON else None


def find_gaps_ahead(rota: Rota, now: int, retired: Collection[ResponderId]) -> tuple[Gap, ...]:
    """Find the gaps of the coming weeks, as a rota would leave them; somebody who is retired has no shift."""
    shifts = expand_shifts(rota, now, now + GAPS_MS)
    living = (replace(shift, who=None) if shift.who in retired else shift for shift in shifts)
    return find_gaps_in(rota, living, now, now + GAPS_MS)


def make_shift(entry: ShiftEntry) -> Shift:
    """Make the plain shift of an entry."""
    return Shift(entry.rota, entry.day, entry.name, entry.starts_at, entry.ends_at, entry.responder)
