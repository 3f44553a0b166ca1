"""The two steps of OAuth that Authlib does for us. The only file that knows it: it has no types, and nothing of it gets out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client

from homebeat.domain.errors import IdentityProviderAway, NotSignedIn
from homebeat.identity.oidc.calls import ProviderTransport, parse_object, read_json
from homebeat.identity.oidc.discovery import ProviderMetadata
from homebeat.identity.oidc.values import Registration, SignInRefusal

#: The code was used before, is too old, or goes with another verifier (RFC 6749, section 5.2).
_CODE_NOT_TAKEN: Final = "invalid_grant"
_USED: Final = frozenset({"access_token", "id_token", "error"})
_ERROR_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,60}")


def make_authorization_url(
    registration: Registration, metadata: ProviderMetadata, *, state: str, nonce: str, verifier: str
) -> str:
    """Make the address to which the browser is sent. Of the verifier, it holds the SHA-256 (PKCE, S256)."""
    with _open_client(registration, metadata, None) as client:
        url, _state = client.create_authorization_url(
            metadata.authorization_endpoint, state=state, code_verifier=verifier, nonce=nonce
        )
        return str(url)


def exchange_code(
    transport: ProviderTransport, registration: Registration, metadata: ProviderMetadata, *, code: str, verifier: str
) -> dict[str, Any]:
    """Exchange a code for tokens; returns what the token endpoint answered.

    Raises:
        NotSignedIn: The provider does not take the code.
        IdentityProviderAway: It gives no usable answer, or does not take homebeat itself.
    """
    url = metadata.token_endpoint
    with _open_client(registration, metadata, transport) as client:
        client.register_compliance_hook("access_token_response", lambda answer: _require_answer(answer, url))
        try:
            return dict(client.fetch_token(url, grant_type="authorization_code", code=code, code_verifier=verifier))
        except OAuthError as error:
            raise _translate_error(error, url) from None
        except (httpx2.HTTPError, ValueError, TypeError, OverflowError):
            raise IdentityProviderAway(f"{url} answers something that cannot be used") from None


@contextmanager
def _open_client(registration: Registration, metadata: ProviderMetadata, transport: ProviderTransport | None) -> Iterator[Any]:
    client = OAuth2Client(
        client_id=registration.client_id,
        client_secret=registration.client_secret or None,
        token_endpoint_auth_method=metadata.client_authentication,
        scope=" ".join(dict.fromkeys(("openid", *registration.scopes))),
        redirect_uri=registration.redirect_uri,
        code_challenge_method="S256",
        transport=transport or httpx2.BaseTransport(),  # making an address calls nobody
        trust_env=False,
        follow_redirects=False,
    )
    try:
        yield client
    finally:
        client.close()


def _require_answer(answer: httpx2.Response, url: str) -> httpx2.Response:
    """Let an answer pass to Authlib if the standard knows its kind. Authlib itself would take a redirect for tokens."""
    if answer.is_client_error and "error" in (parse_object(answer.content) or {}):
        return answer
    # only the texts that we use: Authlib would add `expires_in` to its clock, whatever stands there
    tokens = {name: value for name, value in read_json(answer, url).items() if name in _USED and isinstance(value, str)}
    return httpx2.Response(answer.status_code, json=tokens, request=answer.request)


def _translate_error(error: OAuthError, url: str) -> NotSignedIn | IdentityProviderAway:
    code = str(error.error) if isinstance(error.error, str) and _ERROR_CODE.fullmatch(error.error) else "an error"
    if code == _CODE_NOT_TAKEN:
        return NotSignedIn(SignInRefusal.BEGIN_AGAIN, "the identity provider does not take the code (invalid_grant)")
    return IdentityProviderAway(f"{url} refuses homebeat itself ({code}): compare client id, secret and redirect address there")
