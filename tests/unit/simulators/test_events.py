from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from homebeat.domain.metric import Metric
from simulators.estate import Habitat
from simulators.localdays import DAY, HOUR
from simulators.personas import Cohort
from simulators.plan import DeviceFault, DeviceFaultKind, Event, EventKind, parse_moment, read_scenario
from simulators.random_plan import make_random_plan
from simulators.street import Street
from simulators.truth import FAULTS, LIES_FOR, NEARLY, SET_DOWN
from tests.unit.simulators.decoding import START, Read, readings

STREET = Street(3, 40, habitat=Habitat(daily_share=0, resolution=1, band_share=1.0))
TRAVELLERS = {row for row, _, _ in STREET.list_stays(START - 40 * DAY, START + 10 * DAY)}
STAYS = [row for row in range(40) if row not in TRAVELLERS]
HOME = next(
    row
    for row in STAYS
    if STREET.personas.cohort[row] == Cohort.MOSTLY_IN and STREET.find_band_state(row, START + 28 * HOUR).worn
)
PAIR = next(row for row in STAYS if STREET.personas.cohort[row] == Cohort.COUPLE)
END = START + 4 * DAY


def seen(*events: Event, home: int = HOME) -> list[Read]:
    only = Street(3, 1, first_home=home, habitat=STREET.habitat)  # the same home, without computing its neighbours
    return readings(only.make_messages(START, END, (), events))


def volumes(reads: list[Read], begin: int, end: int) -> list[float]:
    return [r.value for r in reads if r.metric is Metric.VOLUME_M3 and begin <= r.observed_at < end]


def test_a_collapse_stops_the_person_and_not_the_devices() -> None:
    at = START + 28 * HOUR
    got = seen(Event(EventKind.COLLAPSE, HOME, at))
    after = [r for r in got if r.observed_at >= at]
    assert len(set(volumes(got, at, END))) == 1
    assert len(volumes(got, at, END)) == 68
    assert len(volumes(seen(), at, END)) == 68
    assert len(set(volumes(seen(), at, END))) > 20
    steps = [r.value for r in after if r.metric is Metric.STEPS]
    assert len(set(steps)) <= 2  # the total of that day, and 0 from midnight on
    assert all(r.value > 40 for r in after if r.metric is Metric.HEART_RATE_BPM)
    assert [r for r in after if r.metric is Metric.HEART_RATE_BPM]
    batteries = [r.value for r in after if r.metric is Metric.BATTERY_PCT]
    assert batteries == sorted(batteries, reverse=True)


def test_a_collapse_without_a_pulse() -> None:
    at = START + 28 * HOUR
    got = seen(Event(EventKind.COLLAPSE, HOME, at, pulse_lost=True))
    assert [r for r in got if r.metric is Metric.HEART_RATE_BPM and r.observed_at >= at] == []
    assert {r.value for r in got if r.metric is Metric.WORN and r.observed_at >= at} == {1.0}


def test_one_of_a_couple_goes_on_using_water() -> None:
    at = START + 28 * HOUR
    got, usual = seen(Event(EventKind.COLLAPSE, PAIR, at), home=PAIR), seen(home=PAIR)
    used, before = (v[-1] - v[0] for v in (volumes(got, at, END), volumes(usual, at, END)))
    assert 0.1 * before < used < 0.9 * before


def test_life_goes_on_after_she_was_found() -> None:
    at = START + 28 * HOUR
    got = volumes(seen(Event(EventKind.COLLAPSE, HOME, at, at + DAY)), START, END)
    usual = volumes(seen(), START, END)
    assert len(set(got[30:50])) == 1
    assert len(set(got[56:])) > 8
    assert got[-1] < usual[-1]


@pytest.mark.parametrize("recovers", [True, False])
def test_a_fall_raises_the_alarm_and_then(recovers: bool) -> None:
    at = START + 28 * HOUR
    got = seen(Event(EventKind.FALL, HOME, at, recovers=recovers))
    alarms = [r for r in got if r.metric is Metric.ALARM_FALL]
    assert [r.observed_at - at for r in alarms] == [8000]
    assert (len(set(volumes(got, at, END))) > 1) is recovers


