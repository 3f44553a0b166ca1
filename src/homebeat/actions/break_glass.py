"""See what one's role does not show of a home, for a reason and a short time."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.glass_alarm import MOST_HOMES, MOST_HOMES_IN_AREA, REACHES_BACK_MS, RULE, count_homes, find_areas_to_tell
from homebeat.actions.own_alert import decide_on_own_alert
from homebeat.actions.perform import Record
from homebeat.actions.same_person import is_same_person
from homebeat.actions.work import Work
from homebeat.domain.alert import Reason, Subject
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.errors import Incomplete, NotFound, Refused
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.role import Operation
from homebeat.domain.service_alerts import make_edge

_log = logging.getLogger(__name__)
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
       It names nobody, and prevents nothing. Once it is closed, the next home opens another one.

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
        area_here = next((entry.area for entry in reversed(recent) if entry.household == self.household), None)
        here = [entry for entry in recent if entry.area == area_here]
        first, again = dict[AreaId, Reason](), dict[AreaId, Reason]()
        for code, some, most in (("glass_broken_in_area", here, MOST_HOMES_IN_AREA), (RULE, own, MOST_HOMES)):
            reason, areas = Reason(code, {"homes": count_homes(some, work.now)}), find_areas_to_tell(some, most)
            first |= dict.fromkeys(areas.first, reason)
            again |= dict.fromkeys(areas.again, reason)
        for area in sorted(first.keys() | again.keys()):
            _tell_area(work, area, first.get(area) or again[area], is_first=area in first)

    def record(self, result: int) -> Record:
        """The home, and until when it holds."""
        return Record(f"household:{self.household}", {"until": result})


def _tell_area(work: Work, area: AreaId, reason: Reason, *, is_first: bool) -> None:
    """Open the alert of an area, or add to it. If that fails, the glass is broken all the same: a life may hang on it."""
    edge = make_edge(RULE, Subject(area=area), reason, work.now)
    key = RULE, edge.subject.key
    try:
        with work.tx.begin_part():
            standing = work.tx.alerts.find_standing([key]).get(key)
            if is_first or standing is None:
                work.write_step(*decide_on_own_alert(edge, standing))
    except Refused as refused:
        _log.error("an alert about much broken glass in area %s could not be written: %s", area, refused)
