"""The secret in a family's link: 256 random bits, in an address that a message carries. Only its SHA-256 is stored."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from homebeat.domain.durations import HOUR_MS

#: How long a family's link opens its page, ms: an alert is over within hours, and a weekend lies between a message and a look.
FAMILY_LINK_LASTS_MS: Final = 72 * HOUR_MS
_BYTES: Final = 32


def make_family_token() -> str:
    """Make a new one, from the operating system's randomness: 43 letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(_BYTES)


def digest_family_token(token: str) -> str:
    """Compute what is stored of it: SHA-256, 64 hex digits. `token` may be anything that somebody has typed."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
