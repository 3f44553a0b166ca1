"""Say of dead letters that nobody was notified, where no other channel has brought the message in time."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.give_up import GiveUp
from homebeat.actions.perform import Record, perform_in
from homebeat.actions.work import Work
from homebeat.domain.errors import Busy, Refused, Unavailable
from homebeat.domain.role import Operation

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SayDeadLetters:
    """Decide on the dead letters that have waited for another channel of the same person.

    1. Take those whose time has come. What another process decides on right now is left out.
    2. Give up on each (`GiveUp`): where another channel has brought the message meanwhile, nothing is said; else the alert opens,
       also where one is still tried.
    3. One that fails, such as where somebody changes the same alert, has its turn again a minute later, and holds up no other.
    """

    name: ClassVar = "say_dead_letters"
    operation: ClassVar = Operation.GIVE_UP

    limit: int

    def run(self, work: Work) -> int:
        """Returns how many failed."""
        refused = 0
        for letter in work.tx.dead_letters.take(work.now, self.limit):
            try:
                with work.tx.begin_part():
                    say = GiveUp(letter, letter.attempts, work.now, waits=False)
                    perform_in(work.tx, work.principal, say, work.now, work.setup)
            except (Busy, Unavailable):
                raise
            except Exception as error:  # noqa: BLE001 -- whatever it is: what others are to hear of does not wait for it
                if not isinstance(error, Refused):
                    _log.error("of a dead letter it could not be said that nobody got it", exc_info=error)
                work.tx.dead_letters.put_off(letter.id, work.now)
                refused += 1
        return refused

    def record(self, result: int) -> Record | None:
        """How many were refused; None for none: each that is decided on has a record of its own."""
        return Record("", {"refused": result}) if result else None
