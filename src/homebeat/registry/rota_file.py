"""Reads a rota file: who is on duty where and when; or refuses all of it and names every fault."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from homebeat.domain.fleet import Fleet, ResponderKind
from homebeat.domain.ids import AreaId, ResponderId, RotaId
from homebeat.domain.rota import EVERY_DAY, DutyDay, DutyHours, Holidays, Rota, ShiftKey, ShiftPattern
from homebeat.registry.fields import ID, Faults, Fields, UniqueIds, suggest_name
from homebeat.registry.fleet_file import TREE_FORMS, raise_faults, read_tree
from homebeat.registry.home_fields import format_place
from homebeat.registry.text import Place

_ROTA: Final = ("id", "area", "kind", "timezone", "from", "holidays", "hours", "shifts", "exceptions")
_CLOCK: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SAYS_DAY: Final = "is not a day; write 2026-03-01"
_SAYS_CLOCK: Final = 'is not a time of the wall clock; write "08:30"'


@dataclass(frozen=True, slots=True)
class RotaRegistry:
    """What rotas can name.

    Attributes:
        lines: Areas, each with itself and every area above it.
        answers_in: Responders, each with the areas where they answer; none for everywhere.
        calendars: The public holidays of the settings, by the name of the calendar.
    """

    lines: Mapping[str, frozenset[AreaId]]
    answers_in: Mapping[str, tuple[AreaId, ...]]
    calendars: Mapping[str, Holidays]


def _make_registry(fleet: Fleet, calendars: Mapping[str, Holidays]) -> RotaRegistry:
    above = {area.id: area.parent for area in fleet.areas}
    lines: dict[str, frozenset[AreaId]] = {}
    for area in fleet.areas:
        line: list[AreaId] = []
        step: AreaId | None = area.id
        while step is not None and step not in line:
            line.append(step)
            step = above.get(step)
        lines[area.id] = frozenset(line)
    return RotaRegistry(lines, {one.id: one.areas for one in fleet.responders}, calendars)


def read_rota_file(path: Path, fleet: Fleet, calendars: Mapping[str, Holidays]) -> tuple[Rota, ...]:
    """Read a rota file, JSON or YAML as a fleet file.

    Args:
        path: The file.
        fleet: The registry: rotas name its areas and responders.
        calendars: The public holidays of the settings, by the name of the calendar.

    Raises:
        BadFleet: With every fault: `line 14: rotas[0].shifts[2].who[0]: ...`.
    """
    source = read_tree(path, TREE_FORMS)
    faults = Faults()
    found = _read_file(source.tree, _make_registry(fleet, calendars), faults)
    raise_faults(faults, source)
    return found


def read_rota_table(tree: Mapping[str, Any], registry: RotaRegistry) -> tuple[Rota, list[tuple[Place, str]]]:
    """Read one rota from a table of the rota file; returns it with every fault."""
    faults = Faults()
    return _read_rota(Fields.read_table(dict(tree), (), faults, _ROTA), registry), faults.found


def _read_file(tree: object, registry: RotaRegistry, faults: Faults) -> tuple[Rota, ...]:
    top = Fields.read_table(tree, (), faults, ("rotas",))
    ids, pairs = UniqueIds(format_place), UniqueIds(format_place)
    rotas: list[Rota] = []
    for fields in top.read_list("rotas", _ROTA, 100_000):
        rota = _read_rota(fields, registry)
        ids.enter(fields, rota.id)
        pairs.enter(fields, f"{rota.area}/{rota.kind}", "area", rota.area, f", with the kind {rota.kind}: one rota is enough")
        rotas.append(rota)
    return tuple(rotas)


def _read_rota(fields: Fields, registry: RotaRegistry) -> Rota:
    ident, area = fields.read_id(), fields.read_id("area")
    if area and area not in registry.lines:
        fields.add_fault("area", f"there is no area {area!r}{suggest_name(area, list(registry.lines))}: import the fleet first")
    kind = fields.read_choice("kind", [each.value for each in ResponderKind]) or ResponderKind.DESK
    zone = fields.read_required("timezone", 64)
    if zone and zone not in zoneinfo.available_timezones():
        fields.add_fault("timezone", f"{zone!r} is not a time zone; write Asia/Shanghai")
        zone = ""
    text = fields.read_required("from", 10, _DAY, _SAYS_DAY)
    starts_on = _parse_day(fields, ("from",), text) if text else None
    hours = tuple(_read_hours(each) for each in fields.read_list("hours", ("days", "from", "to"), 50))
    names = UniqueIds(format_place)
    shifts: list[ShiftPattern] = []
    for each in fields.read_list("shifts", ("name", "days", "from", "to", "who"), 200):
        name = each.read_required("name", 64, ID, "is not a name: letters, digits and . _ : - only")
        names.enter(each, name, "name")
        who = tuple(
            one for index, text in each.read_texts("who", 64, 50) if (one := _find_who(each, (index,), text, area, registry))
        )
        shifts.append(ShiftPattern(name, _read_hours(each), who))
    exceptions = _read_exceptions(fields, names, area, registry)
    begins = starts_on or date(2000, 1, 1)
    calendar = fields.read_text("holidays", 40)
    if calendar and calendar not in registry.calendars:
        hint = suggest_name(calendar, list(registry.calendars))
        fields.add_fault("holidays", f"the settings have no [[holidays.{calendar}]]{hint}")
    holidays = registry.calendars.get(calendar, Holidays())
    return Rota(
        *(RotaId(ident), AreaId(area), ResponderKind(kind), zone or "UTC", begins),
        *(tuple(shifts), hours, exceptions, holidays, calendar),
    )


def _read_exceptions(fields: Fields, names: UniqueIds, area: str, registry: RotaRegistry) -> dict[ShiftKey, ResponderId | None]:
    found: dict[ShiftKey, ResponderId | None] = {}
    for each in fields.read_list("exceptions", ("on", "shift", "who"), 10_000):
        text, shift = each.read_required("on", 10, _DAY, _SAYS_DAY), each.read_required("shift", 64)
        day = _parse_day(each, ("on",), text) if text else None
        if shift and shift not in names:
            each.add_fault("shift", f"this rota has no shift {shift!r}{suggest_name(shift, names.list_ids())}")
        named = each.read_text("who", 64)
        who = _find_who(each, (), named, area, registry) if named else None
        if day is not None and shift:
            if (day, shift) in found:
                each.add_fault("on", f"{text}, {shift} is there already")
            found[day, shift] = who
    return found


def _find_who(fields: Fields, at: tuple[int, ...], text: str, area: str, registry: RotaRegistry) -> ResponderId | None:
    place = (*fields.place, "who", *at)
    if text not in registry.answers_in:
        hint = suggest_name(text, list(registry.answers_in))
        fields.faults.add(place, f"there is no responder {text!r}{hint}: import the fleet first")
        return None
    areas = registry.answers_in[text]
    if areas and area in registry.lines and not registry.lines[area] & set(areas):
        fields.faults.add(place, f"{text!r} does not answer in the area {area!r}: add it to their `areas` in the fleet file")
    return ResponderId(text)


def _read_hours(fields: Fields) -> DutyHours:
    """Read days and times; without days, every day."""
    days = frozenset(_read_days(fields)) or EVERY_DAY
    starts, ends = (_read_clock(fields, name) for name in ("from", "to"))
    if starts == _END_OF_DAY:
        fields.add_fault("from", "a shift begins on a day: write 00:00 of the next")
        starts = 0
    return DutyHours(days, starts, ends or _END_OF_DAY)


_END_OF_DAY: Final = 24 * 60


def _read_days(fields: Fields) -> Iterable[DutyDay]:
    known = [day.value for day in DutyDay]
    for index, text in fields.read_texts("days", 10, 9):
        if text in known:
            yield DutyDay(text)
        else:
            fields.faults.add((*fields.place, "days", index), f"{text!r} is not one of {', '.join(known)}")


def _read_clock(fields: Fields, name: str) -> int:
    text = fields.read_required(name, 5, _CLOCK, _SAYS_CLOCK)
    return int(text[:2]) * 60 + int(text[3:]) if text else 0


def _parse_day(fields: Fields, at: tuple[str | int, ...], text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fields.faults.add((*fields.place, *at), f"{text} {_SAYS_DAY}")
        return None
