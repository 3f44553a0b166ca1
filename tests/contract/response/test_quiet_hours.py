"""Quiet hours: what can wait is sent when they end, and what cannot is sent at once; through plan, store and outbox."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homebeat.actions.show_plan import show_plan
from homebeat.bootstrap.plans import describe_preview
from homebeat.deliver import StoreOutbox
from homebeat.domain.alert import Desk, Edge, Priority, Subject
from homebeat.domain.ids import HouseholdId
from homebeat.domain.quiet_hours import QuietHours
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Attempt, Store
from tests.contract.response.street import MINUTE, Town, make_fleet, quiet
from tests.contract.store.conftest import T0

#: The homes are in Shanghai, where T0 is eight in the morning.
UNTIL_TEN = QuietHours(7 * 60, 10 * 60)


@pytest.fixture
def town(store: Store) -> Town:
    """The supervisor, the son and whoever sits at the desk sleep long."""
    town = Town(store, PlanBook())
    fleet = make_fleet()
    contacts = tuple(replace(one, quiet_hours=UNTIL_TEN) for one in fleet.households[0].contacts)
    responders = tuple(replace(one, quiet_hours=UNTIL_TEN) for one in fleet.responders)
    with store.begin() as tx:
        tx.fleet.apply(
            replace(
                fleet, households=(replace(fleet.households[0], contacts=contacts), *fleet.households[1:]), responders=responders
            ),
            T0,
        )
    with store.read(EVERYTHING) as reader:
        found = reader.fleet.load()
    assert found.responders[0].quiet_hours == found.households[0].contacts[0].quiet_hours == UNTIL_TEN
    return town


def leak(priority: Priority) -> Edge:
    return replace(quiet("water_running", priority=priority), desk=Desk.PROPERTY)


def test_what_can_wait_is_sent_when_the_quiet_hours_end(town: Town) -> None:
    """A leak is told to the supervisor after twelve hours, in the evening: it waits for no morning that is not quiet."""
    town.now = T0 - 12 * 3_600_000
    town.happens(replace(leak(Priority.MEDIUM), at=town.now))
    with town.store.begin() as tx:
        assert tx.outbox.claim(town.now, "test", 10, 1_000) == []
    said = town.minute(115, step_s=300)
    assert said == [], "due at eight, and quiet until ten"
    assert town.minute(121) == [(120, "/zhou", "alert.opened")]


@pytest.mark.parametrize("priority", [Priority.CRITICAL, Priority.HIGH])
def test_what_cannot_wait_is_sent_at_once(town: Town, priority: Priority) -> None:
    town.happens(quiet(priority=priority))
    assert ("h1/son", "alert.opened") in [one[1:] for one in town.take_notices()]


def test_what_comes_into_the_quiet_hours_by_another_try_waits_too(town: Town) -> None:
    """It leaves two minutes before they begin, fails, and is due again within them."""
    port, before = StoreOutbox(town.store, "test"), T0 - 62 * MINUTE
    town.now = T0 - 13 * 60 * MINUTE - 2 * MINUTE
    town.happens(replace(leak(Priority.MEDIUM), at=town.now))
    while not (leased := port.claim(town.now, 10)):
        town.now += MINUTE
        town.keeper.step(town.now)
    (notice,) = leased
    assert town.now == before
    assert port.reserve(notice, (), before) is None
    retry = before + 5 * MINUTE
    port.settle(notice, Attempt(before, 1, ok=False, next_due_at=retry))
    (again,) = port.claim(retry, 10)
    assert port.reserve(again, (), retry) == T0 + 120 * MINUTE
    assert port.reserve(replace(again, place=1), (), retry) == T0 + 121 * MINUTE, "behind their first channel"
    assert port.claim(T0 + 119 * MINUTE, 10) == []
    assert [one.attempts for one in port.claim(T0 + 120 * MINUTE, 10)] == [1]


@pytest.mark.parametrize("rule", ["sos", "smoke"])
def test_a_call_for_help_goes_before_all_whatever_its_priority(town: Town, rule: str) -> None:
    """It uses what limits keep for what cannot wait, and no quiet hours count: a fall that is not confirmed is not critical."""
    town.happens(quiet(rule, priority=Priority.HIGH))
    with town.store.begin() as tx:
        leased = tx.outbox.claim(town.now, "test", 100, 60_000)
    assert leased
    assert {notice.priority_rank for notice in leased} == {Priority.CRITICAL.rank}


def test_the_plan_says_beforehand_whose_message_waits(town: Town) -> None:
    with town.store.read(EVERYTHING) as reader:
        low = show_plan(reader, Subject(HouseholdId("h1")), "device_silent", T0 - 72 * 3_600_000, town.setup)
        high = show_plan(reader, Subject(HouseholdId("h1")), "no_sign_of_life", T0, town.setup)
    (supervisor,) = [step for step in low.steps if step.taken.who == "supervisor"]
    assert supervisor.later_ms == {"/zhou": 74 * 3_600_000}
    assert "/zhou (quiet hours: after P3DT2H)" in "\n".join(describe_preview(low))
    assert not any(step.later_ms for step in high.steps)
