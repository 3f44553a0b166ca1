"""Two desks on machines whose clocks are an hour apart: both go by the database's clock, so a deadline is the same at both."""

from __future__ import annotations

import pytest

from homebeat.actions import Acknowledge, FollowEdges, Perform, perform_in
from homebeat.bootstrap.clock import DatabaseClock
from homebeat.deadlines.keeper import DeadlineKeeper
from homebeat.domain.alert import Alert, Answer
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.principal import ENGINE
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.response.setup import ResponseSetup
from homebeat.store import Store
from tests.contract.store.conftest import STREET, T0, edge
from tests.people import person

SETUP = ResponseSetup("https://desk.example")
QUIET = [edge(home, "no_sign_of_life") for home in ("h1", "h2")]


class Machine:
    """A machine on which a desk runs: its wall clock is wrong, and says so."""

    def __init__(self, store: Store, wrong_by: int) -> None:
        self.clock = DatabaseClock(store, wall=lambda: T0 + wrong_by, steady=lambda: 0)
        self.clock.look()
        self.perform = Perform(store, self.clock, SETUP)


def alert_of(store: Store, number: int) -> Alert:
    with store.read(EVERYTHING) as reader:
        found = reader.alerts.get(QUIET[number].alert_id)
    assert found is not None
    return found.entry.alert


def test_clocks_an_hour_apart_between_two_desks_move_no_deadline(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
        perform_in(tx, ENGINE, FollowEdges(QUIET), T0, SETUP)
    monkeypatch.setattr(store, "read_now", lambda: T0)
    early, late = Machine(store, -HOUR_MS), Machine(store, HOUR_MS)
    assert early.clock() == late.clock() == T0
    assert early.clock.wrong() == "this machine's clock is 3600 s behind the database's: set it"
    assert late.clock.wrong() == "this machine's clock is 3600 s ahead of the database's: set it"
    early.perform(person("chen", Role.DESK), Acknowledge(QUIET[0].alert_id))
    late.perform(person("li", Role.DESK), Acknowledge(QUIET[1].alert_id))
    with store.read(EVERYTHING) as reader:
        ends = {found.due_at for found in reader.deadlines.find([one.alert_id for one in QUIET]).values()}
    (end,) = ends
    for desk in (early, late):
        assert DeadlineKeeper(store, SETUP, desk.clock).step(end - 1) == 0
    assert [alert_of(store, no).answer for no in (0, 1)] == [Answer.ACKNOWLEDGED] * 2
    assert DeadlineKeeper(store, SETUP, early.clock).step(end) == 2
    assert DeadlineKeeper(store, SETUP, late.clock).step(end) == 0
    assert [alert_of(store, no).answer for no in (0, 1)] == [Answer.UNACKNOWLEDGED] * 2
