"""Makes what the registry holds from its rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from homebeat.domain.arrival import GeoPoint
from homebeat.domain.fleet import (
    Away,
    CareNeed,
    Channel,
    Contact,
    Device,
    DeviceKind,
    Disregarded,
    Resident,
    Responder,
    ResponderKind,
)
from homebeat.domain.ids import AreaId
from homebeat.store.home.contracts import read_certificates, read_contract
from homebeat.store.home.rows import read_quiet_hours


def make_point(found: list[float] | None) -> GeoPoint | None:
    """Make the point of a home from what is sealed of it."""
    return None if found is None else GeoPoint(*found)


def make_resident(row: Any, disregarded: tuple[Disregarded, ...] = ()) -> Resident:
    """Make the resident in a row."""
    return Resident(
        row["id"],
        row["name"],
        row["birth_year"],
        row["phone"],
        row["language"],
        row["false_alarms_a_month"],
        disregarded,
        CareNeed(row["need"]) if row["need"] else None,
        row["notes"],
    )


def make_contact(row: Any) -> Contact:
    """Make the contact in a row."""
    channels = tuple(Channel(c["kind"], c["params"]) for c in row["channels"])
    return Contact(
        row["id"],
        row["name"],
        row["relation"],
        channels,
        row["phone"],
        row["language"],
        is_resident=row["is_resident"],
        quiet_hours=read_quiet_hours(row["quiet_hours"]),
        is_representative=row["is_representative"],
        wants_daily=row["wants_daily"],
        wants_weekly=row["wants_weekly"],
        holds_key=row["holds_key"],
    )


def make_responder(row: Any) -> Responder:
    """Make the responder in a row."""
    return Responder(
        id=row["id"],
        name=row["name"],
        kind=ResponderKind(row["kind"]),
        areas=tuple(map(AreaId, row["areas"])),
        skills=tuple(row["skills"]),
        languages=tuple(row["languages"]),
        channels=tuple(Channel(c["kind"], c["params"]) for c in row["channels"]),
        phone=row["phone"],
        language=row["language"],
        account=row["account"],
        contract=read_contract(row["contract"]),
        certificates=read_certificates(row["certificates"]),
        quiet_hours=read_quiet_hours(row["quiet_hours"]),
    )


def make_device(row: Any) -> Device:
    """Make the device in a row."""
    return Device(
        id=row["id"],
        kind=DeviceKind(row["kind"]),
        resident=row["resident"],
        codec=row["codec"],
        reports_every=timedelta(milliseconds=row["reports_every_ms"]),
        resolution_litres=row["resolution_litres"],
        gateway=row["gateway"],
        model=row["model"],
        address=row["address"],
        litres_per_pulse=row["litres_per_pulse"],
        measures=tuple(row["measures"]),
        may_ask=row["may_ask"],
    )


def make_away(row: Any) -> Away:
    """Make the absence in a row."""
    return Away(make_time(row["starts_at"]), None if row["ends_at"] is None else make_time(row["ends_at"]), row["reason"])


def make_time(at: int) -> datetime:
    """Make an instant from epoch ms."""
    return datetime.fromtimestamp(at / 1000, UTC)
