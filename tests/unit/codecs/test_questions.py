"""Questions to residents: what leaves for which device, that nothing else can, and what counts as a device's answer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.codecs.catalogue import ASKS, CODECS, FORMAT_MAKERS, can_carry, is_asked_on, make_asking, make_commands_topic
from homebeat.codecs.question import BLINK, BREATHE, READ_STATE, SOUND, Asking, Command, NotAskable, Question
from homebeat.domain.fleet import DeviceKind

LAMP, SIREN, BAND = DeviceKind.LAMP, DeviceKind.SIREN, DeviceKind.WRISTBAND
WORDS = {"id": "q-1", "command": "ask", "at": "2026-03-01T08:00:00Z", "expires_at": "2026-03-01T08:15:00Z"}
#: What must never leave: it moves water, opens doors, or resets a device.
DANGEROUS = [
    ("zigbee2mqtt/valve/set", b'{"state":"OFF"}'),
    ("zigbee2mqtt/lock/set", b'{"state":"UNLOCK"}'),
    ("zigbee2mqtt/lamp/set", b'{"effect":"breathe","state":"OFF"}'),
    ("zigbee2mqtt/siren/set", b'{"warning":{"mode":"emergency","level":"very_high","duration":1800}}'),
    ("zigbee2mqtt/bridge/request/device/remove", b"lamp"),
    ("zigbee2mqtt/+/set", BREATHE),
    ("zigbee2mqtt/lamp/get", BREATHE),
    ("zigbee2mqtt/lamp", BREATHE),
    ("cmnd/pump/POWER", b"ON"),
    ("cmnd/pump/POWER", b"0"),
    ("cmnd/lamp/Backlog", BLINK),
    ("cmnd/lamp/Reset", b"1"),
    ("cmnd/#", BLINK),
    ("spBv1.0/site/NCMD/node", b"\x12\x00"),
    ("application/1/device/70b3d57ed0000001/command/down", b'{"fPort":85}'),
    ("homebeat/v1/meter-1/readings", json.dumps(WORDS).encode()),
    ("homebeat/v1/meter-1/commands", json.dumps({**WORDS, "command": "close"}).encode()),
    ("homebeat/v1/meter-1/commands", json.dumps({**WORDS, "valve": "close"}).encode()),
    ("homebeat/v1/meter-1/commands", b"close"),
    ("homeassistant/switch/irrigation/set", b"ON"),
]


def ask(codec: str, kind: DeviceKind, address: str, *topics: str) -> Asking:
    return make_asking(codec, Question("device-1", kind, address, WORDS, topics))


@pytest.mark.parametrize("topic, payload", DANGEROUS)
def test_nothing_but_questions_may_leave(topic: str, payload: bytes) -> None:
    with pytest.raises(ValueError, match="nothing that may be sent"):
        Command(topic, payload)


@given(st.text(max_size=40), st.binary(max_size=40) | st.sampled_from([BREATHE, SOUND, READ_STATE, BLINK]))
def test_no_other_topic_takes_any_payload(topic: str, payload: bytes) -> None:
    try:
        sent = Command(topic, payload)
    except ValueError:
        return
    assert sent.payload in {BREATHE, SOUND, READ_STATE, BLINK}
    assert topic.endswith(("/set", "/get", "/POWER"))


@given(st.sampled_from([(codec, kind) for codec, kinds in ASKS.items() for kind in kinds]), st.text(max_size=300))
def test_whatever_a_device_is_called_it_gets_a_question_or_nothing(which: tuple[str, DeviceKind], address: str) -> None:
    codec, kind = which
    try:
        asking = ask(codec, kind, address)
    except NotAskable:
        return
    for command in asking.commands:
        assert not {"+", "#"} & set(command.topic)
        assert command.payload in {BREATHE, SOUND, READ_STATE, BLINK} or json.loads(command.payload) == WORDS


def test_a_zigbee_lamp_breathes_and_says_how_it_is() -> None:
    asking = ask("zigbee2mqtt", LAMP, "hall/bedside lamp")
    assert [(one.topic, one.payload, one.is_kept) for one in asking.commands] == [
        ("zigbee2mqtt/hall/bedside lamp/set", b'{"effect":"breathe"}', False),
        ("zigbee2mqtt/hall/bedside lamp/get", b'{"state":""}', False),
    ]
    assert asking.listens == ("zigbee2mqtt/hall/bedside lamp",)
    assert asking.is_echo(b'{"state":"OFF","brightness":120,"linkquality":80}')
    assert not any(map(asking.is_echo, (b'{"linkquality":80}', b'{"state":1}', b"ON", b"[]", b"", b"\xff")))


def test_a_zigbee_siren_sounds_softly_and_for_a_moment() -> None:
    asking = ask("zigbee2mqtt", SIREN, "siren")
    (command,) = asking.commands
    warning = json.loads(command.payload)["warning"]
    assert (command.topic, warning["level"], warning["duration"], command.is_kept) == ("zigbee2mqtt/siren/set", "low", 5, False)
    assert asking.is_echo(b'{"alarm":true}')
    assert not asking.is_echo(b'{"alarm":false,"battery":100}')


def test_the_base_topic_is_the_one_of_the_settings() -> None:
    assert ask("zigbee2mqtt", LAMP, "lamp", "home/z2m/#").commands[0].topic == "home/z2m/lamp/set"
    for topics in (("z1/#", "z2/#"), ("+/z2m/#",), ("z2m/lamp",)):
        with pytest.raises(NotAskable, match="base topic"):
            ask("zigbee2mqtt", LAMP, "lamp", *topics)


def test_a_lamp_on_a_tasmota_switch_blinks_and_says_so() -> None:
    asking = ask("tasmota", LAMP, "lamp_1")
    assert [(one.topic, one.payload) for one in asking.commands] == [("cmnd/lamp_1/POWER", b"3")]
    assert asking.listens == ("stat/lamp_1/RESULT", "stat/lamp_1/POWER")
    assert asking.is_echo(b'{"POWER":"Blink ON"}')
    assert asking.is_echo(b'{"POWER1":"Blink ON"}')
    assert not any(map(asking.is_echo, (b'{"POWER":"Blink OFF"}', b'{"POWER":"ON"}', b"ON")))
    with pytest.raises(NotAskable, match="address"):
        ask("tasmota", LAMP, "lamp_1/Switch1")
    with pytest.raises(NotAskable, match="other topics"):
        ask("tasmota", LAMP, "lamp_1", "site/tele/+/+")


@pytest.mark.parametrize("address", ["a+b", "#", "a//b", "/a", "a/", "a\0b", "x/set", "bridge", "bridge/request", "n" * 300])
def test_a_name_that_cannot_stand_in_a_topic_is_not_asked_on(address: str) -> None:
    with pytest.raises(NotAskable):
        ask("zigbee2mqtt", LAMP, address)


def test_a_band_of_our_own_form_is_asked_as_documented() -> None:
    (command,) = ask("", BAND, "").commands
    assert (command.topic, json.loads(command.payload), command.is_kept) == (make_commands_topic("device-1"), WORDS, True)


def test_bands_ask_unless_the_home_says_no_and_lamps_only_if_it_says_yes() -> None:
    assert [is_asked_on(None, BAND, one) for one in (None, True, False)] == [True, True, False]
    for kind in (LAMP, SIREN):
        assert [is_asked_on("zigbee2mqtt", kind, one) for one in (None, True, False)] == [False, True, False]


def test_a_band_that_nobody_has_said_how_to_ask_is_not_asked() -> None:
    # makers of 4G watches publish what a watch reports, and not how it is shown a question
    assert not is_asked_on("kati", BAND, chosen=True)
    others = [name for name in (*CODECS, *FORMAT_MAKERS) if name not in ASKS]
    assert not any(can_carry(name, kind) for name in (*others, "map:own") for kind in DeviceKind)
    with pytest.raises(NotAskable):
        ask("kati", BAND, "862000000000001")
    assert not any(can_carry(None, kind) for kind in DeviceKind if kind is not BAND)
