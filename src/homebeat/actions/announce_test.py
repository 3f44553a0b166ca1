"""Announce a test alarm of a home, or say that it is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.home_writing import require_home
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.announced_test import TEST_MS, AnnouncedTest
from homebeat.domain.ids import HouseholdId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class AnnounceTest:
    """Say that somebody is about to press a band or a button of a home, so that whoever sees the alarm can ask them.

    1. The home must be there, where the principal may fit devices.
    2. Write who tests, and until when. Nothing is held back: the alarm is judged, notified and taken as every other.
    3. With `is_over` the test ends now; alarms that came within its time go on saying so.
    """

    name: ClassVar = "announce_test"
    operation: ClassVar = Operation.FIT_DEVICES

    household: HouseholdId
    is_over: bool = False

    def run(self, work: Work) -> AnnouncedTest:
        """Returns the test as it is now.

        Raises:
            NotFound: There is no such home where they may do this.
        """
        require_home(work, self.operation, self.household)
        standing = work.tx.home_changes.find_tests([self.household]).get(self.household)
        test = AnnouncedTest(str(work.actor), work.now, work.now + TEST_MS)
        if self.is_over:
            begun = standing.at if standing is not None else work.now
            test = AnnouncedTest(standing.actor if standing else str(work.actor), begun, work.now)
        work.tx.home_changes.put_test(self.household, test)
        return test

    def record(self, result: AnnouncedTest) -> Record:
        """The home, and until when."""
        return Record(f"household:{self.household}", {"until": result.until, "over": self.is_over})
