"""Silences: one rule opens no alert about one subject, or in one area, for a while. What calls for help is never held back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from homebeat.domain.alert import JUDGING_FAILED, Edge, Priority
from homebeat.domain.durations import DAY_MS, HOUR_MS, MINUTE_MS
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.response_plan import is_call_for_help
from homebeat.domain.service_alerts import SERVICE_ALERTS

SHORTEST_MS: Final = MINUTE_MS
#: A week. What shall be quiet for longer is a matter of the rule's settings, or of a repair.
LONGEST_MS: Final = 7 * DAY_MS
#: A shift: whoever comes next decides anew.
LONGEST_SHELVING_MS: Final = 8 * HOUR_MS
#: The code of the reason that is stored with what a silence held back.
SILENCED: Final = "silenced"


def can_be_silenced(rule: str, priority: Priority) -> bool:
    """Whether a silence may hold back an alert of this rule with this priority.

    Never a call for help, whatever is critical, and what homebeat says about itself, an area or an unregistered device.
    """
    if is_call_for_help(rule) or priority is Priority.CRITICAL:
        return False
    return rule not in SERVICE_ALERTS and rule != JUDGING_FAILED


@dataclass(frozen=True, slots=True)
class Silence:
    """What somebody wants to hear nothing of, for a while. Times are epoch ms by the database's clock.

    Attributes:
        rule: Which rule opens no alert.
        subject_key: About whom or what (`Subject.key`); empty for all homes of `area` and of all areas below it.
        household: The home of the subject; None for an area.
        area: The area that is silenced, or the one of the home when the silence was made.
        reason: Why; whoever reads may find a mark that it is hidden, or cannot be read.
        actor: Who made it.
        lifted_by: Who ended it before its time; empty for nobody.
        held: How many alerts it has held back, those included that were over before it ended.
    """

    id: int
    rule: str
    subject_key: str
    household: HouseholdId | None
    area: AreaId
    reason: str
    actor: str
    at: int
    ends_at: int
    lifted_by: str = ""
    lifted_at: int | None = None
    held: int = 0

    def is_active(self, now: int) -> bool:
        """Whether it holds at `now`. One that seems to begin later was made before the clock was corrected: it does not hold."""
        return self.lifted_at is None and self.at <= now < self.ends_at

    def covers(self, edge: Edge, path: Collection[AreaId]) -> bool:
        """Whether it is about this edge.

        Args:
            edge: What the engine says.
            path: The area of the home and every area above it.
        """
        if edge.rule != self.rule or not can_be_silenced(edge.rule, edge.priority):
            return False
        return edge.subject.key == self.subject_key if self.subject_key else self.area in path
