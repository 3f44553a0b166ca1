"""The secret of a link that a message carries: 256 random bits in an address. Only its SHA-256 is stored.

A text message may carry no link. It has a code of eight characters instead, which is typed on a page.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from homebeat.domain.durations import HOUR_MS

#: How long a link opens its page, ms: an alert is over within hours, and a weekend lies between a message and a look.
LINK_LASTS_MS: Final = 72 * HOUR_MS
_BYTES: Final = 32
#: No two of them look alike, and none is a vowel: a code spells nothing.
_LETTERS: Final = "23456789BCDFGHJKMNPQRSTVWXYZ"
CODE_LENGTH: Final = 8


def make_link_token() -> str:
    """Make a new one, from the operating system's randomness: 43 letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(_BYTES)


def digest_link_token(token: str) -> str:
    """Compute what is stored of it: SHA-256, 64 hex digits. `token` may be anything that somebody has typed."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def make_link_code() -> str:
    """Make a new code: 28^8 possibilities, which is enough behind a limit of tries and for three days."""
    return "".join(secrets.choice(_LETTERS) for _ in range(CODE_LENGTH))


def read_link_code(text: str) -> str | None:
    """Read a code as somebody has typed it: in any case, with spaces or dashes; None for what can be none."""
    code = "".join(text.split()).replace("-", "").upper()
    return code if len(code) == CODE_LENGTH and set(code) <= set(_LETTERS) else None
