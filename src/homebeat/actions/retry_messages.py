"""Try messages again that were set aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import NotFound
from homebeat.domain.role import Operation

#: So many at once, so that one press costs the watch no more than a tick.
MOST_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class RetryMessages:
    """Ask the watch to read messages again that are in quarantine: after a device was registered, say.

    1. Leave out those that whoever asks does not see: what a registered device sent outside their areas.
    2. Write the request. The watch takes in what can be read now, as arrived now; what still cannot stays, and may be tried
       again. Trying a message twice changes nothing: what was used once is not used again.

    Attributes:
        ids: Of the messages, at most 500.
    """

    name: ClassVar = "retry_messages"
    operation: ClassVar = Operation.FIT_DEVICES

    ids: tuple[int, ...]

    def run(self, work: Work) -> int:
        """Returns how many of them were never used before, and are tried now.

        Raises:
            NotFound: They see none of these messages.
        """
        seen = work.tx.quarantine.list_seen(self.ids[:MOST_AT_ONCE])
        if not seen:
            raise NotFound("there is no such message")
        return work.tx.quarantine.request_retry(seen, work.now)

    def record(self, result: int) -> Record:
        """How many, and the first of them."""
        return Record(f"quarantine:{min(self.ids)}", {"asked": len(self.ids), "given": result})
