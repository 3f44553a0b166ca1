"""Water meters of China Mobile's cloud, OneNET: it pushes a property of the things model for each moment, signed with a token."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Final

from simulators.makes.make import METER, Entry, Make, PushAccount, SignedPush, make_nonce, read_number, write_json


def _make_address(device: str) -> str:
    return f"{700_000_000 + read_number(device)}"


def _write(address: str, _kind: str, entries: Sequence[Entry], at: int) -> Iterator[tuple[str, bytes]]:
    for entry in entries:
        moment = entry.get("at", at)
        params = {name: {"value": value, "time": moment} for name, value in entry.items() if name != "at"}
        message = {
            "deviceId": address,
            "deviceName": f"meter {address}",
            "productId": "m0dEl",
            "messageType": "notify",
            "notifyType": "property",
            "data": {"id": str(moment), "version": "1.0", "params": params},
        }
        yield "intake/onenet", write_json(message)


def _sign(address: str, body: bytes, account: PushAccount, now: int) -> SignedPush:
    message, nonce = body.decode(), make_nonce(body)
    digest = hashlib.md5((account.secret + nonce + message).encode(), usedforsecurity=False).digest()
    wrapped = {"msg": message, "nonce": nonce, "signature": base64.b64encode(digest).decode(), "time": now, "id": nonce}
    return SignedPush(address, json.dumps(wrapped).encode())


MAKE: Final = Make("onenet", frozenset({METER}), _make_address, _write, sign=_sign)
