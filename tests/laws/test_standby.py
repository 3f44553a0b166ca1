"""A law: whatever has happened to providers, a plan that has one with a channel notifies somebody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from homebeat.actions.circuits import find_relief
from homebeat.domain.circuit import Circuit, CircuitState, Tally, judge_circuit
from homebeat.domain.contract import Contract
from homebeat.domain.durations import DAY_MS
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import ContactId, ResponderId
from homebeat.domain.responder import HomeResponder
from homebeat.response.standby import choose_providers, is_relieved
from homebeat.store import ProviderEntry

NAMES: Final = ("a", "b", "c", "d", "nobody")
NOW: Final = 1_772_337_600_000
DAYS = st.none() | st.sampled_from([date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)])
CONTRACTS = st.none() | st.builds(
    Contract,
    standby=st.lists(st.sampled_from(NAMES).map(ResponderId), max_size=5).map(tuple),
    first_day=DAYS,
    last_day=DAYS,
    trial_visits=st.integers(1, 3),
    least_visits=st.integers(1, 5),
    failed_share=st.sampled_from([0.0, 0.15, 1.0]),
)


@st.composite
def providers(draw: st.DrawFn) -> list[HomeResponder]:
    found = []
    for name in draw(st.lists(st.sampled_from(NAMES[:-1]), unique=True)):
        ways = draw(st.sampled_from([(), (("webhook", "w"),)]))
        one = HomeResponder(ResponderId(name), ContactId(f"/{name}"), ResponderKind.PROVIDER, ways, False, 0)
        found.append(replace(one, contract=draw(CONTRACTS), circuit=draw(st.sampled_from(CircuitState))))
    return found


@given(providers())
def test_somebody_is_always_notified(those: list[HomeResponder]) -> None:
    chosen = choose_providers(those, NOW)
    assert bool(chosen.notified) == any(one.ways for one in those)
    assert all(one.ways for one in chosen.notified)
    # whoever should not have the work has it only where that is said
    assert {one.responder for one in chosen.notified if is_relieved(one, NOW)} == chosen.unrelieved


@given(providers())
def test_where_all_have_their_work_each_home_keeps_those_that_stand_in_for_nobody(those: list[HomeResponder]) -> None:
    sound = [replace(one, ways=(("webhook", "w"),), circuit=CircuitState.CLOSED) for one in those]
    endless = [
        replace(one, contract=replace(one.contract, first_day=None, last_day=None) if one.contract else None) for one in sound
    ]
    named = {who for one in endless if one.contract for who in one.contract.standby if who != one.responder}
    told = {one.responder for one in choose_providers(endless, NOW).notified}
    assert {one.responder for one in endless} - named <= told


@given(providers())
def test_who_is_shown_as_standing_in_is_who_gets_the_work(those: list[HomeResponder]) -> None:
    entries = [
        ProviderEntry(one.responder, (), one.contract, Circuit(one.responder, one.circuit), is_reachable=bool(one.ways))
        for one in those
    ]
    named = {who for one in those if one.contract for who in one.contract.standby if who != one.responder}
    told = {one.responder for one in choose_providers(those, NOW).notified}
    for one in those:
        relief = find_relief(one.responder, entries, NOW)
        if one.responder not in named and is_relieved(one, NOW) and relief is not None:
            assert relief in told


@given(CONTRACTS, st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 30)), max_size=30))
def test_a_circuit_never_opens_below_its_share_and_people_alone_end_what_failed_twice(
    contract: Contract | None, history: list[tuple[int, int, int]]
) -> None:
    circuit, now = Circuit(ResponderId("a")), NOW
    for kept, failed, days in history:
        now += days * DAY_MS
        tally = Tally(kept + failed, failed)
        change = judge_circuit(circuit, contract, tally, now)
        if change is None:
            continue
        assert contract is not None
        if circuit.state is CircuitState.CLOSED:
            assert failed > contract.failed_share * tally.visits
            assert tally.visits >= contract.least_visits
        if circuit.state is CircuitState.TRIAL:
            assert (change[0] is CircuitState.CLOSED) == (failed == 0)
        if circuit.state is CircuitState.OPEN:
            assert circuit.cause == "share"
        circuit = replace(circuit, state=change[0], cause=change[1], since=now, version=circuit.version + 1)
