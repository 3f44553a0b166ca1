"""Make a link with which somebody signs in once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.people import load_account
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import NotAllowed
from homebeat.domain.role import Operation
from homebeat.identity.bearer import OneTimeLink


@dataclass(frozen=True, slots=True)
class MakeLink:
    """Make a link that signs in once, without a password and a second factor. Older links of the account stop working.

    1. Load the account; refuse where it has a role that the actor may not give, or is disabled.
    2. Write the hash of the link's secret, with its end.
    """

    name: ClassVar = "make_link"
    operation: ClassVar = Operation.MANAGE_PEOPLE

    who: str
    link: OneTimeLink

    def run(self, work: Work) -> None:
        """Returns nothing."""
        if load_account(work, self.who).disabled_at is not None:
            raise NotAllowed(f"the account {self.who} is disabled: enable it first")
        work.tx.links.add(self.link, self.who)

    def record(self, result: None) -> Record:  # noqa: ARG002 -- of the contract
        """The account and the link's end."""
        return Record(f"user:{self.who}", {"ends_at": self.link.ends_at})
