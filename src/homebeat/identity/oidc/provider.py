"""One identity provider: begins sign-ins, and says who came back."""

from __future__ import annotations

import hmac
import logging
import re
import secrets
import ssl
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx2

from homebeat.domain.errors import BadSettings, Busy, IdentityProviderAway, NotSignedIn
from homebeat.domain.instants import is_from_the_future
from homebeat.domain.text import is_plain
from homebeat.egress.network import Resolver, resolve_by_system
from homebeat.identity.oidc.calls import SECONDS, ProviderTransport, fetch_json, find_url_fault
from homebeat.identity.oidc.code_flow import exchange_code, make_authorization_url
from homebeat.identity.oidc.discovery import ProviderMetadata, fetch_metadata
from homebeat.identity.oidc.id_token import check_id_token
from homebeat.identity.oidc.signing_keys import SigningKey, find_key, read_keys
from homebeat.identity.oidc.values import (
    PENDING_LASTS_MS,
    BegunSignIn,
    Identity,
    PendingSignIn,
    Registration,
    SignInRefusal,
    digest_state,
)

#: How long what the provider says of itself is believed, seconds.
METADATA_LASTS_S: Final = 3600.0
#: The same for its keys: one that is withdrawn there is good here for so long. A new one is fetched as soon as it is met.
KEYS_LAST_S: Final = 600.0
#: Steps of sign-ins that may call the provider at the same time. Each holds a thread of the server: when the provider hangs, the
#: queue of alerts must not go dark with it.
AT_ONCE: Final = 4
_LOG: Final = logging.getLogger(__name__)
_LONGEST_QUERY: Final = 8 * 1024
_LONGEST_TEXT: Final = 254
_MOST_GROUPS: Final = 200
_ASCII: Final = re.compile(r"[\x21-\x7e]+")
#: What a provider says when the person did not go through with it (RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6).
_CANCELLED: Final = frozenset(
    {"access_denied", "login_required", "consent_required", "interaction_required", "account_selection_required"}
)


class IdentityProvider:
    """Sign-in through one provider. Nothing is fetched before the first sign-in. Safe to share between threads.

    Args:
        registration: How homebeat is known there.
        clock: Seconds, monotone.
        tls: What we trust; by default the certificate authorities that this machine trusts.
        resolve: Looks names up.
        seconds: How long all calls of one step may take.

    Raises:
        BadSettings: The registration cannot be used; the text says why.
    """

    def __init__(
        self,
        registration: Registration,
        clock: Callable[[], float],
        *,
        tls: ssl.SSLContext | None = None,
        resolve: Resolver = resolve_by_system,
        seconds: float = SECONDS,
    ) -> None:
        if fault := find_registration_fault(registration):
            raise BadSettings(f"sign-in through an identity provider: {fault}")
        self._registration, self._clock = registration, clock
        self._tls = tls or httpx2.create_ssl_context(trust_env=False)
        self._resolve, self._seconds = resolve, seconds
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._metadata: tuple[float, ProviderMetadata] | None = None
        self._keys: tuple[float, tuple[SigningKey, ...]] | None = None

    def begin_sign_in(self, now: int) -> BegunSignIn:
        """Begin a sign-in: where to send the browser, and what to store meanwhile.

        Args:
            now: Epoch ms of the database's clock.

        Raises:
            IdentityProviderAway: It cannot be used now; accounts of homebeat can.
            Busy: Too many sign-ins are waiting for it.
        """
        with self._take_turn() as transport:
            metadata = self._find_metadata(transport)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        url = make_authorization_url(self._registration, metadata, state=state, nonce=nonce, verifier=verifier)
        return BegunSignIn(url, state, PendingSignIn(digest_state(state), nonce, verifier, now, now + PENDING_LASTS_MS))

    def finish_sign_in(self, pending: PendingSignIn | None, cookie_state: str | None, query: str, now: int) -> Identity:
        """Say who came back.

        The caller has deleted the row before, whatever comes of it: a second request with the same state finds none.

        Args:
            pending: The row with `digest_state(cookie_state)`; None when there is none.
            cookie_state: The state from this browser's cookie. Without it, somebody could be led into the account of another.
            query: Of the address that the browser came back to, as it is, without the `?`.
            now: Epoch ms of the database's clock.

        Raises:
            NotSignedIn: Nobody is signed in; `code` is a `SignInRefusal`, the text is for the log.
            IdentityProviderAway: The provider cannot be used now.
            Busy: Too many sign-ins are waiting for it.
        """
        answer = _read_query(query)
        if pending is None or not _is_begun_here(pending, cookie_state, answer.get("state"), now):
            raise NotSignedIn(
                SignInRefusal.BEGIN_AGAIN, "the sign-in was not begun in this browser, is too old, or was finished before"
            )
        with self._take_turn() as transport:
            metadata = self._find_metadata(transport)
            self._check_sender(answer, metadata)
            code = _read_code(answer)
            tokens = exchange_code(transport, self._registration, metadata, code=code, verifier=pending.verifier)
            claims = check_id_token(
                tokens.get("id_token"),
                tokens.get("access_token"),
                lambda kid, algorithm: self._find_key(transport, metadata, kid, algorithm),
                self._registration,
                pending,
                now,
            )
        return make_identity(claims, self._registration)

    def check(self) -> None:
        """Ask the provider what it says of itself and for its keys: for `homebeat check`.

        Raises:
            IdentityProviderAway: It cannot be used; the text says what to mend.
            Busy: Too many sign-ins are waiting for it.
        """
        with self._take_turn() as transport:
            metadata = fetch_metadata(transport, self._registration)
            read_keys(fetch_json(transport, metadata.jwks_uri), metadata.jwks_uri)

    @contextmanager
    def _take_turn(self) -> Iterator[ProviderTransport]:
        if not self._turns.acquire(blocking=False):
            raise Busy("the identity provider is slow, and enough sign-ins are waiting for it; try again in a few seconds")
        try:
            yield ProviderTransport(self._tls, self._resolve, self._seconds)
        except (IdentityProviderAway, NotSignedIn) as error:
            # people are told what they can do; the reason is for who runs homebeat, and holds no secret
            _LOG.warning("sign-in through %s: %s", self._registration.issuer, error)
            raise
        finally:
            self._turns.release()

    def _find_metadata(self, transport: ProviderTransport) -> ProviderMetadata:
        kept, now = self._metadata, self._clock()
        if kept is not None and now - kept[0] < METADATA_LASTS_S:
            return kept[1]
        metadata = fetch_metadata(transport, self._registration)
        self._metadata = (now, metadata)
        return metadata

    def _find_key(
        self, transport: ProviderTransport, metadata: ProviderMetadata, kid: str | None, algorithm: str
    ) -> SigningKey | None:
        """Find a key among those kept, and once more among those that the provider has now."""
        kept, now = self._keys, self._clock()
        if kept is not None and now - kept[0] < KEYS_LAST_S and (key := find_key(kept[1], kid, algorithm)):
            return key
        keys = read_keys(fetch_json(transport, metadata.jwks_uri), metadata.jwks_uri)
        self._keys = (now, keys)
        return find_key(keys, kid, algorithm)

    def _check_sender(self, answer: dict[str, str], metadata: ProviderMetadata) -> None:
        """Check that the answer is of this provider, where it says so: the code must not go to another one (RFC 9207)."""
        sender = answer.get("iss")
        if sender != self._registration.issuer and (sender is not None or metadata.names_itself):
            raise NotSignedIn(SignInRefusal.UNPROVEN, "the browser was sent back by another identity provider")


