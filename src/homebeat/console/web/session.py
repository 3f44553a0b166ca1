"""The console's session: a signed cookie that points at a token, and the CSRF token that belongs to it.

Nothing is kept on the server while it lasts, so a restart signs nobody out; the token itself is looked up on every request, so
revoking it does. What is kept, in the database, is that somebody signed out: the cookie opens nothing afterwards.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from homebeat.domain.durations import HOUR_MS
from homebeat.domain.instants import TOLERANCE_MS

COOKIE: Final = "homebeat_session"
#: A shift: nobody stays signed in longer without showing the token again.
LIFETIME_MS: Final = 12 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in. `token_hash` is the SHA-256 of the bearer token, in hex."""

    token_hash: str
    nonce: str
    expires_at: int

    @property
    def id(self) -> str:
        """What the database knows it by."""
        return hashlib.sha256(self.nonce.encode()).hexdigest()


class Sessions:
    """Signs and reads session cookies with one key.

    Args:
        key: Gives at least 32 random bytes, the same in all processes that serve the console. Asked when the first cookie is
            read or written, so that a page can say that the database is away.
    """

    def __init__(self, key: Callable[[], bytes]) -> None:
        self._key = key

    def open(self, token_hash: str, now: int, expires_at: int | None = None) -> tuple[str, Session]:
        """Begin a session; returns the cookie's value. It never outlives the token."""
        ends = min(now + LIFETIME_MS, expires_at) if expires_at is not None else now + LIFETIME_MS
        session = Session(token_hash, secrets.token_urlsafe(16), ends)
        body = _encode(json.dumps([session.token_hash, session.nonce, session.expires_at]).encode())
        return f"{body}.{self._seal('session', body)}", session

    def read(self, cookie: str | None, now: int) -> Session | None:
        """The session a cookie stands for; None when it is absent, forged, malformed, over or from the future.

        `now` is the database's clock, epoch ms, as when it was opened.
        """
        body, dot, seal = (cookie or "").partition(".")
        if not dot or not hmac.compare_digest(seal.encode(), self._seal("session", body).encode()):
            return None
        try:
            token_hash, nonce, expires_at = json.loads(_decode(body))
        except (ValueError, binascii.Error):
            return None
        # one that ends later than any session opened now was opened while the clock ran ahead: it would last too long
        is_valid = now < int(expires_at) <= now + LIFETIME_MS + TOLERANCE_MS
        return Session(str(token_hash), str(nonce), int(expires_at)) if is_valid else None

    def make_csrf(self, session: Session) -> str:
        """Make the CSRF token that every form of this session must carry."""
        return self._seal("csrf", session.nonce)

    def is_csrf(self, session: Session, given: str | None) -> bool:
        """Whether a form came from a page of this session; constant time."""
        return hmac.compare_digest((given or "").encode(), self.make_csrf(session).encode())

    def _seal(self, purpose: str, body: str) -> str:
        key = self._key()
        if len(key) < 32:
            raise ValueError("the session key needs at least 32 bytes")
        return _encode(hmac.new(key, f"{purpose}|{body}".encode(), hashlib.sha256).digest())


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
