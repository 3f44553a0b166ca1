"""Bands that a Bluetooth gateway hears: what they say at this moment. They keep nothing for later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from simulators.makes.make import BAND, Entry, Make, read_number, write_json

_NAMES: Final = {"steps": "steps", "heart_rate_bpm": "act_bpm", "battery_pct": "batt"}


def _make_address(device: str) -> str:
    digits = f"{read_number(device):06X}"
    return ":".join(["D0", "16", "B4", digits[:2], digits[2:4], digits[4:6]])


def _write(address: str, _kind: str, entries: Sequence[Entry], at: int) -> Iterator[tuple[str, bytes]]:
    said = {_NAMES[name]: value for name, value in entries[-1].items() if name in _NAMES}
    if "alarm" in entries[-1]:
        said[str(entries[-1]["alarm"])] = True
    band = {"id": address, "mac": address, "rssi": -50 - at // 60_000 % 40, "model": "Mi Band/Smart Watch", "model_id": "MB/SW",
            "type": "BODY", "acts": True, "track": True}  # fmt: skip
    yield f"home/gateway/BTtoMQTT/{address.replace(':', '')}", write_json(band | said)


MAKE: Final = Make("theengs", frozenset({BAND}), _make_address, _write, keeps=False)
