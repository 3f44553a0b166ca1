"""Finds broken glass that nobody could look at but whoever broke it."""

from __future__ import annotations

from collections.abc import Iterable

from homebeat.actions.same_person import is_same_person
from homebeat.domain.actor import ActorKind
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Grant, Principal, make_holder
from homebeat.domain.role import Field, Operation, Relation
from homebeat.store import BrokenGlass, ReadSession

_HERE = frozenset({Relation.IN_AREA})


def may_review(principal: Principal, line: frozenset[AreaId]) -> bool:
    """Whether somebody may look at broken glass and sees why; `line`: the area of the home, with every area above it."""
    return principal.may_on(Operation.REVIEW_GLASS, line, _HERE) and principal.sees(Field.NOTES, line, _HERE)


def find_unreviewable(reader: ReadSession, entries: Iterable[BrokenGlass], now: int) -> frozenset[int]:
    """Find, by their ids, those that nobody has looked at and nobody but their own person could; `now` is epoch ms."""
    unseen = [entry for entry in entries if entry.seen_at is None]
    if not unseen:
        return frozenset()
    areas = reader.homes.find_areas(entry.household for entry in unseen)
    lines = reader.fleet.find_lines(set(areas.values()))
    holders = [_make_principal(name, grants) for name, grants in reader.accounts.list_holders(now).items()]
    return frozenset(
        entry.id
        for entry in unseen
        if not any(
            may_review(one, lines.get(areas.get(entry.household, AreaId("")), frozenset()))
            and not is_same_person(reader.keys, str(one.actor), entry.actor)
            for one in holders
        )
    )


def _make_principal(holder: str, grants: Iterable[Grant]) -> Principal:
    kind, _, name = holder.partition(":")
    return make_holder(ActorKind(kind), name, grants)
