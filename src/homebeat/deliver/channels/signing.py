"""Makes and verifies messages of Standard Webhooks: the body, and the three headers that prove who sent it and when.

The formula: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md. Their library is the oracle of a test.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from homebeat.domain.channel import SECRET_BYTES, SECRET_PREFIX
from homebeat.domain.errors import HomebeatError
from homebeat.store import Leased

_VERSION: Final = "v1"
#: A message of another time may be one that somebody has kept and sends again.
_TOLERANCE_S: Final = 300
_LONGEST_TIME: Final = 15


class UnusableSecret(HomebeatError):
    """A webhook's secret must be `whsec_` and base64 of 24 to 64 bytes."""


class BadSignature(HomebeatError):
    """A message without a valid signature."""


def make_body(notice: Leased) -> bytes:
    """Make the JSON body: ids, level, time and a link. It is the same on every attempt, but for the family's link."""
    happened = datetime.fromtimestamp(notice.created_at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    about = {} if notice.alert_id is None else {"alert_id": notice.alert_id}
    message = {"type": notice.event, "timestamp": happened, "data": {**about, **notice.payload}}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def sign_headers(secrets: Sequence[str], message_id: str, now: int, body: bytes) -> dict[str, str]:
    """Sign an attempt; returns its headers.

    Args:
        secrets: While a secret is replaced, the old one and the new one: the receiver may know either.
        message_id: The same on every attempt.
        now: Epoch ms of this attempt, so that a late one is not refused as old.
        body: As it is sent.

    Raises:
        UnusableSecret: A secret is malformed, or there is none; nothing is ever sent unsigned.
    """
    if not secrets:
        raise UnusableSecret("the webhook has no secret")
    at = str(now // 1000)
    signatures = [f"{_VERSION},{_compute_signature(_read_key(secret), message_id, at, body)}" for secret in secrets]
    return {"webhook-id": message_id, "webhook-timestamp": at, "webhook-signature": " ".join(signatures)}


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> str:
    """Verify a message; returns its id.

    Raises:
        BadSignature: It is not genuine, too old, or too far in the future.
        UnusableSecret: Our own secret is malformed.
    """
    key = _read_key(secret)
    named = {name.lower(): value for name, value in headers.items()}
    message_id, at, given = (named.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    is_time = at.isascii() and at.isdecimal() and len(at) <= _LONGEST_TIME
    if not message_id or not is_time or abs(time.time() - int(at)) > _TOLERANCE_S:
        raise BadSignature("the message is not signed, or its time is not now")
    try:
        wanted = f"{_VERSION},{_compute_signature(key, message_id, at, body)}".encode()
        is_genuine = any(hmac.compare_digest(wanted, one.encode()) for one in given.split(" "))
    except UnicodeEncodeError:
        is_genuine = False
    if not is_genuine:
        raise BadSignature("the signature does not fit the message")
    return message_id


def _compute_signature(key: bytes, message_id: str, at: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(key, f"{message_id}.{at}.".encode() + body, hashlib.sha256)).decode()


def _read_key(secret: str) -> bytes:
    if not secret.startswith(SECRET_PREFIX):
        raise UnusableSecret("the webhook's secret does not begin with whsec_")
    text = secret.removeprefix(SECRET_PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise UnusableSecret("the webhook's secret is not base64") from None
    if len(key) not in SECRET_BYTES:
        raise UnusableSecret("the webhook's secret is not 24 to 64 bytes long")
    return key
