"""A message over which a codec fails is kept with its bytes, and costs no other message anything."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from homebeat.codecs.catalogue import CODECS, FORMAT_MAKERS, Codec, make_readings_topic
from homebeat.codecs.wire import Limits, Readings
from homebeat.domain.inbound import Message
from homebeat.domain.inbound import QuarantineReason as Reason
from homebeat.domain.metric import Metric
from homebeat.ingest.reading import MessageOutcome, read
from tests.fuzz.law import hold, hold_format
from tests.unit.codecs.fixtures import read_cases

NOW = 1_772_352_000_000
ROWS = {"meter-1": 3, "band-1": 0}
TWICE_300_DEEP = b'{"a":1,"a":' * 300 + b"1" + b"}" * 300
POISON = [
    b'[{"bn":"urn:dev:mac:1:","bt":1e308,"n":"volume_m3","u":"m3","v":866.335}]',
    b'[{"bn":"","bt":1e306,"n":"volume_m3","v":866.335}]',
    b'[{"bt":-1e308,"n":"volume_m3","v":866.335}]',
    b'[{"t":1e308,"n":"volume_m3","v":866.335}]',
    b'[{"bt":1e308,"t":1e308,"n":"volume_m3","v":866.335}]',
    TWICE_300_DEEP,
    *(b'{"%b": %b}' % (name, TWICE_300_DEEP) for name in (b"other", b"volume_m3", b"at", b"alarm", b"meter_status")),
    b'[{"n":"volume_m3","v":%b}]' % TWICE_300_DEEP,
    b'[{"n":%b,"v":1}]' % TWICE_300_DEEP,
]


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS.keys())
@pytest.mark.parametrize("payload", POISON, ids=lambda payload: payload[:30].decode())
def test_what_once_stopped_the_service_is_refused_or_read(codec: Codec, payload: bytes) -> None:
    intake = read([Message(make_readings_topic("band-1"), payload, NOW)], ROWS, {"band-1": _name(codec)})
    assert intake.defects == []
    assert len(intake.outcomes) == 1


def test_a_total_with_an_endless_time_is_placed_at_arrival_like_that_of_any_wrong_clock() -> None:
    intake = read([Message(make_readings_topic("meter-1"), POISON[0], NOW)], ROWS)
    assert intake.batch.observed_at.tolist() == [NOW]
    assert intake.batch.metric.tolist() == [Metric.VOLUME_M3]


def test_an_alarm_with_an_endless_time_is_told() -> None:
    payload = b'[{"bt":1e308,"n":"alarm","vs":"sos"},{"bt":-1e308,"n":"alarm","vs":"fall"}]'
    intake = read([Message(make_readings_topic("band-1"), payload, NOW)], ROWS)
    assert intake.batch.metric.tolist() == [Metric.ALARM_SOS, Metric.ALARM_FALL]


def _fails(payload: bytes, received_at: int, limits: Limits) -> Readings:
    raise OverflowError("cannot convert float infinity to integer")


def _tears(payload: bytes, received_at: int, limits: Limits) -> Readings:
    return Readings(metric=[1, 2], at=[NOW], value=[1.0, 2.0], mark=[0, 0])


def _exceeds(payload: bytes, received_at: int, limits: Limits) -> Readings:
    return Readings(metric=[1], at=[1 << 70], value=[1.0], mark=[0])


@pytest.mark.parametrize("broken", [_fails, _tears, _exceeds])
def test_a_codec_that_fails_costs_that_message_alone(monkeypatch: pytest.MonkeyPatch, broken: Codec) -> None:
    monkeypatch.setitem(_mutable(CODECS), "broken", broken)
    messages = [
        Message(make_readings_topic("band-1"), b'{"steps": 5}', NOW),
        Message(make_readings_topic("meter-1"), b"poison", NOW + 1),
        Message(make_readings_topic("band-1"), b'{"alarm": "sos", "firmware": "7"}', NOW + 2),
        Message(make_readings_topic("stranger"), b'{"steps": 5}', NOW + 3),
    ]
    intake = read(messages, ROWS, {"meter-1": "broken"})
    assert intake.batch.metric.tolist() == [Metric.STEPS, Metric.ALARM_SOS]
    assert intake.batch.received_at.tolist() == [NOW, NOW + 2]
    assert intake.message_of.tolist() == [0, 2]
    assert [extra.metric for extra in intake.extras] == ["firmware"]
    assert intake.outcomes == [
        MessageOutcome.ACCEPTED,
        MessageOutcome.QUARANTINED,
        MessageOutcome.ACCEPTED,
        MessageOutcome.QUARANTINED,
    ]
    assert [(aside.reason, aside.payload) for aside in intake.quarantined] == [
        (Reason.DEFECT, b"poison"),
        (Reason.UNKNOWN_DEVICE, b'{"steps": 5}'),
    ]
    (defect,) = intake.defects
    assert "Error: " in defect.detail


def test_some_thousands_of_mutated_messages() -> None:
    found = hold(6_000, seed=20260301)
    assert sum(found.values()) == 6_000
    assert set(found) == {"accepted", "partial", "quarantined"}


@pytest.mark.parametrize("name", sorted(FORMAT_MAKERS))
def test_some_thousands_of_mutated_messages_of_each_format(name: str) -> None:
    found = hold_format(name, 2_000, seed=20260301)
    assert sum(found.values()) >= 2_000
    assert {"accepted", "quarantined"} <= set(found)


@pytest.mark.parametrize("name", sorted(FORMAT_MAKERS))
@pytest.mark.parametrize("payload", POISON, ids=lambda payload: payload[:30].decode())
def test_what_once_stopped_the_service_stops_no_format(name: str, payload: bytes) -> None:
    topics = {case.topic for case in read_cases(name)}
    formats = (FORMAT_MAKERS[name](),)
    assert read([Message(topic, payload, NOW) for topic in topics], ROWS, formats=formats).defects == []


def _name(codec: Codec) -> str:
    return next(name for name, known in CODECS.items() if known is codec)


def _mutable(codecs: Mapping[str, Codec]) -> dict[str, Codec]:
    assert isinstance(codecs, dict)
    return codecs
