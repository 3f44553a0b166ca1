"""The address to which providers bring receipts: whose it is, what is taken, and what a pressed key means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from homebeat.deliver.accounts import CloudAccount, ProviderAccounts
from homebeat.deliver.provider_receipts import make_receipts_address
from homebeat.deliver.twilio import sign_push
from homebeat.domain.alert import Alert
from homebeat.domain.ids import ContactId
from homebeat.domain.message_proof import MessageProof
from homebeat.domain.notice import Notice
from homebeat.domain.scope import EVERYTHING
from homebeat.identity.message_link import digest_link_token, make_link_token
from homebeat.store import Attempt, MessageLink
from tests.people import add_family_link
from tests.unit.api.fixtures import TestClient, web
from tests.unit.api.street import Clock, Street
from tests.unit.console.fixtures import console_app
from tests.unit.console.test_family_reply import LIN, replies

SECRET: Final = "an-invented-secret-of-30-signs"
SMS: Final = make_receipts_address("https://care.example", "sms", SECRET)
VOICE: Final = make_receipts_address("https://care.example", "voice", SECRET)
BY_ALIYUN: Final = CloudAccount("aliyun", receipts=SMS)
BY_TENCENT: Final = CloudAccount("tencent", receipts=VOICE)
BY_TWILIO: Final = CloudAccount("twilio", "AC1", "invented-token", receipts=VOICE)


def serve(street: Street, clock: Clock, accounts: ProviderAccounts) -> Any:
    return web(console_app(street, clock, accounts=accounts), follow_redirects=False)


@pytest.fixture
def guest(street: Street, clock: Clock) -> Iterator[TestClient]:
    with serve(street, clock, ProviderAccounts(sms=BY_ALIYUN, voice=BY_TENCENT)) as browser:
        yield browser


@pytest.fixture
def alert(street: Street) -> Alert:
    return street.open("no_sign_of_life", 3)


def put_out(street: Street, alert: Alert, clock: Clock, reference: str) -> None:
    """A message to her contact was accepted under this name, and carried a link."""
    now = clock()
    notice = Notice(alert.id, ContactId(LIN.format(3)), "voice", 0, "alert.opened", now, {}, f"cause-{reference}")
    with street.store.begin() as tx:
        tx.outbox.add([notice], now)
        tx.outbox.claim(now, "test", 100, 60_000)
        link = digest_link_token(make_link_token())
        tx.message_links.add([MessageLink(link, notice.id, notice.contact, now, now + 60_000_000)])
        attempt = Attempt(now, 1, ok=True, status=200, reference=reference, awaits_proof=True)
        assert tx.outbox.settle(notice.id, "test", attempt) is not None


def arrivals(street: Street, alert: Alert) -> list[MessageProof | None]:
    with street.store.read(EVERYTHING) as reader:
        return [one.arrival for one in reader.outbox.list_deliveries(alert=alert.id).items if one.arrival]


def test_a_text_message_has_arrived(guest: TestClient, street: Street, clock: Clock, alert: Alert) -> None:
    put_out(street, alert, clock, "biz-1")
    body = [{"biz_id": "biz-1", "success": True, "err_code": "DELIVERED", "phone_number": "139" + "00000001"}]
    for _ in range(2):
        answer = guest.post(f"/receipts/sms/{SECRET}", json=body)
        assert (answer.status_code, answer.json()) == (200, {"code": 0, "msg": "OK"})
    assert arrivals(street, alert) == [MessageProof.DELIVERED]


@pytest.mark.parametrize("key, code", [("1", "family_calling"), ("2", "family_fine"), ("3", "family_go"), ("7", ""), ("12", "")])
def test_a_pressed_key_is_an_answer(guest: TestClient, street: Street, clock: Clock, alert: Alert, key: str, code: str) -> None:
    put_out(street, alert, clock, "call-1")
    body = {"voicekey_callback": {"callid": "call-1", "keypress": key}}
    answer = guest.post(f"/receipts/voice/{SECRET}", json=body)
    assert (answer.status_code, answer.json()) == (200, {"result": 0, "errmsg": "OK"})
    assert arrivals(street, alert) == [MessageProof.KEY]
    assert [reason for _, reason in replies(street, alert)] == ([code] if code else [])


def test_a_key_that_is_brought_again_takes_no_later_answer_back(
    guest: TestClient, street: Street, clock: Clock, alert: Alert
) -> None:
    """She pressed "all is well", then asked on the page that somebody goes; the provider repeats what it brought before."""
    put_out(street, alert, clock, "call-1")
    body = {"voicekey_callback": {"callid": "call-1", "keypress": "2"}}
    guest.post(f"/receipts/voice/{SECRET}", json=body)
    token = add_family_link(street.store, alert.id, LIN.format(3))
    clock.now += 60_000
    guest.post(f"/f/{token}", data={"answer": "go"})
    clock.now += 60_000
    assert guest.post(f"/receipts/voice/{SECRET}", json=body).status_code == 200
    assert [reason for _, reason in replies(street, alert)] == ["family_fine", "family_go"]


@pytest.mark.parametrize(
    "body",
    [
        '[{"biz_id": "a\\u0000b", "success": true}]',
        '[{"biz_id": "\\ud800", "success": true, "err_code": "\\udfff"}]',
        '[{"biz_id": "' + "x" * 100_000 + '", "success": true}]',
        '[{"biz_id": 7, "success": 1}, null, "biz-1", [], {"biz_id": {"biz_id": "biz-1"}}, NaN]',
        "[" * 100_000,
        "\x00",
        b"\xff\xfe",
        "",
    ],
    ids=range(8),
)
@pytest.mark.parametrize("kind", ["text/plain", "application/json", "application/x-www-form-urlencoded", ""])
def test_whatever_is_brought_breaks_nothing(
    guest: TestClient, street: Street, clock: Clock, alert: Alert, body: str | bytes, kind: str
) -> None:
    put_out(street, alert, clock, "biz-1")
    for path in ("sms", "voice"):
        answer = guest.post(f"/receipts/{path}/{SECRET}", content=body, headers={"content-type": kind})
        assert answer.status_code in {200, 400, 422}, answer.text
    assert arrivals(street, alert) == [MessageProof.AWAITED]


@pytest.mark.parametrize(
    "path", [f"/receipts/sms/{SECRET}x", "/receipts/sms/-", f"/receipts/email/{SECRET}", f"/receipts/webhook/{SECRET}"]
)
def test_a_stranger_brings_nothing(guest: TestClient, street: Street, clock: Clock, alert: Alert, path: str) -> None:
    put_out(street, alert, clock, "biz-1")
    assert guest.post(path, json=[{"biz_id": "biz-1", "success": True}]).status_code == 404
    assert arrivals(street, alert) == [MessageProof.AWAITED]


def test_what_cannot_be_read_is_refused(guest: TestClient) -> None:
    assert guest.post(f"/receipts/sms/{SECRET}", content=b"{}").status_code == 400


def test_where_no_receipts_are_set_up_the_address_is_none(street: Street, clock: Clock) -> None:
    with serve(street, clock, ProviderAccounts(sms=CloudAccount("aliyun"))) as guest:
        assert guest.post("/receipts/sms/", json=[]).status_code == 404
        assert guest.post(f"/receipts/sms/{SECRET}", json=[]).status_code == 404


def test_twilio_is_known_by_its_signature_as_well(street: Street, clock: Clock, alert: Alert) -> None:
    put_out(street, alert, clock, "CA1")
    form = {"CallSid": "CA1", "CallStatus": "in-progress", "To": "+49"}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    with serve(street, clock, ProviderAccounts(voice=BY_TWILIO)) as guest:

        def bring(signature: str) -> int:
            signed = headers | ({"x-twilio-signature": signature} if signature else {})
            return int(guest.post(f"/receipts/voice/{SECRET}", content=urlencode(form), headers=signed).status_code)

        assert bring("") == 403
        assert bring(sign_push("another-token", VOICE, form)) == 403
        assert bring(sign_push("invented-token", VOICE, form | {"CallStatus": "failed"})) == 403
        assert arrivals(street, alert) == [MessageProof.AWAITED]
        assert bring(sign_push("invented-token", VOICE, form)) == 200
    assert arrivals(street, alert) == [MessageProof.PICKED_UP]
