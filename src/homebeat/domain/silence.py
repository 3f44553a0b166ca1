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
#: Stands in the place of a rule: somebody works on the devices of a home or an area.
MAINTENANCE: Final = "maintenance"
#: What such work explains. What is about a person is never held back by it; their alerts say that there is work.
MAINTAINED: Final = frozenset({"device_silent", "device_battery_low", "device_tamper", "meter_fault", "not_worn"})
#: The parameter of a reason that mentions such work: until when it goes on, epoch ms.
WORK_UNTIL: Final = "maintained_at"


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
        rule: Which rule opens no alert; `MAINTENANCE` for all of `MAINTAINED`.
        subject_key: About whom or what (`Subject.key`); empty for all homes of `area` and of all areas below it.
        household: The home of the subject; None for an area.
        area: The area that is silenced, or the one of the home when the silence was made.
        reason: Why; whoever reads may find a mark that it is hidden, or cannot be read.
        actor: Who made it.
        lifted_by: Who ended it before its time; empty for nobody.
        held: How many alerts it has held back, those included that were over before it ended.
        starts_at: From when it holds, where that is later than `at`.
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
    starts_at: int = 0

    def is_active(self, now: int) -> bool:
        """Whether it holds at `now`. One that seems made later was made before the clock was corrected: it does not hold."""
        return self.lifted_at is None and max(self.at, self.starts_at) <= now < self.ends_at

    def covers(self, edge: Edge, path: Collection[AreaId]) -> bool:
        """Whether it is about this edge.

        Args:
            edge: What the engine says.
            path: The area of the home and every area above it.
        """
        if not can_be_silenced(edge.rule, edge.priority):
            return False
        if edge.rule not in (MAINTAINED if self.rule == MAINTENANCE else {self.rule}):
            return False
        of_home = self.rule == MAINTENANCE and self.subject_key == f"household:{edge.subject.household}"
        return of_home or edge.subject.key == self.subject_key if self.subject_key else self.area in path

    def is_work_near(self, edge: Edge, path: Collection[AreaId]) -> bool:
        """Whether it is work on devices of the home that an edge is about, which it does not hold back."""
        if self.rule != MAINTENANCE or edge.rule in MAINTAINED or is_call_for_help(edge.rule) or edge.subject.household is None:
            return False
        return self.household == edge.subject.household if self.household is not None else self.area in path
