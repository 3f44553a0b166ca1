"""Values about accounts, keys and sessions; times in epoch milliseconds UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from homebeat.domain.actor import ActorKind
from homebeat.domain.alert import Subject
from homebeat.domain.ids import AlertId, AreaId, ContactId, HouseholdId, ResponderId
from homebeat.domain.instants import TOLERANCE_MS
from homebeat.domain.principal import Grant, Principal, make_holder
from homebeat.identity.message_link import LINK_LASTS_MS
from homebeat.identity.oidc.values import PendingSignIn


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who signs in.

    Attributes:
        name: What they sign in with, and what histories call them.
        password: The hash of their password; empty while they have none.
        has_second_factor: Whether a password alone does not let them in.
        totp_secret: Of their second factor; empty while they have none, and where it cannot be opened.
        totp_step: The step of the last code that was accepted; 0 before the first.
        disabled_at: Since when they can no longer sign in; None while they can.
        signed_in_at: When they signed in last; None for never.
    """

    name: str
    language: str
    made_at: int
    password: str = field(default="", repr=False)
    disabled_at: int | None = None
    grants: tuple[Grant, ...] = ()
    signed_in_at: int | None = None
    totp_secret: str = field(default="", repr=False)
    totp_step: int = 0
    has_second_factor: bool = False

    @property
    def principal(self) -> Principal:
        """Who they are to everything that asks what they may do."""
        return make_holder(ActorKind.PERSON, self.name, self.grants)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Another system's key as stored: `digest` is the SHA-256 of the secret in lower-case hex. The secret itself is not stored.

    Attributes:
        id: The public part of the key: what a list shows, and a log may.
        used_at: When it was used last, as far as that is written down: at most once an hour.
    """

    id: str
    name: str
    digest: str
    made_by: str
    made_at: int
    ends_at: int | None = None
    revoked_at: int | None = None
    used_at: int | None = None
    grants: tuple[Grant, ...] = ()

    def is_valid(self, now: int) -> bool:
        """Whether it is valid at `now` (epoch ms)."""
        return self.revoked_at is None and (self.ends_at is None or now < self.ends_at)


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """One session of the console.

    Attributes:
        id: The SHA-256 of what the cookie holds, in lower-case hex.
        network: Where it was begun, as `identity.lockout` counts networks.
        how: What they showed: `password`, `link`, `provider`.
        seen_at: When it was used last, to the minute.
    """

    #: How many characters of an id are its public part, as the audit and lists of sessions show it.
    PUBLIC: ClassVar = 12

    id: str
    account: str
    network: str
    how: str
    begun_at: int
    seen_at: int
    ends_at: int

    @property
    def public_id(self) -> str:
        """What lists and the audit call it."""
        return self.id[: self.PUBLIC]


@dataclass(frozen=True, slots=True)
class AccountIdentity:
    """Who the owner of an account is at an identity provider.

    Attributes:
        issuer: The provider, as it names itself.
        subject: Their id there: it never changes, and is never given to another person.
        account: The name of the account.
        connected_by: Who has said so, as histories name them: an administrator, or the owner of the account with a link.
    """

    issuer: str
    subject: str
    account: str
    connected_by: str
    connected_at: int


@dataclass(frozen=True, slots=True)
class KeptSignIn:
    """A sign-in that has begun at an identity provider.

    Attributes:
        sign_in: What `identity.oidc` needs to finish it.
        target: Where the browser goes afterwards: a path of this server.
        link_id: Of the one-time link with which it began, and whose account the identity is to belong to; empty for none.
    """

    sign_in: PendingSignIn
    target: str = "/"
    link_id: str = ""


@dataclass(frozen=True, slots=True)
class WaitingIdentity:
    """An identity that the provider has confirmed: an account gets it as soon as its owner has shown their second factor.

    Attributes:
        code_link_id: Of the link that the page which asks for the code carries.
        link_id: Of the one-time link with which they began.
        ends_at: Epoch ms; from then on it is too late.
    """

    code_link_id: str
    issuer: str
    subject: str = field(repr=False)
    link_id: str
    ends_at: int


@dataclass(frozen=True, slots=True)
class GlassTime:
    """When somebody broke the glass of a home, and the area that the home lies in now."""

    at: int
    actor: str
    household: HouseholdId
    area: AreaId


@dataclass(frozen=True, slots=True)
class BrokenGlass:
    """That somebody saw what their role does not show of a home, for a reason and until `ends_at`.

    Attributes:
        seen_by: Who has looked at it since, and `seen_at` when; empty and None for nobody.
    """

    id: int
    actor: str
    household: HouseholdId
    reason: str = field(repr=False)
    at: int
    ends_at: int
    seen_by: str = ""
    seen_at: int | None = None


@dataclass(frozen=True, slots=True)
class MessageLink:
    """A link that a message carries.

    Attributes:
        id: The SHA-256 of its secret, in lower-case hex. The secret itself is not stored.
        notice: The id of what carried it.
        contact: Who got it.
        revoked_at: When somebody ended it; None for never.
        code: What is typed where a message may carry no link; empty for none, and always empty as it is read: its digest is
            stored.
    """

    id: str
    notice: str
    contact: ContactId
    made_at: int
    ends_at: int
    revoked_at: int | None = None
    code: str = field(default="", repr=False)

    def is_valid(self, now: int) -> bool:
        """Whether it opens its page at `now` (epoch ms)."""
        # one that ends later than any made now was made while the clock ran ahead: it would last too long
        return self.revoked_at is None and now < self.ends_at <= now + LINK_LASTS_MS + TOLERANCE_MS


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link whose contact is still one of the home, or whose responder has not left.

    Attributes:
        alert: The one that it shows.
        subject: Whom the alert is about: the home, and the person in it where it is about one.
        language: Of the contact.
        areas: Where that home and that alert lie.
        timezone: Of that home.
        responder: Whose link it is; None for a contact's.
        homes: Of an alert about many homes: those that it names.
    """

    link: MessageLink
    alert: AlertId
    subject: Subject
    language: str
    areas: frozenset[AreaId]
    timezone: str
    responder: ResponderId | None = None
    homes: frozenset[HouseholdId] = frozenset()
