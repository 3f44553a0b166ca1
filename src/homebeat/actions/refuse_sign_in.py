"""Say that somebody came back from the identity provider and was not signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class RefuseSignIn:
    """Refuse a sign-in through the identity provider.

    1. Nothing changes: the record is all.

    Attributes:
        reason: A code of `wording.sign_in`.
        identity: What the audit calls the identity; empty where the provider has confirmed none.
        account: That it belongs to, or whose link was shown; empty where none is known.
    """

    name: ClassVar = "refuse_sign_in"
    operation: ClassVar = Operation.TURN_AWAY

    reason: str
    identity: str = ""
    account: str = ""

    def run(self, work: Work) -> None:
        """Returns nothing."""

    def record(self, result: None) -> Record:  # noqa: ARG002 -- of the contract
        """The account if one is known, the reason, and the digest of the identity."""
        said: dict[str, str] = {"reason": self.reason} | ({"identity": self.identity} if self.identity else {})
        return Record(f"user:{self.account}" if self.account else "sign-in", said)
