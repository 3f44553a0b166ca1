"""The receiver on the page of webhooks, word for word, against the real sender."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from homebeat.deliver import Poster, WebhookChannel
from homebeat.deliver.channels.signing import sign_headers
from homebeat.egress.policy import EgressPolicy
from tests.docs.pages import DOCS, blocks
from tests.unit.deliver.fakes import SECRET, a_notice
from tests.unit.deliver.receivers import RawReceiver, answers

HERE = EgressPolicy(allow_private=True, allow_http=True, ports=None)


@pytest.fixture
def family() -> Iterator[dict[str, Any]]:
    """The names that the example defines, and `url`, where it listens."""
    (text,) = blocks(DOCS / "webhooks.md", "python")
    names: dict[str, Any] = {"__name__": "family"}
    exec(compile(text, "webhooks.md", "exec"), names)
    names["SECRET"] = SECRET

    door: type[BaseHTTPRequestHandler] = type("Quiet", (names["Family"],), {"log_message": lambda *_: None})
    with HTTPServer(("127.0.0.1", 0), door) as server:
        names["url"] = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield names
        server.shutdown()
        thread.join()


def test_what_we_send_is_taken_once_and_answered_each_time(family: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    now = time.time_ns() // 1_000_000
    notice = a_notice(url=family["url"])
    assert [WebhookChannel(Poster(HERE)).send(notice, now).status for _ in range(2)] == [204, 204]
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["data"]["alert_id"] == notice.alert_id
    assert {notice.id} == family["SEEN"]


def test_the_example_answers_a_challenge_and_what_does_not_is_named(family: dict[str, Any]) -> None:
    now = time.time_ns() // 1_000_000
    trial = a_notice(url=family["url"], event="channel.test", payload={"challenge": "seen by who reads"})
    assert WebhookChannel(Poster(HERE)).send(trial, now).ok
    with RawReceiver(answers(204)) as silent:
        receipt = WebhookChannel(Poster(HERE)).send(replace(trial, channel_params={"url": silent.url, "secret": SECRET}), now)
    assert (receipt.ok, receipt.is_final, receipt.status) == (False, False, 204)
    assert "did not answer with its challenge" in receipt.error


def test_what_others_send_is_refused(family: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    now = time.time_ns() // 1_000_000
    old = WebhookChannel(Poster(HERE)).send(a_notice(url=family["url"]), now - 600_000)
    other = a_notice(channel_params={"url": family["url"], "secret": "whsec_" + "A" * 40})
    assert [old.status, WebhookChannel(Poster(HERE)).send(other, now).status] == [400, 400]
    headers = sign_headers([SECRET], "msg_one", now, b"{}")
    assert family["is_genuine"](headers, b"{}")
    assert not family["is_genuine"](headers, b"{ }")
    assert not family["is_genuine"]({}, b"{}")
    assert not capsys.readouterr().out
