"""Lamps and sirens that ask: they answer for themselves, and somebody on the floor does not."""

from __future__ import annotations

import pytest

from homebeat.codecs.catalogue import FORMAT_MAKERS, can_ask, make_asking
from homebeat.codecs.question import BREATHE, Question
from homebeat.codecs.wire import Limits, Raw
from homebeat.domain.fleet import DeviceKind
from homebeat.registry.fleet_file import read_fleet
from simulators.estate import Habitat
from simulators.lamps import ASKING, LampAnswers, add_asking
from simulators.localdays import HOUR
from simulators.makes.make import write_json
from simulators.plan import Event, EventKind
from simulators.street import Street
from tests.unit.simulators.decoding import START

STREET = Street(3, 20, habitat=Habitat(band_share=1.0))
NOON = START + 30 * HOUR
HOME = next(row for row in range(20) if STREET.find_band_state(row, NOON).at_home)


@pytest.mark.parametrize("which", ASKING)
def test_what_the_fleet_file_names_may_ask_and_answers_as_its_codec_expects(which: str) -> None:
    written = STREET.make_fleet()
    add_asking(written, which)
    home = read_fleet(write_json(written).decode(), is_json=True).households[HOME]
    lamp, switch = home.devices[-2:]
    assert can_ask(lamp)
    assert switch.kind is DeviceKind.MOTION
    answers = LampAnswers(STREET, willing=1.0)
    asking = make_asking(lamp.codec or "", Question(lamp.id, lamp.kind, lamp.address, {}))
    said = [one for command in asking.commands for one in answers.answer(command.topic, command.payload, NOON)]
    assert any(topic in asking.listens and asking.is_echo(payload) for topic, payload in said)
    (pressed,) = [payload for topic, payload in said if topic == f"zigbee2mqtt/{switch.address}"]
    (report,) = FORMAT_MAKERS["zigbee2mqtt"]().open(f"zigbee2mqtt/{switch.address}", pressed, NOON, Limits())
    assert Raw.PRESS in report.readings.metric


def test_somebody_on_the_floor_does_nothing_and_the_lamp_breathes_all_the_same() -> None:
    fallen = Event(EventKind.COLLAPSE, HOME, NOON - HOUR)
    topic = f"zigbee2mqtt/flat-{HOME}/lamp/set"
    assert LampAnswers(STREET, (fallen,), 1.0).answer(topic, BREATHE, NOON) == []
    assert LampAnswers(STREET, willing=0.0).answer(topic, BREATHE, NOON) == []
    assert len(LampAnswers(STREET, willing=1.0).answer(topic, BREATHE, NOON)) == 1


@pytest.mark.parametrize(
    "topic, payload",
    [
        ("zigbee2mqtt/flat-99/lamp/set", BREATHE),
        ("zigbee2mqtt/flat-1/valve/set", b'{"state":"OFF"}'),
        ("cmnd/lamp-1/POWER", b"ON"),
    ],
)
def test_other_commands_do_nothing(topic: str, payload: bytes) -> None:
    assert LampAnswers(STREET, willing=1.0).answer(topic, payload, NOON) == []
