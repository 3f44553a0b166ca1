"""Every fault shows in what arrives, and in nothing but what arrives from its device."""

from __future__ import annotations

import pytest

from homebeat.codecs.catalogue import decode_native_or_senml
from homebeat.codecs.wire import Limits, Unreadable
from homebeat.domain.metric import Metric
from simulators.estate import Habitat
from simulators.localdays import DAY, HOUR
from simulators.plan import DeviceFault, DeviceFaultKind, StreetPlan
from simulators.street import Message, Street
from simulators.wire import JUNK
from tests.unit.simulators.decoding import START, Read, of, readings

STREET = Street(9, 3, habitat=Habitat(daily_share=0, senml_share=0, iso_share=0, resolution=1, band_share=1.0))
METER, BAND = STREET.meters[1], STREET.bands[1]
END = START + 4 * DAY
ANY_TIME = Limits(behind_ms=400 * DAY, backfill_ms=400 * DAY, future_ms=400 * DAY)


def sent(*faults: DeviceFault) -> list[Message]:
    return list(STREET.make_messages(START, END, faults))


def seen(*faults: DeviceFault, device: str = METER, metric: Metric = Metric.VOLUME_M3) -> list[Read]:
    return of(readings((m for m in sent(*faults) if device in m[1]), ANY_TIME), device, metric)


@pytest.mark.parametrize("kind", DeviceFaultKind)
def test_only_its_device_is_touched(kind: DeviceFaultKind) -> None:
    device = BAND if kind in {DeviceFaultKind.REBOOT, DeviceFaultKind.UNWORN} else METER
    fault = DeviceFault(kind, device, START + 30 * HOUR, START + 40 * HOUR)
    usual, broken = sent(), sent(fault)
    assert [m for m in broken if device not in m[1]] == [m for m in usual if device not in m[1]]
    assert [m for m in broken if device in m[1]] != [m for m in usual if device in m[1]]
    assert [m[0] for m in broken] == sorted(m[0] for m in broken)


def test_silence() -> None:
    got = seen(DeviceFault(DeviceFaultKind.SILENCE, METER, START + DAY, START + 2 * DAY))
    assert [r for r in got if START + DAY <= r.observed_at < START + 2 * DAY] == []
    assert len(got) == 72


def test_an_outage_ends_with_a_list() -> None:
    fault = DeviceFault(DeviceFaultKind.OUTAGE, METER, START + DAY, START + 2 * DAY + HOUR)
    lists = [m for m in sent(fault) if METER in m[1] and m[2].startswith(b"[")]
    assert sum(len(readings([m])) for m in lists) == 25
    assert all(START + 2 * DAY + HOUR <= at < START + 2 * DAY + HOUR + 4000 for at, _, _ in lists)
    key = lambda r: r.observed_at  # noqa: E731
    assert [r[:3] + r[4:] for r in sorted(seen(fault), key=key)] == [r[:3] + r[4:] for r in sorted(seen(), key=key)]


def test_duplicates_arrive_twice() -> None:
    got = seen(DeviceFault(DeviceFaultKind.DUPLICATES, METER, START + DAY, START + 2 * DAY, 5))
    twice = [r.observed_at for r in got if START + DAY <= r.observed_at < START + 2 * DAY]
    assert len(twice) == 48
    assert len(set(twice)) == 24


def test_reordering() -> None:
    got = seen(DeviceFault(DeviceFaultKind.REORDERING, METER, START, END, 4 * 3600))
    times = [r.observed_at for r in got]
    assert times != sorted(times)


@pytest.mark.parametrize(
    ("kind", "amount", "after_a_day"),
    [
        (DeviceFaultKind.CLOCK_OFFSET, None, -18 * DAY),
        (DeviceFaultKind.CLOCK_OFFSET, 7200, 7_200_000),
        (DeviceFaultKind.CLOCK_DRIFT, 60, 60_000),
    ],
)
def test_clocks(kind: DeviceFaultKind, amount: float | None, after_a_day: int) -> None:
    got = seen(DeviceFault(kind, METER, START, END, amount))
    usual = seen()
    assert len(got) == len(usual)
    error = got[24].observed_at - usual[24].observed_at
    assert abs(error - after_a_day) < 3000
    assert [r.value for r in got] == [r.value for r in usual]


