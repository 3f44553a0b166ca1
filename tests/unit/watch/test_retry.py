"""Which devices a message out of quarantine names, and what of it is left out the second time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from homebeat.codecs.catalogue import make_readings_topic
from homebeat.codecs.wire import Limits
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric
from homebeat.ingest.reading import read
from homebeat.store import QuarantineEntry
from homebeat.watch.enrolment import Enrolment
from homebeat.watch.retry import _find_known_now, try_again
from tests.unit.ingest.test_reports import GATEWAY, NOW, ROWS, up

LATER = NOW + 3_600_000


def enrolled(rows: Mapping[str, int] = ROWS) -> Enrolment:
    return Enrolment(1, rows, np.arange(8, dtype=np.int32), {}, np.full(8, -1, np.int32), np.zeros(8, np.uint8))


def aside(topic: str, payload: bytes, number: int = 1, at: int = NOW) -> QuarantineEntry:
    return QuarantineEntry(number, topic, payload, at, QuarantineReason.UNKNOWN_DEVICE, "", False, None, None)


def own(device: str, payload: bytes, number: int = 1, at: int = NOW) -> QuarantineEntry:
    return aside(make_readings_topic(device), payload, number, at)


def test_each_device_that_is_known_now_and_gave_a_reading_is_named() -> None:
    messages = [up({"meter-1": {"volume_m3": 1.5}, "still-new": {"steps": 1}}), up({"door-1": {"door_open": True}}, after_ms=1)]
    entries = [aside(message.topic, message.payload, n) for n, message in enumerate(messages)]
    intake = read(messages, ROWS, formats=(GATEWAY,))
    assert _find_known_now(entries, intake, enrolled()) == ["door-1", "meter-1"]
    # one that was set aside for another reason was no unregistered call
    known = [replace(entries[0], reason=QuarantineReason.NOT_JSON), entries[1]]
    assert _find_known_now(known, intake, enrolled()) == ["door-1"]


def test_by_our_own_topics_a_device_is_named_also_where_nothing_is_new() -> None:
    tried = try_again([own("band-1", b'{"steps": 5}'), own("stranger", b'{"steps": 5}', 2)], enrolled(), Limits(), LATER)
    assert (tried.devices, tried.used, tried.refused) == (["band-1"], [(1, "accepted")], [2])
    nobody = try_again([own("stranger", b'{"steps": 5}')], enrolled(), Limits(), LATER)
    assert (nobody.devices, nobody.refused) == ([], [1])


def test_readings_enter_the_log_now_in_order_of_their_first_arrival_and_keep_their_times() -> None:
    entries = [own("band-1", b'{"at": %d, "steps": 9, "mood": 3}' % (NOW + 5), 2, NOW + 5), own("meter-1", b'{"volume_m3": 1}')]
    tried = try_again(entries, enrolled(), Limits(), LATER)
    assert tried.batch.device.tolist() == [3, 0]
    assert tried.batch.observed_at.tolist() == [NOW, NOW + 5]
    assert tried.batch.received_at.tolist() == [LATER, LATER]
    assert [(extra.device, extra.metric) for extra in tried.extras] == [("band-1", "mood")]
    assert [len(alone().batch) for alone in tried.apart] == [1, 1]


def test_only_an_alarm_without_a_time_that_was_heard_the_first_time_is_left_out() -> None:
    def metrics(payload: bytes, *, partial: bool) -> list[int]:
        entry = replace(own("band-1", payload), partial=partial)
        return [int(m) for m in try_again([entry], enrolled(), Limits(), LATER).batch.metric]

    timed = b'{"at": %d, "alarm": "sos", "steps": 5}' % NOW
    untimed = b'{"alarm": "sos", "steps": 5}'
    both = sorted([int(Metric.STEPS), int(Metric.ALARM_SOS)])
    assert sorted(metrics(untimed, partial=False)) == both
    assert metrics(untimed, partial=True) == [Metric.STEPS]
    assert sorted(metrics(timed, partial=True)) == both, "known again by its time"
