"""Make a link for somebody who has typed the code of a message that could carry none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import NotFound
from homebeat.domain.role import Operation
from homebeat.store import MessageLink


@dataclass(frozen=True, slots=True)
class OpenByCode:
    """Make a link by the code of a message: the page's address needs a secret, and of the first one only the digest is stored.

    1. Find the link with this code again in this transaction; refuse where it has ended meanwhile.
    2. Store the new link beside it: for the same message, until the same time.

    Attributes:
        code: As `identity.message_link.read_link_code` reads it.
        new_id: The digest of the new link's secret.
    """

    name: ClassVar = "open_by_code"
    operation: ClassVar = Operation.FOLLOW

    code: str = field(repr=False)
    new_id: str

    def run(self, work: Work) -> None:
        """Raises `NotFound` where the code has ended, or is not this contact's."""
        found = work.tx.message_links.find_by_code(self.code)
        if found is None or not found.link.is_valid(work.now) or found.link.contact != work.actor.name:
            raise NotFound("there is no such code")
        link = found.link
        work.tx.message_links.add([MessageLink(self.new_id, link.notice, link.contact, work.now, link.ends_at)])

    def record(self, result: None) -> Record:  # noqa: ARG002 -- there is nothing more to say
        """That a link was made."""
        return Record("", {})
