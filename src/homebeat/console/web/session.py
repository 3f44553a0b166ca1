"""The console's cookies: the session, whose hash the database knows, with its CSRF token; and a sign-in at the provider."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from homebeat.actions.identify import STAYS_MS
from homebeat.actions.sign_in import LIFETIME_MS
from homebeat.identity.oidc.values import PENDING_LASTS_MS

if TYPE_CHECKING:
    from starlette.responses import Response

#: A browser takes a cookie of this name only over https, for this host alone and for every path.
SECURE_COOKIE: Final = "__Host-homebeat_session"
#: Over plain http, as on the machine itself, browsers refuse that name.
PLAIN_COOKIE: Final = "homebeat_session"
#: Ties a sign-in that has begun at the identity provider to this browser. It is Lax: when another site leads back, the browser
#: sends no cookie that is Strict.
SECURE_STATE: Final = "__Host-homebeat_provider"
PLAIN_STATE: Final = "homebeat_provider"


def name_cookie(*, is_secure: bool) -> str:
    """Name the cookie of a console that is reached over https, or not."""
    return SECURE_COOKIE if is_secure else PLAIN_COOKIE


def set_cookie(answer: Response, cookie: str, *, is_secure: bool) -> None:
    """Let the browser keep a session's cookie, and when the session is over know a while longer which queue was open."""
    lasts_s = (LIFETIME_MS + STAYS_MS) // 1000
    answer.set_cookie(
        name_cookie(is_secure=is_secure), cookie, max_age=lasts_s, httponly=True, samesite="strict", secure=is_secure
    )


def delete_cookie(answer: Response, *, is_secure: bool) -> None:
    """Let the browser forget the cookie."""
    answer.delete_cookie(name_cookie(is_secure=is_secure), httponly=True, samesite="strict", secure=is_secure)


def name_state(*, is_secure: bool) -> str:
    """Name the cookie of a sign-in that has begun at the identity provider."""
    return SECURE_STATE if is_secure else PLAIN_STATE


def set_state(answer: Response, state: str, *, is_secure: bool) -> None:
    """Let the browser keep the state of a sign-in that has begun, as long as it may take."""
    answer.set_cookie(
        name_state(is_secure=is_secure), state, max_age=PENDING_LASTS_MS // 1000, httponly=True, samesite="lax", secure=is_secure
    )


def delete_state(answer: Response, *, is_secure: bool) -> None:
    """Let the browser forget it: it is good once."""
    answer.delete_cookie(name_state(is_secure=is_secure), httponly=True, samesite="lax", secure=is_secure)


def make_csrf(cookie: str) -> str:
    """Make the CSRF token that every form of this session must carry. Only who knows the cookie can make it."""
    return hmac.new(cookie.encode(), b"csrf", hashlib.sha256).hexdigest()


def is_csrf(cookie: str, given: str | None) -> bool:
    """Whether a form came from a page of this session; constant time."""
    return hmac.compare_digest((given or "").encode(), make_csrf(cookie).encode())
