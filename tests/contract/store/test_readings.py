"""The log of readings: every reading once, in the order of arrival, found again by device and by position."""

from __future__ import annotations

import numpy as np
import pytest

from homebeat.codecs.wire import Mark
from homebeat.domain.ids import DeviceId
from homebeat.domain.metric import Metric
from homebeat.domain.scope import EVERYTHING
from homebeat.store import ReadingBin
from homebeat.stream.batch import Batch
from tests.contract.store.conftest import T0, Street

VOLUME, STEPS, SOS = int(Metric.VOLUME_M3), int(Metric.STEPS), int(Metric.ALARM_SOS)
MINUTE = 60_000


def test_a_new_batch_is_accepted_whole(street: Street) -> None:
    batch = Batch.of([0, 1, 1], [0, 5, 5], [T0, T0, T0 + 1], [T0, T0 + 1, T0 + 1], [1.0, 2.0, 3.0])
    with street.store.begin() as tx:
        done = tx.readings.append(batch, street.device_nos)
        assert (done.accepted, done.mask) == (3, None)
        assert done.position < tx.readings.find_next_position()


def test_what_is_there_already_is_left_out_and_named(street: Street) -> None:
    assert street.append([(0, VOLUME, T0, 1.0), (1, STEPS, T0, 5.0)]) == [True, True]
    assert street.append([(1, STEPS, T0, 5.0), (1, STEPS, T0 + 1, 6.0), (0, VOLUME, T0, 9.0)]) == [False, True, False]
    with street.store.read(EVERYTHING) as reader:
        assert [r.value for r in reader.readings.read_page(DeviceId("h1-meter"), Metric.VOLUME_M3, T0, T0 + 1).items] == [1.0]


def test_of_equal_readings_in_one_batch_the_first_counts(street: Street) -> None:
    twice = [(0, VOLUME, T0, 1.0), (0, VOLUME, T0, 2.0), (0, VOLUME, T0 + 1, 3.0), (0, VOLUME, T0, 4.0)]
    assert street.append(twice) == [True, False, True, False]


def test_two_batches_in_one_transaction(street: Street) -> None:
    first = Batch.of([0], [0], [T0], [T0], [1.0])
    second = Batch.of([0, 1], [0, 0], [T0, T0], [T0, T0], [1.0, 1.0])
    with street.store.begin() as tx:
        assert tx.readings.append(first, street.device_nos).mask is None
        mask = tx.readings.append(second, street.device_nos).mask
    assert mask is not None
    assert mask.tolist() == [False, True]


def test_an_empty_batch_changes_nothing(street: Street) -> None:
    street.append([(0, VOLUME, T0, 1.0)])
    with street.store.begin() as tx:
        before = tx.readings.find_next_position()
        done = tx.readings.append(Batch.of([], [], [], [], []), street.device_nos)
        assert (done.accepted, done.mask, done.position) == (0, None, before - 1)


def test_an_alarm_without_a_time_is_one_within_its_window_of_arrival(street: Street) -> None:
    untimed = int(Mark.UNTIMED)
    start = T0 + 1_000
    assert street.append([(1, SOS, start, 1.0)], untimed) == [True]
    assert street.append([(1, SOS, start + MINUTE, 1.0)], untimed) == [False]
    assert street.append([(1, SOS, T0 + 5 * MINUTE, 1.0)], untimed) == [True]
    assert street.append([(1, int(Metric.ALARM_FALL), start, 1.0)], untimed) == [True]


def test_other_readings_without_a_time_are_unique_by_the_time_they_got(street: Street) -> None:
    untimed = int(Mark.UNTIMED)
    assert street.append([(1, STEPS, T0 + 1, 1.0)], untimed) == [True]
    assert street.append([(1, STEPS, T0 + 2, 1.0)], untimed) == [True]


def test_an_alarm_with_a_time_is_unique_by_that_time(street: Street) -> None:
    assert street.append([(1, SOS, T0 + 1, 1.0), (1, SOS, T0 + 2, 1.0)]) == [True, True]


def test_a_large_batch_with_every_tenth_reading_known(street: Street) -> None:
    n = 6_543
    rng = np.random.default_rng(7)
    at = T0 + np.arange(n) * 1_000
    device, metric = rng.integers(0, 6, n).astype(np.int32), rng.integers(0, 16, n).astype(np.uint8)
    batch = Batch(device, metric, at, at, rng.normal(size=n), np.zeros(n, np.uint8))
    known = np.arange(n) % 10 == 3
    with street.store.begin() as tx:
        tx.readings.append(batch.take(known), street.device_nos)
    with street.store.begin() as tx:
        mask = tx.readings.append(batch, street.device_nos).mask
    assert mask is not None
    assert np.array_equal(mask, ~known)


