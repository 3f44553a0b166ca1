"""Offer one's open alerts to whoever comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from homebeat.actions.perform import Record
from homebeat.actions.same_person import find_maker, is_same_person, list_names
from homebeat.actions.work import Work
from homebeat.domain.alert import Alert
from homebeat.domain.errors import Incomplete, NotFound, NotPermitted
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation, Relation

_HERE: Final = frozenset({Relation.IN_AREA})


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer, with the alerts that somebody would take over now."""

    offer: int
    alerts: Sequence[Alert]


@dataclass(frozen=True, slots=True)
class OfferHandOver:
    """Offer the open alerts of somebody, in an area and all below it, to somebody else by name.

    1. The area must lie where the principal answers alerts.
    2. The alerts are the principal's own (a key counts as whoever made it), or they arrange duty there: somebody may have gone
       home without a word.
    3. Whoever is to take over has an account, another one, and answers alerts there.
    4. Write the offer. Nothing changes hands before it is accepted.

    Attributes:
        accepting: The name of an account.
        leaving: The name of an account; empty for the principal's own.
    """

    name: ClassVar = "offer_hand_over"
    operation: ClassVar = Operation.ANSWER

    area: AreaId
    accepting: str
    leaving: str = ""

    def run(self, work: Work) -> Offered:
        """Returns the offer."""
        line = work.tx.fleet.find_line(self.area)
        if not line or not work.principal.find_scope(self.operation).reaches(line):
            raise NotFound(f"there is no area {self.area!r}")
        leaving = f"user:{self.leaving}" if self.leaving else find_maker(work.tx.keys, str(work.actor))
        if not is_same_person(work.tx.keys, leaving, str(work.actor)) and not work.principal.may_on(
            Operation.ARRANGE_DUTY, line, _HERE
        ):
            raise NotPermitted("whoever has the alerts offers them, or a supervisor of the area")
        account = work.tx.accounts.find(self.accepting)
        if account is None or account.disabled_at is not None or f"user:{account.name}" == leaving:
            raise Incomplete(f"{self.accepting!r} cannot take over: name the account of somebody else who answers alerts here")
        if not account.principal.may_on(Operation.ANSWER, line, _HERE):
            raise Incomplete(f"{self.accepting!r} does not answer alerts in this area")
        offer = work.tx.hand_overs.add(self.area, leaving, f"user:{account.name}", str(work.actor), work.now)
        return Offered(offer, work.tx.hand_overs.list_alerts(list_names(work.tx.keys, leaving), self.area))

    def record(self, result: Offered) -> Record:
        """The offer: whose alerts, to whom, how many there are now."""
        leaving = f"user:{self.leaving}" if self.leaving else ""
        detail: dict[str, str | int] = {
            "offer": result.offer,
            "to": f"user:{self.accepting}",
            "of": leaving,
            "alerts": len(result.alerts),
        }
        return Record(f"area:{self.area}", detail)
