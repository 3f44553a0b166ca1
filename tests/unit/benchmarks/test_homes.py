"""The homes of the benchmarks are what a registry and real devices would give."""

from dataclasses import fields

import numpy as np

from benchmarks.homes import BAND, MINUTE, READINGS_A_MESSAGE, Lives, make_fleet, make_roster
from homebeat.domain.inbound import Message
from homebeat.domain.metric import Metric
from homebeat.ingest.reading import MessageOutcome, read
from homebeat.stream.roster import Roster

AT = 1_772_352_000_000


def test_the_roster_made_from_columns_is_the_one_a_registry_gives() -> None:
    made, real = make_roster(20, AT), Roster().with_registry(make_fleet(20), AT)
    for field in fields(Roster):
        mine, theirs = getattr(made, field.name), getattr(real, field.name)
        if isinstance(mine, np.ndarray):
            assert np.array_equal(mine, theirs, equal_nan=True), field.name
            assert mine.dtype == theirs.dtype, field.name
    assert len(made.device_ids) == len(real.device_ids)
    assert len(made.resident_ids) == len(real.resident_ids)


def test_every_message_is_read_without_a_fault() -> None:
    roster = Roster().with_registry(make_fleet(10), AT)
    messages = [Message(topic, payload, at) for topic, payload, at in Lives(10).make_messages(130, AT, 10.0)]
    intake = read(messages, roster.device_row)
    assert set(intake.outcomes) == {MessageOutcome.ACCEPTED}
    assert len(intake.batch) == 130 * READINGS_A_MESSAGE


def test_in_an_hour_every_band_reports_twelve_times_and_every_meter_once() -> None:
    batch = Lives(30).make_batch(AT, AT + 60 * MINUTE)
    assert {int(m): int((batch.metric == m).sum()) for m in np.unique(batch.metric)} == {
        **dict.fromkeys(map(int, BAND), 30 * 12),
        int(Metric.VOLUME_M3): 30,
    }
    assert (np.diff(batch.observed_at) >= 0).all()
    parts = [Lives(30).make_batch(AT, AT + 10 * MINUTE), Lives(30).make_batch(AT + 10 * MINUTE, AT + 60 * MINUTE)]
    assert sum(map(len, parts)) == len(batch)
