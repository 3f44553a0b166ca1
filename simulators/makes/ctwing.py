"""Water meters of China Telecom's cloud, CTWing: it pushes a report for each moment over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from simulators.makes.make import METER, Entry, Make, read_number, sign_by_address, write_json


def _make_address(device: str) -> str:
    return f"861090{read_number(device):09d}"


def _write(address: str, _kind: str, entries: Sequence[Entry], at: int) -> Iterator[tuple[str, bytes]]:
    for entry in entries:
        said = {name: value for name, value in entry.items() if name != "at"}
        message = {
            "messageType": "dataReport",
            "tenantId": "10000001",
            "productId": "15000001",
            "deviceId": address,
            "topic": "v1/up/ad19",
            "protocol": "lwm2m",
            "assocAssetId": "",
            "timestamp": at,
            "payload": {"time": entry.get("at", at)} | said,
        }
        yield "intake/ctwing", write_json(message)


MAKE: Final = Make("ctwing", frozenset({METER}), _make_address, _write, sign=sign_by_address)
