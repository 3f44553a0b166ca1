"""Say what is to be done about alerts of one rule in an area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import Incomplete, NotFound, StaleVersion
from homebeat.domain.guide import Guide, tidy_steps
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation
from homebeat.rules.catalogue import RULES


@dataclass(frozen=True, slots=True)
class SetGuide:
    """Write the steps that a card shows beside alerts of one rule.

    1. Refuse a rule that does not exist, and more than a few steps.
    2. The area must lie where the principal may do this; refuse where somebody has changed it since `version`.
    3. Write it. What it was before is kept beside it, so that it can be put back. No steps: the usual ones hold again.
    """

    name: ClassVar = "set_guide"
    operation: ClassVar = Operation.SET_GUIDES

    area: AreaId
    rule: str
    language: str
    text: str
    version: int

    def run(self, work: Work) -> Guide:
        """Returns the guide as it is now."""
        if self.rule not in RULES:
            raise NotFound("there is no such rule")
        try:
            text = tidy_steps(self.text)
        except ValueError as error:
            raise Incomplete(str(error)) from error
        line = work.tx.fleet.find_line(self.area)
        if not line or not work.principal.find_scope(self.operation).reaches(line):
            raise NotFound("there is no such area")
        before = work.tx.guides.find(self.area, self.rule, self.language)
        if self.version != (before.version if before else 0):
            raise StaleVersion("somebody has changed this meanwhile: look at it again")
        was = before.text if before else ""
        after = Guide(self.area, self.rule, self.language, text, was, self.version + 1, work.now, str(work.actor))
        work.tx.guides.put(after)
        return after

    def record(self, result: Guide) -> Record:
        """Where, of which rule, how many steps now and before; the texts stand beside each other in the guide itself."""
        many = {"steps": len(result.steps), "before": len(result.before.splitlines()), "version": result.version}
        return Record(f"area:{result.area}", {"rule": result.rule, "language": result.language, **many})
