"""Clouds as they push: each signs as its maker documents it, written down here a second time."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from typing import Any
from urllib.parse import quote

import httpx2
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

PATH_SECRET = "a-secret-in-an-address-01"
TOKEN = "token-of-the-push"
AES_KEY = "0123456789abcdef"
ACCOUNT, ACCOUNT_KEY = "account-7", "key-of-the-account"

#: As `[intake.clouds]` of a settings file would say.
CLOUDS: dict[str, dict[str, Any]] = {
    "aep": {"kind": "ctwing", "secret": PATH_SECRET},
    "here": {"kind": "ctwing", "addresses": ["127.0.0.0/8"]},
    "elsewhere": {"kind": "ctwing", "secret": PATH_SECRET, "addresses": ["192.0.2.0/24"]},
    "iotda": {"kind": "huawei", "secret": PATH_SECRET},
    "meters": {"kind": "other", "secret": PATH_SECRET},
    "onenet": {"kind": "onenet", "secret": TOKEN},
    "onenet-safe": {"kind": "onenet", "secret": TOKEN, "aes_key": AES_KEY},
    "tencent": {"kind": "tencent", "secret": TOKEN},
    "watches": {"kind": "tianshu", "secret": ACCOUNT_KEY, "secret_id": ACCOUNT},
}


def send_by_path(client: httpx2.Client, name: str, body: object, secret: str = PATH_SECRET, behind: str = "") -> httpx2.Response:
    return client.post(f"/intake/{name}/{secret}{behind}", content=json.dumps(body))


def sign_onenet(message: str, nonce: str, token: str = TOKEN) -> str:
    return base64.b64encode(hashlib.md5((token + nonce + message).encode()).digest()).decode()


def greet_onenet(client: httpx2.Client, message: str = "hello 1", token: str = TOKEN) -> httpx2.Response:
    nonce = "abCD1234"
    signature = quote(sign_onenet(message, nonce, token), safe="")
    return client.get(f"/intake/onenet?msg={quote(message)}&nonce={nonce}&signature={signature}")


def wrap_onenet(message: str, nonce: str, token: str = TOKEN, name: str = "signature") -> dict[str, Any]:
    signed = {"msg": message, "nonce": nonce, name: sign_onenet(message, nonce, token)}
    return signed | {"time": round(time.time() * 1000), "id": "m-1"}


def seal_onenet(message: str, key: str = AES_KEY) -> str:
    raw = message.encode()
    pad = 16 - len(raw) % 16
    sealer = Cipher(AES(key.encode()), CBC(key.encode())).encryptor()
    return base64.b64encode(sealer.update(raw + bytes([pad]) * pad) + sealer.finalize()).decode()


def sign_tencent(at: int, nonce: str, token: str = TOKEN) -> dict[str, str]:
    signature = hashlib.sha1("".join(sorted((token, str(at), nonce))).encode()).hexdigest()
    return {"Signature": signature, "Timestamp": str(at), "Nonce": nonce}


def send_tencent(
    client: httpx2.Client, body: object, at: int | None = None, nonce: str = "n-1", token: str = TOKEN
) -> httpx2.Response:
    heads = sign_tencent(round(time.time()) if at is None else at, nonce, token)
    return client.post("/intake/tencent", content=json.dumps(body), headers=heads)


def send_tianshu(client: httpx2.Client, body: object, ahead_s: float = 0.0, key: str = ACCOUNT_KEY) -> httpx2.Response:
    bucket = int((time.time() + ahead_s) // 10)
    signature = hashlib.md5(f"{ACCOUNT}{key}{bucket}".encode()).hexdigest()
    return client.post(f"/intake/watches/notify?secretId={ACCOUNT}&signature={signature}", content=json.dumps(body))
