"""Every kind of channel in the catalogue is complete: a file that sends, a name in both languages, settings, a fixture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import pytest

from homebeat.bootstrap.parts import make_command_options, make_egress_policy
from homebeat.deliver import ChannelResources, open_channels
from homebeat.deliver.ports import Sender
from homebeat.domain.channel import APPRISE, CHANNELS, CONTACT_CHANNELS, ChannelNeed, ChannelSpec, get_called_address
from homebeat.domain.errors import BadFleet
from homebeat.domain.fleet import Fleet
from homebeat.registry.fleet_file import read_fleet
from homebeat.registry.signing_secrets import SecretFiller
from homebeat.settings.model import Settings
from homebeat.settings.section import Section
from homebeat.wording import Wording
from tests.unit.deliver.fakes import a_notice
from tests.unit.fleet_file.examples import spoilt

#: What a fleet file says of a channel, by its kind: right in every parameter that has to be there, and wrong in each of them.
RIGHT: Final[Mapping[str, dict[str, str]]] = {
    "webhook": {"url": "https://family.example/hook"},
    "wecom_robot": {"url": "https://qyapi.example/cgi-bin/webhook/send?key=one"},
    "dingtalk_robot": {"url": "https://oapi.example/robot/send?access_token=one", "secret": "SEC0123456789"},
    "feishu_robot": {"url": "https://open.example/open-apis/bot/v2/hook/one", "secret": "0123456789"},
    "robot": {
        "url": "https://chat.example/rooms/7?about={alert_id}",
        "method": "PUT",
        "headers": '{"x-token": "one"}',
        "body": '{"text": "{text}"}',
        "success": "/status = ok",
        "retry": "busy, later",
        "final": "gone",
    },
    "email": {"address": "lin.wei@family.example"},
    "sms": {"phone": "139-0000-0001"},
    "voice": {"phone": "010-6000 0001"},
    "wecom_app": {"user": "lin.wei"},
    "apprise": {"url": "jsons://key@family.example/hook"},
    "command": {},
}
WRONG: Final[Mapping[str, dict[str, str]]] = {
    "webhook": {"url": "family", "secret": "hunter2", "next_secret": "hunter3"},
    "wecom_robot": {"url": "one"},
    "dingtalk_robot": {"url": "one", "secret": "short"},
    "feishu_robot": {"url": "one", "secret": "with a blank"},
    "robot": {
        "url": "https://{link}.example/",
        "method": "DELETE",
        "headers": "x-token: one",
        "body": "{name}",
        "success": "200",
        "retry": "busy later",
        "final": ",",
    },
    "email": {"address": "Lin Wei <lin.wei@family.example>"},
    "sms": {"phone": "010-6000 0001"},
    "voice": {"phone": "6000 0001"},
    "wecom_app": {"user": "@all"},
    "apprise": {"url": "file:///var/lib/homebeat/key"},
    "command": {},
}

each_kind = pytest.mark.parametrize("spec", CHANNELS.values(), ids=CHANNELS)
each_of_contacts = pytest.mark.parametrize("kind", CONTACT_CHANNELS)


@pytest.fixture
def channels() -> Iterator[dict[str, Sender]]:
    settings = Settings()
    opened = open_channels(ChannelResources(make_egress_policy(settings), make_command_options(settings)))
    yield opened
    for channel in opened.values():
        channel.close()


def read_with(channel: Mapping[str, str]) -> Fleet:
    return read_fleet(spoilt("households.0.contacts.0.channels", [channel]), is_json=True)


@each_kind
def test_it_has_a_file_that_sends(spec: ChannelSpec, channels: dict[str, Sender]) -> None:
    assert channels.keys() == CHANNELS.keys()
    assert type(channels[spec.kind]).__module__ == f"homebeat.deliver.channels.{spec.kind}"


@each_kind
def test_what_it_cannot_send_is_an_answer_and_no_error(spec: ChannelSpec, channels: dict[str, Sender]) -> None:
    notice = a_notice(contact="no/topic", channel_kind=spec.kind, channel_params=None)
    receipt = channels[spec.kind].send(notice, notice.created_at)
    assert (receipt.ok, receipt.is_final) == (False, True)
    assert receipt.error


@each_kind
def test_it_has_a_name_in_both_languages(spec: ChannelSpec) -> None:
    english, chinese = (Wording(language).channel(spec.kind) for language in ("en", "zh-CN"))
    assert len({spec.kind, english, chinese}) == 3


@each_kind
def test_what_it_needs_is_a_section_of_the_settings(spec: ChannelSpec) -> None:
    for need in spec.needs:
        section: object = Settings()
        for name in need.split("."):
            section = getattr(section, name)
        assert isinstance(section, Section)


@each_kind
def test_its_address_and_secret_are_parameters(spec: ChannelSpec) -> None:
    assert {spec.address, spec.secret} - {""} <= {known.name for known in spec.parameters}
    assert bool(spec.address) or ChannelNeed.EGRESS not in spec.needs
    assert spec.parameters == () or spec.kind in CONTACT_CHANNELS


@each_of_contacts
def test_the_fleet_file_takes_it_and_it_is_called_at_its_address(kind: str) -> None:
    spec = CHANNELS[kind]
    (channel,) = read_with({"kind": kind} | RIGHT[kind]).households[0].contacts[0].channels
    assert (channel.kind, channel.params) == (kind, RIGHT[kind])
    called = "https://family.example/" if kind == APPRISE else RIGHT[kind][spec.address]
    assert get_called_address(channel) == (called if ChannelNeed.EGRESS in spec.needs else "")


@each_of_contacts
def test_the_fleet_file_refuses_a_wrong_parameter_and_a_missing_one(kind: str) -> None:
    assert WRONG[kind].keys() == {known.name for known in CHANNELS[kind].parameters}
    for known in CHANNELS[kind].parameters:
        with pytest.raises(BadFleet, match=rf"channels\[0\]\.{known.name}: "):
            read_with({"kind": kind} | RIGHT[kind] | {known.name: WRONG[kind][known.name]})
        if known.is_required:
            with pytest.raises(BadFleet, match=rf"channels\[0\]\.{known.name}: is missing"):
                read_with({name: text for name, text in ({"kind": kind} | RIGHT[kind]).items() if name != known.name})


@each_of_contacts
def test_where_it_signs_a_secret_of_the_right_form_is_made(kind: str) -> None:
    spec = CHANNELS[kind]
    fleet, made = SecretFiller((), lambda n: b"m" * n).fill(read_with({"kind": kind} | RIGHT[kind]))
    assert [new.contact for new in made] == ["h1/wei"] * bool(spec.secret)
    (channel,) = fleet.households[0].contacts[0].channels
    faults = [known.find_fault(channel.params[known.name]) for known in spec.parameters if known.name in channel.params]
    assert faults == [""] * len(channel.params)
    assert not spec.secret or spec.secret in channel.params
