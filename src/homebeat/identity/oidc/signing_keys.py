"""The keys by which the identity provider signs (RFC 7517). Only those are taken that we could accept a signature of."""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import base64_to_int

from homebeat.domain.errors import IdentityProviderAway

#: A provider has two or three. Each is parsed, so their number is bounded.
_MOST_KEYS: Final = 50
#: A shorter RSA key can be broken (NIST SP 800-131A), a longer one takes long to check.
_RSA_BITS: Final = range(2048, 8192 + 1)
_CURVE: Final = "P-256"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One public key.

    Attributes:
        kid: Its name; None when it has none.
        algorithm: The one algorithm that it is for: `RS256` or `ES256`. The token's header does not choose it.
        key: The key itself.
    """

    kid: str | None
    algorithm: str
    key: RSAKey | ECKey


def read_keys(found: dict[str, Any], url: str) -> tuple[SigningKey, ...]:
    """Read a key set. Keys of other kinds, for encryption, or unreadable, are left out.

    Raises:
        IdentityProviderAway: It is no key set, or nothing in it can be used.
    """
    entries = found.get("keys")
    if not isinstance(entries, list):
        raise IdentityProviderAway(f"{url} answers something that is no key set")
    keys = tuple(key for key in map(_read_key, entries[:_MOST_KEYS]) if key is not None)
    if not keys:
        raise IdentityProviderAway(f"{url}: the provider has no key for RS256 (2048 bits at least) or ES256")
    return keys


def find_key(keys: Sequence[SigningKey], kid: str | None, algorithm: str) -> SigningKey | None:
    """Find the key for a token; None if it is not known.

    Args:
        keys: Of the provider.
        kid: As the token's header says; None when it does not. Then there must be just one key for the algorithm.
        algorithm: As the token's header says.
    """
    fitting = [key for key in keys if key.algorithm == algorithm]
    if kid is None:
        return fitting[0] if len(fitting) == 1 else None
    return next((key for key in fitting if key.kid == kid), None)


def _read_key(entry: object) -> SigningKey | None:
    """Read one key; None if it is of no use. A private one that was published by mistake is no longer anybody's own."""
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig" or "d" in entry:
        return None
    kid, kind = entry.get("kid"), entry.get("kty")
    algorithm = {"RSA": "RS256", "EC": "ES256"}.get(kind) if isinstance(kind, str) else None
    if algorithm is None or entry.get("alg", algorithm) != algorithm or not isinstance(kid, str | None):
        return None
    try:
        return SigningKey(kid, algorithm, _import_key(entry))
    except (JoseError, ValueError, TypeError, KeyError, binascii.Error):
        return None


def _import_key(entry: dict[str, Any]) -> RSAKey | ECKey:
    """Take the numbers alone; what else stands in the entry changes nothing."""
    if entry["kty"] == "EC":
        if entry["crv"] != _CURVE:
            raise ValueError("another curve")
        return ECKey.import_key({name: entry[name] for name in ("kty", "crv", "x", "y")})
    if base64_to_int(entry["n"]).bit_length() not in _RSA_BITS:
        raise ValueError("another length")
    return RSAKey.import_key({name: entry[name] for name in ("kty", "n", "e")})