def test_sos_three_times_and_without_a_time() -> None:
    at = START + 30 * HOUR
    got = [r for r in seen(Event(EventKind.SOS, HOME, at, times=3, spacing_s=7)) if r.metric is Metric.ALARM_SOS]
    assert [r.observed_at - at for r in got] == [0, 7000, 14000]
    untimed = [r for r in seen(Event(EventKind.SOS, HOME, at, untimed=True)) if r.metric is Metric.ALARM_SOS]
    assert len(untimed) == 1
    assert untimed[0].untimed
    assert at < untimed[0].received_at < at + 4000


def test_away_without_having_told_anybody() -> None:
    begin, end = START + 26 * HOUR, START + 60 * HOUR
    away = Event(EventKind.AWAY, HOME, begin, end)
    got = seen(away, Event(EventKind.SOS, HOME, begin + HOUR))
    assert len(set(volumes(got, begin, end))) == 1
    worn = {r.observed_at for r in got if r.metric is Metric.WORN and r.value}
    at_home = [r.value for r in got if r.metric is Metric.AT_HOME and begin <= r.observed_at < end and r.observed_at in worn]
    assert set(at_home) == {0.0}
    assert [r for r in got if r.metric is Metric.ALARM_SOS]


@pytest.mark.parametrize(("kind", "an_hour"), [(EventKind.LEAK, 12), (EventKind.TAP, 360), (EventKind.BURST, 1500)])
def test_flows_add_to_every_hour(kind: EventKind, an_hour: int) -> None:
    begin, end = START + 20 * HOUR, START + 60 * HOUR
    got = volumes(seen(Event(kind, HOME, begin, end)), START, END)
    usual = volumes(seen(), START, END)
    extra = [round(1000 * (a - b)) for a, b in zip(got, usual, strict=True)]
    assert extra[0] == 0
    assert abs(extra[-1] - 40 * an_hour) <= 1
    inside = [after - before for before, after in itertools.pairwise(extra[22:59])]
    assert all(abs(hour - an_hour) <= 1 for hour in inside)


def test_the_truth_tells_what_was_planned() -> None:
    at = START + 30 * HOUR
    events = (
        Event(EventKind.FALL, HOME, at, recovers=True),
        Event(EventKind.SOS, HOME, at + HOUR, times=2),
        Event(EventKind.COLLAPSE, 99, at),
    )
    told = [row for row in STREET.make_truth(START, END, (), events) if row["detail"] != "overnight" and not row["device"]]
    assert [(row["kind"], row["household"], row["detail"]) for row in told] == [
        ("fell", f"h{HOME:05d}", "gets up"),
        ("sos", f"h{HOME:05d}", ""),
        ("sos", f"h{HOME:05d}", ""),
    ]
    assert told[0]["at"] == "2026-03-03T06:00:00.000Z"


def test_truth_and_water_agree_on_stays_elsewhere() -> None:
    street = Street(3, 60, habitat=Habitat(daily_share=0, resolution=1, band_share=0))
    stays = street.list_stays(START, START + 10 * DAY)
    assert len(stays) > 3
    for row, left, back in stays:
        only = Street(3, 1, first_home=row, habitat=street.habitat)
        read = readings(only.make_messages(left - DAY, back + DAY))
        inside = {r.value for r in read if left <= r.observed_at < back}
        assert len(inside) == 1
        assert len({r.value for r in read}) > 5


def list_lain(reads: list[Read]) -> list[tuple[str, int, int]]:
    """When bands say that nobody wears them: device, first word of it, first word that it is worn again."""
    found, since = list[tuple[str, int, int]](), dict[str, int]()
    for read in sorted(reads, key=lambda one: one.observed_at):
        if read.metric is Metric.WORN:
            if not read.value:
                since.setdefault(read.device, read.observed_at)
            elif read.device in since:
                found.append((read.device, since.pop(read.device), read.observed_at))
    return found


def list_told(street: Street, *faults: DeviceFault) -> list[tuple[str, str, int]]:
    """What the truth says of bands: kind, device, when."""
    rows = street.make_truth(START, START + 8 * DAY, faults)
    kinds = {SET_DOWN, *FAULTS[DeviceFaultKind.UNWORN]}
    return [(row["kind"], row["device"], parse_moment(row["at"], START)) for row in rows if row["kind"] in kinds]


