"""Which providers are told: those whose work it is, and whoever stands in for those that are relieved of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from homebeat.domain.circuit import CircuitState
from homebeat.domain.contract import list_standby
from homebeat.domain.ids import ResponderId
from homebeat.domain.responder import HomeResponder


@dataclass(frozen=True, slots=True)
class ProvidersChosen:
    """Who is told as the provider.

    Attributes:
        notified: In order; somebody, wherever one of those given has a channel.
        unrelieved: Those among them that should not have the work, and have it because nobody can stand in.
    """

    notified: tuple[HomeResponder, ...]
    unrelieved: frozenset[ResponderId]


def choose_providers(providers: Sequence[HomeResponder], now: int) -> ProvidersChosen:
    """Choose who is told as the provider at `now` (epoch ms), of all that answer for a home, in the order of the fleet file.

    A provider whose circuit is open, whose contract does not hold, or who has no channel is relieved: the first of its standby
    that can be told, and is not relieved itself, stands in; its own standby before theirs. On trial both are told. Where nobody
    can stand in, it is told all the same: an alert never loses this step.
    """
    known = {one.responder: one for one in providers}
    contracts = {one.responder: one.contract for one in providers}
    chains = {one.responder: list_standby(one.responder, contracts) for one in providers}
    notified: dict[ResponderId, HomeResponder] = {}
    unrelieved: set[ResponderId] = set()
    for one in _list_first(providers, chains):
        standby = [known[who] for who in chains[one.responder]]
        relief = _find_free(standby, now)
        if one.ways and not is_relieved(one, now):
            notified[one.responder] = one
            if one.circuit is CircuitState.TRIAL and relief is not None:
                notified[relief.responder] = relief
        elif relief is not None:
            notified[relief.responder] = relief
        else:
            last = next((other for other in (one, *standby) if other.ways), None)
            if last is not None:
                notified[last.responder] = last
                unrelieved.add(last.responder)
    return ProvidersChosen(tuple(one for one in providers if one.responder in notified), frozenset(unrelieved))


def find_relief(provider: HomeResponder, providers: Sequence[HomeResponder], now: int) -> HomeResponder | None:
    """Find who has the work of a provider at `now` (epoch ms), of all that answer for a home; None for itself."""
    if not is_relieved(provider, now):
        return None
    known = {one.responder: one for one in providers}
    chain = list_standby(provider.responder, {one.responder: one.contract for one in providers})
    return _find_free([known[who] for who in chain], now)


def is_relieved(provider: HomeResponder, now: int) -> bool:
    """Whether the work of a provider goes to its standby at `now` (epoch ms)."""
    is_over = provider.contract is not None and not provider.contract.holds_at(now)
    return provider.circuit is CircuitState.OPEN or is_over


def _find_free(standby: Sequence[HomeResponder], now: int) -> HomeResponder | None:
    return next((one for one in standby if one.ways and not is_relieved(one, now)), None)


def _list_first(providers: Sequence[HomeResponder], chains: Mapping[ResponderId, Sequence[ResponderId]]) -> list[HomeResponder]:
    """List those whose work it is: nobody names them as standby. Of those that name each other in a circle it is the first."""
    named = {who for chain in chains.values() for who in chain}
    first: list[HomeResponder] = []
    reached: set[ResponderId] = set()
    for one in (*(one for one in providers if one.responder not in named), *providers):
        if one.responder not in reached:
            first.append(one)
            reached |= {one.responder, *chains[one.responder]}
    return first
