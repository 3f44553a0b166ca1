"""The page of channels, and a test message from the page of a home to the outbox."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homebeat.console.web.session import make_csrf
from homebeat.deliver.accounts import CloudAccount, ProviderAccounts
from homebeat.domain.channel import TEST_EVENT
from homebeat.domain.fleet import Channel, Responder, ResponderKind
from homebeat.domain.ids import AreaId, ResponderId
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Attempt
from tests.people import add_account, sign_in
from tests.unit.api.fixtures import TestClient, web
from tests.unit.api.street import NOON, Clock, Street, fleet
from tests.unit.console.fixtures import console_app, csrf_of

ENGLISH = {"Accept-Language": "en"}
ROBOT = Channel("wecom_robot", {"url": "https://robot.example/send?key=hidden-key"})
LI = Responder(
    *(ResponderId("li"), "Li", ResponderKind.DESK, (AreaId("lane"),)),
    channels=(ROBOT, Channel("voice", {"phone": "139-0000-0001"})),
    account="desk-1",
)
HOME = "/console/homes/h-0/channels/test"


def waiting(street: Street) -> list[str]:
    """The test messages that wait, delivered as the deliverer does it, once."""
    with street.store.begin() as tx:
        claimed = tx.outbox.claim(street.clock(), "d", 50, 1_000)
        for one in claimed:
            error = "the robot is gone" if one.channel_kind == "voice" else ""
            tx.outbox.settle(one.id, "d", Attempt(street.clock(), 5, ok=not error, error=error))
    assert {one.event for one in claimed} <= {TEST_EVENT}
    return [f"{one.contact} {one.channel_kind}" for one in claimed]


def test_ones_own_channels_are_tried_and_the_page_says_how_that_went(desk: TestClient, street: Street) -> None:
    with street.store.begin() as tx:
        tx.fleet.apply(replace(fleet(street.homes), responders=(LI,)), NOON)
    page = desk.get("/settings/channels", headers=ENGLISH).text
    assert "Nothing was sent, so nothing is known" in page
    form = {"csrf": csrf_of(page), "to": "/li", "place": ""}
    refused = desk.post("/console/channels/test", data=form, headers=ENGLISH)
    assert (refused.status_code, "tick that they expect it" in refused.text) == (422, True)
    assert waiting(street) == []
    taken = desk.post("/console/channels/test", data=form | {"expected": "yes"}, headers=ENGLISH)
    assert taken.status_code == 303
    shown = desk.get(taken.headers["location"], headers=ENGLISH).text
    assert shown.count("waits for its turn") == 2
    assert waiting(street) == ["/li wecom_robot", "/li voice"]
    shown = desk.get(taken.headers["location"], headers=ENGLISH).text
    assert ("taken by the receiver" in shown, "given up on" in shown, "the robot is gone" in shown) == (True, True, True)
    assert [one for one in ("hidden-key", "139-0000-0001") if one in shown + page] == []
    assert ("The last attempt failed" in shown, "The last attempt was taken" in shown) == (True, True)


def test_few_tests_go_to_one_person_in_a_short_time(desk: TestClient, street: Street, clock: Clock) -> None:
    add_account(street.store, "nurse", "nurse@lane")
    sign_in(desk, street.store, "nurse", now=clock())
    form = {"csrf": csrf_of(desk.get("/homes/h-0/channels").text), "to": "h-0/plum", "place": "0"}
    assert [desk.post(HOME, data=form).status_code for _ in range(4)] == [303, 303, 303, 409]
    clock.now += 600_001
    assert desk.post(HOME, data=form).status_code == 303


def test_a_contact_is_tried_from_the_page_of_the_home_and_it_is_on_record(desk: TestClient, street: Street) -> None:
    hidden = desk.get("/homes/h-0/channels", headers=ENGLISH).text
    assert ("Mr Plum" in hidden, "Your role does not show this here" in hidden) == (False, True)
    street.sos(0)
    page = desk.get("/homes/h-0/channels", headers=ENGLISH).text
    assert [one in page for one in ("Mr Plum", "example.invalid", "Daughter Lin")] == [True, False, False]
    sent = desk.post(HOME, data={"csrf": csrf_of(page), "to": "h-0/plum"}, headers=ENGLISH)
    assert sent.status_code == 303
    with street.store.read(EVERYTHING) as reader:
        row = next(one for one in reader.audit.read_page(20).items if one.action == "try_contact")
    assert (row.actor, row.about, row.detail) == ("user:desk-1", "contact:h-0/plum", {"channels": "webhook"})
    for who in ("h-99/x", "/li", "h-0/nobody", "h-0/lin"):
        answer = desk.post(HOME, data={"csrf": csrf_of(page), "to": who}, headers=ENGLISH)
        assert (answer.status_code, "no such channel" in answer.text) == (404, True), who


def test_who_works_elsewhere_neither_sends_a_test_nor_sees_one(desk: TestClient, street: Street, clock: Clock) -> None:
    street.sos(0)
    csrf = csrf_of(desk.get("/homes/h-0/channels").text)
    sent = desk.post(HOME, data={"csrf": csrf, "to": "h-0/plum"})
    ids = sent.headers["location"].partition("?")[2].partition("#")[0]
    assert "h-0/plum" in desk.get(f"/settings/channels?{ids}").text
    add_account(street.store, "elsewhere", "desk@other")
    sign_in(desk, street.store, "elsewhere", now=clock())
    csrf = make_csrf(desk.cookies["homebeat_session"])
    assert "h-0/plum" not in desk.get(f"/settings/channels?{ids}").text
    assert desk.post(HOME, data={"csrf": csrf, "to": "h-0/plum"}).status_code == 404


@pytest.mark.parametrize(
    "sms, voice, said, alarms",
    [
        (CloudAccount("aliyun", template="SMS_1"), None, ["usual template SMS_1", "template_test in [channels.sms]"], True),
        (CloudAccount("aliyun", template="SMS_1", template_test="SMS_8"), None, ["approved template SMS_8"], False),
        (
            CloudAccount("aliyun", template="SMS_1", template_test="SMS_8", template_abroad="SMS_2"),
            *(None, ["approved template SMS_8", "abroad: with the words of SMS_2"], True),
        ),
        (None, CloudAccount("twilio"), ["own words that it is a test"], False),
        (None, CloudAccount("tencent", template="77"), ["usual template 77", "template_test in [channels.voice]"], True),
    ],
)
def test_the_page_says_before_which_words_come(
    sms: CloudAccount | None, voice: CloudAccount | None, said: list[str], alarms: bool, street: Street, clock: Clock
) -> None:
    ways = (Channel("sms", {"phone": "139-0000-0001"}), Channel("voice", {"phone": "139-0000-0001"}))
    with street.store.begin() as tx:
        tx.fleet.apply(replace(fleet(street.homes), responders=(replace(LI, channels=ways),)), NOON)
    with web(console_app(street, clock, accounts=ProviderAccounts(sms=sms, voice=voice)), follow_redirects=False) as browser:
        assert sign_in(browser, street.store, "desk-1").status_code == 303
        page = browser.get("/settings/channels", headers=ENGLISH).text
    assert [text for text in said if text not in page] == []
    assert ("that somebody needs help" in page) is alarms
