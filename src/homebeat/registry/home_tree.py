"""Writes a home as the fleet file would say it: what `home_fields` reads."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from homebeat.domain.durations import format_duration
from homebeat.domain.fleet import Contact, Device, Household, Resident
from homebeat.registry.rota_tree import write_clock


def write_home(home: Household) -> dict[str, Any]:
    """Write a home as a table of the fleet file. What is usual or empty is left out, and so is what people choose elsewhere."""
    return {
        "id": home.id,
        "area": home.area,
        "timezone": home.timezone,
        **_drop_empty(address=home.address, access=home.access, building=home.building, plan=home.plan),
        **({"position": {"lat": home.position.lat, "lon": home.position.lon}} if home.position else {}),
        **({"ask_first": True} if home.ask_first else {}),
        **({"paired": list(home.paired)} if home.paired else {}),
        "residents": [_write_resident(one) for one in home.residents],
        "contacts": [_write_contact(home, one) for one in home.contacts],
        "devices": [_write_device(one) for one in home.devices],
        "away": [
            {"from": write_time(one.starts_at), **_drop_empty(to=write_time(one.ends_at), reason=one.reason)} for one in home.away
        ],
    }


def write_time(at: datetime | None) -> str:
    """Write a time as the file has it; empty for none."""
    return "" if at is None else at.isoformat()


def _write_resident(one: Resident) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        **({} if one.birth_year is None else {"birth_year": one.birth_year}),
        **_drop_empty(phone=one.phone, language=one.language, need=one.need.value if one.need else "", notes=one.notes),
    }


def _write_contact(home: Household, one: Contact) -> dict[str, Any]:
    flags = ("is_resident", "is_representative", "wants_daily", "wants_weekly", "holds_key")
    written: dict[str, Any] = {
        "id": one.id.removeprefix(f"{home.id}/"),
        "name": one.name,
        **_drop_empty(relation=one.relation, phone=one.phone, language=one.language),
        **{flag: True for flag in flags if getattr(one, flag)},
        "channels": [{"kind": way.kind, **way.params} for way in one.channels],
    }
    if one.quiet_hours is not None:
        hours = one.quiet_hours
        written |= {"quiet_from": write_clock(hours.starts), "quiet_to": write_clock(hours.ends)}
        written["quiet_for"] = [priority.value for priority in hours.priorities]
    return written


def _write_device(one: Device) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind.value,
        **_drop_empty(resident=one.resident or "", codec=one.codec or "", gateway=one.gateway, model=one.model),
        **_drop_empty(address=one.address),
        **({"litres_per_pulse": one.litres_per_pulse} if one.litres_per_pulse is not None else {}),
        **({"measures": list(one.measures)} if one.measures else {}),
        **({"may_ask": one.may_ask} if one.may_ask is not None else {}),
        "reports_every": format_duration(one.reports_every),
        "resolution_litres": one.resolution_litres,
    }


def _drop_empty(**fields: str) -> dict[str, str]:
    return {name: text for name, text in fields.items() if text}
