"""What the registry says of devices and messages do not: their addresses, kinds, and what a pulse or a press means there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np
from msgspec.structs import replace

from homebeat.codecs.wire import Mark, Raw, Readings
from homebeat.domain.fleet import DeviceKind
from homebeat.domain.metric import METRIC_BY_NAME, Metric
from homebeat.stream.batch import I32, I64
from homebeat.stream.registry import KINDS, Registry
from homebeat.stream.roster import Roster

#: Under this name stand the addresses of devices whose codec the fleet does not name.
ANY_FORMAT: Final = ""
_FIRST_RAW: Final = int(min(Raw))
#: MAC addresses and EUIs, written with colons or dashes or without.
_HEX: Final = re.compile(r"[0-9a-fA-F]{2}(?:[:-]?[0-9a-fA-F]{2}){5}(?:(?:[:-]?[0-9a-fA-F]{2}){2})?")
#: What a closed contact means, by what it is fitted to.
_CONTACTS: Final[Mapping[DeviceKind, tuple[Metric, Metric | None]]] = {
    DeviceKind.DOOR: (Metric.DOOR_OPEN, Metric.DOOR_OPEN),
    DeviceKind.BED: (Metric.BED_OCCUPIED, Metric.BED_OCCUPIED),
    DeviceKind.MOTION: (Metric.MOTION, Metric.MOTION),
    DeviceKind.BUTTON: (Metric.ALARM_SOS, None),
    DeviceKind.SMOKE: (Metric.ALARM_SMOKE, Metric.ALARM_OK),
    DeviceKind.GAS: (Metric.ALARM_GAS, Metric.ALARM_OK),
}
_FIRST_ALARM: Final = int(Metric.ALARM_SOS)
#: They do what they are told: what they report of themselves is nobody's hand, and no call for help.
_TOLD: Final = frozenset({DeviceKind.LAMP, DeviceKind.SIREN})
#: On these a press is a call for help; on a detector it is its test button, and elsewhere somebody's hand.
_CALLING: Final = frozenset({DeviceKind.BUTTON, DeviceKind.WRISTBAND})
_DETECTING: Final = frozenset({DeviceKind.SMOKE, DeviceKind.GAS, DeviceKind.WATER_METER, DeviceKind.GATEWAY, *_TOLD})


@dataclass(frozen=True, slots=True)
class Traits:
    """What reading needs of devices beyond their ids.

    Attributes:
        kind_of: Index into `KINDS`, by roster row, int32[devices].
        addresses: By the name of a format, or `ANY_FORMAT`, the roster row of each device that it reads, by its address.
        litres_per_pulse: By roster row, of meters that report pulses.
        ids: The id of each device, by roster row.
        claims: int64[devices], by roster row: bit m is set where the device is believed in metric m; empty where every device is
            believed in everything.
    """

    kind_of: I32 = field(default_factory=lambda: np.empty(0, np.int32))
    addresses: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    litres_per_pulse: Mapping[int, float] = field(default_factory=dict)
    ids: Sequence[str] = ()
    claims: I64 = field(default_factory=lambda: np.empty(0, np.int64))

    def find_unclaimed(self, row: int, names: Iterable[str]) -> list[str]:
        """Find which of these names are metrics in which the device in this row is not believed."""
        if row >= len(self.claims):
            return []
        believed = int(self.claims[row])
        return [name for name in names if name in METRIC_BY_NAME and not believed >> METRIC_BY_NAME[name] & 1]

    def find_row(self, form: str, address: str, rows: Mapping[str, int], codecs: Mapping[str, str]) -> int | None:
        """Find the roster row of a device by what a format calls it: by its address, or by its id where no codec is named.

        Args:
            form: The name of the format.
            address: As the message has it.
            rows: Roster row by id.
            codecs: Codec name by id, where the fleet names one. A device with another codec is not read by this one.
        """
        own = self.addresses.get(form)
        if own is not None and address in own:
            return own[address]  # nearly always
        names = (address, tidy_address(address))
        for known in (own, self.addresses.get(ANY_FORMAT)):
            row = None if known is None else next((known[name] for name in names if name in known), None)
            if row is not None:
                return row
        return next((rows[name] for name in names if name in rows and name not in codecs), None)

    def explain(self, found: Readings, row: int) -> Readings:
        """Turn what only the registry explains into metrics of the device in this row."""
        highest = 0
        for metric in found.metric:
            if metric >= _FIRST_ALARM:
                highest = max(highest, metric)
        if not highest:
            return found  # nearly always: nothing is copied
        kind = KINDS[int(self.kind_of[row])] if row < len(self.kind_of) else DeviceKind.OTHER
        if highest < _FIRST_RAW and kind not in _TOLD:
            return found
        result = Readings(extras=list(found.extras), faults=found.faults, unmeasured=found.unmeasured)
        for metric, at, value, mark in zip(found.metric, found.at, found.value, found.mark, strict=True):
            meant, amount = self._find_meaning(metric, value, kind, row)
            if meant is None:
                result.extras.append((Raw(metric).name.lower(), at, f"{amount:g}"))
                continue
            result.metric.append(int(meant))
            result.at.append(at)
            result.value.append(amount)
            result.mark.append(mark)
        return result

    def _find_meaning(self, metric: int, value: float, kind: DeviceKind, row: int) -> tuple[int | None, float]:
        if metric < _FIRST_RAW:
            is_own = kind in _TOLD and metric >= Metric.ALARM_SOS and metric != Metric.ALARM_TAMPER
            return (Metric.HEARTBEAT, 1.0) if is_own else (metric, value)
        if metric == Raw.PULSES:
            litres = self.litres_per_pulse.get(row)
            return (None, value) if litres is None else (Metric.VOLUME_M3, value * litres / 1000)
        if metric == Raw.PRESS:
            if kind in _CALLING:
                return Metric.ALARM_SOS, 1.0
            return (Metric.HEARTBEAT if kind in _DETECTING else Metric.MOTION), 1.0
        on, off = _CONTACTS.get(kind, (None, None))
        meant = on if value else off
        if meant is None:
            return (None, value) if on is None else (Metric.HEARTBEAT, 1.0)
        return meant, 1.0 if meant.is_alarm else value


NO_TRAITS: Final = Traits()


def make_traits(registry: Registry, roster: Roster) -> Traits:
    """Make what reading needs beyond ids; `roster` is that of the registry."""
    addresses: dict[str, dict[str, int]] = {}
    # a device without a codec may still be called by another name than its id: by each format that calls it so
    for device in dict.fromkeys((*registry.codecs, *registry.addresses)):
        address, row = registry.addresses.get(device, device), roster.device_row[device]
        own = addresses.setdefault(registry.codecs.get(device, ANY_FORMAT), {})
        own.setdefault(tidy_address(address), row)
        own[address] = row
    pulses = {roster.device_row[device]: litres for device, litres in registry.litres_per_pulse.items()}
    return Traits(roster.device_kind, addresses, pulses, roster.device_ids, _make_claims(registry, roster))


def _make_claims(registry: Registry, roster: Roster) -> I64:
    if not registry.measures:
        return np.empty(0, np.int64)
    claims = np.full(len(roster.device_ids), -1, np.int64)
    always = sum(1 << metric for metric in Metric if not metric.is_claimed)
    for device, names in registry.measures.items():
        claims[roster.device_row[device]] = always | sum(1 << METRIC_BY_NAME[name] for name in names)
    return claims


@lru_cache(maxsize=20_000)
def tidy_address(address: str) -> str:
    """Write a hexadecimal address in one way: small letters, without colons and dashes. Others stay as they are.

    What follows after a slash, such as the name of a counter, stays as it is, too.
    """
    head, slash, part = address.partition("/")
    return re.sub("[:-]", "", head).lower() + slash + part if _HEX.fullmatch(head) else address


def mark_retained(found: Readings) -> Readings:
    """Mark what the broker had kept: it does not show that the device is alive now."""
    return replace(found, mark=[mark | Mark.RETAINED for mark in found.mark])


def drop_unreadable(found: Readings) -> Readings:
    """Leave out what may be a call for help: a water meter does not call."""
    kept = [place for place, metric in enumerate(found.metric) if metric != Metric.ALARM_UNREADABLE]
    return replace(
        found,
        metric=[found.metric[place] for place in kept],
        at=[found.at[place] for place in kept],
        value=[found.value[place] for place in kept],
        mark=[found.mark[place] for place in kept],
    )
