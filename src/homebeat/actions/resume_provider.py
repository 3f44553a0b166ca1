"""Give a provider its work back, at once or on trial."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from homebeat.actions.circuits import change_circuit, check_reason, load_provider
from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.circuit import Circuit, CircuitCause, CircuitState, Tally
from homebeat.domain.errors import NotAllowed
from homebeat.domain.ids import ResponderId
from homebeat.domain.role import Operation


@dataclass(frozen=True, slots=True)
class ResumeProvider:
    """Close the circuit of a provider, or begin its trial visits.

    1. The reason must say something. The provider lies in the principal's areas with all that it serves.
    2. Refuse where the circuit has moved on since `version`, or is in that state already.
    3. Write it with its reason. What was counted before does not count any more.
    4. Closed: the alert about it clears. On trial: its standby is notified together with it, until enough visits were kept.
    """

    name: ClassVar = "resume_provider"
    operation: ClassVar = Operation.SUSPEND

    provider: ResponderId
    reason: str = field(repr=False)
    on_trial: bool = False
    version: int | None = None

    def run(self, work: Work) -> Circuit:
        """Returns the circuit as it is now."""
        reason = check_reason(self.reason)
        entry = load_provider(work, self.provider, self.version)
        state = CircuitState.TRIAL if self.on_trial else CircuitState.CLOSED
        if entry.circuit.state is CircuitState.CLOSED or entry.circuit.state is state:
            raise NotAllowed(
                "it has its work already" if entry.circuit.state is CircuitState.CLOSED else "it is on trial already"
            )
        return change_circuit(work, entry, state, CircuitCause.DECISION, Tally(), reason)

    def record(self, result: Circuit) -> Record:
        """Which provider, and how. Why stands sealed beside the circuit."""
        return Record(f"provider:{result.provider}", {"state": result.state.value, "version": result.version})
