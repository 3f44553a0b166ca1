"""See what became of what providers were asked, and whose work goes to others: once a minute."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from homebeat.actions.circuits import change_circuit
from homebeat.actions.perform import Perform, Record
from homebeat.actions.visiting import name_visitor
from homebeat.actions.work import Work
from homebeat.domain.circuit import Circuit, CircuitCause, CircuitState, Tally, find_counted_from, judge_circuit
from homebeat.domain.contact_id import make_responder_contact
from homebeat.domain.contract import Contract
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import StaleVersion
from homebeat.domain.ids import AlertId, ResponderId
from homebeat.domain.principal import make_service
from homebeat.domain.provider_order import ProviderOrder, find_answered_at, find_door_at, judge_order
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.visit import Visit
from homebeat.store import ProviderEntry, ReadSession, Store, UnitOfWork

#: Who looks.
PROVIDERS: Final = make_service("providers")
#: How many open orders are looked at, the oldest first. Each is decided within hours: its visit ends, or its alert is answered.
MOST_OPEN: Final = 5_000


@dataclass(frozen=True, slots=True)
class ProvidersWatched:
    """What has changed.

    Attributes:
        settled: How many orders were judged.
        circuits: Those that changed.
    """

    settled: int
    circuits: tuple[Circuit, ...]


@dataclass(frozen=True, slots=True)
class WatchProviders:
    """See what became of what providers were asked.

    1. Judge the orders that are open (`domain.provider_order`): kept, or how they failed.
    2. Judge the circuits of those providers, of those that were complained of today, and of those that are open or on trial
       (`domain.circuit`).
    3. A circuit that changes goes into its history, and its alert opens, goes on or clears: supervisors are notified.

    Doing it twice in a minute, or in two processes, changes nothing more.
    """

    name: ClassVar = "watch_providers"
    operation: ClassVar = Operation.WATCH_PROVIDERS

    def run(self, work: Work) -> ProvidersWatched:
        """Returns what has changed."""
        tx = work.tx
        settled = find_settled(tx, work.now)
        tx.providers.settle(settled)
        concerned = {one.provider for one in settled}.union(_list_unsettled(tx, work.now))
        changes = find_circuit_changes(tx, concerned, work.now)
        circuits: list[Circuit] = []
        for entry, state, cause, tally in changes:
            with suppress(StaleVersion):  # somebody decides on it right now: what they decide holds
                circuits.append(change_circuit(work, entry, state, cause, tally))
        return ProvidersWatched(len(settled), tuple(circuits))

    def record(self, result: ProvidersWatched) -> Record | None:
        """How many orders were judged, and whose circuits changed; None where nothing has."""
        if not result.settled and not result.circuits:
            return None
        changed = ",".join(f"{one.provider}:{one.state.value}" for one in result.circuits)
        return Record("", {"orders": result.settled, "circuits": changed})


def watch_providers(store: Store, perform: Perform, now: int) -> None:
    """See what became of what providers were asked; a thread calls it once a minute. It looks before it writes.

    Raises:
        Unavailable: The database is away: the next minute tries again.
    """
    with store.read(EVERYTHING) as reader:
        needs = bool(find_settled(reader, now) or find_circuit_changes(reader, _list_unsettled(reader, now), now))
    if needs:
        perform(PROVIDERS, WatchProviders())


def _list_unsettled(reader: ReadSession | UnitOfWork, now: int) -> list[ResponderId]:
    """List the providers whose circuits may change though no order of theirs was judged."""
    return [*reader.providers.list_unsettled(), *reader.providers.list_complained(now - DAY_MS)]


def find_settled(reader: ReadSession | UnitOfWork, now: int) -> list[ProviderOrder]:
    """Find the open orders that can be judged at `now` (epoch ms), as they are judged."""
    waiting = reader.providers.list_open_orders(MOST_OPEN)
    if not waiting:
        return []
    visits: dict[tuple[AlertId, str], list[Visit]] = {}
    for visit in reader.visits.list_of(one.order.alert_id for one in waiting):
        visits.setdefault((visit.alert_id, visit.visitor), []).append(visit)
    contracts = {one.provider: one.contract for one in reader.providers.list_providers(one.order.provider for one in waiting)}
    found: list[ProviderOrder] = []
    for one in waiting:
        order = one.order
        mine = visits.get((order.alert_id, name_visitor(make_responder_contact(order.provider))), [])
        contract = contracts.get(order.provider) or Contract()
        verdict = judge_order(order, contract, one.priority, mine, now, is_answered=one.is_answered)
        if verdict is not None:
            at = (find_answered_at(mine[-1]), find_door_at(mine[-1])) if mine else (None, None)
            found.append(replace(order, verdict=verdict, settled_at=now, answered_at=at[0], door_at=at[1]))
    return found


def find_circuit_changes(
    reader: ReadSession | UnitOfWork, providers: Iterable[ResponderId], now: int
) -> list[tuple[ProviderEntry, CircuitState, CircuitCause, Tally]]:
    """Find the circuits of these providers that change by themselves at `now` (epoch ms), with what was counted."""
    wanted = set(providers)
    found: list[tuple[ProviderEntry, CircuitState, CircuitCause, Tally]] = []
    for entry in reader.providers.list_providers(wanted) if wanted else ():
        counted_from = find_counted_from(entry.circuit, entry.contract or Contract(), now)
        tally = reader.providers.tally(entry.provider, counted_from)
        change = judge_circuit(entry.circuit, entry.contract, tally, now)
        if change is not None:
            found.append((entry, *change, tally))
    return found
