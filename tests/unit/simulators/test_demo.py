"""The first live minute holds every scene, and nothing before it gives one away."""

from __future__ import annotations

import itertools
import json

import pytest

from homebeat.codecs.catalogue import FORMAT_MAKERS
from homebeat.domain.inbound import Message
from homebeat.domain.metric import Metric
from homebeat.ingest.reading import read
from homebeat.ingest.traits import make_traits
from homebeat.registry.fleet_file import read_fleet
from homebeat.stream.registry import Registry
from homebeat.stream.roster import Roster
from simulators.demo import FEWEST_HOMES, LEAK_LITRES, DemoScript, make_demo_script
from simulators.localdays import DAY, HOUR
from simulators.street import Street, join_history
from tests.unit.simulators.decoding import START, Read, readings

NOWS = [START + 1234, START + 9 * HOUR + 77, START + 15 * HOUR + 59_999, START + 21 * HOUR]


def lived(script: DemoScript, rule: str) -> list[Read]:
    """What the devices of a scene's home say in the two days before and the minute after going live."""
    home = int(next(scene for scene in script.scenes if scene.rule == rule).household[1:])
    only = Street(script.street.seed, 1, first_home=home, habitat=script.street.habitat)
    return readings(only.make_messages(script.now - 2 * DAY, script.now + 60_000, script.faults, script.events))


@pytest.mark.parametrize("now", NOWS)
def test_every_scene_shows_in_the_first_minute(now: int) -> None:
    script = make_demo_script(now)
    assert {scene.rule for scene in script.scenes} == {"sos", "fall", "water_running", "no_sign_of_life", "device_silent"}
    assert len({scene.household for scene in script.scenes}) == 5
    assert all(now < scene.at < now + 50_000 for scene in script.scenes)
    live = readings(script.street.make_messages(now, now + 60_000, script.faults, script.events))
    assert [r.metric for r in live if r.metric.is_alarm] == [Metric.ALARM_SOS, Metric.ALARM_FALL]


@pytest.mark.parametrize("now", NOWS)
def test_the_quiet_home_reaches_twelve_hours_and_no_sooner(now: int) -> None:
    volumes = [r for r in lived(make_demo_script(now), "no_sign_of_life") if r.metric is Metric.VOLUME_M3]
    last_use = [after for before, after in itertools.pairwise(volumes) if after.value > before.value][-1]
    # judged a minute after the report that proves it: 20 s after going live
    assert last_use.observed_at + 12 * HOUR == now - 40_000
    assert volumes[-1].observed_at == now + 20_000
    assert all(after.observed_at - before.observed_at == 60_000 for before, after in itertools.pairwise(volumes))


@pytest.mark.parametrize("now", NOWS)
def test_the_leak_has_run_for_24_hours_at_its_cue(now: int) -> None:
    volumes = [r for r in lived(make_demo_script(now), "water_running") if r.metric is Metric.VOLUME_M3]
    used = [round(1000 * (after.value - before.value)) for before, after in itertools.pairwise(volumes)]
    assert volumes[-1].observed_at == now - 50_000
    assert all(litres >= LEAK_LITRES - 1 for litres in used[-24:])
    assert used[-26] == 0


@pytest.mark.parametrize("now", NOWS)
def test_the_silent_meter_was_heard_three_hours_before_its_cue(now: int) -> None:
    volumes = [r for r in lived(make_demo_script(now), "device_silent") if r.metric is Metric.VOLUME_M3]
    assert volumes[-1].observed_at == now + 25_000 - 3 * HOUR


@pytest.mark.parametrize("hour", range(24))
def test_who_falls_is_at_home_with_the_band_on_and_lies_still(hour: int) -> None:
    # also at an hour when bands lie on their chargers, in the smallest street
    now = START + hour * HOUR + 570_000
    script = make_demo_script(now, homes=FEWEST_HOMES)
    home = int(next(scene for scene in script.scenes if scene.rule == "fall").household[1:])
    only = Street(script.street.seed, 1, first_home=home, habitat=script.street.habitat)
    after = readings(only.make_messages(now + 20_000, now + HOUR, script.faults, script.events))
    assert len({r.value for r in after if r.metric is Metric.STEPS}) <= 2
    assert {r.value for r in after if r.metric is Metric.WORN} == {1.0}
    assert {r.value for r in after if r.metric is Metric.AT_HOME} == {1.0}
    assert len({r.value for r in after if r.metric is Metric.VOLUME_M3}) == 1


