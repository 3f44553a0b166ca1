from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from homebeat.domain.metric import Metric
from simulators.estate import Habitat, Tuning
from simulators.localdays import DAY, HOUR, LocalDays
from simulators.plan import DeviceFault, DeviceFaultKind, Event, EventKind
from simulators.street import Street, join_history
from tests.unit.simulators.decoding import START, of, readings

MIXED = Habitat(daily_share=0.3, senml_share=0.3, band_share=0.6)


def test_the_same_seed_gives_the_same_messages() -> None:
    one = list(Street(5, 12, habitat=MIXED).make_messages(START, START + 2 * DAY))
    assert one
    assert one == list(Street(5, 12, habitat=MIXED).make_messages(START, START + 2 * DAY))
    assert one != list(Street(6, 12, habitat=MIXED).make_messages(START, START + 2 * DAY))


def test_a_home_does_not_depend_on_its_neighbours() -> None:
    many = list(Street(5, 40, habitat=MIXED).make_messages(START, START + 2 * DAY))
    few = list(Street(5, 3, first_home=17, habitat=MIXED).make_messages(START, START + 2 * DAY))
    numbers = {"00017", "00018", "00019"}
    assert few == [message for message in many if message[1].split("/")[2][3:] in numbers]


@pytest.mark.parametrize("cut", [1, 7 * HOUR + 1234, 23 * HOUR, DAY + 16 * HOUR, 3 * DAY - 1])
def test_spans_that_meet_are_the_whole(cut: int) -> None:
    street = Street(5, 10, habitat=MIXED)
    faults = (
        DeviceFault(DeviceFaultKind.OUTAGE, street.meters[1], START + HOUR, START + 30 * HOUR),
        DeviceFault(DeviceFaultKind.REORDERING, street.meters[2], START, START + 3 * DAY, 3 * 3600),
        DeviceFault(DeviceFaultKind.DUPLICATES, street.meters[3], START, START + 3 * DAY, 7200),
    )
    events = (Event(EventKind.COLLAPSE, 4, START + 20 * HOUR), Event(EventKind.LEAK, 5, START + 2 * HOUR))

    def asked(begin: int, end: int) -> list[tuple[int, str, bytes]]:
        return list(street.make_messages(START + begin, START + end, faults, events))

    assert asked(0, cut) + asked(cut, 3 * DAY) == asked(0, 3 * DAY)


def test_arrivals_never_go_back_and_lie_within_the_span() -> None:
    arrivals = [at for at, _, _ in Street(5, 30, habitat=MIXED).make_messages(START + 5 * HOUR, START + 3 * DAY)]
    assert arrivals == sorted(arrivals)
    assert arrivals[0] >= START + 5 * HOUR
    assert arrivals[-1] < START + 3 * DAY


def test_messages_decode_and_equal_the_history() -> None:
    street = Street(5, 25, habitat=MIXED)
    told = join_history(street.make_history(START, START + 3 * DAY))
    read = readings(street.make_messages(START, START + 3 * DAY))
    from_columns = sorted(
        (told.devices[d], Metric(m), o, r, round(v, 6))
        for d, m, o, r, v in zip(
            told.device.tolist(),
            told.metric.tolist(),
            told.observed_at.tolist(),
            told.received_at.tolist(),
            told.value.tolist(),
            strict=True,
        )
    )
    assert from_columns == sorted((r.device, r.metric, r.observed_at, r.received_at, round(r.value, 6)) for r in read)
    assert {r.metric for r in read} >= {
        Metric.VOLUME_M3,
        Metric.HEART_RATE_BPM,
        Metric.SPO2_PCT,
        Metric.STEPS,
        Metric.WORN,
        Metric.AT_HOME,
        Metric.ASLEEP,
        Metric.BATTERY_PCT,
    }
    assert (told.received_at[1:] >= told.received_at[:-1]).all()


def test_history_can_be_thinned() -> None:
    street = Street(5, 25, habitat=Habitat(band_share=1.0))
    whole = sum(len(block) for block in street.make_history(START, START + DAY))
    thin = sum(len(block) for block in street.make_history(START, START + DAY, every=15 * 60_000))
    assert 0.25 < thin / whole < 0.45


def test_an_index_never_falls_and_counts_in_its_resolution() -> None:
    street = Street(5, 30, habitat=Habitat(band_share=0))
    read = readings(street.make_messages(START, START + 10 * DAY))
    sizes = set()
    for row, meter in enumerate(street.meters):
        litres = [round(r.value * 1000) for r in sorted(of(read, meter, Metric.VOLUME_M3), key=lambda r: r.observed_at)]
        assert litres == sorted(litres)
        assert all(value % street.estate.resolution[row] == 0 for value in litres)
        sizes.add(int(street.estate.resolution[row]))
    assert sizes == {1, 10, 100}


