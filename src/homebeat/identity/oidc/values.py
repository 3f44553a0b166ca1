"""What goes into a sign-in through an identity provider, what is stored meanwhile, and what comes out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from homebeat.domain.durations import MINUTE_MS

#: How long somebody may take at the identity provider: to find the telephone, to set a new password there.
PENDING_LASTS_MS: Final = 10 * MINUTE_MS


@dataclass(frozen=True, slots=True)
class Registration:
    """How homebeat is known to the identity provider. Its administrator and ours agree on it.

    Attributes:
        issuer: The provider's address, letter by letter as it names itself, such as `https://id.example/realms/city`.
        client_id: What homebeat is called there.
        client_secret: What homebeat shows there; empty for a public client. `repr` leaves it out.
        redirect_uri: Where browsers come back to, letter by letter as it was entered there.
        scopes: What is asked for; `openid` is always among it.
        groups_claim: The claim that lists the groups of a person.
    """

    issuer: str
    client_id: str
    redirect_uri: str
    client_secret: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    groups_claim: str = "groups"


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A sign-in that has begun: a row. Whoever comes back deletes it; of two with the same state, one finds it.

    Attributes:
        state_digest: SHA-256 in hex of the state: finds the row. The state itself is only in the browser.
        nonce: Must stand in the ID token.
        verifier: Shown when the code is exchanged (PKCE); never in the browser.
        begun_at: Epoch ms of the database's clock.
        ends_at: The same; from then on it is too late.
    """

    state_digest: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    begun_at: int
    ends_at: int


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    """What `begin_sign_in` gives.

    Attributes:
        url: Where the browser is sent.
        state: For a short-lived cookie (`__Host-`, Secure, HttpOnly, SameSite=Lax) of this browser. The session's own cookie is
            of no use here: with SameSite=Strict it does not come along when another site leads back.
        pending: To be stored.
    """

    url: str = field(repr=False)
    state: str = field(repr=False)
    pending: PendingSignIn


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed in, as the identity provider says. Which account that is, the caller decides by `issuer` and `subject`.

    Attributes:
        issuer: The provider.
        subject: The person's id there. It never changes and is never given to another person; an e-mail address may be.
        login_name: What the person is called there (`preferred_username`); may change. None if it is not given or not fit to be
            shown, as with the next three.
        email: E-mail address.
        is_email_verified: Whether the provider has made sure that the address is the person's.
        name: As it is shown.
        groups: By the claim that the registration names, in the provider's order; unfit ones are left out.
        methods: How the person proved it (`amr`, RFC 8176), such as `pwd`, `otp`, `mfa`.
    """

    issuer: str
    subject: str
    login_name: str | None = None
    email: str | None = None
    is_email_verified: bool = False
    name: str | None = None
    groups: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()


class SignInRefusal(StrEnum):
    """Why somebody who came back is not signed in: the `code` of `NotSignedIn`. `wording.sign_in` has a sentence for each."""

    CANCELLED = "oidc_cancelled"  # by the person, or the provider did not let them through
    BEGIN_AGAIN = "oidc_begin_again"  # too late, twice, begun in another browser, or the code is not taken
    CLOCK = "oidc_clock"  # the token is over, or of the future: the clocks of the two machines differ
    UNPROVEN = "oidc_unproven"  # the token does not prove who it is: wrong signature, issuer, audience, nonce, form


def digest_identity(issuer: str, subject: str) -> str:
    """What the audit calls an identity, 12 hex digits: equal ones are seen to be equal, and it is no data of a person."""
    return hashlib.sha256(f"oidc identity|{issuer}|{subject}".encode(errors="replace")).hexdigest()[:12]


def digest_state(state: str) -> str:
    """The `state_digest` of a state, to find the row of a `PendingSignIn`."""
    return hashlib.sha256(f"oidc state|{state}".encode(errors="replace")).hexdigest()