def test_a_reboot_takes_the_steps_back_to_nothing() -> None:
    noon = START + 5 * HOUR  # 13:00 in Shanghai
    usual = seen(device=BAND, metric=Metric.STEPS)
    got = seen(DeviceFault(DeviceFaultKind.REBOOT, BAND, noon), device=BAND, metric=Metric.STEPS)
    before = [r for r in usual if r.observed_at < noon][-1].value
    first = next(r for r in got if r.observed_at >= noon)
    same = next(r for r in usual if r.observed_at >= noon)
    assert before > 0
    assert first.value == same.value - before
    assert got[-1].value == usual[-1].value  # the next midnight makes them equal again


def test_a_new_meter_begins_at_its_own_total() -> None:
    got = seen(DeviceFault(DeviceFaultKind.REPLACED, METER, START + DAY, amount=3))
    after = [r.value for r in got if r.observed_at >= START + DAY]
    assert [r.value for r in got if r.observed_at < START + DAY][-1] > 1
    assert 0.003 <= after[0] < 0.2
    assert after[-1] > after[0]
    assert after == sorted(after)


def test_a_stuck_meter_stands_still_and_then_jumps() -> None:
    got = seen(DeviceFault(DeviceFaultKind.STUCK, METER, START + DAY, START + 3 * DAY))
    stuck = {r.value for r in got if START + DAY <= r.observed_at < START + 3 * DAY}
    assert len(stuck) == 1
    assert got[-1].value == seen()[-1].value


def test_an_unworn_band_counts_nothing() -> None:
    fault = DeviceFault(DeviceFaultKind.UNWORN, BAND, START + DAY, START + 2 * DAY)
    inside = [r for r in readings(m for m in sent(fault) if BAND in m[1]) if START + DAY <= r.observed_at < START + 2 * DAY]
    assert {r.value for r in inside if r.metric is Metric.WORN} == {0.0}
    assert [r for r in inside if r.metric is Metric.HEART_RATE_BPM] == []  # sent as 0: not measured
    midnight = START + DAY + 16 * HOUR
    steps = {r.value for r in inside if r.metric is Metric.STEPS and r.observed_at < midnight}
    assert len(steps) == 1
    payloads = [m[2] for m in sent(fault) if BAND in m[1] and START + DAY < m[0] < START + 2 * DAY]
    assert all(b'"heart_rate_bpm":0' in payload for payload in payloads)


@pytest.mark.parametrize("device", [METER, BAND])
def test_a_low_battery_is_told(device: str) -> None:
    got = seen(
        DeviceFault(DeviceFaultKind.LOW_BATTERY, device, START + DAY, START + 2 * DAY), device=device, metric=Metric.BATTERY_PCT
    )
    assert {r.value for r in got if START + DAY <= r.observed_at < START + 2 * DAY} == {4.0}


def test_junk_of_every_kind_is_sent_and_stops_no_codec() -> None:
    payloads = [m[2] for m in sent(DeviceFault(DeviceFaultKind.JUNK, METER, START, END)) if METER in m[1]]
    assert set(payloads) == set(JUNK)
    refused = 0
    for payload in JUNK:
        try:
            read = decode_native_or_senml(payload, START, Limits())
        except Unreadable:
            refused += 1
        else:
            assert read.faults or not read.metric or any(read.mark), payload
    assert refused > 5


def test_faults_of_unknown_devices_change_nothing() -> None:
    assert sent(DeviceFault(DeviceFaultKind.SILENCE, "wm-99999", START)) == sent()
    assert StreetPlan.of().find_longest_hold(START, END) == 0
