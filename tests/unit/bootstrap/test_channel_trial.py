"""`homebeat channel test`: a test message on each channel, and the provider's word."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from homebeat.bootstrap.channel_trial import try_channels
from homebeat.domain.errors import NotFound
from homebeat.domain.fleet import Channel, Contact
from homebeat.domain.ids import ContactId
from homebeat.store import Store
from tests.unit.bootstrap.test_checking import HOME, Installation
from tests.unit.deliver.receivers import RawReceiver, answers


def install(folder: Path, *channels: Channel) -> Installation:
    installation = Installation(folder)
    installation.environ |= {"HOMEBEAT_EGRESS_ALLOW_PRIVATE": "1", "HOMEBEAT_EGRESS_ALLOW_HTTP": "1", "HOMEBEAT_EGRESS_PORTS": ""}
    installation.register(replace(HOME, contacts=(Contact(ContactId("h/wei"), "Wei", channels=channels, language="en"),)))
    return installation


def run(installation: Installation, who: str, place: int | None = None) -> int:
    status: list[int] = []

    def act(store: Store) -> None:
        status.append(try_channels(installation.force.settings, store, who, place, is_expected=True))

    installation.write(act)
    return status[0]


def test_each_channel_gets_a_message_and_what_the_provider_says_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with RawReceiver(answers(200, body=b'{"errcode": 0}')) as good, RawReceiver(answers(200, body=b'{"errcode": 93000}')) as bad:
        robots = [Channel("wecom_robot", {"url": f"{robot.url}?key=k3y"}) for robot in (good, bad)]
        installation = install(tmp_path, *robots, Channel("email", {"address": "wei@family.example"}))
        assert run(installation, "h/wei") == 1
        out = capsys.readouterr().out
        assert run(installation, "h/wei", 0) == 0
        assert (len(good.requests), len(bad.requests)) == (2, 1)
    lines = out.splitlines()
    assert lines[0] == "0 wecom_robot: taken (HTTP 200, code 0); ask whether it arrived"
    assert lines[1].startswith("1 wecom_robot: NOT taken (HTTP 200, code 93000): the provider answered 93000: the key")
    assert lines[2].startswith("2 email: NOT taken: no e-mail can be sent before [channels.email] is set up")
    assert lines[2].endswith("you have to act first")
    assert "k3y" not in out
    assert "this is a test" in json.loads(good.requests[0].partition(b"\r\n\r\n")[2])["text"]["content"]


def test_it_counts_for_the_limits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    installation = install(tmp_path, Channel("voice", {"phone": "+49 30 5550 0001"}))
    assert [run(installation, "h/wei") for _ in range(2)] == [1, 1]
    first, second = capsys.readouterr().out.splitlines()
    assert "before [channels.voice] is set up" in first
    assert second.startswith("0 voice: not sent: put off: the provider takes no more messages to this address")


@pytest.mark.parametrize("who, place", [("h/li", None), ("/li", None), ("h/wei", 1), ("wei", None)])
def test_whom_nobody_knows_is_an_error(tmp_path: Path, who: str, place: int | None) -> None:
    installation = install(tmp_path, Channel("voice", {"phone": "+49 30 5550 0001"}))
    with pytest.raises(NotFound):
        run(installation, who, place)
