"""From messages to a batch: every message is accounted for exactly once."""

import json
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from homebeat.codecs.catalogue import make_readings_topic
from homebeat.codecs.wire import Mark
from homebeat.domain.inbound import Message
from homebeat.domain.inbound import QuarantineReason as Reason
from homebeat.domain.metric import Metric
from homebeat.ingest.reading import MessageOutcome, read

NOW = 1_772_352_000_000
ROWS = {"meter-1": 3, "band-1": 0}


def message(device: str, content: object, *, after_ms: int = 0, retained: bool = False) -> Message:
    payload = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Message(make_readings_topic(device), payload, NOW + after_ms, retained=retained)


def test_a_batch_in_arrival_order() -> None:
    intake = read(
        [
            message("band-1", {"at": NOW - 5, "heart_rate_bpm": 70, "steps": 2}),
            message("meter-1", {"volume_m3": 1.5, "firmware": "7"}, after_ms=10),
            message("band-1", {"alarm": "sos"}, after_ms=20),
        ],
        ROWS,
    )
    batch = intake.batch
    assert batch.device.tolist() == [0, 0, 3, 0]
    assert batch.metric.tolist() == [Metric.HEART_RATE_BPM, Metric.STEPS, Metric.VOLUME_M3, Metric.ALARM_SOS]
    assert batch.observed_at.tolist() == [NOW - 5, NOW - 5, NOW + 10, NOW + 20]
    assert batch.received_at.tolist() == [NOW, NOW, NOW + 10, NOW + 20]
    assert batch.mark.tolist() == [0, 0, Mark.UNTIMED, Mark.UNTIMED]
    assert intake.message_of.tolist() == [0, 0, 1, 2]
    assert [(e.device, e.metric, e.value) for e in intake.extras] == [("meter-1", "firmware", "7")]
    assert intake.outcomes == [MessageOutcome.ACCEPTED] * 3


def test_no_messages() -> None:
    intake = read([], ROWS)
    assert len(intake.batch) == 0
    assert intake.outcomes == []


def test_strangers_are_set_aside_with_their_bytes() -> None:
    intake = read([message("stranger", {"steps": 1}), Message("other/topic", b"x", NOW), message("a b", {"steps": 1})], ROWS)
    assert [q.reason for q in intake.quarantined] == [Reason.UNKNOWN_DEVICE, Reason.UNKNOWN_TOPIC, Reason.UNKNOWN_TOPIC]
    assert intake.quarantined[1].payload == b"x"
    assert intake.outcomes == [MessageOutcome.QUARANTINED] * 3
    assert len(intake.batch) == 0


def test_a_partly_good_message_is_used_and_kept() -> None:
    intake = read([message("band-1", {"heart_rate_bpm": 900, "battery_pct": -5, "alarm": "sos"})], ROWS)
    assert intake.batch.metric.tolist() == [Metric.ALARM_SOS]
    (aside,) = intake.quarantined
    assert aside.partial
    assert aside.reason is Reason.ABSURD_VALUE
    assert "heart_rate_bpm" in aside.detail
    assert "battery_pct" in aside.detail
    assert intake.outcomes == [MessageOutcome.PARTIAL]


def test_a_message_of_faults_proves_nothing() -> None:
    intake = read([message("band-1", {"heart_rate_bpm": "undefined"})], ROWS)
    assert intake.outcomes == [MessageOutcome.QUARANTINED]
    assert not intake.quarantined[0].partial
    assert len(intake.batch) == 0


def test_heartbeats_and_unmeasured_values_prove_the_device_alive() -> None:
    intake = read([message("band-1", {"at": NOW}), message("band-1", {"heart_rate_bpm": 0}, after_ms=1)], ROWS)
    assert intake.batch.received_at.tolist() == [NOW, NOW + 1]
    assert intake.outcomes == [MessageOutcome.ACCEPTED] * 2
    assert intake.batch.metric.tolist() == [Metric.HEARTBEAT] * 2


def test_retained_messages_need_a_time_of_their_own() -> None:
    intake = read(
        [
            message("band-1", {"at": NOW - 1000, "steps": 1}, retained=True),
            message("band-1", {"steps": 1}, retained=True),
            message("band-1", {"alarm": "sos"}, retained=True),
            message("band-1", {"at": 0, "steps": 1}, retained=True),
            message("band-1", {"firmware": "7"}, retained=True),
        ],
        ROWS,
    )
    assert intake.batch.observed_at.tolist() == [NOW - 1000]
    assert [q.reason for q in intake.quarantined] == [Reason.RETAINED] * 4


def test_a_device_may_name_its_codec() -> None:
    pack = [{"n": "steps", "v": 4}]
    both = [message("band-1", pack), message("meter-1", {"volume_m3": 1})]
    intake = read(both, ROWS, {"band-1": "senml", "meter-1": "no_such_codec"})
    assert intake.batch.value.tolist() == [4]
    assert [(q.reason, q.topic) for q in intake.quarantined] == [(Reason.WRONG_SHAPE, make_readings_topic("meter-1"))]


contents = st.binary(max_size=40) | st.sampled_from(
    [
        b'{"steps":1}',
        b'{"steps":"x"}',
        b'{"steps":1,"worn":9}',
        b"{}",
        b'{"at":1}',
        b'{"x":1}',
        b'[{"n":"steps","v":1}]',
        b"[1,2]",
    ]
)
arrivals = st.lists(st.tuples(st.sampled_from(["band-1", "meter-1", "stranger", "a/b"]), contents, st.booleans()), max_size=12)


@given(arrivals=arrivals)
def test_every_message_is_accounted_for_once(arrivals: list[tuple[str, bytes, bool]]) -> None:
    messages = [message(device, payload, retained=retained) for device, payload, retained in arrivals]
    intake = read(messages, ROWS)
    assert len(intake.outcomes) == len(messages)
    assert len([q for q in intake.quarantined if q.partial]) == Counter(intake.outcomes)[MessageOutcome.PARTIAL]
    assert len([q for q in intake.quarantined if not q.partial]) == Counter(intake.outcomes)[MessageOutcome.QUARANTINED]
    used = {int(index) for index in intake.message_of}
    assert all(intake.outcomes[index] is not MessageOutcome.QUARANTINED for index in used)


@given(arrivals=arrivals, cut=st.integers(0, 12))
def test_splitting_the_messages_changes_nothing(arrivals: list[tuple[str, bytes, bool]], cut: int) -> None:
    messages = [message(device, payload, retained=retained) for device, payload, retained in arrivals]
    whole, head, tail = (read(part, ROWS) for part in (messages, messages[:cut], messages[cut:]))
    for column in ("device", "metric", "observed_at", "received_at", "value", "mark"):
        assert [*getattr(head.batch, column), *getattr(tail.batch, column)] == [*getattr(whole.batch, column)]
    assert head.quarantined + tail.quarantined == whole.quarantined
