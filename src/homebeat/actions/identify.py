"""Who is asking: the token that a secret or a session stands for."""

from __future__ import annotations

import hashlib
import hmac

from homebeat.store import Store, Token


def digest_of(secret: str) -> str:
    """The SHA-256 of a token's secret, in lower-case hex: what the database knows it by."""
    return hashlib.sha256(secret.encode()).hexdigest()


def identify(store: Store, digest: str, now: int, session_id: str = "") -> Token | None:
    """The token with this digest.

    The secret is 256 random bits, so the database may look its hash up; the comparison here is constant in time all the same.

    Args:
        store: Where tokens are.
        digest: As `digest_of`.
        now: Epoch ms.
        session_id: Of the session that points at the token, if one does.

    Returns:
        None when it is unknown, over or revoked, or when the session was signed out.

    Raises:
        Unavailable: The database is away.
    """
    with store.read() as reader:
        has_ended = bool(session_id) and reader.sign_outs.has(session_id)
        token = None if has_ended else reader.tokens.find_by_hash(digest)
    if token is None or not hmac.compare_digest(token.hash, digest) or not token.is_valid(now):
        return None
    return token
