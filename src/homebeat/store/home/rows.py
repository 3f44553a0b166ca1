"""Makes rows from a fleet."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from homebeat.domain.alert import Priority
from homebeat.domain.durations import MS
from homebeat.domain.quiet_hours import QuietHours
from homebeat.store.home.contracts import write_certificates, write_contract

if TYPE_CHECKING:
    from collections.abc import Sequence

    from homebeat.domain.fleet import Area, Channel, Contact, Device, Fleet, Household, Responder

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class FleetRows:
    """One list of rows for each table; areas with parents before children."""

    areas: list[dict[str, Any]] = field(default_factory=list)
    households: list[dict[str, Any]] = field(default_factory=list)
    residents: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)
    devices: list[dict[str, Any]] = field(default_factory=list)
    away: list[dict[str, Any]] = field(default_factory=list)
    responders: list[dict[str, Any]] = field(default_factory=list)


def make_fleet_rows(fleet: Fleet) -> FleetRows:
    """Make the rows of a fleet."""
    rows = FleetRows(areas=[{"id": a.id, "name": a.name, "parent": a.parent} for a in _sort_parents_first(fleet.areas)])
    rows.responders += [_make_responder_row(one, place) for place, one in enumerate(fleet.responders)]
    for home in fleet.households:
        rows.households.append(
            {
                "id": home.id,
                "area": home.area,
                "timezone": home.timezone,
                "address": home.address,
                "ask_first": home.ask_first,
                "paired": list(home.paired),
                "plan": home.plan,
                "building": home.building,
                "access": home.access,
                "position": None if home.position is None else [home.position.lat, home.position.lon],
            }
        )
        rows.residents += [
            {
                "id": r.id,
                "household": home.id,
                "name": r.name,
                "birth_year": r.birth_year,
                "need": "" if r.need is None else r.need.value,
                "notes": r.notes,
                "phone": r.phone,
                "language": r.language,
                "false_alarms_a_month": r.false_alarms_a_month,
            }
            for r in home.residents
        ]
        rows.contacts += [_make_contact_row(home, contact, place) for place, contact in enumerate(home.contacts)]
        rows.devices += [_make_device_row(home, device) for device in home.devices]
        rows.away += [
            {
                "household": home.id,
                "starts_at": _convert_to_ms(away.starts_at),
                "ends_at": None if away.ends_at is None else _convert_to_ms(away.ends_at),
                "reason": away.reason,
                "taught_by": "",
            }
            for away in home.away
        ]
    return rows


def _make_contact_row(home: Household, contact: Contact, place: int) -> dict[str, Any]:
    return {
        "id": contact.id,
        "household": home.id,
        "name": contact.name,
        "relation": contact.relation,
        "channels": _make_channels(contact.channels),
        "phone": contact.phone,
        "language": contact.language,
        "is_resident": contact.is_resident,
        "quiet_hours": write_quiet_hours(contact.quiet_hours),
        "is_representative": contact.is_representative,
        "wants_daily": contact.wants_daily,
        "wants_weekly": contact.wants_weekly,
        "holds_key": contact.holds_key,
        "place": place,
    }


def _make_responder_row(responder: Responder, place: int) -> dict[str, Any]:
    return {
        "id": responder.id,
        "name": responder.name,
        "kind": responder.kind.value,
        "areas": list(responder.areas),
        "everywhere": not responder.areas,
        "account": responder.account,
        "skills": list(responder.skills),
        "languages": list(responder.languages),
        "channels": _make_channels(responder.channels),
        "phone": responder.phone,
        "language": responder.language,
        "contract": write_contract(responder.contract),
        "certificates": write_certificates(responder.certificates),
        "quiet_hours": write_quiet_hours(responder.quiet_hours),
        "place": place,
    }


def write_quiet_hours(hours: QuietHours | None) -> list[Any] | None:
    """Make the value of a column of quiet hours."""
    return None if hours is None else [hours.starts, hours.ends, [priority.value for priority in hours.priorities]]


def read_quiet_hours(value: Sequence[Any] | None) -> QuietHours | None:
    """Read the value of a column of quiet hours."""
    return None if value is None else QuietHours(value[0], value[1], tuple(map(Priority, value[2])))


def _make_channels(channels: tuple[Channel, ...]) -> list[dict[str, Any]]:
    return [{"kind": channel.kind, "params": dict(channel.params)} for channel in channels]


def _make_device_row(home: Household, device: Device) -> dict[str, Any]:
    return {
        "id": device.id,
        "household": home.id,
        "resident": device.resident,
        "kind": device.kind.value,
        "codec": device.codec,
        "reports_every_ms": device.reports_every // MS,
        "resolution_litres": device.resolution_litres,
        "gateway": device.gateway,
        "model": device.model,
        "address": device.address,
        "litres_per_pulse": device.litres_per_pulse,
        "measures": list(device.measures),
        "may_ask": device.may_ask,
    }


def _sort_parents_first(areas: tuple[Area, ...]) -> list[Area]:
    by_id = {area.id: area for area in areas}
    ordered: dict[str, Area] = {}
    for area in areas:
        line = [area]
        while (parent := line[-1].parent) is not None and parent in by_id and parent not in ordered and len(line) <= len(areas):
            line.append(by_id[parent])
        for each in reversed(line):
            ordered.setdefault(each.id, each)
    return list(ordered.values())


def _convert_to_ms(at: datetime) -> int:
    return (at - _EPOCH) // MS
