"""What the identity provider says of itself: OpenID Connect Discovery 1.0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from homebeat.domain.errors import IdentityProviderAway
from homebeat.identity.oidc.calls import ProviderTransport, fetch_json, find_url_fault
from homebeat.identity.oidc.id_token import ALGORITHMS
from homebeat.identity.oidc.values import Registration

_PATH: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class ProviderMetadata:
    """The part that we use.

    Attributes:
        authorization_endpoint: Where the browser is sent.
        token_endpoint: Where a code is exchanged.
        jwks_uri: Where the keys are.
        client_authentication: How homebeat shows its secret: `client_secret_basic`, `client_secret_post`, or `none` without one.
        names_itself: Whether the provider says its name when it sends the browser back (RFC 9207); then it must.
    """

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    client_authentication: str
    names_itself: bool


def fetch_metadata(transport: ProviderTransport, registration: Registration) -> ProviderMetadata:
    """Fetch it.

    Raises:
        IdentityProviderAway: It cannot be had, is that of another issuer, or offers nothing that we accept.
    """
    url = registration.issuer.rstrip("/") + _PATH
    found = fetch_json(transport, url)
    if found.get("issuer") != registration.issuer:
        raise IdentityProviderAway(f"{url} is of the issuer {_show(found.get('issuer'))}, not of {registration.issuer!r}")
    endpoints = {name: _read_endpoint(found, name, url) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    if not _offers(found, "code_challenge_methods_supported", "S256"):
        raise IdentityProviderAway(f"{url}: the provider does not offer PKCE with S256, without which a code can be stolen")
    if not any(_offers(found, "id_token_signing_alg_values_supported", algorithm) for algorithm in ALGORITHMS):
        raise IdentityProviderAway(f"{url}: the provider signs with none of {', '.join(ALGORITHMS)}")
    return ProviderMetadata(
        **endpoints,
        client_authentication=_choose_authentication(found, registration),
        names_itself=found.get("authorization_response_iss_parameter_supported") is True,
    )


def _read_endpoint(found: dict[str, Any], name: str, url: str) -> str:
    endpoint = found.get(name)
    if not isinstance(endpoint, str):
        raise IdentityProviderAway(f"{url} does not say {name}")
    if fault := find_url_fault(endpoint):
        raise IdentityProviderAway(f"{url}: {name}: {fault}")
    return endpoint


def _offers(found: dict[str, Any], name: str, value: str) -> bool:
    """Whether a list holds `value`. A provider that does not publish the list is tried: many do not."""
    offered = found.get(name)
    return not isinstance(offered, list) or value in offered


def _choose_authentication(found: dict[str, Any], registration: Registration) -> str:
    if not registration.client_secret:
        return "none"
    basic, post = "client_secret_basic", "client_secret_post"
    offered = found.get("token_endpoint_auth_methods_supported")
    return post if isinstance(offered, list) and basic not in offered and post in offered else basic


def _show(value: object) -> str:
    return ascii(value)[:200]
