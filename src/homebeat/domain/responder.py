"""A responder as one home has them: enough to decide whom to notify, and nothing personal."""

from __future__ import annotations

from dataclasses import dataclass

from homebeat.domain.circuit import CircuitState
from homebeat.domain.contract import Contract
from homebeat.domain.fleet import USUAL_LANGUAGE, ResponderKind
from homebeat.domain.ids import ContactId, ResponderId


@dataclass(frozen=True, slots=True)
class HomeResponder:
    """Somebody who answers for alerts of one home.

    Attributes:
        contact: As whom they are notified: `/ID`.
        ways: Kind and endpoint of each channel, in the order of their channels; empty where they cannot be notified.
        is_paired: They are paired with this home.
        place: In the fleet file: the order in which to call those who are not paired.
        account: The name that they sign in with; empty for none.
        language: The tag of the language that they are written to in.
        contract: Of a provider; None where it has none.
        circuit: Of a provider: whether it gets its work.
    """

    responder: ResponderId
    contact: ContactId
    kind: ResponderKind
    ways: tuple[tuple[str, str], ...]
    is_paired: bool
    place: int
    account: str = ""
    language: str = USUAL_LANGUAGE
    contract: Contract | None = None
    circuit: CircuitState = CircuitState.CLOSED
