"""Hold back further alerts like one: of its rule, about its subject."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.permit import permit
from homebeat.actions.silencing import add_silence, check_rule, check_wanted, describe, list_origin
from homebeat.actions.work import Work
from homebeat.domain.errors import NotAllowed, NotFound, NotPermitted
from homebeat.domain.ids import AlertId, AreaId
from homebeat.domain.role import Operation
from homebeat.domain.silence import LONGEST_SHELVING_MS, Silence, can_be_silenced


@dataclass(frozen=True, slots=True)
class Shelve:
    """Hold back further alerts like this one: of its rule, about its subject.

    1. The reason must say something; a call for help and what is critical cannot be held back.
    2. At most a shift; whoever may silence in the area of the home, at most a week.
    3. Write it, with its reason. The alert itself goes on until somebody closes it.
    """

    name: ClassVar = "shelve"
    operation: ClassVar = Operation.SHELVE

    alert_id: AlertId
    reason: str
    lasts_ms: int

    def run(self, work: Work) -> Silence:
        """Returns the silence."""
        reason = check_wanted(self.reason, self.lasts_ms)
        alert = work.load_alert(self.alert_id, None)
        home = alert.subject.household
        if home is None or not can_be_silenced(alert.rule, alert.priority):
            raise NotAllowed("this alert cannot be held back: it calls for help, is critical, or is about homebeat itself")
        check_rule(alert.rule)
        place = work.tx.fleet.find_places([home]).get(home)
        if place is None or not place.path:
            raise NotFound("there is no such household")
        if self.lasts_ms > LONGEST_SHELVING_MS:
            _check_may_silence(work, place.path, "for longer than 8 hours")
        origin = list_origin(work, self.lasts_ms)
        return add_silence(work, Silence(0, alert.rule, alert.subject.key, home, place.path[0], reason, *origin))

    def record(self, result: Silence) -> Record:
        """Where, which rule, until when."""
        return describe(result)


def _check_may_silence(work: Work, line: Collection[AreaId], what: str) -> None:
    permit(work.principal, Operation.SILENCE)
    if not work.principal.find_scope(Operation.SILENCE).reaches(line):
        raise NotPermitted(f"this silences {what}: it takes somebody who may silence in that area")
