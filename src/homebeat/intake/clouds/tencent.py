"""Tencent IoT: `sha1` of token, timestamp and nonce, sorted and joined. The body is not signed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from homebeat.intake.push import Greeting, Push, PushFault, PushRefused, Taken, is_same, require_post

#: So far from our clock a signature may have been made.
WINDOW_S: Final = 300.0
#: Epoch milliseconds are larger than this.
_SECONDS: Final = 1e11


@dataclass(frozen=True, slots=True)
class TencentCheck:
    """Headers `Signature`, `Timestamp` and `Nonce`; a GET has `Echostr` as well, and gets it back."""

    token: str

    def check(self, push: Push, now_s: float) -> Taken | Greeting:
        """See `CloudCheck.check`."""
        at, nonce, signature = (_read(push, name) for name in ("timestamp", "nonce", "signature"))
        signed = "".join(sorted((self.token, at, nonce)))
        if not is_same(signature.lower(), hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest()):
            raise PushRefused(PushFault.SIGNATURE, "the signature is not the right one")
        signed_at_s = float(at) if at.isascii() and at.isdigit() else 0.0
        ahead_s = (signed_at_s / 1000 if signed_at_s > _SECONDS else signed_at_s) - now_s
        if abs(ahead_s) > WINDOW_S:
            raise PushRefused(PushFault.LATE, f"signed {abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} this clock")
        if push.method == "GET":
            return Greeting(_read(push, "echostr"))
        require_post(push)
        return Taken(push.body, nonce=f"{at} {nonce}")


def _read(push: Push, name: str) -> str:
    """Read a header, or a parameter of the address in its place."""
    found = {key.lower(): value for key, value in push.query.items()}
    return push.headers.get(name) or found.get(name, "")
