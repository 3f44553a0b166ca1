"""Water meters that announce themselves to Home Assistant: an announcement, and the total as plain text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from simulators.makes.make import METER, Entry, Make, read_number, write_json


def _make_address(device: str) -> str:
    return f"water_{read_number(device)}"


def _write(address: str, _kind: str, entries: Sequence[Entry], _at: int) -> Iterator[tuple[str, bytes]]:
    meter = {
        "~": f"street/{address}",
        "name": "Water",
        "uniq_id": f"{address}_total",
        "dev_cla": "water",
        "stat_cla": "total_increasing",
        "unit_of_meas": "m³",
        "stat_t": "~/state",
        "dev": {"ids": [f"meter_{address}"], "name": address},
    }
    yield f"homeassistant/sensor/{address}/config", write_json(meter)
    total = entries[-1].get("volume_m3")
    yield f"street/{address}/state", b"unknown" if total is None else json.dumps(total).encode()


MAKE: Final = Make("home_assistant", frozenset({METER}), _make_address, _write, keeps=False)
