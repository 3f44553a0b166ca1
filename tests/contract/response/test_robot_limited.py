"""The robot of a whole house is at its limit when somebody falls: the text message is answered meanwhile, and nothing is lost."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from homebeat.actions import OpenByCode, Reply, Resolve
from homebeat.actions.identify import identify_by_code, identify_family
from homebeat.deliver import Deliverer, Receipt, StoreOutbox
from homebeat.domain.alert import Outcome, Priority
from homebeat.domain.channel import get_limits
from homebeat.domain.family_reply import FamilyReply
from homebeat.domain.fleet import Channel
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.identity.message_link import digest_link_token, make_link_token, read_link_code
from homebeat.store import Leased, Store
from tests.contract.response.street import FAMILY, Town, make_fleet, quiet
from tests.contract.store.conftest import T0
from tests.people import person
from tests.unit.deliver.fakes import eventually

ROBOT = {"url": "https://qyapi.example/cgi-bin/webhook/send?key=the-house"}
SECOND = 1_000
YES = Receipt(ok=True, status=200, provider_code="0")


@dataclass
class Phone:
    """A channel that remembers what it was given, and when."""

    town: Town
    got: list[tuple[float, Leased]] = field(default_factory=list)
    answer: Receipt = YES

    def send(self, notice: Leased, now: int) -> Receipt:
        self.got.append(((now - T0) / SECOND, notice))
        return self.answer

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

    def begin_again(self) -> None:
        channels = {"wecom_robot": self.robot, "sms": self.sms, "webhook": Phone(self.town)}
        outbox = StoreOutbox(self.town.store, "after the restart", family_base="https://care.example")
        self.deliverer = Deliverer(outbox, channels, clock=lambda: self.town.now, chance=random.Random(2))

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


def test_the_second_channel_waits_for_the_first_where_nobody_calls_for_help(house: House) -> None:
    alert = house.town.happens(quiet())
    house.deliver()
    assert ([at for at, _ in house.robot.got], house.sms.got) == ([0], [])
    with house.town.store.read(EVERYTHING) as reader:
        said = {entry.channel_kind: (entry.state, entry.error) for entry in reader.outbox.list_deliveries(alert=alert).items}
    assert said == {"wecom_robot": ("delivered", ""), "sms": ("superseded", "another channel of theirs has brought it")}
    house.wait_until(300)
    assert house.sms.got == []
    # the end is said where the beginning was
    house.town.act(person("chen", Role.DESK), Resolve(alert, Outcome.FINE))
    house.deliver()
    assert [notice.event for _, notice in house.robot.got] == ["alert.opened", "alert.resolved"]
    assert house.sms.got == []


def test_a_robot_that_is_limited_for_longer_than_the_wait_lets_the_text_message_go_at_once(house: House) -> None:
    house.fill_robot()
    house.town.happens(quiet())
    house.deliver()
    assert (house.robot.got, [at for at, _ in house.sms.got]) == ([], [0])


def test_a_robot_that_stays_silent_has_a_minute_also_after_a_restart(house: House) -> None:
    house.robot.answer = Receipt(ok=False, error="no answer")
    house.town.happens(quiet())
    house.deliver()
    house.wait_until(6)
    assert house.sms.got == []
    house.deliverer.close()
    house.begin_again()
    house.wait_until(21)
    assert house.sms.got == []
    house.wait_until(60)
    assert [at for at, _ in house.sms.got] == [60]
    house.wait_until(120)
    assert len(house.sms.got) == 1


def test_a_restart_does_not_forget_how_often_the_robot_was_used(house: House) -> None:
    house.fill_robot()
    house.town.happens(quiet("fall", priority=Priority.CRITICAL))
    house.deliver()
    house.deliverer.close()
    house.begin_again()
    house.wait_until(30)
    assert house.robot.got == []
    house.wait_until(60)
    assert len(house.robot.got) == 1
    house.deliverer.close()
