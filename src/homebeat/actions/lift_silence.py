"""End a silence before its time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from homebeat.actions.perform import Record
from homebeat.actions.silencing import describe
from homebeat.actions.work import Work
from homebeat.domain.errors import NotAllowed, NotFound, NotPermitted
from homebeat.domain.role import Operation
from homebeat.domain.silence import Silence


@dataclass(frozen=True, slots=True)
class LiftSilence:
    """End a silence before its time. What it holds back and still is so opens within a minute.

    1. It must hold.
    2. It is the principal's own, or they may silence in its area.
    3. Write who ended it.
    """

    name: ClassVar = "lift_silence"
    operation: ClassVar = Operation.SHELVE

    silence_id: int

    def run(self, work: Work) -> Silence:
        """Returns it as it is now."""
        found = work.tx.silences.find(self.silence_id)
        if found is None:
            raise NotFound("there is no such silence")
        home, fleet = found.household, work.tx.fleet
        line = fleet.find_line(found.area) if home is None else fleet.find_home_line(home)
        if found.actor != str(work.actor) and not work.principal.find_scope(Operation.SILENCE).reaches(line):
            raise NotPermitted("somebody else made this silence: it takes somebody who may silence in that area")
        if not work.tx.silences.lift(found.id, str(work.actor), work.now):
            raise NotAllowed("this silence is over already")
        lifted = work.tx.silences.find(self.silence_id)
        return lifted or found

    def record(self, result: Silence) -> Record:
        """Where, which rule, and until when it would have held."""
        return describe(result)
