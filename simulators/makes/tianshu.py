"""4G watches of the watch cloud Tianshu: a message by flag for each moment, at China's clock and without a zone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from simulators.makes.make import BAND, Entry, Make, PushAccount, SignedPush, read_number, write_json

_ZONE: Final = ZoneInfo("Asia/Shanghai")
_NAMES: Final = {"heart_rate_bpm": "heart", "spo2_pct": "oxygen", "steps": "steps", "battery_pct": "battery"}
#: An alarm says its kind in a bit of its status.
_STATUS: Final = {"sos": "00010000", "fall": "00200000"}
_BUCKET_MS: Final = 10_000


def _make_address(device: str) -> str:
    return f"8600000{read_number(device):08d}"


def _write(address: str, _kind: str, entries: Sequence[Entry], at: int) -> Iterator[tuple[str, bytes]]:
    for entry in entries:
        moment = datetime.fromtimestamp(entry.get("at", at) / 1000, _ZONE).strftime("%Y-%m-%d %H:%M:%S")
        values: dict[str, Any] = {"time": moment} | {_NAMES[name]: value for name, value in entry.items() if name in _NAMES}
        flag = "LK" if len(entries) == 1 else "UD2"
        if "alarm" in entry:
            flag, values = "AL", values | {"status": _STATUS.get(str(entry["alarm"]), "00000000")}
        yield "intake/tianshu", write_json({"deviceId": address, "uid": "9", "flag": flag, "data": values})


def _sign(address: str, body: bytes, account: PushAccount, now: int) -> SignedPush:
    signed = f"{account.secret_id}{account.secret}{now // _BUCKET_MS}".encode()
    signature = hashlib.md5(signed, usedforsecurity=False).hexdigest()
    return SignedPush(f"{address}/notify?secretId={account.secret_id}&signature={signature}", body)


MAKE: Final = Make("tianshu", frozenset({BAND}), _make_address, _write, sign=_sign)
