"""Text messages and calls by Aliyun, Tencent and Twilio, against a local server that answers as they document, each code."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest

from homebeat.deliver import Poster, Receipt, aliyun, tencent, twilio
from homebeat.deliver.accounts import CloudAccount
from homebeat.deliver.channels.sms import SmsChannel
from homebeat.deliver.channels.voice import VoiceChannel
from homebeat.deliver.cloud_message import UNANSWERED_WAIT_S, CloudMessage, describe_test, make_cloud_message
from homebeat.deliver.http_template import HttpTemplate
from homebeat.deliver.ports import Sender
from homebeat.deliver.provider import CodeTable, CodeVerdict
from homebeat.domain.channel import TEST_EVENT
from homebeat.domain.family_note import DAILY, WEEKLY, WeekSeen, make_daily_payload
from homebeat.domain.follow_up import FOLLOW_UP_EVENT
from homebeat.domain.notice import ASK_EVENT
from homebeat.egress.policy import EgressPolicy
from tests.unit.deliver.fakes import NOON, a_notice
from tests.unit.deliver.receivers import RawReceiver, Script, answers, resets

HERE = EgressPolicy(allow_private=True, allow_http=True, ports=None)
MOBILE = "139-0000-0001"
ABROAD = "+49 30 5550 0001"
BY_ALIYUN: Final = CloudAccount(
    "aliyun",
    "invented-id",
    "invented-secret",
    sign="社区守护",
    template="SMS_1",
    template_without_code="SMS_2",
    template_abroad="SMS_3",
    variables=("code", "priority"),
)
BY_TENCENT: Final = replace(BY_ALIYUN, provider="tencent", region="ap-guangzhou", app_id="app-1")
BY_TWILIO: Final = CloudAccount("twilio", "AC1", "invented-token", caller="+4930555500009")
WITH_CODE: Final = {"priority": "critical", "code": "ABCD2345"}


def send(
    kind: str, account: CloudAccount, script: Script, payload: Mapping[str, str] = WITH_CODE, phone: str = MOBILE
) -> tuple[Receipt, list[bytes]]:
    with RawReceiver(script) as receiver:
        account = replace(account, endpoint=receiver.url.removesuffix("/hook"))
        channel: Sender = (SmsChannel if kind == "sms" else VoiceChannel)(Poster(HERE), account)
        notice = a_notice(channel_kind=kind, channel_params={"phone": phone}, payload=payload)
        return channel.send(notice, NOON), receiver.requests


def says(body: Mapping[str, Any], status: int = 200) -> Script:
    return answers(status, body=json.dumps(body).encode())


def split_request(request: bytes) -> tuple[str, dict[str, str], dict[str, list[str]], bytes]:
    """The first line, headers, query and body."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    return first, headers, parse_qs(urlsplit(first.split(" ")[1]).query, strict_parsing=False), body


def check_verdict(receipt: Receipt, codes: CodeTable, code: str) -> None:
    meaning = codes[code]
    assert receipt.ok is (meaning.verdict is CodeVerdict.OK)
    assert receipt.is_final is (meaning.verdict in {CodeVerdict.FINAL, CodeVerdict.OPERATOR})
    assert receipt.needs_operator is (meaning.verdict is CodeVerdict.OPERATOR)
    assert (receipt.provider_code, receipt.retry_after_s) == (code, meaning.wait_s)


@pytest.mark.parametrize("kind", ["sms", "voice"])
@pytest.mark.parametrize("code", aliyun.CODES)
def test_each_code_of_aliyun_is_judged_though_http_says_200(kind: str, code: str) -> None:
    receipt, _ = send(kind, BY_ALIYUN, says({"Code": code, "Message": "words about 139-0000-0001", "RequestId": "one"}))
    check_verdict(receipt, aliyun.CODES, code)
    assert "0001" not in receipt.error


@pytest.mark.parametrize("code", tencent.CODES)
def test_each_code_of_tencent_is_judged_in_both_of_its_places(code: str) -> None:
    in_status = {"Response": {"SendStatusSet": [{"PhoneNumber": "+86139", "Code": code, "Message": "send"}], "RequestId": "one"}}
    check_verdict(send("sms", BY_TENCENT, says(in_status))[0], tencent.CODES, code)
    if code != "Ok":
        in_error = {"Response": {"Error": {"Code": code, "Message": "words"}, "RequestId": "one"}}
        for kind in ("sms", "voice"):
            check_verdict(send(kind, BY_TENCENT, says(in_error))[0], tencent.CODES, code)


