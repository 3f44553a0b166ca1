"""Who the people on duty are. Telephone numbers are for whoever answers alerts or arranges duty; each look is on record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from homebeat.actions.look import Look
from homebeat.actions.view import View
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import ResponderId
from homebeat.domain.role import Field, Operation

#: What the audit says that such a look is about.
ABOUT: Final = "duty"


@dataclass(frozen=True, slots=True)
class DutyPerson:
    """Somebody who has shifts; `phone` is empty where it is not known, or not shown."""

    responder: ResponderId
    name: str
    kind: ResponderKind
    phone: str
    account: str


def find_duty_people(
    view: View, responders: Iterable[ResponderId], *, with_phones: bool = False
) -> dict[ResponderId, DutyPerson]:
    """Find the names of responders, and their telephone numbers where these are asked for and shown; notes the look."""
    is_shown = with_phones and sees_phones(view)
    found = {
        one.id: DutyPerson(one.id, one.name or one.id, one.kind, one.phone if is_shown else "", one.account)
        for one in view.reader.duty.find_opened(responders).values()
    }
    if any(one.phone for one in found.values()):
        view.looks.append(Look(ABOUT, frozenset({Field.PHONE})))
    return found


def sees_phones(view: View) -> bool:
    """Whether whoever looks may have to call the people on duty. Of roles in several areas the narrowest counts."""
    read = view.principal.find_scope(Operation.READ_DUTY)
    return read in {view.principal.find_scope(Operation.ANSWER), view.principal.find_scope(Operation.ARRANGE_DUTY)}
