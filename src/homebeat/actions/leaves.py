"""What actions on duty share about leave: who takes the shifts of whoever does not work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from homebeat.actions.work import Work
from homebeat.domain.durations import DAY_MS
from homebeat.domain.ids import ResponderId, RotaId
from homebeat.domain.leave import Leave, Replacement, redistribute
from homebeat.domain.rota import Rota, Shift, ShiftKey, expand_shifts

#: The weeks in which hours are counted reach beyond the leave.
_AROUND_MS: Final = 7 * DAY_MS


def find_replacements(
    work: Work, leave: Leave, rotas: Mapping[RotaId, Rota], kept: frozenset[tuple[RotaId, ShiftKey]] = frozenset()
) -> list[Replacement]:
    """Find who takes the shifts of somebody on leave; `kept` stay as they are."""
    span = leave.starts_at - _AROUND_MS, leave.ends_at + _AROUND_MS
    shifts = [shift for rota in rotas.values() for shift in expand_shifts(rota, *span)]
    others = [one.leave for one in work.tx.rotas.list_leaves(work.now)]
    return redistribute(leave, shifts, _find_candidates(work, rotas, leave.who), others, kept)


def cover_leaves(
    work: Work, rotas: Iterable[Rota], entered: Mapping[RotaId, Mapping[ShiftKey, ResponderId | None]]
) -> tuple[dict[RotaId, Rota], list[Replacement]]:
    """Replace whoever is on leave in rotas that have changed since the leave was entered.

    A shift that somebody was given since stays theirs: people may come back sooner.

    Args:
        work: The action.
        rotas: As they hold now, with what was entered.
        entered: What was entered since the patterns were set.

    Returns:
        The rotas with the replacements, and these.
    """
    covered = {rota.id: rota for rota in rotas}
    kept = frozenset((ident, key) for ident, changes in entered.items() for key in changes)
    replaced: list[Replacement] = []
    for entry in work.tx.rotas.list_leaves(work.now):
        leave = replace(entry.leave, starts_at=max(entry.leave.starts_at, work.now))
        if not any(
            _lies_in(leave, shift) for rota in covered.values() if _names(rota, leave.who) for shift in _expand(rota, leave)
        ):
            continue  # a city has many on leave, and few of them have a shift then
        found = find_replacements(work, leave, covered, kept)
        for each in found:
            rota = covered[each.shift.rota]
            covered[rota.id] = replace(rota, exceptions={**rota.exceptions, each.shift.key: each.who})
        replaced += found
    return covered, replaced


def enter_replacements(work: Work, replaced: Iterable[Replacement]) -> None:
    """Enter who takes which shift; `refresh` writes the shifts."""
    for each in replaced:
        work.tx.rotas.change_shift(each.shift.rota, each.shift.key, each.who, "leave", str(work.actor), work.now)


def _expand(rota: Rota, leave: Leave) -> tuple[Shift, ...]:
    return expand_shifts(rota, leave.starts_at, leave.ends_at)


def _lies_in(leave: Leave, shift: Shift) -> bool:
    return shift.who == leave.who and leave.touches(shift)


def _names(rota: Rota, who: ResponderId) -> bool:
    return who in rota.exceptions.values() or any(who in shift.who for shift in rota.shifts)


def _find_candidates(work: Work, rotas: Mapping[RotaId, Rota], who: ResponderId) -> dict[RotaId, list[ResponderId]]:
    """Find who may take shifts: of the same kind as whoever is on leave, in the order of the fleet file."""
    kinds = {one.responder: one.kind for one in work.tx.duty.list_kinds()}
    covering = work.tx.duty.find_covering({rota.area for rota in rotas.values()})
    found: dict[RotaId, list[ResponderId]] = {}
    for ident, rota in rotas.items():
        names = [ResponderId(row["id"]) for row in covering[rota.area]]
        found[ident] = [one for one in names if one != who and kinds.get(one) == kinds.get(who)]
    return found
