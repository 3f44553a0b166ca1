"""Water meters behind wmbusmeters: a telegram for each reading. A meter tells what it shows now, and keeps nothing for later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from simulators.makes.make import METER, Entry, Make, format_moment, read_number, write_json


def _make_address(device: str) -> str:
    return f"{read_number(device):08d}"


def _write(address: str, _kind: str, entries: Sequence[Entry], at: int) -> Iterator[tuple[str, bytes]]:
    now = entries[-1]
    total = now.get("volume_m3")
    telegram = {
        "_": "telegram",
        "media": "cold water",
        "meter": "kamwater",
        "name": f"Meter{int(address)}",
        "id": address,
        "target_m3": 0 if not isinstance(total, float | int) else round(total * 0.9, 3),
        "total_m3": total,
        "flow_temperature_c": 12,
        "external_temperature_c": 20,
        "current_status": "OK",
        "status": "OK",
        "time_dry": "",
        "rssi_dbm": -70 - int(address) % 20,
        "timestamp": format_moment(now.get("at", at), 0),
    }
    yield f"wmbusmeters/{address}", write_json(telegram)


MAKE: Final = Make("wmbusmeters", frozenset({METER}), _make_address, _write, keeps=False)
