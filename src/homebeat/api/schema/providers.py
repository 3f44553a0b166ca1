"""Providers as the API shows them: their contracts, what they were asked, and who gets their work."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from homebeat.actions.circuits import LONGEST_REASON, SHORTEST_REASON
from homebeat.actions.providers import ProviderSight
from homebeat.api.times import Day, Instant, format_instant, format_or_none
from homebeat.domain.alert import Priority
from homebeat.domain.circuit import Circuit, CircuitCause, CircuitState
from homebeat.domain.contract import Contract
from homebeat.domain.durations import format_duration
from homebeat.domain.provider_order import OrderVerdict

Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=SHORTEST_REASON, max_length=LONGEST_REASON)]
Version = Annotated[int | None, Field(ge=0, description="The version that the caller saw; left out, any will do.")]


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"example": fields})


class SuspensionWanted(BaseModel):
    """Why the work of a provider goes to its standby."""

    model_config = _example(reason="the committee voted on Monday", is_veto=True, version=0)

    reason: Why
    is_veto: Annotated[bool, Field(description="The residents' supervising committee decided so.")] = False
    version: Version = None


class ResumptionWanted(BaseModel):
    """Why a provider gets its work back."""

    model_config = _example(reason="they have hired two people", on_trial=True, version=1)

    reason: Why
    on_trial: Annotated[bool, Field(description="On trial: its standby is notified together with it.")] = False
    version: Version = None


class ContractItem(BaseModel):
    """What a provider has promised. Durations are ISO 8601."""

    standby: list[str]
    answer_within: dict[Priority, str]
    door_within: dict[Priority, str]
    failed_share: float
    window: str
    least_visits: int
    trial_visits: int
    trial_after: str
    from_: Day | None = Field(serialization_alias="from")
    until: Day | None
    timezone: str
    holds: bool = Field(description="It holds today.")


class OrderCounts(BaseModel):
    """How what a provider was asked within the window of its contract has ended; of the caller's areas."""

    since: Instant
    kept: int
    late: int = Field(description="A limit was broken.")
    missed: int = Field(description="Nobody came.")
    declined: int = Field(description="They said that they cannot go.")
    unanswered: int = Field(description="They said nothing in time.")
    excused: int = Field(description="Nobody waited for them any more; these do not count.")


class CircuitItem(BaseModel):
    """A state that the circuit of a provider has been in."""

    state: CircuitState
    cause: CircuitCause
    since: Instant | None
    actor: str | None
    version: int
    failed: int = Field(description="How many visits had failed, of `visits` that counted, when it opened by itself.")
    visits: int
    reason: str = Field(description="What a person said; `[hidden]` for who may not decide on providers.")


class ProviderItem(BaseModel):
    """A provider, and who gets its work."""

    provider: str = Field(description="The id of a responder, as in the fleet file.")
    areas: list[str] = Field(description="Empty: everywhere.")
    state: CircuitState
    cause: CircuitCause
    since: Instant | None = Field(description="Null where nothing has ever happened.")
    version: int
    reason: str
    stands_in: str | None = Field(description="Who gets its work, or would; null where nobody can: then it keeps it.")
    contract: ContractItem | None
    counts: OrderCounts


class ProviderDetail(ProviderItem):
    """A provider with the history of its circuit, the newest state first."""

    history: list[CircuitItem]


def make_provider_item(sight: ProviderSight) -> ProviderItem:
    """Make the item of a list."""
    return ProviderItem(**_make_fields(sight))


def make_provider_detail(sight: ProviderSight) -> ProviderDetail:
    """Make the item of one provider."""
    return ProviderDetail(**_make_fields(sight), history=list(map(_make_circuit, sight.history)))


def _make_fields(sight: ProviderSight) -> dict[str, Any]:
    entry, newest = sight.entry, sight.history[0] if sight.history else None
    circuit = entry.circuit
    reason = "" if newest is None or newest.version != circuit.version else newest.reason
    return {
        "provider": entry.provider,
        "areas": list(entry.areas),
        "state": circuit.state,
        "cause": circuit.cause,
        "since": format_or_none(circuit.since or None),
        "version": circuit.version,
        "reason": reason,
        "stands_in": sight.stands_in,
        "contract": None if entry.contract is None else _make_contract(entry.contract, holds=entry.contract.holds_at(sight.now)),
        "counts": OrderCounts(
            since=format_instant(sight.counted_from), **{one.value: sight.counts.get(one, 0) for one in OrderVerdict}
        ),
    }


def _make_contract(contract: Contract, *, holds: bool) -> ContractItem:
    return ContractItem(
        standby=list(contract.standby),
        answer_within={one: format_duration(span) for one, span in contract.answer_within.items()},
        door_within={one: format_duration(span) for one, span in contract.door_within.items()},
        failed_share=contract.failed_share,
        window=format_duration(contract.window),
        least_visits=contract.least_visits,
        trial_visits=contract.trial_visits,
        trial_after=format_duration(contract.trial_after),
        from_=contract.first_day,
        until=contract.last_day,
        timezone=contract.zone,
        holds=holds,
    )


def _make_circuit(one: Circuit) -> CircuitItem:
    return CircuitItem(
        state=one.state,
        cause=one.cause,
        since=format_instant(one.since),
        actor=one.actor,
        version=one.version,
        failed=one.failed,
        visits=one.visits,
        reason=one.reason,
    )