@pytest.mark.parametrize(
    "account, code, needs_operator, is_final",
    [
        (BY_TENCENT, "AuthFailure.SignatureFailure", True, True),
        (BY_TENCENT, "InternalError.Timeout", False, False),
        (BY_TENCENT, "LimitExceeded.SomethingNew", False, False),
        (BY_ALIYUN, "Throttling.User", False, False),
        (BY_ALIYUN, "InvalidAccessKeyId.NotFound", True, True),
    ],
)
def test_a_code_of_a_known_family_is_judged_as_the_family(
    account: CloudAccount, code: str, *, needs_operator: bool, is_final: bool
) -> None:
    body = {"Code": code, "Response": {"Error": {"Code": code}}}
    receipt, _ = send("sms", account, says(body))
    assert (receipt.needs_operator, receipt.is_final, receipt.provider_code) == (needs_operator, is_final, code)
    assert "does not know" not in receipt.error


@pytest.mark.parametrize("code", sorted(twilio.CODES.keys() - {twilio.ACCEPTED}))
def test_each_code_of_twilio_is_judged(code: str) -> None:
    receipt, _ = send("voice", BY_TWILIO, says({"code": int(code), "message": "words", "status": 400}, 400))
    check_verdict(receipt, twilio.CODES, code)


@pytest.mark.parametrize(
    "kind, account, body, code",
    [
        ("sms", BY_ALIYUN, {"Code": "OK", "BizId": "one"}, "OK"),
        ("voice", BY_ALIYUN, {"Code": "OK", "CallId": "one"}, "OK"),
        ("sms", BY_TENCENT, {"Response": {"SendStatusSet": [{"SerialNo": "one", "Code": "Ok"}]}}, "Ok"),
        ("voice", BY_TENCENT, {"Response": {"SendStatus": {"CallId": "one", "SessionContext": ""}}}, "Ok"),
        ("voice", BY_TWILIO, {"sid": "CA1", "status": "queued"}, "queued"),
    ],
)
def test_what_the_provider_accepts_is_sent(kind: str, account: CloudAccount, body: dict[str, Any], code: str) -> None:
    receipt, _ = send(kind, account, says(body))
    assert (receipt.ok, receipt.provider_code) == (True, code)


@pytest.mark.parametrize("kind, account", [("sms", BY_ALIYUN), ("sms", BY_TENCENT), ("voice", BY_TENCENT), ("voice", BY_TWILIO)])
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Code": "ok"},
        {"Code": "what.IsThis"},
        {"Response": {"SendStatusSet": []}},
        {"Response": {"SendStatusSet": [{"Code": "OK"}]}},
        {"Response": {"SendStatus": {}}},
        {"Response": {"Error": {"Code": "What.IsThis"}}},
        {"sid": None},
        {"sid": "CA1", "code": 4711},
    ],
)
def test_200_with_anything_else_is_tried_again(kind: str, account: CloudAccount, body: dict[str, Any]) -> None:
    receipt, _ = send(kind, account, says(body))
    assert (receipt.ok, receipt.is_final) == (False, False)


@pytest.mark.parametrize("kind, account", [("sms", BY_ALIYUN), ("sms", BY_TENCENT), ("voice", BY_TWILIO)])
def test_where_no_answer_came_the_next_attempt_is_late_since_it_may_have_arrived(kind: str, account: CloudAccount) -> None:
    receipt, _ = send(kind, account, resets)
    assert (receipt.ok, receipt.is_final, receipt.retry_after_s) == (False, False, UNANSWERED_WAIT_S)


