"""The console's session: a random cookie whose hash the database knows, and the CSRF token that belongs to it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from homebeat.domain.durations import HOUR_MS

#: A browser takes a cookie of this name only over https, for this host alone and for every path.
SECURE_COOKIE: Final = "__Host-homebeat_session"
#: Over plain http, as on the machine itself, browsers refuse that name.
PLAIN_COOKIE: Final = "homebeat_session"
#: A shift: nobody stays signed in longer without showing again who they are.
LIFETIME_MS: Final = 12 * HOUR_MS


def name_cookie(*, is_secure: bool) -> str:
    """Name the cookie of a console that is reached over https, or not."""
    return SECURE_COOKIE if is_secure else PLAIN_COOKIE


def make_cookie() -> str:
    """Make the value of a new session's cookie: 256 random bits."""
    return secrets.token_urlsafe(32)


def make_csrf(cookie: str) -> str:
    """Make the CSRF token that every form of this session must carry. Only who knows the cookie can make it."""
    return hmac.new(cookie.encode(), b"csrf", hashlib.sha256).hexdigest()


def is_csrf(cookie: str, given: str | None) -> bool:
    """Whether a form came from a page of this session; constant time."""
    return hmac.compare_digest((given or "").encode(), make_csrf(cookie).encode())
