"""Give the work of a provider to its standby."""

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
class SuspendProvider:
    """Open the circuit of a provider at once: because the residents' supervising committee vetoed it, or a supervisor decides so.

    1. The reason must say something. The provider lies in the principal's areas with all that it serves.
    2. Refuse where the circuit has moved on since `version`, or people have opened it already.
    3. Write it with its reason. From now on its work goes to its standby; where nobody can stand in, it is notified all the same.
    4. The alert about it opens in each of its areas, and supervisors are notified. Orders that run go on.

    Attributes:
        is_veto: The residents' supervising committee decided so; it goes on record.
    """

    name: ClassVar = "suspend_provider"
    operation: ClassVar = Operation.SUSPEND

    provider: ResponderId
    reason: str = field(repr=False)
    is_veto: bool = False
    version: int | None = None

    def run(self, work: Work) -> Circuit:
        """Returns the circuit as it is now."""
        reason = check_reason(self.reason)
        entry = load_provider(work, self.provider, self.version)
        cause = CircuitCause.COMMITTEE if self.is_veto else CircuitCause.DECISION
        if entry.circuit.state is CircuitState.OPEN and entry.circuit.cause in {CircuitCause.COMMITTEE, cause}:
            raise NotAllowed("its work goes to its standby already")
        return change_circuit(work, entry, CircuitState.OPEN, cause, Tally(), reason)

    def record(self, result: Circuit) -> Record:
        """Which provider, and whether the committee decided it. Why stands sealed beside the circuit."""
        return Record(f"provider:{result.provider}", {"cause": result.cause.value, "version": result.version})
