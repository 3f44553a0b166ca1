"""Enter what a resident agreed to, or withdrew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import ClassVar, Final

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.consent import COVERS, ConsentDecision, Purpose
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.errors import Incomplete
from homebeat.domain.ids import ResidentId
from homebeat.domain.role import Operation

LONGEST_PAPER: Final = 200
#: Papers are older than homebeat, and not older than telecare by contract.
FIRST_DATE: Final = date(1990, 1, 1)
#: It may be tomorrow already where the paper was signed.
_AHEAD_MS: Final = 14 * HOUR_MS


@dataclass(frozen=True, slots=True)
class EnterConsent:
    """Enter what a resident decided about one purpose. It holds at once, and stays until something else is entered.

    1. The date must be one on which the paper can have been written, and the paper must be named.
    2. The resident must lie where the principal may do this. A retired one counts: their readings are still stored.
    3. Add it. Nothing that was entered is changed.
    4. Raise the revision of the registry, so that the watch follows within seconds: from then on it neither stores nor judges
       what was withdrawn.

    The audit has who, whom, which purpose and whether it was agreed. Where the paper is may name people, so it is sealed with
    the resident's key and stands in the decision alone.
    """

    name: ClassVar = "enter_consent"
    operation: ClassVar = Operation.CONSENT

    resident: ResidentId
    purpose: Purpose
    agreed: bool
    decided_on: date
    paper: str

    def run(self, work: Work) -> None:
        """Raises `Incomplete` or `NotFound`."""
        paper = self.paper.strip()
        if not 1 <= len(paper) <= LONGEST_PAPER:
            raise Incomplete(f"name the paper, or how it was said, in 1 to {LONGEST_PAPER} characters")
        if not FIRST_DATE <= self.decided_on <= datetime.fromtimestamp((work.now + _AHEAD_MS) / 1000, UTC).date():
            raise Incomplete(f"the date of the paper must lie between {FIRST_DATE} and today")
        work.tx.consents.add(
            ConsentDecision(self.resident, self.purpose, self.agreed, self.decided_on, paper, str(work.actor), work.now)
        )
        if COVERS[self.purpose]:
            work.tx.fleet.revise(work.now)

    def record(self, result: None) -> Record:  # noqa: ARG002 -- there is none
        """The resident, the purpose, whether it was agreed, and the date on the paper."""
        return Record(
            f"resident:{self.resident}",
            {"purpose": self.purpose.value, "agreed": self.agreed, "decided_on": self.decided_on.isoformat()},
        )
