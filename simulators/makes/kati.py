"""4G watches of the make of Kati: a topic for each kind of message, and the watch in its body. Times have no zone, day first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from simulators.makes.make import BAND, Entry, Make, read_number, write_json

_CALLS: Final = {"sos": ("sos", "SOS"), "fall": ("fallDown", "FALL DOWN")}
_WORN: Final = {"heart_rate_bpm": "heartRate", "spo2_pct": "spO2", "body_temperature_c": "bodyTemperature"}
_NAMES: Final = {**_WORN, "steps": "step", "battery_pct": "battery"}


def _make_address(device: str) -> str:
    return f"3500000{read_number(device):08d}"


def _write(address: str, _kind: str, entries: Sequence[Entry], at: int) -> Iterator[tuple[str, bytes]]:
    *kept, now = entries
    moment = datetime.fromtimestamp(now.get("at", at) // 1000, UTC).strftime("%d/%m/%Y %H:%M:%S")
    said = {"IMEI": address, "signalGSM": 70, "timeStamps": moment}
    values = _name_values(now)
    if kept:
        listed = [_name_values(one) | {"timestamp": one.get("at", at) // 1000} for one in entries]
        yield "iMEDE_watch/AP55", write_json(said | {"num_datas": len(listed), "data": listed})
    elif any(name in values for name in _WORN.values()):
        yield "iMEDE_watch/VitalSign", write_json(said | values)
    else:
        yield "iMEDE_watch/hb", write_json(said | {"satellites": 0, "workingMode": 2} | values)
    topic, status = _CALLS.get(str(now.get("alarm")), ("", ""))
    if topic:
        yield f"iMEDE_watch/{topic}", write_json({"status": status, "location": {"WiFi": "[]"}, "IMEI": address})


def _name_values(entry: Entry) -> dict[str, object]:
    return {_NAMES[name]: value for name, value in entry.items() if name in _NAMES}


MAKE: Final = Make("kati", frozenset({BAND}), _make_address, _write)
