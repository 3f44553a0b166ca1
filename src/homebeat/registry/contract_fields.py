"""Reads contracts of providers, and certificates, from the tables of responders in the fleet file."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from homebeat.domain.alert import Priority
from homebeat.domain.certificate import Certificate
from homebeat.domain.contract import ANSWER_WITHIN, DOOR_WITHIN, Contract
from homebeat.domain.fleet import Responder, ResponderKind
from homebeat.domain.ids import AreaId, ResponderId
from homebeat.registry.fields import Fields, suggest_name

_FIELDS: Final = (
    *("standby", "answer_within", "door_within", "failed_share", "window", "least_visits"),
    *("trial_visits", "trial_after", "from", "until", "timezone"),
)
_PRIORITIES: Final = tuple(one.value for one in Priority)
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(days=7)
_MOST_STANDBY: Final = 20


def read_contract(fields: Fields, kind: ResponderKind) -> Contract | None:
    """Read the `contract` of a responder; None where it has none. Every fault is noted."""
    if not fields.has("contract"):
        return None
    if kind is not ResponderKind.PROVIDER:
        fields.add_fault("contract", "is for a responder of the kind `provider` alone")
    table = Fields.read_table(fields.table["contract"], (*fields.place, "contract"), fields.faults, _FIELDS)
    first, last = _read_day(table, "from"), _read_day(table, "until")
    if first is not None and last is not None and last < first:
        table.add_fault("until", "is before `from`")
    zone = table.read_text("timezone", 64)
    if zone and zone not in zoneinfo.available_timezones():
        table.add_fault("timezone", f"{zone!r} is not a time zone; write Asia/Shanghai")
        zone = ""
    elif not zone and (first or last):
        table.add_fault("timezone", "is missing: in which zone are `from` and `until`?")
    usual = Contract()
    return Contract(
        tuple(ResponderId(who) for _, who in table.read_texts("standby", 64, _MOST_STANDBY)),
        _read_limits(table, "answer_within", ANSWER_WITHIN),
        _read_limits(table, "door_within", DOOR_WITHIN),
        table.read_number("failed_share", 0.0, 1.0, usual.failed_share),
        table.read_duration("window", timedelta(days=1), timedelta(days=366), usual.window),
        _read_count(table, "least_visits", usual.least_visits),
        _read_count(table, "trial_visits", usual.trial_visits),
        table.read_duration("trial_after", timedelta(hours=1), timedelta(days=366), usual.trial_after),
        first,
        last,
        zone or usual.zone,
    )


def check_standby(listed: Sequence[tuple[Fields, Responder]], lines: Mapping[str, Sequence[AreaId | str]]) -> None:
    """Check that whoever stands in is another provider, and answers wherever the one does that it stands in for.

    Args:
        listed: Every responder, with its table.
        lines: Each area with every area above it.
    """
    known = {one.id: one for _, one in listed}
    for fields, one in listed:
        for index, who in enumerate(() if one.contract is None else one.contract.standby):
            fault = _find_standby_fault(one, known.get(who), lines)
            if fault is None:
                hint = suggest_name(who, [other for other in known if other not in (one.id, who)])
                fault = f"there is no other provider {who!r}{hint}"
            if fault:
                fields.faults.add((*fields.place, "contract", "standby", index), fault)


def read_certificates(fields: Fields, skills: Sequence[str]) -> tuple[Certificate, ...]:
    """Read the `certificates` of a responder; what they are for must be among the skills."""
    found = []
    for table in fields.read_list("certificates", ("name", "until", "for"), 50):
        needed = tuple(text for _, text in table.read_texts("for", 60, 50))
        for index, skill in enumerate(needed):
            if skill not in skills:
                table.faults.add(
                    (*table.place, "for", index), f"{skill!r} is not among the `skills`{suggest_name(skill, skills)}"
                )
        found.append(Certificate(table.read_required("name", 100), _read_day(table, "until"), needed))
    return tuple(found)


def _find_standby_fault(one: Responder, other: Responder | None, lines: Mapping[str, Sequence[AreaId | str]]) -> str | None:
    """Find what is wrong; empty for nothing, None where there is no such provider."""
    if other is None or other is one or other.kind is not ResponderKind.PROVIDER:
        return None
    if not other.areas:
        return ""
    if not one.areas:
        return f"{other.id!r} does not answer everywhere, as {one.id!r} does"
    missing = next((area for area in one.areas if not set(other.areas) & set(lines.get(area, (area,)))), None)
    return "" if missing is None else f"{other.id!r} does not answer in the area {missing!r}: add it to their `areas`"


def _read_limits(table: Fields, name: str, usual: Mapping[Priority, timedelta]) -> Mapping[Priority, timedelta]:
    if not table.has(name):
        return usual
    limits = Fields.read_table(table.table[name], (*table.place, name), table.faults, _PRIORITIES)
    return {one: limits.read_duration(one.value, _SHORTEST, _LONGEST, usual[one]) for one in Priority}


def _read_count(table: Fields, name: str, usual: int) -> int:
    found = table.read_number(name, 1, 10_000, usual)
    if found != int(found):
        table.add_fault(name, f"{found:g} is not a whole number")
    return int(found)


def _read_day(table: Fields, name: str) -> date | None:
    text = table.read_text(name, 10)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        table.add_fault(name, f"{text!r} is not a day; write 2026-03-01")
        return None
