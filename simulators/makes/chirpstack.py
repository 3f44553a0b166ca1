"""Pulse counters and bands behind ChirpStack 4: an `up` event for each frame, with what its decoder made of it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Final

from simulators.makes.lorawan import make_eui, make_object, make_pulse_fields
from simulators.makes.make import BAND, METER, Entry, Make, format_moment, write_json

_APPLICATION: Final = "3c1d5c0e-8a57-4a53-9a3f-2f2f4d1c0b11"


def _write(address: str, kind: str, entries: Sequence[Entry], at: int) -> Iterator[tuple[str, bytes]]:
    number = int(address[-8:], 16)
    event = {
        "deduplicationId": f"{at:012x}-{address}",
        "time": format_moment(at - 200, 9, "+00:00"),
        "deviceInfo": {
            "tenantId": "52f0a0aa-14f3-4d09-b1a1-8d6b6b8c1a10",
            "tenantName": "street",
            "applicationId": _APPLICATION,
            "applicationName": "street",
            "deviceProfileId": "14855bf7-d10d-4aee-b618-ebfcb64dc7ad",
            "deviceProfileName": kind,
            "deviceName": f"{kind}-{number}",
            "devEui": address,
            "tags": {},
        },
        "devAddr": f"{number % 2**25:08x}",
        "adr": True,
        "dr": 3,
        "fCnt": at // 60_000 % 65_536,
        "fPort": 85,
        "data": base64.b64encode(number.to_bytes(4, "big")).decode(),
        "object": make_object(kind, entries),
        "rxInfo": [
            {"gatewayId": "0016c001ff10a235", "uplinkId": at % 2**32, "rssi": -80 - number % 30, "snr": 7.5,
             "context": "E3OWOQ==", "metadata": {"region_name": "eu868", "region_common_name": "EU868"}}
        ],
        "txInfo": {"frequency": 867_100_000,
                   "modulation": {"lora": {"bandwidth": 125_000, "spreadingFactor": 9, "codeRate": "CR_4_5"}}},
    }  # fmt: skip
    yield f"application/{_APPLICATION}/device/{address}/event/up", write_json(event)


MAKE: Final = Make("chirpstack", frozenset({METER, BAND}), make_eui, _write, fleet_fields=make_pulse_fields)
