"""What is stored about a token; times in epoch milliseconds UTC."""

from __future__ import annotations

from dataclasses import dataclass

from homebeat.domain.actor import Actor, person
from homebeat.domain.role import Operation, is_permitted


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token as stored: `hash` is the SHA-256 of the secret in lower-case hex, the secret is nowhere."""

    hash: str
    name: str
    role: str
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None

    @property
    def owner(self) -> Actor:
        """Who acts with it."""
        return person(self.name, self.role)

    def may(self, operation: Operation) -> bool:
        """Whether its owner's role permits `operation`; a role that is none of ours permits nothing."""
        return is_permitted(self.owner, operation)

    def is_valid(self, now: int) -> bool:
        """Whether it opens anything at `now`."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
