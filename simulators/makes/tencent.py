"""Water meters of Tencent's IoT Explorer: the cloud pushes what a device reported, signed in the headers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from simulators.makes.make import METER, Entry, Make, PushAccount, SignedPush, make_nonce, write_json

_PRODUCT: Final = "STREET0001"


def _make_address(device: str) -> str:
    return device.replace("-", "_")


def _write(address: str, _kind: str, entries: Sequence[Entry], at: int) -> Iterator[tuple[str, bytes]]:
    for entry in entries:
        moment = entry.get("at", at)
        params = {name: value for name, value in entry.items() if name != "at"}
        reported = {"method": "report", "clientToken": f"{address}-{moment}", "timestamp": moment, "params": params}
        message = {
            "devicename": address,
            "productid": _PRODUCT,
            "payload": reported,
            "seq": at // 1000,
            "timestamp": at // 1000,
            "topic": f"$thing/up/property/{_PRODUCT}/{address}",
        }
        yield "intake/tencent", write_json(message)


def _sign(address: str, body: bytes, account: PushAccount, now: int) -> SignedPush:
    at, nonce = str(now // 1000), make_nonce(body)
    signed = "".join(sorted((account.secret, at, nonce))).encode()
    signature = hashlib.sha1(signed, usedforsecurity=False).hexdigest()
    return SignedPush(address, body, {"Signature": signature, "Timestamp": at, "Nonce": nonce})


MAKE: Final = Make("tencent", frozenset({METER}), _make_address, _write, sign=_sign)
