"""`homebeat provider`: shows providers, decides on them, and finds what is wrong with their contracts."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import Final

from homebeat.actions import Perform, ResumeProvider, SuspendProvider
from homebeat.actions.circuits import find_relief
from homebeat.actions.perform import Action
from homebeat.actions.providers import ProviderSight, get_provider_sight, list_provider_sights
from homebeat.actions.view import open_view
from homebeat.bootstrap.parts import make_setup
from homebeat.bootstrap.registry_findings import name_some
from homebeat.domain.circuit import Circuit, CircuitState
from homebeat.domain.contract import Contract
from homebeat.domain.durations import DAY_MS, format_duration
from homebeat.domain.ids import ResponderId
from homebeat.domain.instants import format_instant
from homebeat.domain.principal import make_command
from homebeat.domain.provider_order import OrderVerdict
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.settings.findings import Finding
from homebeat.settings.model import InForce
from homebeat.store import ProviderEntry, ReadSession, Store

#: So long before a contract ends that is said.
ENDING_MS: Final = 30 * DAY_MS
_ADVICE: Final = "Enter it as `standby` in the contract of the fleet file (docs/providers.md), and import it"


def print_providers(store: Store) -> int:
    """Print every provider in a line."""
    with store.read(EVERYTHING) as reader:
        found = list_provider_sights(reader, make_command(getpass.getuser()), store.read_now())
    for sight in found:
        print(_describe(sight))
    if not found:
        print("there is no provider: enter it in the fleet file (docs/providers.md)")
    return 0


def print_provider(store: Store, provider: str) -> int:
    """Print one provider: its contract, how its visits ended, and the history of its circuit. That why is shown goes on record.

    Raises:
        NotFound: There is none.
    """
    with open_view(store, make_command(getpass.getuser()), Operation.SUSPEND, store.read_now) as view:
        sight = get_provider_sight(view.reader, view.principal, view.now, ResponderId(provider))
        view.note_remarks(f"responder:{provider}", sight.reasons)
    print(_describe(sight))
    if sight.entry.contract is not None:
        print(f"  {_describe_contract(sight.entry.contract)}")
    for one in sight.history:
        said = f": {one.reason}" if one.reason else ""
        counted = f" ({one.failed} of {one.visits} visits had failed)" if one.visits else ""
        print(f"  {format_instant(one.since)}  {one.state.value}, {one.cause.value}, {one.actor}{counted}{said}")
    return 0


def suspend_provider(force: InForce, store: Store, provider: str, reason: str, *, is_veto: bool) -> int:
    """Give the work of a provider to its standby; prints how it stands then."""
    _decide(force, store, SuspendProvider(ResponderId(provider), reason, is_veto))
    return print_provider(store, provider)


def resume_provider(force: InForce, store: Store, provider: str, reason: str, *, on_trial: bool) -> int:
    """Give a provider its work back; prints how it stands then."""
    _decide(force, store, ResumeProvider(ResponderId(provider), reason, on_trial))
    return print_provider(store, provider)


def judge_providers(reader: ReadSession, now: int) -> list[Finding]:
    """Find contracts that leave a gap; `now` is epoch ms."""
    entries = reader.providers.list_providers()
    alone = [one.provider for one in entries if _needs_standby(one, entries)]
    without = [one.provider for one in entries if one.contract is None and not _is_standby(one, entries)]
    over = [one.provider for one in entries if one.contract is not None and not one.contract.holds_at(now)]
    ending = [
        one.provider
        for one in entries
        if one.contract is not None and one.contract.holds_at(now) and not one.contract.holds_at(now + ENDING_MS)
    ]
    stuck = [one.provider for one in entries if not one.can_stand_in(now) and find_relief(one.provider, entries, now) is None]
    findings = (
        (alone, "have no standby: nobody gets their work when they fail", _ADVICE, True),
        (without, "have no contract: what they fail is counted, and nothing follows from it", _ADVICE, False),
        (over, "have a contract that does not hold today: their work goes to their standby", "Renew it in the fleet file", True),
        (ending, "have a contract that ends within 30 days", "Renew it in the fleet file", False),
        (
            stuck,
            "should not get the work, and are notified all the same, because nobody can stand in",
            "Give them a standby that can, or decide: homebeat provider resume ID",
            True,
        ),
    )
    return [
        Finding(f"{len(ids)} providers {text}: {name_some(ids)}", advice, is_wrong=is_wrong)
        for ids, text, advice, is_wrong in findings
        if ids
    ]


def _is_standby(one: ProviderEntry, entries: Sequence[ProviderEntry]) -> bool:
    return any(other.contract is not None and one.provider in other.contract.standby for other in entries)


def _needs_standby(one: ProviderEntry, entries: Sequence[ProviderEntry]) -> bool:
    return one.contract is not None and not one.contract.standby and not _is_standby(one, entries)


def _decide(force: InForce, store: Store, action: Action[Circuit]) -> None:
    Perform(store, store.read_now, make_setup(force))(make_command(getpass.getuser()), action)


def _describe(sight: ProviderSight) -> str:
    entry, circuit = sight.entry, sight.entry.circuit
    state = "has its work"
    if circuit.state is not CircuitState.CLOSED:
        work = "on trial, together with" if circuit.state is CircuitState.TRIAL else "suspended; its work goes to"
        state = f"{work} {sight.stands_in or 'nobody else'} ({circuit.cause.value}, since {format_instant(circuit.since)})"
    elif entry.contract is not None and not entry.contract.holds_at(sight.now):
        state = f"its contract does not hold today; its work goes to {sight.stands_in or 'nobody else'}"
    counted = ", ".join(f"{sight.counts[one]} {one.value}" for one in OrderVerdict if sight.counts.get(one))
    return f"{entry.provider}: {state}. Since {format_instant(sight.counted_from)}: {counted or 'nothing was asked'}"


def _describe_contract(contract: Contract) -> str:
    parts = [f"standby {', '.join(contract.standby) or 'nobody'}"]
    parts += [
        f"{text} " + ", ".join(f"{one.value} {format_duration(span)}" for one, span in limits.items())
        for text, limits in (("answers within", contract.answer_within), ("at the door within", contract.door_within))
    ]
    parts.append(
        f"suspended above {contract.failed_share:.0%} of at least {contract.least_visits} visits in "
        f"{format_duration(contract.window)}"
    )
    if contract.first_day is not None or contract.last_day is not None:
        parts.append(f"holds from {contract.first_day or 'ever'} to {contract.last_day or 'no end'} ({contract.zone})")
    return "; ".join(parts)
