"""The robot of a whole house is at its limit when somebody falls: the text message is answered meanwhile, and nothing is lost."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from homebeat.actions import OpenByCode, Reply
from homebeat.actions.identify import identify_by_code, identify_family
from homebeat.deliver import Deliverer, Receipt, StoreOutbox
from homebeat.domain.alert import Priority
from homebeat.domain.channel import get_limits
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.fleet import Channel
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.scope import EVERYTHING
from homebeat.identity.message_link import digest_link_token, make_link_token, read_link_code
from homebeat.store import Leased, Store
from tests.contract.response.street import FAMILY, Town, make_fleet, quiet
from tests.contract.store.conftest import T0
from tests.unit.deliver.fakes import eventually

ROBOT = {"url": "https://qyapi.example/cgi-bin/webhook/send?key=the-house"}
SECOND = 1_000


@dataclass
class Phone:
    """A channel that remembers what it was given, and when."""

    town: Town
    got: list[tuple[float, Leased]] = field(default_factory=list)

    def send(self, notice: Leased, now: int) -> Receipt:
        self.got.append(((now - T0) / SECOND, notice))
        return Receipt(ok=True, status=200, provider_code="0")

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class House:
    """A town in which deliveries are made, with the family's son in the house's group, and reached by text message as well."""

    town: Town
    robot: Phone
    sms: Phone
    deliverer: Deliverer

    def deliver(self) -> None:
        while self.deliverer.step(self.town.now):
            eventually(lambda: self.deliverer.get_state().in_flight == 0 and self.deliverer.get_state().held == 0)

    def wait_until(self, second: float) -> None:
        self.town.now = T0 + int(second * SECOND)
        self.deliver()

    def fill_robot(self) -> None:
        """The others of the house have been told of as many alerts as the provider takes."""
        with self.town.store.begin() as tx:
            for _ in range(20):
                assert (
                    tx.sendings.reserve("wecom_robot", ROBOT["url"], get_limits("wecom_robot"), self.town.now, is_urgent=True)
                    is None
                )


@pytest.fixture
def house(store: Store) -> Iterator[House]:
    town = Town(store, PlanBook())
    son = replace(FAMILY[0], channels=(Channel("wecom_robot", ROBOT), Channel("sms", {"phone": "139-0000-0001"})))
    fleet = make_fleet()
    with store.begin() as tx:
        homes = (replace(fleet.households[0], contacts=(son,)), *fleet.households[1:])
        tx.fleet.apply(replace(fleet, households=homes), T0)
    robot, sms = Phone(town), Phone(town)
    outbox = StoreOutbox(store, "here", family_base="https://care.example")
    channels = {"wecom_robot": robot, "sms": sms, "webhook": Phone(town)}
    deliverer = Deliverer(outbox, channels, clock=lambda: town.now, chance=random.Random(1))
    yield House(town, robot, sms, deliverer)
    deliverer.close()


def test_robot_rate_limited_second_channel_answers(house: House) -> None:
    house.fill_robot()
    alert = house.town.happens(quiet("fall", priority=Priority.CRITICAL))
    house.deliver()
    assert house.robot.got == []
    ((at, message),) = house.sms.got
    assert (at, message.event) == (0, "alert.opened")
    with house.town.store.read(EVERYTHING) as reader:
        tried = {entry.channel_kind for entry in reader.outbox.list_deliveries(alert=alert).items}
    assert "sms" in tried
    assert "wecom_robot" not in tried  # to wait is no attempt
    # he types the code of the text message, which carries no link
    code = read_link_code(str(message.payload["code"]))
    assert code is not None
    caller = identify_by_code(house.town.store, code, house.town.now)
    assert caller is not None
    token = make_link_token()
    house.town.perform(caller.principal, OpenByCode(code, digest_link_token(token)))
    opened = identify_family(house.town.store, token, house.town.now)
    assert opened is not None
    house.town.perform(opened.principal, Reply(opened.link_id, FamilyReply.CALLING))
    assert (0, "replied", "contact:h1/son") in house.town.history(alert)
    # the robot is not forgotten, is not asked too early, and says it once
    house.wait_until(59.9)
    assert house.robot.got == []
    house.wait_until(60)
    house.wait_until(600)
    assert [(at, notice.event) for at, notice in house.robot.got] == [(60, "alert.opened")]
    assert {notice.attempts for _, notice in house.robot.got} == {0}
    assert len(house.sms.got) == 1


def test_a_restart_does_not_forget_how_often_the_robot_was_used(house: House) -> None:
    house.fill_robot()
    house.town.happens(quiet("fall", priority=Priority.CRITICAL))
    house.deliver()
    house.deliverer.close()
    channels = {"wecom_robot": house.robot, "sms": house.sms, "webhook": Phone(house.town)}
    outbox = StoreOutbox(house.town.store, "after the restart", family_base="https://care.example")
    house.deliverer = Deliverer(outbox, channels, clock=lambda: house.town.now, chance=random.Random(2))
    house.wait_until(30)
    assert house.robot.got == []
    house.wait_until(60)
    assert len(house.robot.got) == 1
    house.deliverer.close()
