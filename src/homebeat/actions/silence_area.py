"""Hear nothing of one rule in an area for a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.silencing import add_silence, check_rule, check_wanted, describe, list_origin
from homebeat.actions.work import Work
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation
from homebeat.domain.silence import Silence


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
        reason = check_wanted(self.reason, self.lasts_ms)
        check_rule(self.rule)
        line = work.tx.fleet.find_line(self.area)
        if not line or not work.principal.find_scope(self.operation).reaches(line):
            raise NotFound("there is no such area")
        origin = list_origin(work, self.lasts_ms)
        return add_silence(work, Silence(0, self.rule, "", None, self.area, reason, *origin))

    def record(self, result: Silence) -> Record:
        """Where, which rule, until when."""
        return describe(result)
