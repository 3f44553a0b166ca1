"""Make a link with which somebody signs in once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.people import load_account
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import NotAllowed
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class MakeLink:
    """Make a link that signs in once, without a password. Older links of the account stop working.

    1. Load the account; refuse where it has a role that the actor may not give, or is disabled.
    2. Write the hash of the link's secret, with its end.

    Attributes:
        link_id: SHA-256 of the secret, lower-case hex.
        ends_at: Epoch ms.
    """

    name: ClassVar = "make_link"
    operation: ClassVar = Operation.MANAGE_PEOPLE

    who: str
    link_id: str
    ends_at: int

    def run(self, work: Work) -> None:
        """Returns nothing."""
        if load_account(work, self.who).disabled_at is not None:
            raise NotAllowed(f"the account {self.who} is disabled: enable it first")
        work.tx.sessions.add_link(self.link_id, self.who, self.ends_at)

    def record(self, result: None) -> Record:  # noqa: ARG002 -- of the contract
        """The account and the link's end."""
        return Record(f"user:{self.who}", {"ends_at": self.ends_at})
