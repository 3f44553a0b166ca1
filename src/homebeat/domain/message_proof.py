"""What a provider says became of a message after it had accepted it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class MessageProof(StrEnum):
    """What became of a message or a call."""

    AWAITED = "awaited"  # accepted; the provider will say more
    FAILED = "failed"  # it cannot reach this address
    UNANSWERED = "unanswered"  # nobody picked up
    ECHOED = "echoed"  # the device on which a resident is asked has answered: it works, and nobody is known to have noticed
    DELIVERED = "delivered"
    PICKED_UP = "picked_up"  # by a person or a voice box
    KEY = "key"  # somebody has pressed a key

    @property
    def is_proof(self) -> bool:
        """Whether the message has arrived. Whether somebody acts on it, only an answer says."""
        return _RANKS[self] > _RANKS[MessageProof.UNANSWERED]

    def follows(self, before: MessageProof) -> bool:
        """Whether it says more than what was known before: providers repeat receipts, and send them in any order."""
        return _RANKS[self] > _RANKS[before]


_RANKS: Final[Mapping[MessageProof, int]] = {
    MessageProof.AWAITED: 0,
    MessageProof.FAILED: 1,
    MessageProof.UNANSWERED: 1,
    MessageProof.ECHOED: 1,
    MessageProof.DELIVERED: 2,
    MessageProof.PICKED_UP: 3,
    MessageProof.KEY: 4,
}


@dataclass(frozen=True, slots=True)
class ProviderReceipt:
    """What a provider says of one message or call.

    Attributes:
        reference: Its own name of the message, as in its answer when it accepted it.
        code: Its own word for what happened.
        key: Which key was pressed; empty for none.
    """

    reference: str
    arrival: MessageProof
    code: str = ""
    key: str = ""
