"""A telephone call about an alert that somebody made by hand: whom they called, and what became of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from homebeat.domain.alert import Reason

_PREFIX: Final = "call_"
_NUMBER: Final = re.compile(r"[0-9]{2,8}")


class CallResult(StrEnum):
    """What became of a call."""

    NO_ANSWER = "no_answer"
    SPOKE = "spoke"
    OFF = "off"  # switched off, or out of reach
    WRONG_NUMBER = "wrong_number"


class Callee(StrEnum):
    """Whom somebody can call about an alert."""

    RESIDENT = "resident"
    CONTACT = "contact"
    EMERGENCY = "emergency"  # the ambulance, the fire brigade or the police


@dataclass(frozen=True, slots=True)
class EnteredCall:
    """One call that somebody entered.

    Attributes:
        id: Of the resident or the contact, or the emergency number that was called. It names nobody.
    """

    callee: Callee
    id: str
    result: CallResult

    def make_reason(self) -> Reason:
        """Make the reason that stands in the alert's history."""
        return Reason(_PREFIX + self.result.value, {"callee": self.callee.value, "called": self.id})


def find_call(reason: Reason) -> EnteredCall | None:
    """Find the call that a reason in a history stands for; None where it stands for something else."""
    code, callee = reason.code.removeprefix(_PREFIX), reason.params.get("callee")
    if not reason.code.startswith(_PREFIX) or code not in set(CallResult) or callee not in set(Callee):
        return None
    return EnteredCall(Callee(str(callee)), str(reason.params.get("called", "")), CallResult(code))


def is_emergency_number(text: str) -> bool:
    """Whether it is a short number as people dial it for help."""
    return _NUMBER.fullmatch(text) is not None
