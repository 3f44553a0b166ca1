"""Providers asked for what became of a message: each answers as it documents, on a local server, its error codes included."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from homebeat.deliver import Poster, aliyun, tencent, twilio
from homebeat.deliver.accounts import CloudAccount
from homebeat.deliver.cloud_message import ASK_LATER_S, ASK_SOON_S, await_proof
from homebeat.deliver.ports import Receipt
from homebeat.deliver.receipt_query import QueryResult, can_be_asked, make_query
from homebeat.domain.message_proof import MessageProof, ProviderReceipt
from homebeat.store import AskedMessage
from homebeat.store.notice.arrivals import find_next_ask
from tests.unit.deliver.fakes import NOON, a_notice
from tests.unit.deliver.receivers import RawReceiver
from tests.unit.deliver.test_cloud import BY_ALIYUN, BY_TENCENT, BY_TWILIO, HERE, MOBILE, says, split_request

#: 1 March 2026, a quarter of an hour before midnight in Shanghai.
ACCEPTED: Final = NOON + 3 * 3_600_000 + 45 * 60_000


def ask(
    kind: str, account: CloudAccount, body: Mapping[str, Any], reference: str = "one^0", status: int = 200
) -> tuple[QueryResult, bytes]:
    asked = AskedMessage(a_notice(channel_kind=kind, channel_params={"phone": MOBILE}), reference, ACCEPTED)
    with RawReceiver(says(body, status)) as receiver:
        query = make_query(replace(account, endpoint=receiver.url.removesuffix("/hook")), asked, ACCEPTED + 60_000)
        assert query is not None
        found = query.read(Poster(HERE).post(query.call, NOON))
        (request,) = receiver.requests
    return found, request


def found(arrival: MessageProof, code: str = "", key: str = "", reference: str = "one^0") -> QueryResult:
    return QueryResult(ProviderReceipt(reference, arrival, code, key))


def aliyun_details(status: int, code: str) -> dict[str, Any]:
    # the example of the page QuerySendDetails
    one = {"SendStatus": status, "ErrCode": code, "PhoneNum": "139" + "00000001", "TemplateCode": "SMS_1", "Content": "words"}
    return {"Code": "OK", "Message": "OK", "TotalCount": "1", "SmsSendDetailDTOs": {"SmsSendDetailDTO": [one]}}


def test_a_text_message_of_aliyun_is_asked_for_by_number_id_and_day() -> None:
    result, request = ask("sms", BY_ALIYUN, aliyun_details(3, "DELIVERED"))
    assert result == found(MessageProof.DELIVERED, "DELIVERED")
    _, headers, query, _ = split_request(request)
    assert headers["x-acs-action"] == "QuerySendDetails"
    assert {name: values[0] for name, values in query.items()} == {
        "PhoneNumber": "139" + "00000001",
        "BizId": "one^0",
        "SendDate": "20260301",
        "PageSize": "10",
        "CurrentPage": "1",
    }
    assert ask("sms", BY_ALIYUN, aliyun_details(2, "MOBILE_NOT_ON_SERVICE"))[0] == found(
        MessageProof.FAILED, "MOBILE_NOT_ON_SERVICE"
    )
    assert ask("sms", BY_ALIYUN, aliyun_details(1, ""))[0] == QueryResult(), "it waits for a receipt itself"
    assert ask("sms", BY_ALIYUN, {"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": []}})[0] == QueryResult()


@pytest.mark.parametrize(
    "data, result",
    [
        ({"state": "200000", "startDate": "2026-03-01 23:45:10"}, found(MessageProof.PICKED_UP, "200000")),
        ({"state": "200000", "startDate": "2026-03-01 23:45:10", "dtmf": "3"}, found(MessageProof.KEY, "200000", "3")),
        ({"state": "200000", "startDate": ""}, found(MessageProof.UNANSWERED, "200000")),
        ({"state": "200005", "startDate": ""}, found(MessageProof.UNANSWERED, "200005")),
        ({"state": "200004", "startDate": ""}, found(MessageProof.FAILED, "200004")),
        ({"state": "1", "startDate": "2026-03-01 23:45:10", "endDate": ""}, QueryResult()),
        (
            {"state": "1", "startDate": "2026-03-01 23:45:10", "endDate": "2026-03-01 23:45:40"},
            found(MessageProof.PICKED_UP, "1"),
        ),
        ({"state": "502", "startDate": "", "endDate": "", "duration": 0}, QueryResult()),
    ],
)
def test_a_call_of_aliyun_is_asked_for_by_its_id(data: dict[str, Any], result: QueryResult) -> None:
    answer, request = ask("voice", BY_ALIYUN, {"Code": "OK", "Message": "OK", "Data": json.dumps(data)})
    assert answer == result
    _, headers, query, _ = split_request(request)
    assert (headers["x-acs-action"], query["CallId"], query["ProdId"], query["QueryDate"]) == (
        "QueryCallDetailByCallId",
        ["one^0"],
        ["11000000300006"],
        [str(ACCEPTED)],
    )


def test_a_text_message_of_tencent_is_found_among_those_to_its_number() -> None:
    # the example of the page PullSmsSendStatusByPhoneNumber
    one = {"SerialNo": "one^0", "ReportStatus": "SUCCESS", "Description": "DELIVRD", "PhoneNumber": "+86139" + "00000001"}
    other = one | {"SerialNo": "other", "ReportStatus": "FAIL", "Description": "MK:0001"}
    answer, request = ask("sms", BY_TENCENT, {"Response": {"PullSmsSendStatusSet": [other, one], "RequestId": "r"}})
    assert answer == found(MessageProof.DELIVERED, "DELIVRD")
    _, headers, _, body = split_request(request)
    assert (headers["x-tc-action"], headers["x-tc-version"]) == ("PullSmsSendStatusByPhoneNumber", "2021-01-11")
    assert json.loads(body) == {
        "BeginTime": ACCEPTED // 1000 - 60,
        "Offset": 0,
        "Limit": 100,
        "PhoneNumber": "+86139" + "00000001",
        "SmsSdkAppId": "app-1",
    }
    assert ask("sms", BY_TENCENT, {"Response": {"PullSmsSendStatusSet": [other]}})[0] == QueryResult()
    failed = one | {"ReportStatus": "FAIL", "Description": "UNDELIV"}
    assert ask("sms", BY_TENCENT, {"Response": {"PullSmsSendStatusSet": [failed]}})[0] == found(MessageProof.FAILED, "UNDELIV")


@pytest.mark.parametrize(
    "status, arrival",
    [
        ("queued", None),
        ("ringing", None),
        ("in-progress", MessageProof.PICKED_UP),
        ("completed", MessageProof.PICKED_UP),
        ("busy", MessageProof.UNANSWERED),
        ("no-answer", MessageProof.UNANSWERED),
        ("failed", MessageProof.FAILED),
        ("canceled", MessageProof.FAILED),
    ],
)
def test_a_call_of_twilio_is_fetched(status: str, arrival: MessageProof | None) -> None:
    answer, request = ask("voice", BY_TWILIO, {"sid": "CA1", "status": status}, reference="CA1")
    assert answer == (QueryResult() if arrival is None else found(arrival, status, reference="CA1"))
    first, headers, _, _ = split_request(request)
    assert first.startswith("GET /2010-04-01/Accounts/AC1/Calls/CA1.json ")
    assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == b"AC1:invented-token"


@pytest.mark.parametrize("kind", ["sms", "voice"])
@pytest.mark.parametrize("code", [code for code in aliyun.CODES if code != "OK"])
def test_each_error_of_aliyun_says_nothing_of_the_message(kind: str, code: str) -> None:
    answer, _ = ask(kind, BY_ALIYUN, {"Code": code, "Message": "words about 139-0000-0001"})
    assert answer.receipt is None
    assert answer.error.startswith(f"the provider answered {code}: ")
    assert "0001" not in answer.error


@pytest.mark.parametrize("code", [code for code in tencent.CODES if code != "Ok"])
def test_each_error_of_tencent_says_nothing_of_the_message(code: str) -> None:
    answer, _ = ask("sms", BY_TENCENT, {"Response": {"Error": {"Code": code, "Message": "words"}, "RequestId": "r"}})
    assert (answer.receipt, answer.error.partition(":")[0]) == (None, f"the provider answered {code}")


@pytest.mark.parametrize("code", [code for code in twilio.CODES if code != twilio.ACCEPTED])
def test_each_error_of_twilio_says_nothing_of_the_call(code: str) -> None:
    answer, _ = ask("voice", BY_TWILIO, {"code": int(code), "message": "words", "status": 404}, "CA1", status=404)
    assert (answer.receipt, answer.error.partition(":")[0]) == (None, f"the provider answered {code}")


@pytest.mark.parametrize("kind, account", [("sms", BY_ALIYUN), ("voice", BY_ALIYUN), ("sms", BY_TENCENT), ("voice", BY_TWILIO)])
def test_an_answer_of_another_form_is_no_receipt(kind: str, account: CloudAccount) -> None:
    answer, _ = ask(kind, account, {"something": "else"})
    assert (answer.receipt, answer.error) == (None, "the provider answered 200")


def test_who_documents_no_question_is_not_asked() -> None:
    assert not can_be_asked("voice", "tencent")
    assert not can_be_asked("sms", "template")
    asked = AskedMessage(a_notice(channel_kind="voice", channel_params={"phone": MOBILE}), "one", ACCEPTED)
    assert make_query(BY_TENCENT, asked, NOON) is None


def test_a_message_awaits_proof_where_its_provider_brings_it_or_is_asked() -> None:
    taken = Receipt(ok=True, reference="one")
    plain, asked = BY_ALIYUN, replace(BY_ALIYUN, is_asked=True)
    brings = "https://care.example/receipts/sms/secret"
    assert await_proof(taken, plain) == taken
    assert await_proof(taken, asked) == replace(taken, awaits_proof=True, ask_after_s=ASK_SOON_S)
    assert await_proof(taken, replace(plain, receipts=brings)) == replace(taken, awaits_proof=True)
    assert await_proof(taken, replace(asked, receipts=brings)) == replace(taken, awaits_proof=True, ask_after_s=ASK_LATER_S)
    assert await_proof(Receipt(ok=False), asked) == Receipt(ok=False)
    assert await_proof(Receipt(ok=True), asked) == Receipt(ok=True), "it has no name there by which it could be asked for"


def test_it_is_asked_four_times_at_most() -> None:
    turns = [NOON + 45_000]
    while (after := find_next_ask(NOON, turns[-1])) is not None:
        turns.append(after)
    assert [(at - NOON) // 1000 for at in turns] == [45, 180, 600, 3_600]
