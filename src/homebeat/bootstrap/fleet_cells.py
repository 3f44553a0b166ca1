"""Says what a fleet file would change, by line and cell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from homebeat.domain.fleet import Fleet, Household
from homebeat.registry.fleet_file import FleetSource
from homebeat.registry.home_difference import ORDER, HomeDifference, compare_homes
from homebeat.registry.home_tree import write_home
from homebeat.registry.text import Place

#: Fields whose values are too long for a line, or hold secrets.
_UNSHOWN: Final = frozenset({"channels"})
#: The fields by which an entry of a list stays the same one: where they differ, all of it is new or gone.
_KEYS: Final = frozenset({"id", "from"})


def list_cell_changes(before: Fleet, after: Fleet, source: FleetSource, kept: Collection[str]) -> Iterator[str]:
    """Yield a line for each field of homes that would change.

    Args:
        before: The registry.
        after: What the file says.
        source: The file.
        kept: Homes that stay as they are.
    """
    there = {home.id: home for home in before.households}
    for index, home in enumerate(after.households):
        if home.id in kept:
            continue
        place: Place = ("households", index)
        old = there.get(home.id)
        if old is None:
            yield f"line {source.locate((*place, 'id')).line}: home {home.id} is new"
        elif old != home:
            now = write_home(home)
            found = compare_homes(write_home(old), write_home(home))
            whole = {(one.part, one.key) for one in found if one.field in _KEYS}
            for one in found:
                if one.field in _KEYS or (one.part, one.key) not in whole:
                    yield _format_difference(home, place, now, one, source)
    named = {home.id for home in after.households}
    for gone in (home.id for home in before.households if home.id not in named and home.id not in kept):
        yield f"home {gone} is not in the file: retired"


def _format_difference(home: Household, place: Place, now: Mapping[str, Any], one: HomeDifference, source: FleetSource) -> str:
    here: Place = (*place, one.part)
    if one.key:
        key = "from" if one.part == "away" else "id"
        found = [index for index, entry in enumerate(now[one.part]) if entry[key] == one.key]
        here = (*place, one.part, found[0], one.field) if found else place
    spot, what = source.locate(here), one.key or home.id
    if one.field == ORDER:
        return f"{spot}: {home.id}: another order of {one.part}"
    if one.key and one.field in _KEYS:
        return f"line {spot.line}: {home.id}: {one.part} {what}: " + ("new" if one.before is None else "not in the file: retired")
    name = one.field or one.part
    if name in _UNSHOWN:
        return f"{spot}: {what}: {name} differ"
    return f"{spot}: {what}: {_show(one.before)} -> {_show(one.after)}"


def _show(value: object) -> str:
    return "nothing" if value is None else str(value)
