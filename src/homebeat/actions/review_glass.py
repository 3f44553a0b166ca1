"""Note that somebody has looked at why the glass was broken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.glass_reviewers import may_review
from homebeat.actions.perform import Record
from homebeat.actions.same_person import is_same_person
from homebeat.actions.work import Work
from homebeat.domain.errors import NotAllowed, NotFound, NotPermitted
from homebeat.domain.role import Operation
from homebeat.store import BrokenGlass


@dataclass(frozen=True, slots=True)
class ReviewGlass:
    """Note that one has looked at why somebody broke the glass. Nobody reviews their own, by whatever key or account.

    1. Load it; it must lie in the principal's areas.
    2. The principal must see the reason: who does not see why has nothing to say about it.
    3. Write who looked, and when; the first one stays.
    """

    name: ClassVar = "review_glass"
    operation: ClassVar = Operation.REVIEW_GLASS

    glass_id: int

    def run(self, work: Work) -> BrokenGlass:
        """Returns what it was."""
        found = work.tx.glass.find(self.glass_id)
        if found is None:
            raise NotFound("there is no such entry")
        if is_same_person(work.tx.keys, found.actor, str(work.actor)):
            raise NotAllowed("this one is your own: somebody else must look at it")
        line = work.tx.fleet.find_home_line(found.household)
        if not may_review(work.principal, line):
            raise NotPermitted("your role does not show why: somebody whose role shows remarks must look at it")
        work.tx.glass.note_seen(found.id, str(work.actor), work.now)
        return found

    def record(self, result: BrokenGlass) -> Record:
        """The home, and whose it was."""
        return Record(f"household:{result.household}", {"of": result.actor})
