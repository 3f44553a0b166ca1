"""Says what a fleet file would change, by line and cell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from homebeat.bootstrap.fleet_report import KINDS
from homebeat.domain.fleet import Fleet, Household
from homebeat.registry.fleet_file import FleetSource, Spot
from homebeat.registry.home_difference import ORDER, HomeDifference, compare_homes
from homebeat.registry.home_tree import write_home
from homebeat.registry.text import Place
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

#: Fields whose values are too long for a line, or hold secrets.
_UNSHOWN: Final = frozenset({"channels"})
#: The fields by which an entry of a list stays the same one: where they differ, all of it is new or gone.
_KEYS: Final = frozenset({"id", "from"})


def list_cell_changes(before: Fleet, after: Fleet, source: FleetSource, kept: Collection[str], words: Wording) -> Iterator[str]:
    """Yield a line for each field of homes that would change.

    Args:
        before: The registry.
        after: What the file says.
        source: The file.
        kept: Homes that stay as they are.
        words: Of the reader.
    """
    there = {home.id: home for home in before.households}
    for index, home in enumerate(after.households):
        if home.id in kept:
            continue
        place: Place = ("households", index)
        old = there.get(home.id)
        if old is None:
            line = source.locate((*place, "id")).line
            yield words.text("line %(line)s: home %(home)s is new", line=line, home=home.id)
        elif old != home:
            now = write_home(home)
            found = compare_homes(write_home(old), write_home(home))
            whole = {(one.part, one.key) for one in found if one.field in _KEYS}
            for one in found:
                if one.field in _KEYS or (one.part, one.key) not in whole:
                    yield _format_difference(home, place, now, one, source, words)
    named = {home.id for home in after.households}
    for gone in (home.id for home in before.households if home.id not in named and home.id not in kept):
        yield words.text("home %(home)s is not in the file: retired", home=gone)


def _format_difference(
    home: Household, place: Place, now: Mapping[str, Any], one: HomeDifference, source: FleetSource, words: Wording
) -> str:
    here: Place = (*place, one.part)
    if one.key:
        key = "from" if one.part == "away" else "id"
        found = [index for index, entry in enumerate(now[one.part]) if entry[key] == one.key]
        here = (*place, one.part, found[0], one.field) if found else place
    spot, what = source.locate(here), one.key or home.id
    part = words.text(KINDS[one.part]) if one.part in KINDS else one.part
    if one.key and one.field in _KEYS:
        text = msg("line %(line)s: %(home)s: %(part)s %(what)s: new")
        if one.before is not None:
            text = msg("line %(line)s: %(home)s: %(part)s %(what)s: not in the file: retired")
        return words.text(text, line=spot.line, home=home.id, part=part, what=what)
    return words.text("%(name)s: %(state)s", name=_name_place(spot, words), state=_describe(home, what, part, one, words))


def _describe(home: Household, what: str, part: str, one: HomeDifference, words: Wording) -> str:
    if one.field == ORDER:
        return words.text("%(home)s: another order of %(part)s", home=home.id, part=part)
    name = one.field or one.part
    if name in _UNSHOWN:
        return words.text("%(what)s: %(name)s differ", what=what, name=name)
    before, after = (words.text("nothing") if value is None else str(value) for value in (one.before, one.after))
    return words.text("%(what)s: %(before)s -> %(after)s", what=what, before=before, after=after)


def _name_place(spot: Spot, words: Wording) -> str:
    if not spot.name:
        return words.text("line %(line)s", line=spot.line)
    if spot.is_column:
        return words.text("line %(line)s, column %(name)s", line=spot.line, name=spot.name)
    return words.text("line %(line)s: %(name)s", line=spot.line, name=spot.name)
