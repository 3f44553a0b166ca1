"""Water meters on a counter of a board with Tasmota: the pulses so far. Times have no zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from simulators.makes.make import METER, Entry, Make, format_moment, read_number, write_json


def _make_address(device: str) -> str:
    return f"flat{read_number(device)}/C1"


def _write(address: str, _kind: str, entries: Sequence[Entry], at: int) -> Iterator[tuple[str, bytes]]:
    now = entries[-1]
    total = now.get("volume_m3")
    pulses = {"C1": round(total * 1000) if isinstance(total, float | int) else total} if total is not None else {}
    state = {"Time": format_moment(now.get("at", at), 0, ""), "COUNTER": pulses, "TempUnit": "C"}
    yield f"tele/{address.partition('/')[0]}/SENSOR", write_json(state)


def _make_fields(_device: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"litres_per_pulse": 1}


MAKE: Final = Make("tasmota", frozenset({METER}), _make_address, _write, keeps=False, fleet_fields=_make_fields)
