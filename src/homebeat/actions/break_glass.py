"""See what one's role does not show of a home, for a reason and a short time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.glass_alarm import MOST_HOMES, MOST_HOMES_IN_AREA, REACHES_BACK_MS, RULE, count_homes, find_areas_to_tell
from homebeat.actions.own_alert import decide_on_own_alert
from homebeat.actions.perform import Record
from homebeat.actions.same_person import is_same_person
from homebeat.actions.work import Work
from homebeat.domain.alert import Reason, Subject
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.errors import Incomplete, NotFound
from homebeat.domain.ids import HouseholdId
from homebeat.domain.role import Operation
from homebeat.domain.service_alerts import make_edge

#: How long it holds: as long as an emergency call and the way there take.
HOLDS_MS: Final = 30 * MINUTE_MS
SHORTEST_REASON: Final = 5
LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """See for half an hour whatever of a home one's role can show at all.

    1. The reason must say something.
    2. The home must lie where the principal may do this.
    3. Write it, with its reason; supervisors find it on their page until one of them has looked at it.
    4. Where one person does it for many homes, or many do it in one area, open an alert there: whoever reviews must look at once.
       It names nobody, and prevents nothing.

    The audit has who, when and which home. The reason may name people, so it stands sealed beside the home alone.
    """

    name: ClassVar = "break_glass"
    operation: ClassVar = Operation.BREAK_GLASS

    household: HouseholdId
    reason: str

    def run(self, work: Work) -> int:
        """Returns until when it holds, epoch ms."""
        reason = self.reason.strip()
        if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
            raise Incomplete(f"say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters")
        line = work.tx.fleet.find_home_line(self.household)
        if not line or not work.principal.find_scope(self.operation).reaches(line):
            raise NotFound("there is no such household")
        ends_at = work.now + HOLDS_MS
        work.tx.glass.add(str(work.actor), self.household, reason, work.now, ends_at)
        self._tell_where_often(work)
        return ends_at

    def _tell_where_often(self, work: Work) -> None:
        recent = work.tx.glass.list_since(work.now - REACHES_BACK_MS)
        people = {one: is_same_person(work.tx.keys, one, str(work.actor)) for one in {entry.actor for entry in recent}}
        own = [entry for entry in recent if people[entry.actor]]
        reason = Reason(RULE, {"homes": count_homes(own, work.now)})
        alerted = dict.fromkeys(find_areas_to_tell(own, MOST_HOMES), reason)
        area_here = next((entry.area for entry in reversed(recent) if entry.household == self.household), None)
        here = [entry for entry in recent if entry.area == area_here]
        if areas := find_areas_to_tell(here, MOST_HOMES_IN_AREA):
            reason = Reason("glass_broken_in_area", {"homes": count_homes(here, work.now)})
            alerted = dict.fromkeys(areas, reason) | alerted
        keys = {area: (RULE, Subject(area=area).key) for area in alerted}
        standing = work.tx.alerts.find_standing(keys.values()) if alerted else {}
        for area, why in sorted(alerted.items()):
            edge = make_edge(RULE, Subject(area=area), why, work.now)
            work.write_step(*decide_on_own_alert(edge, standing.get(keys[area])))

    def record(self, result: int) -> Record:
        """The home, and until when it holds."""
        return Record(f"household:{self.household}", {"until": result})