def find_registration_fault(registration: Registration) -> str:
    """Find why a registration cannot be used; empty when it can, as far as one sees without asking the provider."""
    for name, url in (("issuer", registration.issuer), ("redirect address", registration.redirect_uri)):
        if fault := find_url_fault(url):
            return f"{name}: {fault}"
    if "?" in registration.issuer:
        return "issuer: the address must not have a part after ?"
    if not _ASCII.fullmatch(registration.client_id) or ":" in registration.client_id:
        return "client id: only letters, digits and signs of ASCII, and no colon"
    if registration.client_secret and not _ASCII.fullmatch(registration.client_secret):
        return "client secret: only letters, digits and signs of ASCII; is there a space or a line too many in its file?"
    return ""


def make_identity(claims: dict[str, Any], registration: Registration) -> Identity:
    """Make the identity of checked claims. What is not fit to be shown is left out, as if the provider had not said it."""
    return Identity(
        issuer=registration.issuer,
        subject=claims["sub"],
        login_name=_read_text(claims.get("preferred_username")),
        email=_read_text(claims.get("email")),
        is_email_verified=claims.get("email_verified") is True,
        name=_read_text(claims.get("name")),
        groups=_read_texts(claims.get(registration.groups_claim)),
        methods=_read_texts(claims.get("amr")),
    )


def _read_text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_TEXT and is_plain(value) else None


def _read_texts(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(text for text in map(_read_text, listed[:_MOST_GROUPS]) if text is not None)


def _read_query(query: str) -> dict[str, str]:
    """Read the parameters; empty when one stands there twice, or when it is too long: no provider sends that."""
    if len(query) > _LONGEST_QUERY:
        return {}
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True, errors="replace")
    answer = dict(pairs)
    return answer if len(answer) == len(pairs) else {}


def _is_begun_here(pending: PendingSignIn, cookie_state: str | None, state: str | None, now: int) -> bool:
    if not cookie_state or not state:
        return False
    is_mine = hmac.compare_digest(digest_state(state), pending.state_digest)
    is_of_this_browser = hmac.compare_digest(digest_state(cookie_state), pending.state_digest)
    return is_mine and is_of_this_browser and now < pending.ends_at and not is_from_the_future(pending.begun_at, now)


def _read_code(answer: dict[str, str]) -> str:
    error = answer.get("error")
    if error in _CANCELLED:
        raise NotSignedIn(SignInRefusal.CANCELLED, f"the identity provider let nobody through ({error})")
    if error is not None:
        raise IdentityProviderAway(f"the identity provider sends the browser back with {ascii(error)[:80]}")
    if not answer.get("code"):
        raise NotSignedIn(SignInRefusal.BEGIN_AGAIN, "the browser came back without a code")
    return answer["code"]
