"""A test message goes from somebody who keeps the contacts of one area through the outbox, as itself and in time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homebeat.actions import Perform, TryContact
from homebeat.deliver import StoreOutbox
from homebeat.deliver.attempt import EXPIRED, is_expired
from homebeat.deliver.message import write_message
from homebeat.domain.errors import Incomplete, NotFound
from homebeat.domain.fleet import Channel, Contact
from homebeat.domain.ids import ContactId
from homebeat.domain.role import Operation, Role
from homebeat.store import Attempt, Store
from tests.people import person
from tests.unit.api.street import NOON, Clock, fleet
from tests.webhook_bodies import check_notice

WEI = Contact(
    *(ContactId("h-0/wei"), "Wei", "son"),
    channels=(Channel("webhook", {"url": "https://wei.example/x"}), Channel("voice", {"phone": "139-0000-0001"})),
    language="en",
)


def test_a_test_message_of_one_area(store: Store) -> None:
    homes = fleet(1)
    home = replace(homes.households[0], contacts=(WEI,))
    with store.begin() as tx:
        tx.fleet.apply(replace(homes, households=(home,)), NOON)
    clock = Clock()
    perform, outbox = Perform(store, clock), StoreOutbox(store, "here", family_base="https://homes.example")
    nurse, elsewhere = person("ann", Role.NURSE, "lane"), person("bob", Role.NURSE, "other")
    with pytest.raises(NotFound):
        perform(elsewhere, TryContact(WEI.id, 0))
    with pytest.raises(Incomplete):
        perform(nurse, TryContact(WEI.id))
    assert outbox.claim(clock(), 10) == []
    trial = perform(nurse, TryContact(WEI.id, is_expected=True))
    hook, call = sorted(outbox.claim(clock(), 10), key=lambda one: one.channel_index)
    check_notice(hook)
    assert (hook.id, call.id) == trial.notices
    assert write_message(hook).title == "homebeat: this is a test, nothing has happened. You would be told here."
    assert "link" not in hook.payload, "it leads to no page of the family: there is no alert"
    outbox.settle(hook, Attempt(clock(), 5, ok=True, status=200))
    clock.now += 300_000
    assert is_expired(call, clock())
    outbox.settle(call, Attempt(clock(), 0, ok=True, error=EXPIRED, superseded=True))
    for who, seen in ((nurse, [("delivered", ""), ("superseded", EXPIRED)]), (elsewhere, [])):
        with store.read(who.find_scope(Operation.READ_SERVICE)) as reader:
            assert [(one.state.value, one.error) for one in reader.outbox.list_tests(trial.notices)] == seen
