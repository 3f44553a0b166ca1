"""Water meters and NB-IoT watches of Huawei's cloud: numbers as texts, and every tenth report in the batch form as well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from simulators.makes.make import BAND, METER, Entry, Make, read_number, sign_by_address, write_json

_BATCH_EVERY: Final = 10
_NAMES: Final = {"heart_rate_bpm": "HeartRate", "battery_pct": "Battery", "steps": "Steps"}
_MESSAGES: Final = {"sos": "SOS", "fall": "FALL"}


def _make_address(device: str) -> str:
    return f"00000000-0000-4000-8{1 if device.startswith('wm') else 2:03d}-{read_number(device):012d}"


def _write(address: str, kind: str, entries: Sequence[Entry], at: int) -> Iterator[tuple[str, bytes]]:
    head = {"requestId": None, "deviceId": address, "gatewayId": address}
    services = [_make_service(kind, entry, entry.get("at", at)) for entry in entries]
    alone = len(services) == 1
    if alone:
        yield "intake/huawei", write_json({"notifyType": "deviceDataChanged"} | head | {"service": services[0]})
    # the cloud is known to send one reading in both forms
    if not alone or at // 1000 % _BATCH_EVERY == 0:
        yield "intake/huawei", write_json({"notifyType": "deviceDatasChanged"} | head | {"services": services})


def _make_service(kind: str, entry: Entry, at: int) -> Mapping[str, Any]:
    moment = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    if kind == METER:
        values = {name: value for name, value in entry.items() if name != "at"}
        return {"serviceId": "Meter", "serviceType": "Meter", "data": values, "eventTime": moment}
    values = {"MessageType": _MESSAGES.get(str(entry.get("alarm")), "UPLOAD")}
    # steps beside a pulse of 000 would be taken for not measured, as of a real watch of this make
    values |= {_NAMES[name]: f"{value:03d}" for name, value in entry.items() if name in _NAMES and (value or name == "steps")}
    return {"serviceId": "NBWatch", "serviceType": "NBWatch", "data": values, "eventTime": moment}


MAKE: Final = Make("huawei", frozenset({METER, BAND}), _make_address, _write, sign=sign_by_address)