def test_the_log_comes_back_in_order_of_arrival_with_late_readings_where_they_arrived(street: Street) -> None:
    street.append([(0, VOLUME, T0, 1.0)])
    street.append([(1, STEPS, T0 - 90 * 86_400_000, 2.0), (0, VOLUME, T0, 1.0)], received_at=T0 + 5)
    street.append([(2, VOLUME, T0 + 86_400_000, 3.0)])
    rows = np.full(int(street.device_nos.max()) + 1, -1, np.int32)
    rows[street.device_nos] = np.arange(len(street.device_nos))
    with street.store.read(EVERYTHING) as reader:
        batch, positions = reader.log.read_since(0, 100, rows)
        assert batch.value.tolist() == [1.0, 2.0, 3.0]
        assert batch.device.tolist() == [0, 1, 2]
        assert batch.observed_at.tolist() == [T0, T0 - 90 * 86_400_000, T0 + 86_400_000]
        assert batch.received_at.tolist() == [T0, T0 + 5, T0 + 86_400_000]
        assert batch.metric.dtype == np.uint8
        assert (np.diff(positions) > 0).all()
        assert positions[-1] <= reader.log.find_end()
        rest, _ = reader.log.read_since(int(positions[0]), 100, rows)
        assert rest.value.tolist() == [2.0, 3.0]
        assert len(reader.log.read_since(int(positions[-1]), 100, rows)[0]) == 0


def test_the_log_can_be_read_in_pieces_over_gaps_and_without_unknown_devices(street: Street) -> None:
    for at in range(T0, T0 + 20):
        street.append([(0, VOLUME, at, 1.0)])
        street.append([(0, VOLUME, at, 1.0), (0, VOLUME, at, 1.0), (1, STEPS, at, 1.0)])
    rows = np.full(int(street.device_nos.max()) + 1, -1, np.int32)
    rows[street.device_nos[0]] = 0
    seen: list[int] = []
    position = 0
    with street.store.read(EVERYTHING) as reader:
        while True:
            batch, positions = reader.log.read_since(position, 3, rows)
            if not len(batch):
                break
            seen += batch.observed_at.tolist()
            position = int(positions[-1])
    assert seen == list(range(T0, T0 + 20))


@pytest.mark.parametrize("is_settled", [False, True])
def test_readings_of_a_device_by_time_in_pages(street: Street, is_settled: bool) -> None:
    street.append([(0, VOLUME, T0 + minute * MINUTE, float(minute)) for minute in reversed(range(50))])
    street.append([(1, STEPS, T0, 1.0)])
    if is_settled:
        with street.store.begin() as tx:
            while tx.readings.index_by_device(7):
                pass
    street.append([(0, VOLUME, T0 + 50 * MINUTE, 50.0)])
    found: list[float] = []
    cursor: str | None = None
    with street.store.read(EVERYTHING) as reader:
        while True:
            page = reader.readings.read_page(
                DeviceId("h1-meter"), Metric.VOLUME_M3, T0 + 10 * MINUTE, T0 + 51 * MINUTE, 7, cursor
            )
            found += [entry.value for entry in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert found == [float(value) for value in range(10, 51)]
        assert not reader.readings.read_page(DeviceId("nobody"), Metric.VOLUME_M3, 0, T0).items


@pytest.mark.parametrize("is_settled", [False, True])
def test_the_latest_reading_of_each_metric(street: Street, is_settled: bool) -> None:
    street.append(
        [(1, STEPS, T0 + 5, 5.0), (1, STEPS, T0 + 3, 3.0), (1, int(Metric.BATTERY_PCT), T0, 90.0), (0, VOLUME, T0, 1.0)]
    )
    if is_settled:
        with street.store.begin() as tx:
            while tx.readings.index_by_device():
                pass
        street.append([(1, STEPS, T0 + 4, 4.0)])
    with street.store.read(EVERYTHING) as reader:
        latest = reader.readings.read_latest(DeviceId("h1-band"))
    assert [(entry.metric, entry.value) for entry in latest] == [(Metric.STEPS, 5.0), (Metric.BATTERY_PCT, 90.0)]


def test_a_position_is_never_given_twice_even_when_the_newest_readings_are_gone(street: Street) -> None:
    street.append([(0, VOLUME, T0, 1.0)])
    with street.store.begin() as tx:
        before = tx.readings.find_next_position()
        tx.readings._connection.exec_driver_sql("DELETE FROM reading")
    street.append([(0, VOLUME, T0 + 1, 1.0)])
    with street.store.read(EVERYTHING) as reader:
        assert reader.log.find_end() >= before


def test_readings_are_summed_up_by_spans_and_one_without_any_is_left_out(street: Street) -> None:
    hour = 60 * MINUTE
    rows = [(1, STEPS, T0 + at * MINUTE, value) for at, value in ((0, 4.0), (59, 8.0), (61, 5.0), (200, 9.0), (240, 1.0))]
    street.append(rows)
    with street.store.read(EVERYTHING) as reader:
        found = reader.readings.read_bins(DeviceId("h1-band"), Metric.STEPS, T0, T0 + 4 * hour, hour)
        assert found == [
            ReadingBin(T0, 4.0, 8.0, 6.0),
            ReadingBin(T0 + hour, 5.0, 5.0, 5.0),
            ReadingBin(T0 + 3 * hour, 9.0, 9.0, 9.0),
        ]
        assert reader.readings.read_bins(DeviceId("none"), Metric.STEPS, T0, T0 + hour, hour) == []
