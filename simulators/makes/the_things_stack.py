"""Pulse counters and bands behind The Things Stack 3: an uplink message for each frame."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Final

from simulators.makes.lorawan import make_eui, make_object, make_pulse_fields
from simulators.makes.make import BAND, METER, Entry, Make, format_moment, write_json


def _write(address: str, kind: str, entries: Sequence[Entry], at: int) -> Iterator[tuple[str, bytes]]:
    number = int(address[-8:], 16)
    name = f"{kind.replace('_', '-')}-{number}"
    message = {
        "end_device_ids": {"device_id": name, "application_ids": {"application_id": "street"}, "dev_eui": address.upper(),
                           "join_eui": "800000000000000C", "dev_addr": f"{number % 2**25:08X}"},
        "correlation_ids": [f"as:up:{at:020d}", f"gs:uplink:{at:020d}", f"ns:uplink:{at:020d}"],
        "received_at": format_moment(at - 50, 9),
        "uplink_message": {
            "session_key_id": "AYkQ0tHUGUucuzS/bCGMNw==",
            "f_port": 85,
            "f_cnt": at // 60_000 % 65_536,
            "frm_payload": base64.b64encode(number.to_bytes(4, "big")).decode(),
            "decoded_payload": make_object(kind, entries),
            "rx_metadata": [
                {"gateway_ids": {"gateway_id": "roof-1", "eui": "9C5C8E00001A05C4"}, "time": format_moment(at - 250),
                 "timestamp": at % 2**32, "rssi": -80 - number % 30, "channel_rssi": -80 - number % 30, "snr": 6.5,
                 "uplink_token": "ChIKEAoEZ3R3MRIInFyOAAAaBcQQ6L3Vlgk=", "channel_index": 2}
            ],
            "settings": {"data_rate": {"lora": {"bandwidth": 125_000, "spreading_factor": 9, "coding_rate": "4/5"}},
                         "frequency": "868300000", "timestamp": at % 2**32, "time": format_moment(at - 250)},
            "received_at": format_moment(at - 200, 9),
            "consumed_airtime": "0.185344s",
            "version_ids": {"brand_id": "street", "model_id": kind, "hardware_version": "1.0", "firmware_version": "1.0",
                            "band_id": "EU_863_870"},
            "network_ids": {"net_id": "000013", "tenant_id": "tenant", "cluster_id": "eu1"},
        },
    }  # fmt: skip
    yield f"v3/street@tenant/devices/{name}/up", write_json(message)


MAKE: Final = Make("the_things_stack", frozenset({METER, BAND}), make_eui, _write, fleet_fields=make_pulse_fields)
