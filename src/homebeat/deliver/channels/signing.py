"""Makes and verifies messages of Standard Webhooks: the body, and the three headers that prove who sent it and when.

The library signs a wrong time if it is not given UTC, and raises whatever its parsing raises. Both are handled here.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError, WebhookVerificationError

from homebeat.domain.channel import SECRET_BYTES, SECRET_PREFIX
from homebeat.domain.errors import HomebeatError
from homebeat.store import Leased


class UnusableSecret(HomebeatError):
    """A webhook's secret must be `whsec_` and base64 of 24 to 64 bytes."""


class BadSignature(HomebeatError):
    """A message without a valid signature."""


def make_body(notice: Leased) -> bytes:
    """Make the JSON body: ids, level, time and a link. It is the same on every attempt, but for the family's link."""
    happened = datetime.fromtimestamp(notice.created_at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    message = {"type": notice.event, "timestamp": happened, "data": {"alert_id": notice.alert_id, **notice.payload}}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def sign_headers(secret: str, message_id: str, now: int, body: bytes) -> dict[str, str]:
    """Sign an attempt; returns its headers. `now` (epoch ms) is the attempt's, so that a late one is not refused as old.

    Raises:
        UnusableSecret: The secret is malformed; nothing is ever sent unsigned.
    """
    at = datetime.fromtimestamp(now // 1000, UTC)
    signature = _make_signer(secret).sign(message_id, at, body.decode())
    return {"webhook-id": message_id, "webhook-timestamp": str(now // 1000), "webhook-signature": signature}


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> str:
    """Verify a message; returns its id.

    Raises:
        BadSignature: It is not genuine, too old, or too far in the future.
        UnusableSecret: Our own secret is malformed.
    """
    signer = _make_signer(secret)
    try:
        signer.verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError, IndexError, OverflowError) as error:
        raise BadSignature("the signature does not fit the message") from error
    return {name.lower(): value for name, value in headers.items()}["webhook-id"]


def _make_signer(secret: str) -> Webhook:
    try:
        if not secret.startswith(SECRET_PREFIX):
            raise UnusableSecret("the webhook's secret does not begin with whsec_")
        if len(binascii.a2b_base64(secret.removeprefix(SECRET_PREFIX) + "==")) not in SECRET_BYTES:
            raise UnusableSecret("the webhook's secret is not 24 to 64 bytes long")
        return Webhook(secret)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise UnusableSecret("the webhook's secret is not base64") from error
