"""What a family can answer by the link in a message."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

#: Before the name of an answer, it is the code of the reason in the alert's history.
_PREFIX: Final = "family_"


class FamilyReply(StrEnum):
    """One answer. A contact may change it at any time, until the alert is closed."""

    CALLING = "calling"  # I am calling her
    FINE = "fine"  # she is fine
    WITH_ME = "with_me"  # she is with me until a day
    GO = "go"  # please go and check

    @property
    def code(self) -> str:
        """The code of the reason that stands in the alert's history."""
        return _PREFIX + self.value


#: What somebody can answer who is asked how they are themselves.
OWN_REPLIES: Final = frozenset({FamilyReply.FINE, FamilyReply.GO})


def find_reply(code: str) -> FamilyReply | None:
    """Find which answer a reason of an alert's history is; None for every other reason."""
    return next((reply for reply in FamilyReply if reply.code == code), None)
