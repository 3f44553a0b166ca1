"""Revoke a key: it opens nothing from now on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.people import load_key
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import NotFound
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class RevokeKey:
    """Revoke a key. There is no way back: make another.

    1. Load the key; refuse where it has a role that the actor may not give, or is revoked already.
    2. Write since when it is revoked.
    """

    name: ClassVar = "revoke_key"
    operation: ClassVar = Operation.MANAGE_PEOPLE

    who: str

    def run(self, work: Work) -> None:
        """Returns nothing."""
        load_key(work, self.who)
        if not work.tx.keys.revoke(self.who, work.now):
            raise NotFound(f"the key {self.who!r} was revoked before")

    def record(self, result: None) -> Record:  # noqa: ARG002 -- of the contract
        """The key."""
        return Record(f"key:{self.who}", {})