def test_a_second_start_goes_on_where_the_first_ended() -> None:
    now = NOWS[1]
    first = list(make_demo_script(now, homes=80).make_messages(now, now + 2 * HOUR))
    again = list(make_demo_script(now, homes=80).make_messages(now + HOUR, now + 2 * HOUR))
    assert again == [message for message in first if message[0] >= now + HOUR]


def test_history_ends_where_live_begins() -> None:
    script = make_demo_script(NOWS[1], homes=80)
    told = join_history(script.make_history(script.now - DAY, script.now))
    assert told.received_at[-1] < script.now
    assert script.now - told.received_at[-1] < 5 * 60_000
    assert len({told.devices[d] for d in told.device.tolist()}) == 80 + len(script.street.list_banded())


@pytest.mark.parametrize("now", NOWS)
def test_the_devices_are_of_four_makes_and_say_what_the_native_form_says(now: int) -> None:
    script = make_demo_script(now, homes=80)
    fleet = read_fleet(json.dumps(script.make_fleet()), is_json=True)
    codecs = {str(device.id): device.codec for home in fleet.households for device in home.devices}
    assert set(codecs.values()) == {"wmbusmeters", "chirpstack", "kati", "zigbee2mqtt", None}
    assert codecs["wb-00041"] is None, "the README presses this one, in the native form"
    registry = Registry.of(fleet)
    roster = Roster().with_registry(registry, now)
    formats = tuple(make_format() for make_format in FORMAT_MAKERS.values())
    sent = [Message(topic, payload, at) for at, topic, payload in script.make_messages(now, now + HOUR)]
    intake = read(sent, roster.device_row, registry.codecs, formats=formats, traits=make_traits(registry, roster))
    assert (intake.quarantined, intake.defects) == ([], [])
    devices = sorted(roster.device_row, key=lambda device: roster.device_row[device])
    rows = zip(intake.batch.device.tolist(), intake.batch.metric.tolist(), intake.batch.value.tolist(), strict=True)
    told = [(devices[row], Metric(metric), round(value, 3)) for row, metric, value in rows]
    native = readings(script.street.make_messages(now, now + HOUR, script.faults, script.events))
    for metric in (Metric.STEPS, Metric.HEART_RATE_BPM, Metric.ALARM_SOS, Metric.ALARM_FALL):
        expected = {(r.device, metric, r.value) for r in native if r.metric is metric}
        assert {one for one in told if one[1] is metric} == expected
        assert expected
    # meters of two of the makes show what is now, and keep nothing for later
    volumes = {(device, value) for device, metric, value in told if metric is Metric.VOLUME_M3}
    expected_volumes = {(r.device, round(r.value, 3)) for r in native if r.metric is Metric.VOLUME_M3}
    assert volumes <= expected_volumes
    assert {device for device, _ in volumes} == {device for device, _ in expected_volumes}


def test_the_fleet_file_is_accepted() -> None:
    script = make_demo_script(NOWS[1])
    told = script.make_fleet(lambda home: [{"kind": "webhook", "url": f"http://127.0.0.1:9/{home}"}])
    fleet = read_fleet(json.dumps(told), is_json=True)
    assert len(fleet.households) == 200
    assert sum(len(h.away) for h in fleet.households) > 5
    names = [r.name for h in fleet.households for r in h.residents]
    assert len(set(names)) > 120
    numbers = [r.phone for h in fleet.households for r in h.residents] + [c.phone for h in fleet.households for c in h.contacts]
    assert all(numbers)
    assert len(set(numbers)) == len(numbers)


def test_a_street_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        make_demo_script(NOWS[0], homes=3)
