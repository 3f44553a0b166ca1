"""Water meters behind Zigbee2MQTT: what they show now, under the name that their owner gave them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from simulators.makes.make import METER, Entry, Make, format_moment, read_number, write_json


def _make_address(device: str) -> str:
    return f"flat {read_number(device)}/water meter"


def _write(address: str, _kind: str, entries: Sequence[Entry], at: int) -> Iterator[tuple[str, bytes]]:
    now = entries[-1]
    state = {"linkquality": 60 + at // 60_000 % 90, "last_seen": format_moment(now.get("at", at))}
    if "volume_m3" in now:
        state["water_consumed"] = now["volume_m3"]
    yield f"zigbee2mqtt/{address}", write_json(state)


MAKE: Final = Make("zigbee2mqtt", frozenset({METER}), _make_address, _write, keeps=False)
