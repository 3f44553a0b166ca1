"""The circuit of a provider: closed while it gets its work, open while its standby does, and on trial between the two."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from homebeat.domain.contract import Contract
from homebeat.domain.durations import MS
from homebeat.domain.ids import ResponderId

_ROUNDING: Final = 1e-9


class CircuitState(StrEnum):
    """Who gets the work."""

    CLOSED = "closed"  # the provider
    OPEN = "open"  # its standby
    TRIAL = "trial"  # both: the standby stands in where the provider does not come


class CircuitCause(StrEnum):
    """Why it is in its state."""

    NEVER = "never"  # nothing has ever happened
    SHARE = "share"  # too many visits failed
    COMMITTEE = "committee"  # the residents' supervising committee vetoed the provider
    DECISION = "decision"  # a supervisor decided
    WAITED = "waited"  # it was open for long enough to be tried again
    TRIAL_FAILED = "trial_failed"
    TRIAL_KEPT = "trial_kept"  # enough trial visits were kept in a row


@dataclass(frozen=True, slots=True)
class Circuit:
    """The circuit of one provider.

    Attributes:
        since: When it came into this state, epoch ms. Only what was asked after that counts.
        actor: Who brought it there.
        version: Counts its changes; 0 where there was none.
        failed: How many visits had failed when it opened, of `visits` that counted.
        reason: What a person said about it; empty where nobody did.
    """

    provider: ResponderId
    state: CircuitState = CircuitState.CLOSED
    cause: CircuitCause = CircuitCause.NEVER
    since: int = 0
    actor: str = ""
    version: int = 0
    visits: int = 0
    failed: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """What has been counted of a provider.

    Attributes:
        visits: How many visits count.
        failed: How many of them failed.
    """

    visits: int = 0
    failed: int = 0


def find_counted_from(circuit: Circuit, contract: Contract, now: int) -> int:
    """Find from when on visits count for the next change of a circuit, epoch ms."""
    return max(circuit.since, now - contract.window // MS) if circuit.state is CircuitState.CLOSED else circuit.since


def judge_circuit(
    circuit: Circuit, contract: Contract | None, tally: Tally, now: int
) -> tuple[CircuitState, CircuitCause] | None:
    """Judge whether a circuit changes by itself.

    Args:
        circuit: As it is.
        contract: Without one nothing opens by itself.
        tally: What counts since `find_counted_from`.
        now: Epoch ms.

    Returns:
        Its next state and why; None where it stays as it is. What people opened is closed by people alone.
    """
    terms = contract or Contract()
    match circuit.state:
        case CircuitState.CLOSED:
            is_enough = contract is not None and tally.visits >= max(1, terms.least_visits)
            # exactly the share is not more than it, however a computer writes 0.29
            if is_enough and tally.failed > terms.failed_share * tally.visits + _ROUNDING:
                return CircuitState.OPEN, CircuitCause.SHARE
        case CircuitState.OPEN:
            if circuit.cause is CircuitCause.SHARE and now >= circuit.since + terms.trial_after // MS:
                return CircuitState.TRIAL, CircuitCause.WAITED
        case CircuitState.TRIAL:
            if tally.failed:
                return CircuitState.OPEN, CircuitCause.TRIAL_FAILED
            if tally.visits >= terms.trial_visits:
                return CircuitState.CLOSED, CircuitCause.TRIAL_KEPT
    return None
