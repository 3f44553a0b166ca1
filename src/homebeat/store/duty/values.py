"""Values about duty; times in epoch milliseconds UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from homebeat.domain.alert import Priority
from homebeat.domain.certificate import Certificate
from homebeat.domain.circuit import Circuit, CircuitState
from homebeat.domain.complaint import ComplaintState
from homebeat.domain.contract import Contract
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import AlertId, AreaId, ContactId, HouseholdId, ResponderId, RotaId
from homebeat.domain.leave import Leave
from homebeat.domain.provider_order import ProviderOrder
from homebeat.domain.rota import Rota


@dataclass(frozen=True, slots=True)
class ListedResponder:
    """A responder without anything personal; `areas` empty: everywhere."""

    responder: ResponderId
    kind: ResponderKind
    areas: tuple[AreaId, ...]
    account: str


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """A provider without anything personal.

    Attributes:
        areas: Where it answers; empty for everywhere.
        contract: None where it has none.
        circuit: Who gets its work.
        is_reachable: It has a channel.
    """

    provider: ResponderId
    areas: tuple[AreaId, ...]
    contract: Contract | None
    circuit: Circuit
    is_reachable: bool

    def can_stand_in(self, now: int) -> bool:
        """Whether it can be given the work of another provider at `now` (epoch ms)."""
        holds = self.contract is None or self.contract.holds_at(now)
        return self.is_reachable and holds and self.circuit.state is not CircuitState.OPEN


@dataclass(frozen=True, slots=True)
class VolunteerEntry:
    """A volunteer without anything personal.

    Attributes:
        areas: Where they answer; empty for everywhere.
        skills: As the fleet file says; those that need a certificate too.
    """

    volunteer: ResponderId
    areas: tuple[AreaId, ...]
    skills: tuple[str, ...]
    certificates: tuple[Certificate, ...]


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that nobody has judged yet, with what is known of its alert.

    Attributes:
        is_answered: Somebody has taken the alert, or closed it.
    """

    order: ProviderOrder
    priority: Priority
    is_answered: bool


@dataclass(frozen=True, slots=True)
class RotaEntry:
    """A rota as it holds now: its exceptions are those of the file and what was entered since.

    Attributes:
        version: Counts how often its pattern was set.
        kept_since: Since when the console keeps it; None where the rota file does.
        retired_at: When it was retired; None where it holds.
        before: What it was before its last change in the console; None where it was not there.
    """

    rota: Rota
    version: int
    set_by: str
    set_at: int
    kept_since: int | None = None
    retired_at: int | None = None
    before: Rota | None = None


@dataclass(frozen=True, slots=True)
class ShiftEntry:
    """A shift that somebody has, with what tells whom to notify.

    Attributes:
        area: Of the rota.
        kind: What they are on duty as.
        account: The name that they sign in with; empty for none.
    """

    rota: RotaId
    area: AreaId
    kind: ResponderKind
    day: date
    name: str
    starts_at: int
    ends_at: int
    responder: ResponderId
    contact: ContactId
    account: str


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on duty for an area, by all rotas of it and of the areas above.

    Attributes:
        now: The shifts that run; several where shifts overlap, or there are several rotas.
        next: The first that begins later, one of each rota.
    """

    now: tuple[ShiftEntry, ...] = ()
    next: tuple[ShiftEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class LeaveEntry:
    """A leave as it was entered."""

    id: int
    leave: Leave
    actor: str
    at: int


@dataclass(frozen=True, slots=True)
class ShiftFeed:
    """A secret address of somebody's shifts.

    Attributes:
        id: Public; lists and the audit name it.
        digest: SHA-256 of the secret, in lower-case hex.
    """

    id: str
    digest: str
    responder: ResponderId
    made_by: str
    made_at: int
    revoked_at: int | None = None


@dataclass(frozen=True, slots=True)
class HandOverEntry:
    """That the open alerts of somebody are offered to somebody else.

    Attributes:
        leaving: Whose alerts, as histories name them: `user:NAME`.
        accepting: To whom, likewise.
        accepted_at: None while nobody has accepted it.
        moved: How many alerts went over.
    """

    #: For how long an offer can be accepted, ms: longer than any shift's end.
    LASTS_MS: ClassVar = 12 * HOUR_MS

    id: int
    area: AreaId
    leaving: str
    accepting: str
    offered_by: str
    offered_at: int
    accepted_at: int | None = None
    moved: int | None = None


@dataclass(frozen=True, slots=True)
class ClosedCase:
    """What a case with a follow-up was about.

    Attributes:
        closed_at: Epoch ms; None where it is open again.
    """

    household: HouseholdId
    rule: str
    closed_at: int | None


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """A complaint of which nobody was notified yet, without what it says."""

    id: int
    area: AreaId
    alert_id: AlertId | None
    state: ComplaintState
