"""Hear nothing of one rule for a while: about one subject, or in one area."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.perform import Record
from homebeat.actions.permit import permit
from homebeat.actions.work import Work
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.errors import Incomplete, NotAllowed, NotFound, NotPermitted
from homebeat.domain.ids import AlertId, AreaId
from homebeat.domain.role import Operation
from homebeat.domain.silence import LONGEST_MS, LONGEST_SHELVING_MS, SHORTEST_MS, Silence, can_be_silenced
from homebeat.rules.catalogue import RULES

SHORTEST_REASON: Final = 5
LONGEST_REASON: Final = 500


def describe(silence: Silence) -> Record:
    """The record of an action on a silence. Why is not in it: a reason may name people, and stands sealed beside the silence."""
    return Record(
        f"area:{silence.area}" if silence.household is None else f"household:{silence.household}",
        {"silence": silence.id, "rule": silence.rule, "until": silence.ends_at},
    )


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
        reason = _check(self.reason, self.lasts_ms)
        alert = work.load_alert(self.alert_id, None)
        home = alert.subject.household
        if home is None or not can_be_silenced(alert.rule, alert.priority):
            raise NotAllowed("this alert cannot be held back: it calls for help, is critical, or is about homebeat itself")
        _check_rule(alert.rule)
        place = work.tx.fleet.find_places([home]).get(home)
        if place is None or not place.path:
            raise NotFound("there is no such household")
        if self.lasts_ms > LONGEST_SHELVING_MS:
            _check_may_silence(work, place.path, "for longer than 8 hours")
        return _add(work, alert.rule, Silence(0, alert.rule, alert.subject.key, home, place.path[0], reason, *_when(self, work)))

    def record(self, result: Silence) -> Record:
        """Where, which rule, until when."""
        return describe(result)


@dataclass(frozen=True, slots=True)
class SilenceArea:
    """Hold back the alerts of one rule in an area and all below it.

    1. The reason must say something; a call for help and what is critical cannot be held back.
    2. The area must lie where the principal may do this; a week at most.
    3. Write it, with its reason. Alerts that stand go on until somebody closes them.
    """

    name: ClassVar = "silence_area"
    operation: ClassVar = Operation.SILENCE

    rule: str
    area: AreaId
    reason: str
    lasts_ms: int

    def run(self, work: Work) -> Silence:
        """Returns the silence."""
        reason = _check(self.reason, self.lasts_ms)
        _check_rule(self.rule)
        line = work.tx.fleet.find_line(self.area)
        if not line or not work.principal.find_scope(self.operation).reaches(line):
            raise NotFound("there is no such area")
        return _add(work, self.rule, Silence(0, self.rule, "", None, self.area, reason, *_when(self, work)))

    def record(self, result: Silence) -> Record:
        """Where, which rule, until when."""
        return describe(result)


def _check(reason: str, lasts_ms: int) -> str:
    said = reason.strip()
    if not SHORTEST_REASON <= len(said) <= LONGEST_REASON:
        raise Incomplete(f"say why, in {SHORTEST_REASON} to {LONGEST_REASON} characters")
    if not SHORTEST_MS <= lasts_ms <= LONGEST_MS:
        raise Incomplete(f"a silence lasts 1 to {LONGEST_MS // MINUTE_MS} minutes")
    return said


def _check_rule(rule: str) -> None:
    """Make sure that a rule can be silenced.

    Raises:
        NotAllowed: It cannot, or there is no such rule.
    """
    found = RULES.get(rule)
    if found is None or not can_be_silenced(rule, found.priority):
        raise NotAllowed(f"{rule} cannot be silenced: it calls for help, is critical, or is no rule of the catalogue")


def _check_may_silence(work: Work, line: Collection[AreaId], what: str) -> None:
    permit(work.principal, Operation.SILENCE)
    if not work.principal.find_scope(Operation.SILENCE).reaches(line):
        raise NotPermitted(f"this silences {what}: it takes somebody who may silence in that area")


def _when(action: Shelve | SilenceArea, work: Work) -> tuple[str, int, int]:
    return str(work.actor), work.now, work.now + action.lasts_ms


def _add(work: Work, rule: str, new: Silence) -> Silence:
    found = work.tx.silences.find(work.tx.silences.add(new))
    if found is None:
        raise NotFound(f"the area of this silence of {rule} is gone")
    return found
