"""Whatever a registered band, button or detector sends that shows a need is told; what says that there is none is not."""

from __future__ import annotations

import time
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.codecs.catalogue import make_readings_topic
from homebeat.codecs.need import find_need
from homebeat.codecs.pairs import format_payload
from homebeat.codecs.wire import Mark
from homebeat.domain.inbound import Message
from homebeat.domain.metric import Metric
from homebeat.ingest.reading import Intake, MessageOutcome, read
from tests.unit.ingest.alarms import CLEAR, NOT, PLAIN, UNCLEAR, UNREADABLE

NOW = 1_772_352_000_000
ROWS = {"meter-1": 3, "band-1": 0}
METER_OF = np.array([-1, -1, -1, 0], np.int32)


def taken(payload: bytes, device: str = "band-1", *, retained: bool = False) -> Intake:
    return read([Message(make_readings_topic(device), payload, NOW, retained=retained)], ROWS, meter_of=METER_OF)


def alarms(intake: Intake) -> list[Metric]:
    return [Metric(number) for number in intake.batch.metric.tolist() if Metric(number).is_alarm]


@pytest.mark.parametrize(("payload", "raised"), [form[1:] for form in CLEAR], ids=[form[0] for form in CLEAR])
def test_what_is_unmistakable_is_the_alarm_that_it_is(payload: bytes, raised: list[Metric]) -> None:
    intake = taken(payload)
    assert sorted(alarms(intake)) == sorted(raised)
    assert intake.outcomes[0] in {MessageOutcome.ACCEPTED, MessageOutcome.PARTIAL}
    assert intake.batch.device.tolist() == [0] * len(intake.batch)


@pytest.mark.parametrize("payload", [form[1] for form in UNCLEAR], ids=[form[0] for form in UNCLEAR])
def test_a_word_of_need_that_nobody_can_place_is_told_and_kept(payload: bytes) -> None:
    intake = taken(payload)
    assert alarms(intake) == [UNREADABLE]
    assert intake.batch.observed_at[-1] == NOW
    assert intake.batch.mark[-1] == Mark.UNTIMED
    (aside,) = intake.quarantined
    assert aside.payload == payload
    assert aside.partial
    assert "taken for a call for help" in aside.detail
    assert intake.outcomes == [MessageOutcome.PARTIAL]


@pytest.mark.parametrize("payload", [form[1] for form in NOT], ids=[form[0] for form in NOT])
def test_what_says_that_there_is_no_alarm_is_none(payload: bytes) -> None:
    raised = {Metric.ALARM_SOS, Metric.ALARM_FALL, Metric.ALARM_SMOKE, Metric.ALARM_GAS, UNREADABLE}
    assert not raised & set(alarms(taken(payload)))


def test_of_a_message_that_is_no_json_only_alarms_are_believed() -> None:
    intake = taken(b'{"alarm":"sos","heart_rate_bpm":71,"steps":43')
    assert intake.batch.metric.tolist() == [Metric.ALARM_SOS]


def test_a_water_meter_has_no_button() -> None:
    for _, payload in UNCLEAR:
        assert alarms(taken(payload, "meter-1")) == []


def test_what_the_broker_kept_may_be_months_old() -> None:
    for _, payload in UNCLEAR:
        assert alarms(taken(payload, retained=True)) == []


def test_a_device_cannot_name_our_own_metric() -> None:
    assert alarms(taken(b'{"alarm":"unreadable"}')) == [UNREADABLE]  # as any other word that nobody knows
    assert alarms(taken(b'{"alarm_unreadable":0}')) == []


def test_a_bomb_is_unpacked_no_further_than_what_is_looked_at() -> None:
    bomb = zlib.compress(b"[" * 50_000_000, 9)[:65_000]
    started = time.perf_counter()
    assert alarms(taken(bomb)) == []
    assert time.perf_counter() - started < 5.0


@pytest.mark.parametrize(
    "unit",
    [b'"alarm', b"'", b'{"alarm":', b"[[", b'\\"', b"%25", b"alarm=", b"\xa1", b"\x9f\x81", b'{"n":"alarm",', b"\xff\xfea\0"],
)
def test_no_message_takes_long(unit: bytes) -> None:
    payload = (unit * 65_536)[:65_536]
    started = time.perf_counter()
    find_need(payload)
    assert time.perf_counter() - started < 5.0


@given(st.binary(max_size=300) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_junk_never_raises_and_is_shown_as_one_line(payload: bytes) -> None:
    need = find_need(payload + b" sos")
    assert all(isinstance(word, str) for word in need.words)
    line = format_payload(payload, 80)
    assert len(line) <= 80
    assert line.isprintable()


@given(cut=st.integers(1, 13), junk=st.binary(max_size=12).filter(lambda b: b"\\" not in b and b'"' not in b))
def test_an_sos_survives_what_is_cut_off_or_put_behind_it(cut: int, junk: bytes) -> None:
    whole = b'{"alarm":"sos","battery_pct":80}'
    assert alarms(taken(whole[:-cut])) == [Metric.ALARM_SOS]
    assert Metric.ALARM_SOS in alarms(taken(PLAIN.encode() + b"\0" + junk)) or UNREADABLE in alarms(taken(PLAIN.encode() + junk))


def test_what_could_be_read_is_shown_in_its_own_letters() -> None:
    assert format_payload('{"msg":"摔倒"}'.encode("gb18030"), 80) == '{"msg":"摔倒"}'
    assert format_payload("sos".encode("utf-16"), 80) == "sos"
    assert format_payload(b"a" * 100, 20) == "a" * 19 + "…"
