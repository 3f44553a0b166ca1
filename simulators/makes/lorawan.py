"""What LoRaWAN devices say, as the decoder of a network names it: pulse counters on water meters, and bands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from simulators.makes.make import METER, Entry, read_number

#: Names of bands in the native form, and those of a usual decoder.
_NAMES: Final = {"heart_rate_bpm": "heart_rate", "spo2_pct": "spo2", "battery_pct": "battery"}


def make_eui(device: str) -> str:
    """Make the DevEUI of a device: meters and bands have other ones."""
    return f"a84041{1 if device.startswith('wm') else 2:02x}{read_number(device):08x}"


def make_object(kind: str, entries: Sequence[Entry]) -> dict[str, object]:
    """Make what a decoder says of one frame: of several entries a history, each with its own time."""
    if len(entries) == 1:
        return _name_values(kind, entries[0])
    return {"history": [_name_values(kind, one) | {"timestamp": one.get("at", 0) // 1000} for one in entries]}


def make_pulse_fields(device: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make the fields of a counter in the fleet file: each pulse is a litre."""
    return {"litres_per_pulse": 1} if device["kind"] == METER else {}


def _name_values(kind: str, entry: Entry) -> dict[str, object]:
    named = {_NAMES.get(name, name): value for name, value in entry.items() if name not in {"at", "alarm", "volume_m3"}}
    if "alarm" in entry:
        named[str(entry["alarm"])] = True
    if kind == METER and "volume_m3" in entry:
        total = entry["volume_m3"]
        named["pulse"] = round(total * 1000) if isinstance(total, float | int) else total
    return named
