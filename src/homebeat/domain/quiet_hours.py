"""Quiet hours: what can wait until the morning waits until the morning. It is put off, and never dropped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from homebeat.domain.alert import Priority
from homebeat.domain.wall_clock import find_instant, find_zone

#: What may be put off at all: never what is critical or high.
CAN_WAIT: Final = (Priority.MEDIUM, Priority.LOW)
#: The reason that stands with a notice that waits.
PUT_OFF: Final = "put off: quiet hours of the recipient"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When somebody is not to be written to about what can wait.

    Attributes:
        starts: Minutes after midnight by the wall clock, 0 to 1439.
        ends: The same; not later than `starts`: on the next day.
        priorities: Of `CAN_WAIT`.
    """

    starts: int
    ends: int
    priorities: tuple[Priority, ...] = CAN_WAIT

    def find_end(self, at: int, zone: str, priority: Priority) -> int | None:
        """Find when the quiet hours end in which an instant lies.

        Args:
            at: Epoch ms.
            zone: Whose wall clock, as `Asia/Shanghai`. One that is not known counts as UTC.
            priority: Of the alert.

        Returns:
            Epoch ms; None where it lies in none, or the alert is too urgent to wait.
        """
        if priority not in self.priorities or priority not in CAN_WAIT:
            return None
        clock = find_zone(zone)
        today = datetime.fromtimestamp(at / 1000, UTC).astimezone(clock).date()
        nights = int(self.ends <= self.starts)
        for day in (today - timedelta(days=1), today):
            end = find_instant(day + timedelta(days=nights), self.ends, clock)
            if find_instant(day, self.starts, clock) <= at < end:
                return end
        return None
