"""Messages that speak for several devices, on topics of their makers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random

from homebeat.codecs import native
from homebeat.codecs.catalogue import make_readings_topic
from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.wire import Limits, Readings, Unreadable
from homebeat.domain.inbound import Message
from homebeat.domain.inbound import QuarantineReason as Reason
from homebeat.domain.metric import Metric
from homebeat.ingest.reading import Intake, MessageOutcome, read
from homebeat.stream.roster import Roster
from homebeat.watch.unregistered import UnregisteredCalls

NOW = 1_772_352_000_000
ROWS = {"meter-1": 3, "band-1": 0, "door-1": 7}


def open_gateway(topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
    """`{device: native object, ...}` on `gateway/<name>/up`."""
    try:
        content = json.loads(payload)
    except ValueError:
        raise Unreadable(Reason.NOT_JSON, topic) from None
    if not isinstance(content, dict):
        raise Unreadable(Reason.WRONG_SHAPE, "not an object")
    return [Report(device, native.decode(json.dumps(said).encode(), received_at, limits)) for device, said in content.items()]


GATEWAY = Format("gateway", ("gateway/+/up",), open_gateway)


def up(content: object, *, after_ms: int = 0, retained: bool = False) -> Message:
    payload = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Message("gateway/g1/up", payload, NOW + after_ms, retained=retained)


def taken(*messages: Message) -> Intake:
    return read(messages, ROWS, formats=(GATEWAY,))


def test_each_reading_belongs_to_the_device_that_it_is_about() -> None:
    own = Message(make_readings_topic("band-1"), b'{"steps": 5}', NOW + 1)
    intake = taken(
        up({"meter-1": {"volume_m3": 1.5}, "band-1": {"heart_rate_bpm": 70, "steps": 4}}),
        own,
        up({"door-1": {"door_open": True}}, after_ms=2),
    )
    assert intake.batch.device.tolist() == [3, 0, 0, 0, 7]
    assert intake.batch.metric.tolist() == [
        Metric.VOLUME_M3, Metric.HEART_RATE_BPM, Metric.STEPS, Metric.STEPS, Metric.DOOR_OPEN,
    ]  # fmt: skip
    assert intake.message_of.tolist() == [0, 0, 0, 1, 2]
    assert intake.outcomes == [MessageOutcome.ACCEPTED] * 3
    assert intake.quarantined == []


def test_a_device_that_nobody_registered_costs_the_others_nothing() -> None:
    intake = taken(up({"new": {"steps": 1}, "band-1": {"alarm": "sos"}}))
    assert (intake.batch.device.tolist(), intake.batch.metric.tolist()) == ([0], [Metric.ALARM_SOS])
    (aside,) = intake.quarantined
    assert (aside.reason, aside.detail, aside.partial, aside.calling) == (Reason.UNKNOWN_DEVICE, "new", True, ())
    assert intake.outcomes == [MessageOutcome.PARTIAL]


def test_a_fault_of_one_device_names_it_and_the_rest_is_used() -> None:
    intake = taken(up({"meter-1": {"volume_m3": "much"}, "band-1": {"steps": 4}}))
    assert intake.batch.device.tolist() == [0]
    assert "meter-1" in intake.quarantined[0].detail


def test_a_gateway_that_says_only_how_it_is_is_accepted() -> None:
    assert taken(up({})).outcomes == [MessageOutcome.ACCEPTED]


def test_what_cannot_be_opened_is_set_aside_whole() -> None:
    intake = taken(up(b"{"), up([1]), up({"band-1": {"steps": 4}}))
    assert intake.outcomes == [MessageOutcome.QUARANTINED, MessageOutcome.QUARANTINED, MessageOutcome.ACCEPTED]
    assert [aside.reason for aside in intake.quarantined] == [Reason.NOT_JSON, Reason.WRONG_SHAPE]


def test_what_a_broker_kept_counts_for_the_devices_that_give_a_time() -> None:
    intake = taken(up({"band-1": {"at": NOW - 60_000, "steps": 4}, "meter-1": {"volume_m3": 2.0}}, retained=True))
    assert intake.batch.device.tolist() == [0]
    assert [aside.reason for aside in intake.quarantined] == [Reason.RETAINED]


def test_an_opener_that_fails_half_way_leaves_nothing_behind() -> None:
    def breaks(topic: str, payload: bytes, received_at: int, limits: Limits) -> Sequence[Report]:
        good, bad = Readings([Metric.STEPS], [received_at], [1.0], [0]), Readings([Metric.STEPS], [received_at], [], [0])
        return [Report("band-1", good), Report("meter-1", bad)]

    own = Message(make_readings_topic("band-1"), b'{"steps": 5}', NOW + 1)
    intake = read([up({}), own], ROWS, formats=(Format("breaks", ("gateway/#",), breaks),))
    assert (intake.batch.device.tolist(), intake.batch.value.tolist()) == ([0], [5.0])
    assert intake.outcomes == [MessageOutcome.QUARANTINED, MessageOutcome.ACCEPTED]
    assert intake.defects[0].payload == b"{}"


def calls(intake: Intake, *messages: Message) -> list[str]:
    return [str(edge.subject.device) for edge in UnregisteredCalls().find_edges(messages, intake.quarantined, Roster())]


def test_an_sos_of_a_device_that_nobody_registered_is_heard_behind_a_gateway() -> None:
    message = up({"new": {"alarm": "sos"}, "newer": {"steps": 1}, "band-1": {"steps": 1}})
    assert calls(taken(message), message) == ["new"]
    known = up({"new": {"steps": 1}, "band-1": {"alarm": "sos"}})
    assert calls(taken(known), known) == [], "the call of the band that is known is its own alert"
    kept = up({"new": {"alarm": "sos"}}, retained=True)
    assert calls(taken(kept), kept) == []


def test_a_gateways_message_that_cannot_be_opened_and_may_be_a_call_is_heard() -> None:
    message = up(b'{"new": {"alarm": "sos"')
    assert calls(taken(message), message) == ["gateway"]


def test_whatever_a_gateway_sends_costs_nothing_but_itself() -> None:
    random = Random(8)
    names = ["band-1", "meter-1", "new", ""]
    for _ in range(300):
        content: dict[str, object] = {
            random.choice(names): random.choice([{"steps": 1}, {"steps": "x"}, [], None, 3, {"at": 1e308}]) for _ in range(3)
        }
        own = Message(make_readings_topic("band-1"), b'{"steps": 5}', NOW)
        intake = taken(own, up(content), own)
        assert [intake.outcomes[0], intake.outcomes[2]] == [MessageOutcome.ACCEPTED] * 2
        assert not intake.defects, intake.defects[0].detail
        assert len(intake.batch) == len(intake.message_of)
