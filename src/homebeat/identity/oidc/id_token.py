"""Checks an ID token: who signed it, for whom, when, and for which sign-in (OpenID Connect Core 1.0, section 3.1.3.7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, JoseError

from homebeat.domain.errors import NotSignedIn
from homebeat.domain.text import is_plain
from homebeat.identity.oidc.signing_keys import SigningKey
from homebeat.identity.oidc.values import PendingSignIn, Registration, SignInRefusal

#: Both are signed with a key that only the provider has. Never `none`, and never HS256: a public key would do as its secret.
ALGORITHMS: Final = ("RS256", "ES256")
#: By how much the clocks of provider and database may differ, seconds.
LEEWAY_S: Final = 60
_MOST_CHARACTERS: Final = 64 * 1024
_LONGEST_SUBJECT: Final = 255
#: What joserfc and the parsers below it raise on tokens that somebody made up.
_MALFORMED: Final = (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError)

#: Finds a key by its name and algorithm; it may ask the provider.
KeyFinder = Callable[[str | None, str], SigningKey | None]


def check_id_token(
    id_token: object, access_token: object, find_key: KeyFinder, registration: Registration, pending: PendingSignIn, now: int
) -> dict[str, Any]:
    """Check a token; returns its claims, of which `sub` is a text of 1 to 255 characters that can be shown.

    Args:
        id_token: As the token endpoint gave it.
        access_token: The same; its hash may stand in the ID token.
        find_key: Finds the provider's key.
        registration: Names the issuer and us.
        pending: The sign-in for which it must have been made.
        now: Epoch ms of the database's clock.

    Raises:
        NotSignedIn: The token does not prove it. The text says which check failed, for the log, and quotes nothing secret.
        IdentityProviderAway: The keys cannot be had.
    """
    if not isinstance(id_token, str) or len(id_token) > _MOST_CHARACTERS:
        raise _refuse("the provider gave no ID token; is the scope openid allowed there?")
    claims, algorithm = _verify_signature(id_token, find_key)
    _check_times(claims, pending, now // 1000)
    if claims.get("iss") != registration.issuer:
        raise _refuse("the token is of another issuer")
    _check_audience(claims, registration.client_id)
    if not _is_same(claims.get("nonce"), pending.nonce):
        raise _refuse("the token is of another sign-in: its nonce is not ours")
    if "at_hash" in claims and not _is_same(claims["at_hash"], _hash_half(access_token)):
        raise _refuse(f"the token goes with another access token: its at_hash ({algorithm}) does not fit")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or not is_plain(subject):
        raise _refuse("the token does not say who it is about")
    return claims


def _verify_signature(id_token: str, find_key: KeyFinder) -> tuple[dict[str, Any], str]:
    registry = jws.JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
    try:
        header = jws.extract_compact(id_token.encode("ascii"), registry=registry).headers()
        algorithm, kid = header.get("alg"), header.get("kid")
    except _MALFORMED:
        raise _refuse("the token cannot be read") from None
    if algorithm not in ALGORITHMS:
        raise _refuse(f"the token is signed with {ascii(algorithm)[:40]}; let the provider sign with RS256 or ES256")
    if not isinstance(kid, str | None):
        raise _refuse("the token cannot be read")
    key = find_key(kid, str(algorithm))
    if key is None:
        raise _refuse(f"the token is signed with a key that the provider does not publish ({ascii(kid)[:80]})")
    try:
        return jwt.decode(id_token, key.key, registry=registry).claims, str(algorithm)
    except _MALFORMED:
        raise _refuse("the token's signature is wrong") from None


def _check_times(claims: dict[str, Any], pending: PendingSignIn, now_s: int) -> None:
    registry = jwt.JWTClaimsRegistry(now=now_s, leeway=LEEWAY_S, exp={"essential": True}, iat={"essential": True})
    try:
        registry.validate({name: claims[name] for name in ("exp", "iat", "nbf") if name in claims})
    except ExpiredTokenError:
        raise NotSignedIn(SignInRefusal.CLOCK, f"the token was over before it came; {_show_clocks(claims, now_s)}") from None
    except InvalidClaimError as error:
        is_number = all(isinstance(claims.get(name, 0), int | float) for name in ("iat", "nbf"))
        if is_number and ("future" in str(error) or "not yet" in str(error)):
            raise NotSignedIn(SignInRefusal.CLOCK, f"the token is of the future; {_show_clocks(claims, now_s)}") from None
        raise _refuse("the token's times cannot be read") from None
    except _MALFORMED:
        raise _refuse("the token does not say when it was made and when it ends") from None
    if claims["iat"] < pending.begun_at // 1000 - LEEWAY_S:
        raise _refuse("the token is older than the sign-in")


def _show_clocks(claims: dict[str, Any], now_s: int) -> str:
    made = claims.get("iat")
    ahead = f"{made - now_s:+.0f}" if isinstance(made, int | float) else "?"
    return f"it was made {ahead} seconds from our now: compare the clocks of the provider and of the database"


def _check_audience(claims: dict[str, Any], client_id: str) -> None:
    audience = claims.get("aud")
    listed = [audience] if isinstance(audience, str) else audience
    if not isinstance(listed, list) or client_id not in listed:
        raise _refuse("the token is for somebody else: its audience is not our client id")
    authorised = claims.get("azp")
    if authorised is None and len(listed) > 1:
        raise _refuse("the token is for several, and does not say for whom it was made (azp)")
    if authorised is not None and authorised != client_id:
        raise _refuse("the token was made for somebody else (azp)")


def _hash_half(access_token: object) -> str:
    """The left half of the SHA-256 of the access token, base64url: both algorithms have SHA-256."""
    digest = hashlib.sha256(str(access_token).encode(errors="replace")).digest()
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()


def _is_same(claimed: object, ours: str) -> bool:
    return isinstance(claimed, str) and hmac.compare_digest(claimed.encode(errors="replace"), ours.encode())


def _refuse(text: str) -> NotSignedIn:
    return NotSignedIn(SignInRefusal.UNPROVEN, text)
