"""The WeCom application against a local server that gives tokens, lets them end, and names members who are invalid."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from socket import socket
from threading import Event
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from homebeat.deliver import Poster
from homebeat.deliver.accounts import WecomAccount
from homebeat.deliver.channels.wecom_app import CODES, WecomAppChannel
from homebeat.deliver.provider import CodeVerdict
from homebeat.egress.policy import EgressPolicy
from homebeat.store import Leased
from tests.unit.deliver.fakes import NOON, a_notice
from tests.unit.deliver.receivers import RawReceiver

HERE = EgressPolicy(allow_private=True, allow_http=True, ports=None)
HOUR_MS = 3_600_000


@dataclass
class Wecom:
    """Answers as told; each answer of a list once, the last for ever."""

    answers: list[Mapping[str, Any]] = field(default_factory=lambda: [{"errcode": 0}])
    token_answer: Mapping[str, Any] = field(default_factory=dict)
    tokens: int = 0
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def __call__(self, connection: socket, request: bytes, _closing: Event) -> None:
        url = urlsplit(request.split(b" ")[1].decode())
        if url.path == "/cgi-bin/gettoken":
            self.tokens += 1
            body = {"errcode": 0, "access_token": f"token-{self.tokens}", "expires_in": 7200, **self.token_answer}
        else:
            self.sent.append((parse_qs(url.query)["access_token"][0], json.loads(request.partition(b"\r\n\r\n")[2])))
            body = dict(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
        text = json.dumps(body).encode()
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n".encode() + text)


@contextmanager
def opened(wecom: Wecom) -> Iterator[WecomAppChannel]:
    with RawReceiver(wecom) as receiver:
        account = WecomAccount("corp-1", 1_000_002, "invented secret", receiver.url.removesuffix("/hook"))
        yield WecomAppChannel(Poster(HERE), account)


def to(user: str) -> Leased:
    return a_notice(channel_kind="wecom_app", channel_params={"user": user})


def test_a_token_is_taken_once_and_again_before_it_ends() -> None:
    wecom = Wecom()
    with opened(wecom) as channel:
        assert all(channel.send(to("lin"), at).ok for at in (NOON, NOON + HOUR_MS))
        assert wecom.tokens == 1
        assert channel.send(to("lin"), NOON + 2 * HOUR_MS - 1).ok
    assert (wecom.tokens, [token for token, _ in wecom.sent]) == (2, ["token-1", "token-1", "token-2"])
    message = wecom.sent[0][1]
    assert (message["touser"], message["agentid"], message["enable_duplicate_check"]) == ("lin", 1_000_002, 1)
    assert "a-1-_one" in message["text"]["content"]


@pytest.mark.parametrize("code", [40014, 42001])
def test_a_token_that_is_refused_is_renewed_within_the_attempt(code: int) -> None:
    wecom = Wecom([{"errcode": 0}, {"errcode": code}, {"errcode": 0}])
    with opened(wecom) as channel:
        assert channel.send(to("lin"), NOON).ok
        assert channel.send(to("lin"), NOON + 1).ok
    assert (wecom.tokens, [token for token, _ in wecom.sent]) == (2, ["token-1", "token-1", "token-2"])


def test_a_token_that_is_always_refused_is_a_failure_after_two_tries() -> None:
    wecom = Wecom([{"errcode": 42001}])
    with opened(wecom) as channel:
        receipt = channel.send(to("lin"), NOON)
    assert (receipt.ok, receipt.is_final, len(wecom.sent)) == (False, False, 2)


@pytest.mark.parametrize("code", CODES)
def test_each_documented_code_is_judged(code: str) -> None:
    with opened(Wecom([{"errcode": int(code), "errmsg": "words"}])) as channel:
        receipt = channel.send(to("lin"), NOON)
    verdict = CODES[code].verdict
    assert receipt.ok is (verdict is CodeVerdict.OK)
    assert receipt.is_final is (verdict in {CodeVerdict.FINAL, CodeVerdict.OPERATOR})
    assert receipt.needs_operator is (verdict is CodeVerdict.OPERATOR)
    assert receipt.provider_code == code


@pytest.mark.parametrize(
    "answer, code, needs_operator",
    [
        ({"errcode": 0, "invaliduser": "lin"}, "invaliduser", False),
        ({"errcode": 0, "invaliduser": "chen|LIN"}, "invaliduser", False),
        ({"errcode": 0, "unlicenseduser": "lin"}, "unlicenseduser", True),
    ],
)
def test_a_member_who_is_invalid_has_failed_though_the_code_is_0(
    answer: dict[str, object], code: str, *, needs_operator: bool
) -> None:
    with opened(Wecom([answer])) as channel:
        receipt = channel.send(to("lin"), NOON)
    assert (receipt.ok, receipt.is_final, receipt.provider_code, receipt.needs_operator) == (False, True, code, needs_operator)
    with opened(Wecom([{"errcode": 0, "invaliduser": "linda"}])) as channel:
        assert channel.send(to("lin"), NOON).ok


@pytest.mark.parametrize("code, is_final", [(45009, False), (-1, False), (40001, True), (40013, True), (60020, True)])
def test_where_no_token_is_given_its_code_counts_and_nothing_is_sent(code: int, *, is_final: bool) -> None:
    wecom = Wecom(token_answer={"errcode": code})
    with opened(wecom) as channel:
        receipt = channel.send(to("lin"), NOON)
    assert (receipt.ok, receipt.is_final, receipt.provider_code, wecom.sent) == (False, is_final, str(code), [])
    assert "secret" not in receipt.error.replace("secret is not valid", "").replace("and secret of", "")


def test_an_answer_without_a_token_is_tried_again() -> None:
    with opened(Wecom(token_answer={"access_token": ""})) as channel:
        receipt = channel.send(to("lin"), NOON)
    assert (receipt.ok, receipt.is_final) == (False, False)


def test_without_an_account_it_is_final() -> None:
    receipt = WecomAppChannel(Poster(HERE), None).send(to("lin"), NOON)
    assert (receipt.is_final, receipt.needs_operator) == (True, True)
