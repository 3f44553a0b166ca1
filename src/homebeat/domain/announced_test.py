"""A test alarm that somebody has announced: the alarm is a real one all the same, and only says that it may be the test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from homebeat.domain.alert import Alert
from homebeat.domain.durations import MINUTE_MS

#: So long after it was announced a test may be pressed.
TEST_MS: Final = 30 * MINUTE_MS
#: Rules of alarms that somebody raises on purpose.
CALLING: Final = ("sos", "fall", "smoke", "gas", "call_button")


@dataclass(frozen=True, slots=True)
class AnnouncedTest:
    """The last test of a home that was announced.

    Attributes:
        actor: Who announced it, as histories name them.
        at: When, epoch ms.
        until: When it ends.
    """

    actor: str
    at: int
    until: int

    def covers(self, alert: Alert) -> bool:
        """Whether an alert may be the test: somebody raised it on purpose, within its time."""
        return alert.rule in CALLING and self.at <= alert.opened_at <= self.until
