"""The law at the door: whatever arrives is accepted, used in part or set aside, and costs no other message anything."""

from __future__ import annotations

import math
from collections import Counter
from itertools import islice
from random import Random

import numpy as np

from homebeat.codecs.catalogue import CODECS, FORMAT_MAKERS, make_readings_topic
from homebeat.codecs.wire import Limits
from homebeat.domain.inbound import Message
from homebeat.domain.metric import Metric
from homebeat.ingest.reading import Intake, MessageOutcome, read
from tests.fuzz.payloads import NOW, mutated
from tests.unit.codecs.fixtures import read_cases

#: One device for each codec, one that names none, and one whose messages are always good.
CODEC_OF = {f"d-{name}": name for name in CODECS}
DEVICES = [*CODEC_OF, "d-plain"]
ROWS = {device: row for row, device in enumerate([*DEVICES, "d-good"])}
A_TICK = 200


def hold(count: int, seed: int) -> Counter[str]:
    """Read so many mutated messages, in ticks with good ones between; how many came to what.

    Raises:
        AssertionError: A message broke the law; the text shows it.
    """
    random = Random(seed)
    payloads = mutated(random, count)
    seen: Counter[str] = Counter()
    while bad := list(islice(payloads, A_TICK)):
        messages = [Message(make_readings_topic(random.choice(DEVICES)), payload, NOW) for payload in bad]
        good = [Message(make_readings_topic("d-good"), b'{"alarm": "sos", "steps": %d}' % i, NOW) for i in range(len(bad))]
        intake = read([one for pair in zip(messages, good, strict=True) for one in pair], ROWS, CODEC_OF)
        _assert_good_ones_unharmed(intake, len(bad))
        _assert_lawful(intake, messages)
        seen.update(outcome.name.lower() for outcome in intake.outcomes[::2])
    return seen


def hold_format(name: str, count: int, seed: int) -> Counter[str]:
    """Read so many mutated messages of a format, made of those of its fixture and on their topics, with good ones between.

    Its devices are registered, half of them as meters. A format that remembers keeps what it was told by the messages before.

    Raises:
        AssertionError: A message broke the law; the text shows it.
    """
    random = Random(seed)
    cases = read_cases(name)
    devices = sorted({report["device"] for case in cases for report in case.reports})
    rows = {device: row for row, device in enumerate(["d-good", *devices])}
    meter_of = np.array([-1, *(row % 2 - 1 for row in range(len(devices)))], np.int32)
    formats = (FORMAT_MAKERS[name](),)
    seen: Counter[str] = Counter()
    while sum(seen.values()) < count:
        bad = [Message(case.topic, payload, NOW) for case in random.choices(cases, k=A_TICK // 4)
               for payload in mutated(random, 4, [case.payload])]  # fmt: skip
        good = [Message(make_readings_topic("d-good"), b'{"alarm": "sos", "steps": %d}' % i, NOW) for i in range(len(bad))]
        both = [one for pair in zip(bad, good, strict=True) for one in pair]
        intake = read(both, rows, {}, Limits(), meter_of, formats)
        _assert_good_ones_unharmed(intake, len(bad), rows["d-good"])
        _assert_lawful(intake, bad)
        seen.update(outcome.name.lower() for outcome in intake.outcomes[::2])
    return seen


def _assert_good_ones_unharmed(intake: Intake, count: int, row: int = ROWS["d-good"]) -> None:
    assert intake.outcomes[1::2] == [MessageOutcome.ACCEPTED] * count
    mine = intake.batch.device == row
    assert intake.batch.metric[mine].tolist() == [Metric.ALARM_SOS, Metric.STEPS] * count
    assert intake.batch.value[mine][1::2].tolist() == list(range(count))


def _assert_lawful(intake: Intake, messages: list[Message]) -> None:
    defects = intake.defects
    assert not defects, f"{defects[0].detail}: {defects[0].payload[:400]!r}"
    assert len(intake.outcomes) == 2 * len(messages)
    assert all(math.isfinite(value) for value in intake.batch.value.tolist())
    whole = sum(not aside.partial for aside in intake.quarantined)
    assert whole == intake.outcomes.count(MessageOutcome.QUARANTINED)
