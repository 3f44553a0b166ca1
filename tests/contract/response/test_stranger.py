"""Golden scenario: a call for help from a band that nobody registered, from the broker's message to whoever answers for it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

from homebeat.actions import Acknowledge, Resolve
from homebeat.api import create_app
from homebeat.domain.alert import Answer, Outcome
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.inbound import Message
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.engine.rulebook import RuleBook
from homebeat.store import AlertFilter, Store
from homebeat.watch import Watch, WatchOptions
from tests.contract.response.street import MINUTE, Town, make_fleet, responder
from tests.contract.store.conftest import T0
from tests.contract.watch.test_upkeep import KEEP, Scripted
from tests.people import add_key, person
from tests.unit.api.fixtures import api_context, web

LEE = person("lee", Role.DESK)


def test_sos_from_a_band_nobody_registered(store: Store) -> None:
    """Somebody wears it and pressed: the desk of the town is told at once, and the supervisor when nobody answers."""
    town = Town(store, PlanBook())
    with store.begin() as tx:
        fleet = make_fleet()
        lee, hill = responder("lee", ResponderKind.DESK), responder("hill-desk", ResponderKind.DESK, "hill")
        tx.fleet.apply(replace(fleet, responders=(*fleet.responders, lee, hill)), T0)
    add_key(store, "the-secret-of-the-desk", "desk", "desk", area="lane")
    town.now += MINUTE
    message = Message("homebeat/v1/wb-77/readings", b'{"alarm": "sos"}', town.now)
    options = WatchOptions(messages=8, keep=KEEP)
    watch = Watch(store, Scripted([message]), options, clock=lambda: town.now, book_of=lambda *_: RuleBook([{}]))
    watch.start()
    watch.tick(threading.Event())
    assert town.take_notices() == [(1, "/lee", "alert.opened")], "a desk of one part of the town cannot know where it is"
    with store.read(EVERYTHING) as reader:
        (entry,) = reader.alerts.read_page(AlertFilter(is_open=True)).items
    alert = entry.alert.id

    def read() -> Any:
        with web(create_app(api_context(store, lambda: town.now))) as client:
            answer = client.get("/api/v1/alerts", headers={"Authorization": "Bearer the-secret-of-the-desk"})
            return answer.json()["items"]

    (shown,) = read()
    assert (shown["rule"], shown["device"], shown["household"], shown["priority"]) == (
        *("unregistered_alarm", "wb-77", None, "critical"),
    )
    assert "wb-77" in shown["reason"]
    assert [one[1:] for one in town.minute(7)] == [("/lee", "alert.reminder"), ("/zhou", "alert.opened")]
    town.act(LEE, Acknowledge(alert))
    assert town.minute(20) == [], "Lee answers for it"
    town.act(LEE, Resolve(alert, Outcome.HELPED, note="she is in the stairwell"))
    assert town.alert(alert).answer is Answer.RESOLVED
    assert [(one["outcome"], one["owner"]) for one in read()] == [("helped", "user:lee")]