def test_the_signature_of_aliyun_is_the_published_one() -> None:
    # the example of alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
    key = aliyun.AliyunKey("YourAccessKeyId", "YourAccessKeySecret", "https://ecs.cn-shanghai.aliyuncs.com")
    parameters = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
    nonce = "3156853299f313e23d1673dc12e1703d"
    _, headers = aliyun.sign_call(key, "RunInstances", "2014-05-26", parameters, now=1_698_315_752_000, nonce=nonce)
    assert headers["x-acs-date"] == "2023-10-26T10:22:32Z"
    assert headers["authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        "x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_the_signature_of_tencent_is_the_published_one() -> None:
    # the example of cloud.tencent.com/document/api/213/30654
    key = tencent.TencentKey(
        "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
        "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
        "https://cvm.tencentcloudapi.com",
        "ap-guangzhou",
    )
    body = json.dumps({"Limit": 1, "Filters": [{"Values": ["未命名"], "Name": "instance-name"}]}).encode()
    operation = tencent.CloudOperation("cvm", "DescribeInstances", "2017-03-12")
    headers = tencent.sign_call(key, operation, body, 1_551_113_065_000)
    assert headers["authorization"].endswith("Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168")


def test_what_aliyun_gets_is_what_was_signed() -> None:
    _, (request,) = send("sms", BY_ALIYUN, answers(200))
    first, headers, query, body = split_request(request)
    assert first.startswith("POST /?")
    assert body == b""
    assert (query["PhoneNumbers"], query["SignName"], query["TemplateCode"]) == (["139" + "00000001"], ["社区守护"], ["SMS_1"])
    assert json.loads(query["TemplateParam"][0]) == {"code": "ABCD2345", "priority": "特急"}
    names = headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    canonical = "\n".join(("POST", "/", first.split(" ")[1][2:], lines, ";".join(names), hashlib.sha256(b"").hexdigest()))
    signed = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    assert headers["authorization"].endswith(hmac.new(b"invented-secret", signed.encode(), hashlib.sha256).hexdigest())


def test_what_tencent_gets_names_one_number_and_the_variables_in_order() -> None:
    _, (request,) = send("sms", BY_TENCENT, answers(200))
    _, headers, _, body = split_request(request)
    fields = json.loads(body)
    assert (fields["PhoneNumberSet"], fields["TemplateParamSet"]) == (["+86139" + "00000001"], ["ABCD2345", "特急"])
    assert (headers["x-tc-action"], headers["x-tc-version"], fields["SmsSdkAppId"]) == ("SendSms", "2021-01-11", "app-1")


def test_a_call_of_aliyun_has_a_short_id_and_the_number_that_calls() -> None:
    _, (request,) = send("voice", replace(BY_ALIYUN, caller="01055500001"), answers(200))
    query = split_request(request)[2]
    assert (query["CalledNumber"], query["CalledShowNumber"]) == (["139" + "00000001"], ["01055500001"])
    assert len(query["OutId"][0].encode()) <= 15


def test_what_twilio_gets_is_a_form_with_the_text() -> None:
    _, (request,) = send("voice", BY_TWILIO, answers(200), phone=ABROAD)
    first, headers, _, body = split_request(request)
    form = parse_qs(body.decode())
    assert first == "POST /2010-04-01/Accounts/AC1/Calls.json HTTP/1.1"
    assert headers["authorization"] == "Basic QUMxOmludmVudGVkLXRva2Vu"
    assert (form["To"], form["From"]) == (["+493055500001"], ["+4930555500009"])
    assert 'language="zh-CN"' in form["Twiml"][0]
    assert "A B C D 2 3 4 5" in form["Twiml"][0]
    assert "<Say" in twilio.make_spoken(a_notice(language="en", payload={"code": "<&"}))
    assert "&lt; &amp;" in twilio.make_spoken(a_notice(language="en", payload={"code": "<&"}))


@pytest.mark.parametrize(
    "kind, account, body, reference",
    [
        ("sms", BY_ALIYUN, {"Code": "OK", "BizId": "12345^0"}, "12345^0"),
        ("voice", BY_ALIYUN, {"Code": "OK", "CallId": "100001^2"}, "100001^2"),
        ("sms", BY_TENCENT, {"Response": {"SendStatusSet": [{"SerialNo": "2019:1", "Code": "Ok"}]}}, "2019:1"),
        ("voice", BY_TENCENT, {"Response": {"SendStatus": {"CallId": "c1", "SessionContext": ""}}}, "c1"),
        ("voice", BY_TWILIO, {"sid": "CA1", "status": "queued"}, "CA1"),
        ("sms", BY_ALIYUN, {"Code": "OK", "BizId": 7}, ""),
        ("sms", BY_ALIYUN, {"Code": "OK", "BizId": "x" * 129}, ""),
    ],
)
def test_what_was_accepted_has_the_provider_s_name_and_awaits_proof_where_receipts_are_brought(
    kind: str, account: CloudAccount, body: dict[str, Any], reference: str
) -> None:
    receipt, _ = send(kind, account, says(body))
    assert (receipt.ok, receipt.reference, receipt.awaits_proof) == (True, reference, False)
    receipt, _ = send(kind, replace(account, receipts="https://care.example/receipts/x/y"), says(body))
    assert (receipt.ok, receipt.reference, receipt.awaits_proof) == (True, reference, bool(reference))


def test_a_refusal_awaits_nothing() -> None:
    account = replace(BY_ALIYUN, receipts="https://care.example/receipts/x/y")
    receipt, _ = send("sms", account, says({"Code": "isv.AMOUNT_NOT_ENOUGH", "BizId": "12345^0"}))
    assert (receipt.ok, receipt.reference, receipt.awaits_proof) == (False, "", False)


def test_twilio_is_asked_to_bring_receipts_where_they_are_set_up() -> None:
    account = replace(BY_TWILIO, receipts="https://care.example/receipts/voice/secret")
    for one, wanted in ((account, [account.receipts]), (BY_TWILIO, None)):
        _, (request,) = send("voice", one, answers(200), phone=ABROAD)
        form = parse_qs(split_request(request)[3].decode())
        assert form.get("StatusCallback") == wanted
        assert form.get("StatusCallbackEvent") == (wanted and ["answered", "completed"])


def test_a_call_to_the_family_asks_for_a_key_and_one_to_a_responder_does_not() -> None:
    link = "https://care.example/f/token-1"
    asks = ET.fromstring(twilio.make_spoken(a_notice(language="en", payload={"link": link})))
    gather = asks.find("Gather")
    assert gather is not None
    assert gather.attrib["action"] == f"{link}/key?language=en"
    said = [(one.attrib["loop"], one.text or "") for one in gather.findall("Say")]
    assert [(loop, "Press 1 if you will call now." in text) for loop, text in said] == [("1", True)] * 2
    assert "No key was pressed" in (asks.findtext("Say") or "")
    plain = ET.fromstring(twilio.make_spoken(a_notice(contact="/li", payload={"link": "https://care.example/?alert=a-1"})))
    assert plain.find("Gather") is None
    assert [one.attrib["loop"] for one in plain.findall("Say")] == ["2"]
    assert "<Gather" not in twilio.make_spoken(a_notice(event="alert.resolved", payload={"link": link}))


def test_no_link_is_a_variable_and_without_a_code_it_is_sent_all_the_same() -> None:
    payload = {"priority": "high", "link": "https://care.example/f/secret"}
    _, (plain,) = send("sms", BY_ALIYUN, answers(200), payload)
    assert b"care.example" not in plain
    query = split_request(plain)[2]
    assert query["TemplateCode"] == ["SMS_2"]
    assert json.loads(query["TemplateParam"][0]) == {"priority": "紧急"}
    _, (same,) = send("sms", replace(BY_ALIYUN, template_without_code=""), answers(200), payload)
    query = split_request(same)[2]
    assert (query["TemplateCode"], json.loads(query["TemplateParam"][0])["code"]) == (["SMS_1"], "-")


def test_a_number_of_another_country_has_its_own_template_or_is_refused_by_name() -> None:
    _, (request,) = send("sms", BY_ALIYUN, answers(200), phone=ABROAD)
    query = split_request(request)[2]
    assert (query["PhoneNumbers"], query["TemplateCode"]) == (["493055500001"], ["SMS_3"])
    receipt, requests = send("sms", replace(BY_ALIYUN, template_abroad=""), answers(200), phone=ABROAD)
    assert (receipt.is_final, receipt.needs_operator, requests) == (True, True, [])
    assert "template_abroad" in receipt.error


@pytest.mark.parametrize("channel", [SmsChannel, VoiceChannel])
def test_without_an_account_or_a_number_it_is_final(channel: type[SmsChannel]) -> None:
    receipt = channel(Poster(HERE), None).send(a_notice(channel_params={"phone": MOBILE}), NOON)
    assert (receipt.is_final, receipt.needs_operator) == (True, True)
    receipt = channel(Poster(HERE), BY_ALIYUN).send(a_notice(channel_params={"phone": "12345"}), NOON)
    assert (receipt.ok, receipt.is_final, receipt.needs_operator) == (False, True, False)


def test_another_provider_is_called_by_a_template() -> None:
    with RawReceiver(says({"result": "0"})) as receiver:
        texts = {"url": receiver.url, "body": '{"to": "{phone}", "code": "{code}"}', "success": "/result = 0"}
        channel = SmsChannel(Poster(HERE), CloudAccount("template", http=HttpTemplate.read(texts)))
        receipt = channel.send(a_notice(channel_params={"phone": MOBILE}, payload=WITH_CODE), NOON)
        (request,) = receiver.requests
    assert (receipt.ok, receipt.provider_code) == (True, "0")
    assert json.loads(split_request(request)[3]) == {"to": "+86139" + "00000001", "code": "ABCD2345"}


@pytest.mark.parametrize("account", [BY_ALIYUN, BY_TENCENT], ids=["aliyun", "tencent"])
def test_a_resident_is_asked_with_a_template_of_its_own_or_not_at_all(account: CloudAccount) -> None:
    """The usual one says that somebody they care for may need help."""
    with RawReceiver(answers(200)) as receiver:
        here = replace(account, endpoint=receiver.url.removesuffix("/hook"))
        notice = a_notice(event=ASK_EVENT, channel_kind="voice", channel_params={"phone": MOBILE}, payload=WITH_CODE)
        refused = VoiceChannel(Poster(HERE), here).send(notice, NOON)
        VoiceChannel(Poster(HERE), replace(here, template_ask="TTS_9")).send(notice, NOON)
        (request,) = receiver.requests
    assert (refused.is_final, refused.needs_operator) == (True, True)
    assert "template_ask" in refused.error
    assert b"TTS_9" in request
    assert b"SMS_1" not in request


def test_a_call_asks_a_resident_for_other_keys() -> None:
    payload = {"link": "https://care.example/f/secret"}
    text = twilio.make_spoken(a_notice(event=ASK_EVENT, language="en", payload=payload))
    assert "are you well?" in text
    assert "Press 2 if you are well. Press 3 if somebody should come." in text
    assert "Press 1" not in text


@pytest.mark.parametrize("account", [BY_ALIYUN, BY_TENCENT], ids=["aliyun", "tencent"])
@pytest.mark.parametrize(
    "event, payload, words",
    [
        (DAILY, make_daily_payload(NOON, 20_000, "Asia/Shanghai"), ["20:00"]),
        (WEEKLY, WeekSeen({19_999: NOON}, 2, 1).make_payload(20_000, "Asia/Shanghai"), ["1", "2", "1"]),
    ],
)
def test_a_note_has_a_template_of_its_own_or_is_not_sent(
    account: CloudAccount, event: str, payload: dict[str, str | int], words: list[str]
) -> None:
    notice = a_notice(event=event, channel_kind="sms", channel_params={"phone": MOBILE}, payload=payload)
    refused = make_cloud_message(notice, account, NOON)
    assert isinstance(refused, Receipt)
    assert (refused.is_final, refused.needs_operator) == (True, False)
    message = make_cloud_message(notice, replace(account, template_daily="SMS_8", template_weekly="SMS_8"), NOON)
    assert isinstance(message, CloudMessage)
    assert (message.template, list(message.words.values())) == ("SMS_8", words)


@pytest.mark.parametrize("account", [BY_ALIYUN, BY_TENCENT], ids=["aliyun", "tencent"])
def test_a_follow_up_has_a_template_of_its_own_or_is_not_asked(account: CloudAccount) -> None:
    """The usual one says that somebody may need help: a day after the case that would be a false alarm."""
    notice = a_notice(event=FOLLOW_UP_EVENT, channel_kind="sms", channel_params={"phone": MOBILE}, payload=WITH_CODE)
    refused = make_cloud_message(notice, account, NOON)
    assert isinstance(refused, Receipt)
    assert (refused.is_final, refused.needs_operator) == (True, False)
    with_own = replace(account, template_follow_up="SMS_7")
    message = make_cloud_message(notice, with_own, NOON)
    assert isinstance(message, CloudMessage)
    assert (message.template, message.words["code"]) == ("SMS_7", "ABCD2345")
    abroad = replace(notice, channel_params={"phone": "+49 30 5550 0001"})
    assert isinstance(make_cloud_message(abroad, with_own, NOON), Receipt)


CLOSED: Final = a_notice(event="alert.resolved", channel_kind="sms", channel_params={"phone": MOBILE}, payload=WITH_CODE)


@pytest.mark.parametrize("account", [BY_ALIYUN, BY_TENCENT], ids=["aliyun", "tencent"])
def test_that_an_alert_is_closed_has_a_template_of_its_own_or_is_not_said(account: CloudAccount) -> None:
    """The usual one says that somebody may need help: after the closing that would be a false alarm."""
    assert not SmsChannel(Poster(HERE), account).can_say(CLOSED)
    assert SmsChannel(Poster(HERE), account).can_say(a_notice(channel_params={"phone": MOBILE}, payload=WITH_CODE))
    with_own = replace(account, template_closed="SMS_6")
    assert SmsChannel(Poster(HERE), with_own).can_say(CLOSED)
    message = make_cloud_message(CLOSED, with_own, NOON)
    assert isinstance(message, CloudMessage)
    assert (message.template, message.words["code"]) == ("SMS_6", "ABCD2345")
    assert not SmsChannel(Poster(HERE), with_own).can_say(replace(CLOSED, channel_params={"phone": ABROAD}))


@pytest.mark.parametrize(("body", "says"), [("{code}", False), ("{event} {code}", True), ("{title} {code}", True)])
def test_another_provider_says_that_an_alert_is_closed_where_its_call_does(body: str, says: bool) -> None:
    http = HttpTemplate.read({"url": "https://sms.example/", "body": body, "success": "/result = 0"})
    assert SmsChannel(Poster(HERE), CloudAccount("template", http=http)).can_say(CLOSED) is says


@pytest.mark.parametrize(("body", "is_sent"), [('{"code": "{code}"}', False), ('{"say": "{title} {code}"}', True)])
def test_another_provider_asks_only_in_our_own_words(body: str, is_sent: bool) -> None:
    http = HttpTemplate.read({"url": "https://sms.example/", "body": body, "success": "/result = 0"})
    notice = a_notice(event=FOLLOW_UP_EVENT, channel_kind="sms", channel_params={"phone": MOBILE}, payload=WITH_CODE)
    assert isinstance(make_cloud_message(notice, CloudAccount("template", http=http), NOON), CloudMessage) is is_sent


TRIAL: Final = a_notice(event=TEST_EVENT, channel_kind="sms", channel_params={"phone": MOBILE}, payload={})


@pytest.mark.parametrize("account", [BY_ALIYUN, BY_TENCENT], ids=["aliyun", "tencent"])
def test_a_test_says_that_it_is_one_where_a_template_is_filed_for_it(account: CloudAccount) -> None:
    usual = make_cloud_message(TRIAL, account, NOON)
    assert isinstance(usual, CloudMessage)
    assert usual.template == (account.template_without_code or account.template)
    own = replace(account, template_test="SMS_8", template_abroad="SMS_2", variables=("code", "reference"))
    message = make_cloud_message(TRIAL, own, NOON)
    assert isinstance(message, CloudMessage)
    assert (message.template, list(message.words)) == ("SMS_8", ["reference"])
    abroad = make_cloud_message(replace(TRIAL, channel_params={"phone": ABROAD}), own, NOON)
    assert isinstance(abroad, CloudMessage)
    assert abroad.template == "SMS_2"
    alert = make_cloud_message(replace(TRIAL, event="alert.opened"), own, NOON)
    assert isinstance(alert, CloudMessage)
    assert alert.template != "SMS_8", "an alert is never said to be a test"


def test_what_a_test_will_say_is_known_beforehand() -> None:
    filed = CloudAccount("aliyun", template="SMS_1", template_without_code="SMS_3")
    assert describe_test(filed) == (False, "SMS_3")
    assert describe_test(replace(filed, template_test="SMS_8")) == (True, "SMS_8")
    assert describe_test(CloudAccount("twilio")) == (True, "")
    for body, is_test in (('{"code": "{code}"}', False), ('{"say": "{text}"}', True)):
        http = HttpTemplate.read({"url": "https://sms.example/", "body": body, "success": "/result = 0"})
        assert describe_test(CloudAccount("template", http=http)) == (is_test, "")
