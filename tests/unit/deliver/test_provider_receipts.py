"""What providers bring, in the form that each documents: every code of theirs, and what is none."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from homebeat.deliver.provider_receipts import ALIYUN_CALLS, MOST, TENCENT_CALLS, TWILIO_CALLS, read_receipts
from homebeat.deliver.twilio import sign_push
from homebeat.domain.message_proof import MessageProof, ProviderReceipt


def read(kind: str, provider: str, body: Any) -> list[ProviderReceipt]:
    return read_receipts(kind, provider, json.dumps(body).encode())


def aliyun_message(*, success: bool = True, code: str = "DELIVERED") -> dict[str, Any]:
    # the example of the page SmsReport
    return {
        "phone_number": "139" + "00000001",
        "send_time": "2017-01-01 00:00:00",
        "report_time": "2017-01-01 00:00:00",
        "success": success,
        "err_code": code,
        "err_msg": "words",
        "sms_size": "1",
        "biz_id": "12345^0",
        "out_id": "67890",
    }


def test_a_text_message_of_aliyun() -> None:
    said = read("sms", "aliyun", [aliyun_message(), aliyun_message(success=False, code="MOBILE_NOT_ON_SERVICE")])
    assert said == [
        ProviderReceipt("12345^0", MessageProof.DELIVERED, "DELIVERED"),
        ProviderReceipt("12345^0", MessageProof.FAILED, "MOBILE_NOT_ON_SERVICE"),
    ]


def aliyun_call(code: str, begun: str = "", key: str = "") -> dict[str, Any]:
    # the fields of the page VoiceReport
    return {"call_id": "100001^2", "start_time": begun, "end_time": "", "duration": "0", "status_code": code, "dtmf": key}


@pytest.mark.parametrize("code", ALIYUN_CALLS)
def test_each_end_of_a_call_of_aliyun(code: str) -> None:
    begun = "2017-06-01 10:00:00" if ALIYUN_CALLS[code].is_proof else ""
    assert read("voice", "aliyun", [aliyun_call(code, begun)]) == [ProviderReceipt("100001^2", ALIYUN_CALLS[code], code)]


def test_a_call_of_aliyun_without_a_beginning_was_not_picked_up() -> None:
    """Its documents: `start_time` is empty where nobody has picked up. In doubt the next channel begins."""
    assert [one.arrival for one in read("voice", "aliyun", [aliyun_call("200000")])] == [MessageProof.UNANSWERED]


def test_an_unknown_end_of_a_call_is_told_by_its_beginning_and_a_key_goes_before_all() -> None:
    begun = "2017-06-01 10:00:00"
    calls = [aliyun_call("299999"), aliyun_call("299999", begun), aliyun_call("200000", begun, "2")]
    assert [(one.arrival, one.key) for one in read("voice", "aliyun", calls)] == [
        (MessageProof.UNANSWERED, ""),
        (MessageProof.PICKED_UP, ""),
        (MessageProof.KEY, "2"),
    ]


def test_a_text_message_of_tencent() -> None:
    # the example of the page SMS Sending Status Notification
    one = {
        "user_receive_time": "2015-10-17 08:03:04",
        "nationcode": "86",
        "mobile": "139" + "00000001",
        "report_status": "SUCCESS",
        "errmsg": "DELIVRD",
        "description": "words",
        "sid": "x:1",
    }
    assert read("sms", "tencent", [one, one | {"report_status": "FAIL", "errmsg": "MK:0001"}]) == [
        ProviderReceipt("x:1", MessageProof.DELIVERED, "DELIVRD"),
        ProviderReceipt("x:1", MessageProof.FAILED, ""),
    ]


@pytest.mark.parametrize("result", TENCENT_CALLS)
def test_each_end_of_a_call_of_tencent(result: str) -> None:
    body = {"voiceprompt_callback": {"result": result, "accept_time": "1470197211", "callid": "c1", "fee": "1", "mobile": "139"}}
    assert read("voice", "tencent", body) == [ProviderReceipt("c1", TENCENT_CALLS[result], result)]


def test_a_key_and_a_failure_of_a_call_of_tencent() -> None:
    pressed = {"voicekey_callback": {"call_from": "", "callid": "c1", "keypress": "2", "mobile": "139", "nationcode": "86"}}
    assert read("voice", "tencent", pressed) == [ProviderReceipt("c1", MessageProof.KEY, "2", "2")]
    failed = {"voice_failure_callback": {"callid": "c1", "failure_code": 8, "failure_reason": "words"}}
    assert read("voice", "tencent", failed) == [ProviderReceipt("c1", MessageProof.FAILED, "8")]


@pytest.mark.parametrize("status", TWILIO_CALLS)
def test_each_end_of_a_call_of_twilio(status: str) -> None:
    body = urlencode({"CallSid": "CA1", "CallStatus": status, "To": "+49"}).encode()
    assert read_receipts("voice", "twilio", body) == [ProviderReceipt("CA1", TWILIO_CALLS[status], status)]


@pytest.mark.parametrize("status", ["", "queued", "ringing", "new-word"])
def test_a_call_of_twilio_on_its_way_says_nothing_yet(status: str) -> None:
    assert read_receipts("voice", "twilio", urlencode({"CallSid": "CA1", "CallStatus": status}).encode()) == []


@pytest.mark.parametrize(
    "kind, provider, body",
    [
        ("sms", "aliyun", b"{}"),
        ("sms", "aliyun", b""),
        ("sms", "aliyun", b"\xff\xfe"),
        ("sms", "aliyun", b"[" * 100_000),
        ("voice", "tencent", b"{}"),
        ("voice", "tencent", b"[]"),
        ("voice", "twilio", b"\xff"),
        ("voice", "twilio", b"a=1&" * 200),
        ("sms", "twilio", b"CallSid=CA1"),
        ("sms", "template", b"[]"),
        ("email", "aliyun", b"[]"),
    ],
)
def test_what_cannot_be_read_is_refused(kind: str, provider: str, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_receipts(kind, provider, body)


def test_what_names_no_message_is_left_out_and_a_push_is_bounded() -> None:
    assert read("sms", "aliyun", [{}, 1, None, "x", {"biz_id": 7}, {"biz_id": ""}]) == []
    assert len(read("sms", "aliyun", [aliyun_message()] * (MOST + 1))) == MOST


def test_the_signature_of_twilio_is_the_published_one() -> None:
    # the example of twilio.com/docs/usage/security#validating-requests
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+12349013030",
        "Digits": "1234",
        "From": "+12349013030",
        "To": "+1800" + "5551212",
    }
    signed = sign_push("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form)
    assert signed == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


def test_receipts_come_in_any_order_and_more_than_once() -> None:
    assert [one for one in MessageProof if one.is_proof] == [MessageProof.DELIVERED, MessageProof.PICKED_UP, MessageProof.KEY]
    assert MessageProof.PICKED_UP.follows(MessageProof.UNANSWERED)
    assert not MessageProof.FAILED.follows(MessageProof.DELIVERED)
    assert not MessageProof.PICKED_UP.follows(MessageProof.KEY)
    assert not any(one.follows(one) for one in MessageProof)
