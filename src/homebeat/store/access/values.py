"""Values about accounts, keys and sessions; times in epoch milliseconds UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.domain.principal import Grant


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who signs in.

    Attributes:
        name: What they sign in with, and what histories call them.
        password: The hash of their password; empty while they have none.
        disabled_at: Since when they can no longer sign in; None while they can.
        signed_in_at: When they signed in last; None for never.
    """

    name: str
    language: str
    made_at: int
    password: str = ""
    disabled_at: int | None = None
    grants: tuple[Grant, ...] = ()
    signed_in_at: int | None = None


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
        network: Where it was begun, as the lock-out counts networks.
        seen_at: When it was used last, to the minute.
    """

    #: How many characters of an id are its public part, as the audit and lists of sessions show it.
    PUBLIC: ClassVar = 12

    id: str
    account: str
    network: str
    begun_at: int
    seen_at: int
    ends_at: int

    @property
    def public_id(self) -> str:
        """What lists and the audit call it."""
        return self.id[: self.PUBLIC]
