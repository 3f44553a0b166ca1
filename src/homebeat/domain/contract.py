"""What a contracted organisation has promised, and what follows when it does not keep it: plain values."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from homebeat.domain.alert import Priority
from homebeat.domain.durations import MS
from homebeat.domain.ids import ResponderId
from homebeat.domain.visit import find_limits

#: How long from being asked until somebody says that they go, where the contract says nothing else: as of every visit.
ANSWER_WITHIN: Final[Mapping[Priority, timedelta]] = {one: find_limits(one).set_off for one in Priority}
#: How long from being asked until somebody stands at the door.
DOOR_WITHIN: Final[Mapping[Priority, timedelta]] = {one: find_limits(one).set_off + find_limits(one).arrive for one in Priority}


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract with a provider.

    Attributes:
        standby: Who gets its work when its circuit is open or the contract does not hold, in order.
        answer_within: How long it has to say that somebody goes; by the urgency of the alert.
        door_within: How long it has until somebody stands at the door.
        failed_share: More than this share of failed visits opens the circuit.
        window: Of how long back visits count.
        least_visits: With fewer visits in the window nothing opens by itself.
        trial_visits: So many trial visits kept in a row close the circuit.
        trial_after: So long after the share has opened the circuit, trial visits begin.
        first_day: The first day on which it holds; None for always.
        last_day: The last day on which it holds; None for no end.
        zone: The time zone of those days.
    """

    standby: tuple[ResponderId, ...] = ()
    answer_within: Mapping[Priority, timedelta] = field(default_factory=lambda: ANSWER_WITHIN)
    door_within: Mapping[Priority, timedelta] = field(default_factory=lambda: DOOR_WITHIN)
    failed_share: float = 0.15
    window: timedelta = timedelta(days=30)
    least_visits: int = 10
    trial_visits: int = 3
    trial_after: timedelta = timedelta(days=7)
    first_day: date | None = None
    last_day: date | None = None
    zone: str = "UTC"

    def holds_at(self, now: int) -> bool:
        """Whether it holds at `now` (epoch ms); both of its days are part of it."""
        if self.first_day is None and self.last_day is None:
            return True
        today = datetime.fromtimestamp(now / 1000, ZoneInfo(self.zone)).date()
        return (self.first_day is None or self.first_day <= today) and (self.last_day is None or today <= self.last_day)

    def compute_answer_due(self, asked_at: int, priority: Priority) -> int:
        """Compute until when somebody must have said that they go, epoch ms."""
        return asked_at + self.answer_within[priority] // MS

    def compute_door_due(self, asked_at: int, priority: Priority) -> int:
        """Compute until when somebody must stand at the door, epoch ms."""
        return asked_at + self.door_within[priority] // MS


def list_standby(who: ResponderId, contracts: Mapping[ResponderId, Contract | None]) -> list[ResponderId]:
    """List who stands in for a provider: its own standby, theirs, and so on; the nearest first, each once.

    Args:
        who: One of those in `contracts`.
        contracts: Of every provider that may stand in; None for one without. Whoever is not among them is left out.
    """
    found, follows = {who}, deque([who])
    standby: list[ResponderId] = []
    while follows:
        contract = contracts[follows.popleft()]
        for other in () if contract is None else contract.standby:
            if other in contracts and other not in found:
                found.add(other)
                standby.append(other)
                follows.append(other)
    return standby
