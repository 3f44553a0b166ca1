"""The robots of chats, against a local server that answers as their makers document: each code, and what is no answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest

from homebeat.deliver import Poster, Receipt
from homebeat.deliver.channels.dingtalk_robot import CODES as DINGTALK_CODES
from homebeat.deliver.channels.dingtalk_robot import DingtalkRobotChannel, sign_address
from homebeat.deliver.channels.feishu_robot import CODES as FEISHU_CODES
from homebeat.deliver.channels.feishu_robot import FeishuRobotChannel, sign_time
from homebeat.deliver.channels.robot import RobotChannel
from homebeat.deliver.channels.wecom_robot import CODES as WECOM_CODES
from homebeat.deliver.channels.wecom_robot import WecomRobotChannel
from homebeat.deliver.http_template import HttpTemplate
from homebeat.deliver.ports import Sender
from homebeat.deliver.provider import CodeTable, CodeVerdict
from homebeat.egress.policy import EgressPolicy
from tests.unit.deliver.fakes import NOON, a_notice
from tests.unit.deliver.receivers import RawReceiver, Script, answers, resets

HERE = EgressPolicy(allow_private=True, allow_http=True, ports=None)
ROBOTS: Final[Mapping[str, tuple[type, CodeTable, str]]] = {
    "wecom_robot": (WecomRobotChannel, WECOM_CODES, "errcode"),
    "dingtalk_robot": (DingtalkRobotChannel, DINGTALK_CODES, "errcode"),
    "feishu_robot": (FeishuRobotChannel, FEISHU_CODES, "code"),
}
DINGTALK_KNOWN: Final = "eukb0%2Fcx%2B2Yb7jYCj3ja4Oo0yo6tWRFPgzX%2BeLPsNhU%3D"
FEISHU_KNOWN: Final = "+0Z/vaYYXq2SCf532WyJ59TCW7JY0eSpNw2HnvEe4/U="
each_robot = pytest.mark.parametrize("kind", ROBOTS)
each_code = pytest.mark.parametrize("kind, code", [(kind, code) for kind, (_, codes, _name) in ROBOTS.items() for code in codes])


def send(kind: str, script: Script, **changes: object) -> tuple[Receipt, list[bytes]]:
    channel: Sender = RobotChannel(Poster(HERE)) if kind == "robot" else ROBOTS[kind][0](Poster(HERE))
    with RawReceiver(script) as receiver:
        params = {"url": f"{receiver.url}?key=secret-key"} | changes.pop("params", {})  # type: ignore[operator]
        params["url"] = params["url"].replace("SERVER", receiver.url)
        receipt = channel.send(replace(a_notice(channel_kind=kind, channel_params=params), **changes), NOON)  # type: ignore[arg-type]
    return receipt, receiver.requests


def body_of(request: bytes) -> dict[str, object]:
    found = json.loads(request.partition(b"\r\n\r\n")[2])
    assert isinstance(found, dict)
    return found


@each_code
def test_each_documented_code_is_judged_though_http_says_200(kind: str, code: str) -> None:
    _, codes, name = ROBOTS[kind]
    answer = json.dumps({name: int(code), "errmsg": "words that may change, about 139-0000-0001"}).encode()
    receipt, _ = send(kind, answers(200, body=answer))
    meaning = codes[code]
    assert receipt.ok is (meaning.verdict is CodeVerdict.OK)
    assert receipt.is_final is (meaning.verdict in {CodeVerdict.FINAL, CodeVerdict.OPERATOR})
    assert (receipt.provider_code, receipt.retry_after_s) == (code, meaning.wait_s)
    assert receipt.error == ("" if receipt.ok else f"the provider answered {code}: {meaning.says}")


@each_robot
@pytest.mark.parametrize(
    "status, body",
    [
        (200, b""),
        (200, b"{}"),
        (200, b"[0]"),
        (200, b"<html>login</html>"),
        (200, b'{"errcode": true, "code": true}'),
        (200, b'{"errcode": 4711, "code": 4711}'),
        (502, b"bad gateway"),
    ],
)
def test_an_answer_without_a_known_code_is_tried_again(kind: str, status: int, body: bytes) -> None:
    receipt, _ = send(kind, answers(status, body=body))
    assert (receipt.ok, receipt.is_final, receipt.status) == (False, False, status)
    assert receipt.provider_code == ("4711" if b"4711" in body else "")
    assert receipt.error


@each_robot
def test_no_answer_is_tried_again_and_a_forbidden_address_is_not(kind: str) -> None:
    receipt, _ = send(kind, resets)
    assert (receipt.ok, receipt.is_final, receipt.status) == (False, False, None)
    refused = ROBOTS[kind][0](Poster()).send(a_notice(channel_params={"url": "http://127.0.0.1/send?key=one"}), NOON)
    assert (refused.ok, refused.is_final) == (False, True)
    assert "key" not in refused.error


@each_robot
@pytest.mark.parametrize(
    "language, says", [("zh-CN", "您关心的人可能需要帮助"), ("en-GB", "somebody you care for may need help")]
)
def test_the_text_is_thin_and_in_the_language_of_the_recipient(kind: str, language: str, says: str) -> None:
    _, (request,) = send(kind, answers(200, body=b'{"errcode":0,"code":0}'), language=language)
    body = body_of(request)
    text = body["content"]["text"] if kind == "feishu_robot" else body["text"]["content"]  # type: ignore[index]
    assert says in text
    assert "https://desk.example/alerts/a-1" in text
    assert "homebeat" in text  # the keyword that operators give to robots
    assert len(text.encode()) < 600


def test_a_responder_is_written_to_as_one() -> None:
    _, (request,) = send("wecom_robot", answers(200), contact="/li", language="en")
    assert "somebody in your area may need help" in str(body_of(request)["text"])


def test_the_urgency_of_what_is_open_is_in_the_text_and_of_what_is_closed_is_not() -> None:
    texts = [
        str(body_of(send("wecom_robot", answers(200), language="en", event=event)[1][0])["text"])
        for event in ("alert.opened", "alert.resolved")
    ]
    assert ["Priority: Critical" in text for text in texts] == [True, False]


def test_a_critical_alert_mentions_everybody_and_its_end_nobody() -> None:
    wecom, dingtalk = (send(kind, answers(200))[1][0] for kind in ("wecom_robot", "dingtalk_robot"))
    assert body_of(wecom)["text"]["mentioned_list"] == ["@all"]  # type: ignore[index]
    assert body_of(dingtalk)["at"] == {"isAtAll": True}
    ended, less = (
        send("dingtalk_robot", answers(200), **changes)[1][0]
        for changes in ({"event": "alert.resolved"}, {"payload": {"priority": "high"}})
    )
    assert body_of(ended)["at"] == body_of(less)["at"] == {"isAtAll": False}


def test_two_messages_about_one_alert_differ_and_two_attempts_do_not() -> None:
    texts = [
        body_of(send("dingtalk_robot", answers(200), id=ident, attempts=attempts)[1][0])["text"]
        for ident, attempts in (("msg_0001", 0), ("msg_0001", 3), ("msg_0002", 0))
    ]
    assert texts[0] == texts[1] != texts[2]


def test_the_code_for_the_familys_page_is_in_the_text() -> None:
    _, (request,) = send("wecom_robot", answers(200), payload={"priority": "high", "code": "ABCD2345"}, language="en")
    assert "Your code: ABCD2345" in str(body_of(request)["text"])


def test_dingtalk_signs_in_the_address_and_without_a_secret_leaves_it() -> None:
    _, (request,) = send("dingtalk_robot", answers(200), params={"secret": "SECinvented1"})
    query = parse_qs(urlsplit(request.split(b" ")[1].decode()).query, strict_parsing=True)
    mac = hmac.new(b"SECinvented1", f"{NOON}\nSECinvented1".encode(), hashlib.sha256).digest()
    assert query == {"key": ["secret-key"], "timestamp": [str(NOON)], "sign": [base64.b64encode(mac).decode()]}
    # computed with: printf '1700000000000\nSECthis is a secret' | openssl dgst -sha256 -hmac 'SECthis is a secret' -binary
    assert sign_address("https://a.example/s", "SECthis is a secret", 1_700_000_000_000).partition("sign=")[2] == DINGTALK_KNOWN
    assert sign_address("https://a.example/send?x=1", "", NOON) == "https://a.example/send?x=1"


def test_feishu_signs_seconds_in_the_body_with_key_and_message_the_other_way_round() -> None:
    _, (request,) = send("feishu_robot", answers(200), params={"secret": "invented-secret"})
    mac = hmac.new(f"{NOON // 1000}\ninvented-secret".encode(), b"", hashlib.sha256).digest()
    body = body_of(request)
    assert (body["timestamp"], body["sign"]) == (str(NOON // 1000), base64.b64encode(mac).decode())
    # computed with: printf '' | openssl dgst -sha256 -hmac "$(printf '1700000000\ninvented-secret')" -binary
    assert sign_time("invented-secret", 1_700_000_000_999) == {"timestamp": "1700000000", "sign": FEISHU_KNOWN}
    assert "sign" not in body_of(send("feishu_robot", answers(200))[1][0])


def test_feishu_takes_the_older_form_of_success() -> None:
    assert send("feishu_robot", answers(200, body=b'{"StatusCode":0,"StatusMessage":"success"}'))[0].ok
    assert not send("feishu_robot", answers(200, body=b'{"code":19024,"StatusCode":0}'))[0].ok


TEMPLATE: Final = {
    "url": "SERVER/send?about={alert_id}&link={link}",
    "method": "PUT",
    "headers": '{"X-Token": "one", "X-Reference": "{reference}"}',
    "body": '{"say": "{text}", "other": {"kept": "{unknown}"}, "level": "{priority}"}',
    "success": "/result/0/state = ok",
    "retry": "busy",
    "final": "gone, banned",
}


def test_a_template_is_filled_and_each_value_is_escaped_for_its_place() -> None:
    link = 'https://care.example/f/a"b&c=d e'
    receipt, (request,) = send(
        "robot", answers(200, body=b'{"result":[{"state":"ok"}]}'), params=TEMPLATE, payload={"priority": "high", "link": link}
    )
    assert (receipt.ok, receipt.provider_code) == (True, "ok")
    head, _, body = request.decode().partition("\r\n\r\n")
    first = head.split("\r\n")[0].split(" ")
    assert first[0] == "PUT"
    assert parse_qs(urlsplit(first[1]).query) == {"about": ["a-1"], "link": [link]}
    assert "x-token: one" in head
    assert "x-reference: a-1-" in head
    said = json.loads(body)
    assert link in said["say"]
    assert said["other"] == {"kept": "{unknown}"}


def test_a_form_and_a_plain_text_are_escaped_by_their_content_type() -> None:
    link = "https://care.example/f/a&b=c d"
    form = TEMPLATE | {"headers": '{"content-type": "application/x-www-form-urlencoded"}', "body": "link={link}&id={id}"}
    _, (request,) = send("robot", answers(200), params=form, payload={"link": link})
    assert parse_qs(request.decode().partition("\r\n\r\n")[2]) == {"link": [link], "id": ["msg_one"]}
    plain = TEMPLATE | {"headers": '{"content-type": "text/plain"}', "body": "{link}"}
    assert send("robot", answers(200), params=plain, payload={"link": link})[1][0].decode().endswith(f"\r\n\r\n{link}")


@pytest.mark.parametrize(
    "body, ok, is_final",
    [
        ('{"result":[{"state":"ok"}]}', True, False),
        ('{"result":[{"state":"busy"}]}', False, False),
        ('{"result":[{"state":"gone"}]}', False, True),
        ('{"result":[{"state":"banned"}]}', False, True),
        ('{"result":[{"state":"what"}]}', False, False),
        ('{"result":[]}', False, False),
        ('{"state":"ok"}', False, False),
        ("ok", False, False),
    ],
)
def test_a_template_says_what_its_codes_mean(body: str, *, ok: bool, is_final: bool) -> None:
    receipt, _ = send("robot", answers(200, body=body.encode()), params=TEMPLATE)
    assert (receipt.ok, receipt.is_final) == (ok, is_final)


@pytest.mark.parametrize(
    "success, body, ok",
    [
        ("/ok = true", '{"ok":true}', True),
        ("/ok = true", '{"ok":false}', False),
        ("/error = false", '{"error":false}', True),
        ("/msg = message sent", '{"msg":"message sent"}', True),
        ("/msg = 成功", '{"msg":"成功"}', True),
        ("/code = 0", '{"code":0}', True),
        ("/code = 0", '{"code":null}', False),
    ],
)
def test_success_may_be_any_plain_value(success: str, body: str, *, ok: bool) -> None:
    """What the provider has taken is not sent again because its word for it is no code."""
    receipt, _ = send("robot", answers(200, body=body.encode()), params=TEMPLATE | {"success": success, "final": "false"})
    assert (receipt.ok, receipt.is_final) == (ok, body == '{"ok":false}')


def test_a_value_that_looks_like_a_placeholder_stays_as_it_is() -> None:
    params = TEMPLATE | {"body": '{"say": "{link}"}'}
    _, (request,) = send("robot", answers(200), params=params, payload={"link": "{priority}", "priority": "high"})
    assert body_of(request) == {"say": "{priority}"}


def test_a_template_shows_no_secret_of_its_own() -> None:
    shown = repr(HttpTemplate.read(TEMPLATE | {"headers": '{"x-token": "k3y"}', "body": "k3y", "url": "https://k3y.example/"}))
    assert "k3y" not in shown


def test_a_template_that_cannot_be_read_is_final() -> None:
    receipt, requests = send("robot", answers(200), params={"success": "200"})
    assert (receipt.is_final, requests) == (True, [])