def test_a_band_that_lies_on_a_table_for_long_is_in_the_truth() -> None:
    street = Street(3, 40, habitat=Habitat(daily_share=0, resolution=1, band_share=1.0, missing_share=0))
    told, lain = list_told(street), list_lain(readings(street.make_messages(START, START + 9 * DAY)))
    inside = [(device, off, on) for device, off, on in lain if off >= START + DAY and on < START + 8 * DAY]
    long = [one for one in inside if one[2] - one[1] >= LIES_FOR + NEARLY]
    assert len(long) > 3
    for device, off, on in long:
        away = any(
            left < on and off < back
            for row, left, back in street.list_stays(START - 40 * DAY, START + 9 * DAY)
            if street.bands[row] == device
        )
        assert (SET_DOWN if away else "band_off", device, off) in told
        assert ("band_on", device, on) in told
    about = {(device, off) for device, off, on in inside if LIES_FOR - NEARLY <= on - off < LIES_FOR + NEARLY}
    assert {(device, at) for kind, device, at in told if kind == SET_DOWN} >= about
    short = {(device, off) for device, off, on in inside if on - off < LIES_FOR - NEARLY}
    assert short.isdisjoint({(device, at) for _, device, at in told}), "a charge, or a night"


def test_a_band_that_lies_there_of_itself_and_then_by_plan_is_worn_again_once() -> None:
    street = Street(3, 40, habitat=Habitat(daily_share=0, resolution=1, band_share=1.0, missing_share=0))
    _, device, off = next(one for one in list_told(street) if one[0] == "band_off")
    fault = DeviceFault(DeviceFaultKind.UNWORN, device, off + HOUR, off + 2 * DAY)
    told = [(kind, at) for kind, whose, at in list_told(street, fault) if whose == device and off <= at <= off + 2 * DAY]
    assert told == [("band_off", off), ("band_off", off + HOUR), ("band_on", off + 2 * DAY)]


def test_random_plans_keep_homes_apart() -> None:
    events, faults = make_random_plan(STREET, START, END, {"collapses": 3, "falls": 2, "leaks": 2}, "all", 1)
    homes = [e.home for e in events] + [int(f.device[3:]) for f in faults]
    assert len(homes) == len(set(homes)) == 7 + len(DeviceFaultKind)
    assert (events, faults) == make_random_plan(STREET, START, END, {"collapses": 3, "falls": 2, "leaks": 2}, "all", 1)
    with pytest.raises(ValueError, match="not enough homes"):
        make_random_plan(STREET, START, END, {"leaks": 41}, "", 1)


def test_scenario_files(tmp_path: Path) -> None:
    file = tmp_path / "monday.json"
    file.write_text(
        json.dumps(
            {
                "events": [{"kind": "collapse", "home": 3, "at": "+P1DT9H", "pulse_lost": True}],
                "faults": [{"kind": "outage", "device": "wm-00002", "at": "+PT6H", "until": "2026-03-03T00:00:00Z"}],
            }
        ),
        encoding="utf-8",
    )
    events, faults = read_scenario(file, START)
    assert events == [Event(EventKind.COLLAPSE, 3, START + 33 * HOUR, pulse_lost=True)]
    assert (faults[0].at, faults[0].until) == (START + 6 * HOUR, START + DAY)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{",
        '{"event": []}',
        '{"events": [{"kind": "party", "home": 1, "at": 5}]}',
        '{"events": [{"kind": "leak", "home": 1}]}',
        '{"faults": [{"kind": "junk", "device": "x", "at": 1, "until": "soon"}]}',
        '{"events": [{"kind": "leak", "home": 1, "at": 1, "x": 1}]}',
    ],
)
def test_bad_scenarios_are_refused_with_a_reason(tmp_path: Path, text: str) -> None:
    file = tmp_path / "bad.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.json is not a scenario: "):
        read_scenario(file, START)


def test_moments() -> None:
    assert parse_moment(5, 0) == 5
    assert parse_moment("+PT90S", 1000) == 91_000
    for wrong in ("2026-01-01T00:00:00", True, None, "P1D"):
        with pytest.raises(ValueError, match="not a time"):
            parse_moment(wrong, 0)
