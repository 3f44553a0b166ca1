"""Lists devices by what is wrong with them, and counts them by model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Connection, Integer, and_, cast, func, select

from homebeat.domain.alert import Condition
from homebeat.domain.ids import DeviceId, HouseholdId
from homebeat.evidence.models import BATTERY
from homebeat.store.alert import tables as alert_tables
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.home import tables
from homebeat.store.reading import tables as reading_tables
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from homebeat.domain.scope import Scope

_device, _state, _alert, _reading = tables.device, tables.device_state, alert_tables.alert, reading_tables.reading
_last: Final = reading_tables.last_message
#: At or below this much charge, per cent, a device is listed as low (where `device_battery_low` is over), or while that fires.
LOW_BATTERY_PCT: Final = 20.0
#: Of so many readings at the end of the log it is counted how many came late.
LATEST_READINGS: Final = 200_000


class DeviceTrouble(StrEnum):
    """What may be wrong with a device."""

    SILENT = "silent"  # it has missed reports
    NEVER_HEARD = "never_heard"  # it has not been heard since it was registered
    LOW_BATTERY = "low_battery"
    ALERTED = "alerted"  # an alert about it is open
    MISREAD = "misread"  # it reports, and nothing useful is understood


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """Which devices; None leaves a field open.

    Attributes:
        is_silent: False for those that are not silent; one that was never judged is not.
        model: Empty for those of which the fleet file does not say it.
    """

    household: HouseholdId | None = None
    is_silent: bool | None = None
    trouble: DeviceTrouble | None = None
    model: str | None = None


EVERY_DEVICE: Final = DeviceFilter()


@dataclass(frozen=True, slots=True)
class ModelCount:
    """How the devices of one model are; `model` is empty where the fleet file does not say it."""

    model: str
    devices: int
    troubled: Mapping[DeviceTrouble, int]


@dataclass(frozen=True, slots=True)
class LateCount:
    """How many of the latest readings devices of one model sent, and how many of these came late."""

    readings: int
    late: int


def match_devices(where: DeviceFilter, scope: Scope) -> ColumnElement[bool]:
    """Make a condition on devices that are joined to their states."""
    found: list[ColumnElement[bool]] = [_device.c.retired_at.is_(None)]
    if where.household is not None:
        found.append(_device.c.household == where.household)
    if where.is_silent is not None:
        found.append(_is_in(DeviceTrouble.SILENT, scope) == where.is_silent)
    if where.trouble is not None:
        found.append(_is_in(where.trouble, scope))
    if where.model is not None:
        found.append(_device.c.model == where.model)
    return and_(*found)


class DeviceListQueries:
    """Counts of devices, for reading."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def count_models(self) -> list[ModelCount]:
        """Count the devices of each model, by what is wrong with them, in the order of names. It reads every device."""
        counts = (func.sum(cast(_is_in(trouble, self._scope), Integer)) for trouble in DeviceTrouble)
        query = select(_device.c.model, func.count(), *counts)
        query = query.select_from(_device.outerjoin(_state, _state.c.device == _device.c.id))
        query = query.where(_device.c.retired_at.is_(None)).group_by(_device.c.model).order_by(_device.c.model)
        rows: Iterable[Any] = self._connection.execute(narrow(query, _device.c.household, self._scope))
        return [ModelCount(row[0], row[1], dict(zip(DeviceTrouble, map(int, row[2:]), strict=True))) for row in rows]

    def find_models(self, devices: Iterable[DeviceId]) -> dict[DeviceId, tuple[str, str]]:
        """Find kind and model of these devices; the model is empty where the fleet file does not say it."""
        found: dict[DeviceId, tuple[str, str]] = {}
        for some in split_chunks(devices):
            query = select(_device.c.id, _device.c.kind, _device.c.model).where(match_any(_device.c.id, some))
            rows = self._connection.execute(narrow(query, _device.c.household, self._scope))
            found.update((row.id, (row.kind, row.model)) for row in rows)
        return found

    def find_registered(self, devices: Iterable[DeviceId]) -> set[DeviceId]:
        """Find which of these devices stand in a home; one that is retired does not."""
        found: set[DeviceId] = set()
        for some in split_chunks(devices):
            query = select(_device.c.id).where(match_any(_device.c.id, some), _device.c.retired_at.is_(None))
            found.update(self._connection.scalars(narrow(query, _device.c.household, self._scope)))
        return found

    def count_late(self, end: int, late_ms: int) -> dict[str, LateCount]:
        """Count by model how many readings came more than `late_ms` after they were measured.

        Args:
            end: The last position of the log (`LogQueries.find_end`). So many readings before it are looked at as
                `LATEST_READINGS` says, of whomever they are: it takes as long in a city as in a lane.
            late_ms: Later than this is late.
        """
        is_late = cast(_reading.c.received_at - _reading.c.observed_at > late_ms, Integer)
        query = select(_device.c.model, func.count(), func.sum(is_late))
        query = query.select_from(_reading.join(_device, _device.c.no == _reading.c.device_no))
        query = query.where(_reading.c.position > end - LATEST_READINGS).group_by(_device.c.model)
        rows: Iterable[Any] = self._connection.execute(narrow(query, _device.c.household, self._scope))
        return {row[0]: LateCount(row[1], int(row[2])) for row in rows}


def _is_in(trouble: DeviceTrouble, scope: Scope) -> ColumnElement[bool]:
    match trouble:
        case DeviceTrouble.SILENT:
            return func.coalesce(_state.c.silent, False)
        case DeviceTrouble.NEVER_HEARD:
            return _state.c.heard_at.is_(None)
        case DeviceTrouble.LOW_BATTERY:
            # many devices say only that it is low, and never how much is left: then the alert knows
            said = select(_alert.c.device).where(
                _alert.c.device.is_not(None),
                _alert.c.rule == BATTERY,
                _alert.c.condition == Condition.FIRING,
                alert_tables.UNRESOLVED,
            )
            is_said = _device.c.id.in_(narrow(said, _alert.c.area, scope))
            return func.coalesce(_state.c.battery_pct <= LOW_BATTERY_PCT, False) | is_said
        case DeviceTrouble.ALERTED:
            about = select(_alert.c.device).where(_alert.c.device.is_not(None), alert_tables.UNRESOLVED)
            return _device.c.id.in_(narrow(about, _alert.c.area, scope))
        case DeviceTrouble.MISREAD:
            hinted = select(_last.c.device).where(_last.c.hint != "")
            return _device.c.id.in_(narrow(hinted, _last.c.device, scope))
