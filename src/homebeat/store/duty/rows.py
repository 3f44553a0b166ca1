"""Makes rows from rotas and rotas from rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from homebeat.domain.contact_id import make_responder_contact
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import AreaId, ResponderId, RotaId
from homebeat.domain.rota import DutyDay, DutyHours, Holidays, Rota, Shift, ShiftKey, ShiftPattern
from homebeat.store.duty.values import ShiftEntry


def write_pattern(rota: Rota) -> dict[str, Any]:
    """Write what a rota file says of a rota, as JSON; two rotas that say the same give the same."""
    exceptions = sorted(rota.exceptions.items())
    return {
        "from": rota.starts_on.isoformat(),
        "shifts": [{"name": one.name, **_write_hours(one.hours), "who": list(one.who)} for one in rota.shifts],
        "hours": [_write_hours(hours) for hours in rota.hours],
        "exceptions": [[day.isoformat(), name, who] for (day, name), who in exceptions],
        "holidays": rota.calendar,
    }


def read_rota(row: Mapping[Any, Any], changes: Mapping[ShiftKey, ResponderId | None], calendars: Mapping[str, Holidays]) -> Rota:
    """Read a rota from its row, with what was entered since, and the holidays that it goes by."""
    pattern = row["pattern"]
    exceptions: dict[ShiftKey, ResponderId | None] = {
        (date.fromisoformat(day), name): None if who is None else ResponderId(who) for day, name, who in pattern["exceptions"]
    }
    shifts = (ShiftPattern(one["name"], _read_hours(one), tuple(map(ResponderId, one["who"]))) for one in pattern["shifts"])
    return Rota(
        id=RotaId(row["id"]),
        area=AreaId(row["area"]),
        kind=ResponderKind(row["kind"]),
        timezone=row["timezone"],
        starts_on=date.fromisoformat(pattern["from"]),
        shifts=tuple(shifts),
        hours=tuple(map(_read_hours, pattern["hours"])),
        exceptions={**exceptions, **changes},
        holidays=calendars.get(pattern["holidays"], Holidays()),
        calendar=pattern["holidays"],
    )


def write_holidays(calendars: Mapping[str, Holidays]) -> list[dict[str, Any]]:
    """Write one row for each year that a calendar knows."""
    return [
        {"calendar": name, "year": year, "off": _list_days(holidays.off, year), "work": _list_days(holidays.work, year)}
        for name, holidays in calendars.items()
        for year in sorted(holidays.years)
    ]


def read_holidays(rows: Iterable[Mapping[Any, Any]]) -> dict[str, Holidays]:
    """Read them back, by calendar."""
    found: dict[str, Holidays] = {}
    for row in rows:
        before = found.get(row["calendar"], Holidays())
        off, work = (frozenset(map(date.fromisoformat, row[name])) for name in ("off", "work"))
        found[row["calendar"]] = Holidays(before.off | off, before.work | work, before.years | {row["year"]})
    return found


def write_shift(shift: Shift) -> dict[str, Any]:
    """Write the row of a shift."""
    return {
        "rota": shift.rota,
        "day": shift.day,
        "name": shift.name,
        "starts_at": shift.starts_at,
        "ends_at": shift.ends_at,
        "responder": shift.who,
    }


def read_shift(row: Mapping[Any, Any]) -> Shift:
    """Read a shift from its row."""
    who = None if row["responder"] is None else ResponderId(row["responder"])
    return Shift(RotaId(row["rota"]), row["day"], row["name"], row["starts_at"], row["ends_at"], who)


def read_shift_entry(row: Mapping[Any, Any]) -> ShiftEntry:
    """Read a shift that somebody has, from a row joined with its rota and responder."""
    who = ResponderId(row["responder"])
    return ShiftEntry(
        RotaId(row["rota"]),
        AreaId(row["area"]),
        ResponderKind(row["kind"]),
        row["day"],
        row["name"],
        row["starts_at"],
        row["ends_at"],
        who,
        make_responder_contact(who),
        row["account"],
    )


def _write_hours(hours: DutyHours) -> dict[str, Any]:
    return {"days": sorted(day.value for day in hours.days), "from": hours.starts, "to": hours.ends}


def _read_hours(found: Mapping[Any, Any]) -> DutyHours:
    return DutyHours(frozenset(map(DutyDay, found["days"])), found["from"], found["to"])


def _list_days(days: Iterable[date], year: int) -> list[str]:
    return [day.isoformat() for day in sorted(days) if day.year == year]
