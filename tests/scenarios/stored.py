"""A tale in the store: the same actions that the watch and the desk perform, and what the API then says of it."""

from __future__ import annotations

from homebeat.actions import Acknowledge, FollowEdges, Perform, Resolve, perform_in
from homebeat.api import create_app
from homebeat.domain.alert import Alert, Edge
from homebeat.domain.fleet import Fleet
from homebeat.domain.principal import ENGINE
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, Store
from tests.people import add_key, person
from tests.scenarios.running import Shadow, Told
from tests.scenarios.tale import Act
from tests.unit.api.fixtures import api_context
from tests.unit.api.street import SECRET
from tests.unit.api.whole_answers import WholeAnswers

Step = tuple[str, int, str, int, str, str, dict[str, float | int | str]]


class Stored(Shadow):
    """Performs a tale's actions over a store, and keeps the last instant of it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = 0

    def follow(self, fleet: Fleet, now: int) -> None:
        with self.store.begin() as tx:
            tx.fleet.apply(fleet, now)

    def decide(self, edges: list[Edge], now: int) -> None:
        self.now = now
        with self.store.begin() as tx:
            perform_in(tx, ENGINE, FollowEdges(edges), now)

    def answer(self, alert: Alert, act: Act) -> None:
        perform = Perform(self.store, lambda: act.at)
        action = Acknowledge(alert.id) if act.what == "take" else Resolve(alert.id, act.outcome, note="called her")
        perform(person(act.who, Role.DESK), action)


def check(told: Told, stored: Stored) -> None:
    """What the memory knows is what the store, the outbox and the API know."""
    expected = steps_of(told)
    add_key(stored.store, SECRET, Role.DESK, "platform")
    with stored.store.begin() as tx:
        sent = {leased.id for leased in tx.outbox.claim(2**53, "test", 10_000, 1)}
    assert {notice.id for notice in told.notices} <= sent
    assert stored_steps(stored.store) == expected
    app = create_app(api_context(stored.store, lambda: stored.now))
    with WholeAnswers(app, base_url="http://testserver", headers={"Authorization": f"Bearer {SECRET}"}) as client:
        for alert_id in {step[0] for step in expected}:
            answer = client.get(f"/api/v1/alerts/{alert_id}")
            assert answer.status_code == 200
            said = answer.json()
            assert said["reason"]
            assert [(h["transition"], h["reason_code"], h["actor"]) for h in said["history"]] == [
                (kind, code, actor) for name, _, kind, _, actor, code, _ in expected if name == alert_id
            ]


def steps_of(told: Told) -> list[Step]:
    """(alert, number, kind, at, actor, reason, parameters) of each step, by alert and number."""
    counts: dict[str, int] = {}
    found: list[Step] = []
    for alert, step in told.steps:
        counts[alert.id] = counts.get(alert.id, 0) + 1
        code, params = step.reason.code, dict(step.reason.params)
        found.append((alert.id, counts[alert.id], step.kind.value, step.at, step.actor, code, params))
    return sorted(found, key=lambda step: step[:2])


def stored_steps(store: Store) -> list[Step]:
    """The same, from the store."""
    found: list[Step] = []
    with store.read(EVERYTHING) as reader:
        page = reader.alerts.read_page(AlertFilter(), 500)
        assert page.next_cursor is None
        for entry in page.items:
            detail = reader.alerts.get(entry.alert.id)
            assert detail is not None
            for step in detail.history:
                code, params = step.reason.code, dict(step.reason.params)
                found.append((entry.alert.id, step.seq, step.kind.value, step.at, step.actor, code, params))
    return sorted(found, key=lambda step: step[:2])
