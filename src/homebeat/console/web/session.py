"""The console's session: a random cookie whose hash the database knows, and the CSRF token that belongs to it."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from homebeat.actions.sign_in import LIFETIME_MS

if TYPE_CHECKING:
    from starlette.responses import Response

#: A browser takes a cookie of this name only over https, for this host alone and for every path.
SECURE_COOKIE: Final = "__Host-homebeat_session"
#: Over plain http, as on the machine itself, browsers refuse that name.
PLAIN_COOKIE: Final = "homebeat_session"


def name_cookie(*, is_secure: bool) -> str:
    """Name the cookie of a console that is reached over https, or not."""
    return SECURE_COOKIE if is_secure else PLAIN_COOKIE


def set_cookie(answer: Response, cookie: str, *, is_secure: bool) -> None:
    """Let the browser keep a session's cookie."""
    answer.set_cookie(
        name_cookie(is_secure=is_secure), cookie, max_age=LIFETIME_MS // 1000, httponly=True, samesite="strict", secure=is_secure
    )


def delete_cookie(answer: Response, *, is_secure: bool) -> None:
    """Let the browser forget the cookie."""
    answer.delete_cookie(name_cookie(is_secure=is_secure), httponly=True, samesite="strict", secure=is_secure)


def make_csrf(cookie: str) -> str:
    """Make the CSRF token that every form of this session must carry. Only who knows the cookie can make it."""
    return hmac.new(cookie.encode(), b"csrf", hashlib.sha256).hexdigest()


def is_csrf(cookie: str, given: str | None) -> bool:
    """Whether a form came from a page of this session; constant time."""
    return hmac.compare_digest((given or "").encode(), make_csrf(cookie).encode())
