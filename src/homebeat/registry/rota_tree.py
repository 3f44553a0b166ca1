"""Writes a rota as the table of the rota file that says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from homebeat.domain.rota import DAY_MINUTES, EVERY_DAY, DutyDay

if TYPE_CHECKING:
    from homebeat.domain.rota import DutyHours, Rota

_ORDER = list(DutyDay)


def write_rota(rota: Rota) -> dict[str, Any]:
    """Write it with all of its exceptions; `rota_file.read_rota_table` reads the same rota again."""
    exceptions = sorted(rota.exceptions.items())
    return {
        "id": rota.id,
        "area": rota.area,
        "kind": rota.kind.value,
        "timezone": rota.timezone,
        "from": rota.starts_on.isoformat(),
        **({"holidays": rota.calendar} if rota.calendar else {}),
        "hours": [_write_hours(one) for one in rota.hours],
        "shifts": [{"name": one.name, **_write_hours(one.hours), "who": list(one.who)} for one in rota.shifts],
        "exceptions": [
            {"on": day.isoformat(), "shift": name, **({} if who is None else {"who": who})} for (day, name), who in exceptions
        ],
    }


def write_clock(minutes: int) -> str:
    """Write a time of the wall clock, such as `08:30`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _write_hours(hours: DutyHours) -> dict[str, Any]:
    days = [] if hours.days == EVERY_DAY else [day.value for day in sorted(hours.days, key=_ORDER.index)]
    ends = DAY_MINUTES if hours.ends == DAY_MINUTES else hours.ends
    return {"days": days, "from": write_clock(hours.starts), "to": write_clock(ends)}
