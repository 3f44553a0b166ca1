"""Say as a contact, by the link in a message, that one wants no messages any more, or wants them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.links import load_link
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class StopWriting:
    """Say by the family's link that one wants no messages any more, or that one wants them again.

    1. Find the link again in this transaction; refuse where it has ended meanwhile.
    2. Store it with the contact. From now on no plan notifies them; who is left without anybody is named by `homebeat check`.

    Attributes:
        link_id: The digest of the link's secret.
        is_wanted: They want messages again.
    """

    name: ClassVar = "stop_writing"
    operation: ClassVar = Operation.REPLY

    link_id: str
    is_wanted: bool = False

    def run(self, work: Work) -> bool:
        """Returns whether that is new.

        Raises:
            NotFound: The link has ended, or is not this contact's.
        """
        found = load_link(work, self.link_id)
        return work.tx.fleet.set_stopped(found.link.contact, None if self.is_wanted else work.now)

    def record(self, result: bool) -> Record | None:  # noqa: FBT001 -- what `run` returned, not a switch
        """Whether they want messages; None where that was known."""
        return Record("", {"is_wanted": self.is_wanted}) if result else None
