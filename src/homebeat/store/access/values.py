"""Values about tokens; times in epoch milliseconds UTC."""

from __future__ import annotations

from dataclasses import dataclass

from homebeat.domain.actor import Actor, make_person
from homebeat.domain.role import Operation, is_permitted


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token as stored: `hash` is the SHA-256 of the secret in lower-case hex. The secret itself is not stored."""

    hash: str
    name: str
    role: str
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None

    @property
    def owner(self) -> Actor:
        """The actor who uses it."""
        return make_person(self.name, self.role)

    def may(self, operation: Operation) -> bool:
        """Whether its owner's role permits `operation`; an unknown role permits nothing."""
        return is_permitted(self.owner, operation)

    def is_valid(self, now: int) -> bool:
        """Whether it is valid at `now` (epoch ms)."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
