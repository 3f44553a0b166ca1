"""A contact with Apprise first: what it takes is handed over, proves nothing, and holds nobody's next channel back for good."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from homebeat.actions.shown_messages import find_standing
from homebeat.deliver import Deliverer, Poster, StoreOutbox
from homebeat.deliver.channels.apprise import AppriseChannel
from homebeat.deliver.ports import Sender
from homebeat.domain.fleet import Channel
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.scope import EVERYTHING
from homebeat.egress.policy import EgressPolicy
from homebeat.store import AlertFilter, Store
from tests.contract.response.street import FAMILY, Town, make_fleet, quiet
from tests.contract.response.test_robot_limited import House, Phone
from tests.contract.store.conftest import T0
from tests.unit.deliver.receivers import RawReceiver, answers

HERE = EgressPolicy(allow_private=True, allow_http=True, ports=None)


def open_house(store: Store, url: str) -> House:
    """The son is reached through Apprise, by the real library in its process, and by text message behind it."""
    town = Town(store, PlanBook())
    son = replace(FAMILY[0], channels=(Channel("apprise", {"url": url}), Channel("sms", {"phone": "139-0000-0001"})))
    fleet = make_fleet()
    homes = (replace(fleet.households[0], contacts=(son,)), *fleet.households[1:])
    with store.begin() as tx:
        tx.fleet.apply(replace(fleet, households=homes), T0)
    sms = Phone(town)
    channels: dict[str, Sender] = {"apprise": AppriseChannel(Poster(HERE), is_allowed=True), "sms": sms, "webhook": Phone(town)}
    outbox = StoreOutbox(store, "here", family_base="https://care.example")
    return House(town, Phone(town), sms, Deliverer(outbox, channels, clock=lambda: town.now, chance=random.Random(1)))


@pytest.mark.parametrize(("status", "standing"), [(200, "handed_over"), (500, "again")], ids=["taken", "refused"])
def test_what_goes_through_apprise_lets_the_next_channel_begin(store: Store, status: int, standing: str) -> None:
    with RawReceiver(answers(status)) as receiver:
        house = open_house(store, f"json://127.0.0.1:{receiver.port}/hook")
        try:
            alert = house.town.happens(quiet())
            house.deliver()
            assert (len(receiver.requests), house.sms.got) == (1, [])
            assert b"https://care.example/f/" in receiver.requests[0].replace(b"\\/", b"/"), "the link to the family's page"
            house.wait_until(60)
            assert [(at, notice.event) for at, notice in house.sms.got] == [(60, "alert.opened")], "nothing has proven it"
        finally:
            house.deliverer.close()
    with store.read(EVERYTHING) as reader:
        said = {one.channel_kind: find_standing(one)[0] for one in reader.outbox.list_messages(alert, 10)}
        assert said == {"apprise": standing, "sms": "taken"}
        assert not reader.alerts.read_page(AlertFilter(rule="contact_unreachable")).items
