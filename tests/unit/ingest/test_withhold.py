"""Values to which consent was withdrawn are left out as they are read; that the device is there stays."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from homebeat.codecs.catalogue import CODECS, make_readings_topic
from homebeat.domain.consent import Purpose, find_withheld
from homebeat.domain.inbound import Message
from homebeat.domain.metric import Metric
from homebeat.ingest.reading import WITHHELD, Intake, MessageOutcome, read
from homebeat.stream.registry import combine_bits
from tests.unit.ingest.test_reports import GATEWAY, NOW, ROWS, up

BAND_ONLY = combine_bits([Purpose.BAND])
WATER_ONLY = combine_bits([Purpose.WATER])


def withdrawn(**of: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    bits = np.zeros(8, np.uint8)
    for device, purposes in of.items():
        bits[ROWS[f"{device}-1"]] = purposes
    return bits


def own(device: str, content: object, after_ms: int = 0) -> Message:
    return Message(make_readings_topic(f"{device}-1"), json.dumps(content).encode(), NOW + after_ms)


def taken(messages: list[Message], **of: int) -> Intake:
    return read(messages, ROWS, formats=(GATEWAY,), withdrawn=withdrawn(**of))


def show(intake: Intake) -> list[tuple[int, int, str, float]]:
    batch = intake.batch
    names = [Metric(metric).wire_name for metric in batch.metric.tolist()]
    return list(zip(intake.message_of.tolist(), batch.device.tolist(), names, batch.value.tolist(), strict=True))


def test_of_a_band_only_what_it_raises_and_what_it_says_of_itself_stays() -> None:
    said = {"heart_rate_bpm": 70, "steps": 5, "worn": True, "battery_pct": 40, "alarm": "sos", "mood": "good"}
    intake = taken([own("band", said), own("meter", {"volume_m3": 1.5}, 1)], band=BAND_ONLY)
    assert sorted(show(intake)) == [
        (0, 0, "alarm_sos", 1.0), (0, 0, "battery_pct", 40.0), (0, 0, "heartbeat", 1.0), (1, 3, "volume_m3", 1.5),
    ]  # fmt: skip
    assert (intake.withheld, intake.extras) == (3, [])
    assert intake.outcomes == [MessageOutcome.ACCEPTED] * 2
    # without a withdrawal all of it is there
    assert len(taken([own("band", said)]).batch) == 5
    assert [extra.metric for extra in taken([own("band", said)]).extras] == ["mood"]


def test_each_message_keeps_one_heartbeat_of_each_device_that_it_speaks_for() -> None:
    messages = [
        up({"band-1": {"heart_rate_bpm": 70, "steps": 4}, "meter-1": {"volume_m3": 2, "flow_m3h": 0.1}}),
        own("band", {"steps": 6}, 1),
        own("door", {"door_open": True}, 2),
    ]
    intake = taken(messages, band=BAND_ONLY, meter=WATER_ONLY)
    assert show(intake) == [
        (0, 0, "heartbeat", 1.0),
        (0, 3, "heartbeat", 1.0),
        (1, 0, "heartbeat", 1.0),
        (2, 7, "door_open", 1.0),
    ]
    assert intake.withheld == 5


def test_an_alarm_that_cannot_be_read_is_heard_whatever_was_withdrawn() -> None:
    message = Message(make_readings_topic("band-1"), b'{"sos":true', NOW)
    intake = taken([message], band=BAND_ONLY)
    assert [Metric(metric).is_alarm for metric in intake.batch.metric.tolist()] == [True]
    assert intake.withheld == 0


@pytest.mark.parametrize(
    ("content", "is_kept"),
    [
        (b'{"heart_rate_bpm": 70, "steps": "many"}', False),
        (b"heart_rate_bpm=70", False),
        # somebody must be able to see what it was that called
        (b'{"heart_rate_bpm": 70, "steps": "many", "alarm": "sos"}', True),
        (b'{"sos":true, "heart_rate_bpm": 70', True),
    ],
)
def test_what_is_set_aside_keeps_its_bytes_only_where_it_may_be_a_call_for_help(content: bytes, is_kept: bool) -> None:
    other = own("meter", {"volume_m3": "much"}, 1)
    intake = taken(
        [own("door", {"door_open": True}), Message(make_readings_topic("band-1"), content, NOW), other], band=BAND_ONLY
    )
    (mine, theirs), (before,) = intake.quarantined, read([Message(make_readings_topic("band-1"), content, NOW)], ROWS).quarantined
    assert (mine == before) is is_kept
    assert is_kept or (mine.payload, mine.detail) == (b"", WITHHELD)
    assert (mine.reason, mine.partial) == (before.reason, before.partial)
    assert theirs.payload == other.payload


def test_a_message_over_which_homebeat_fails_keeps_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> object:
        raise ZeroDivisionError

    monkeypatch.setitem(CODECS, "broken", fail)
    message = own("band", {"heart_rate_bpm": 70})
    intake = read([message], ROWS, {"band-1": "broken"}, withdrawn=withdrawn(band=BAND_ONLY))
    assert [one.payload for one in intake.quarantined] == [message.payload]


def test_the_columns_stay_as_they_were_where_nothing_was_withdrawn() -> None:
    messages = [own("band", {"steps": n}, n) for n in range(20)]
    assert show(taken(messages)) == show(taken(messages, meter=WATER_ONLY)) == show(read(messages, ROWS))


@pytest.mark.parametrize("metric", list(Metric))
def test_no_alarm_and_nothing_about_a_device_alone_is_ever_withheld(metric: Metric) -> None:
    purpose = find_withheld(metric)
    free = {*(Metric.BATTERY_PCT, Metric.BATTERY_LOW, Metric.RSSI_DBM, Metric.METER_STATUS, Metric.HEARTBEAT, Metric.ONLINE)}
    assert (purpose is None) == (metric.is_alarm or metric in free)
    assert (purpose is Purpose.WATER) == (metric in {Metric.VOLUME_M3, Metric.FLOW_M3H})


def test_a_message_for_several_devices_that_is_set_aside_keeps_no_bytes_of_one_that_may_not_be_watched() -> None:
    message = up({"band-1": {"heart_rate_bpm": 70}, "meter-1": {"volume_m3": "much"}})
    (aside,) = taken([message], band=BAND_ONLY).quarantined
    assert (aside.payload, aside.detail) == (b"", WITHHELD)
    (aside,) = taken([message], door=BAND_ONLY).quarantined
    assert aside.payload == message.payload