def test_a_daily_meter_sends_lists_of_a_day() -> None:
    street = Street(5, 4, habitat=Habitat(daily_share=1.0, senml_share=0, band_share=0))
    sent = list(street.make_messages(START, START + 3 * DAY))
    assert len(sent) == 4 * 3
    for at, topic, payload in sent:
        read = readings([(at, topic, payload)])
        assert payload.startswith(b"[")
        assert len(read) == 24
        assert all(DAY + 5 * HOUR > at - r.observed_at > 0 for r in read)


@pytest.mark.parametrize(
    ("zone", "day", "hours"), [("Europe/Madrid", 20541, 23), ("Europe/Madrid", 20751, 25), ("Asia/Shanghai", 20541, 24)]
)
def test_hourly_meters_report_every_real_hour_of_odd_days(zone: str, day: int, hours: int) -> None:
    days = LocalDays(zone)
    begin, end = days.find_start(day), days.find_start(day + 1)
    assert end - begin == hours * HOUR
    street = Street(5, 6, zone=zone, habitat=Habitat(daily_share=0, band_share=0.9))
    read = readings(street.make_messages(begin - DAY, end + DAY))
    for meter in street.meters:
        times = [r.observed_at for r in of(read, meter, Metric.VOLUME_M3)]
        assert len([t for t in times if begin <= t < end]) == hours
        assert {after - before for before, after in itertools.pairwise(times)} == {HOUR}


def test_homes_in_another_zone_live_by_their_own_clock() -> None:
    here = Street(5, 40, habitat=Habitat(band_share=0, resolution=1))
    there = Street(5, 40, zones={7: "Europe/Madrid"}, habitat=Habitat(band_share=0, resolution=1))
    moved = [r for r in readings(there.make_messages(START, START + DAY)) if r.device != "wm-00007"]
    assert moved == [r for r in readings(here.make_messages(START, START + DAY)) if r.device != "wm-00007"]
    assert there.make_fleet()["households"][7]["timezone"] == "Europe/Madrid"


def test_tuning_overrides_chance() -> None:
    tuning = Tuning(meter_every=60_000, meter_offset=7_000, meter_daily=False, resolution=1, band=True)
    street = Street(5, 3, habitat=replace(MIXED, tuning={1: tuning}))
    read = of(readings(street.make_messages(START, START + HOUR)), "wm-00001", Metric.VOLUME_M3)
    assert len(read) == 60
    assert all(r.observed_at % 60_000 == 7_000 for r in read)
    assert "wb-00001" in [d["id"] for d in street.make_fleet()["households"][1]["devices"]]


def test_a_street_has_no_life_before_its_meters_were_put_in() -> None:
    assert list(Street(5, 2).make_messages(START - 4000 * DAY, START - 3999 * DAY)) == []


def test_a_tap_that_drips_runs_on_while_everybody_is_out() -> None:
    dripping = Street(5, 20, habitat=Habitat(daily_share=0, resolution=1, band_share=0, drip_share=1.0))
    plain = Street(5, 20, habitat=Habitat(daily_share=0, resolution=1, band_share=0))
    gone = [Event(EventKind.AWAY, 0, START)]
    of_all = [readings(street.make_messages(START, START + 2 * DAY, (), gone)) for street in (dripping, plain)]
    for row, meter in enumerate(plain.meters):
        wet, dry = (of(read, meter, Metric.VOLUME_M3) for read in of_all)
        added = [1000 * (w.value - d.value) for w, d in zip(wet, dry, strict=True)]
        assert (added[-1] - added[0]) / 47 == pytest.approx(dripping.estate.drip_lph[row], abs=0.05)
    assert 0.05 <= dripping.estate.drip_lph.min() < 0.45 < dripping.estate.drip_lph.max() <= 4.0


def test_readings_that_never_arrive_are_missing_in_runs() -> None:
    street = Street(5, 30, habitat=Habitat(daily_share=0, band_share=0, missing_share=0.1))
    read = readings(street.make_messages(START, START + 10 * DAY))
    assert 0.85 < len(read) / (30 * 240) < 0.95
    times = [[r.observed_at for r in of(read, meter, Metric.VOLUME_M3)] for meter in street.meters]
    holes = [after - before for one in times for before, after in itertools.pairwise(one) if after - before > HOUR]
    assert 5 * HOUR <= max(set(holes), key=holes.count) <= 6 * HOUR
    split = list(street.make_messages(START, START + DAY)) + list(street.make_messages(START + DAY, START + 2 * DAY))
    assert split == list(street.make_messages(START, START + 2 * DAY))
