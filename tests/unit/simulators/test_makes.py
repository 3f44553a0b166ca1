"""Streets whose devices are of a make: the codec of that make reads what the native form would have said."""

from __future__ import annotations

import json
import pkgutil
from contextlib import suppress
from pathlib import Path

import pytest

from homebeat.codecs.catalogue import FORMAT_MAKERS
from homebeat.codecs.wire import Limits, Unreadable
from homebeat.domain.metric import Metric
from homebeat.ingest.reading import Intake, read
from homebeat.ingest.recording import Recording
from homebeat.ingest.traits import make_traits
from homebeat.registry.fleet_file import read_fleet_file
from homebeat.stream.registry import Registry
from homebeat.stream.roster import Roster
from simulators import makes
from simulators.commands import main
from simulators.makes.catalogue import MAKES, NATIVE, read_makes
from simulators.makes.make import BAND, METER, StreetMakes, format_moment, read_number
from simulators.wire import JUNK
from tests.unit.simulators.decoding import START

STREET = [
    "--homes",
    "24",
    "--days",
    "2",
    "--start",
    "2026-03-02T00:00:00Z",
    "--seed",
    "5",
    "--band-share",
    "1",
    "--daily-share",
    "0.4",
]
#: Meters that count in steps: so many digits of a cubic metre, the rest is cut off.
STEPS = {"cjt188": 2}
#: What every make has to tell as the native form does.
COMPARED = (Metric.VOLUME_M3, Metric.STEPS, Metric.HEART_RATE_BPM, Metric.ALARM_SOS, Metric.ALARM_FALL)
EVERY = pytest.mark.parametrize("name", sorted(MAKES))


def lived(tmp_path: Path, make: list[str], *, faults: str = "") -> tuple[Intake, list[str]]:
    """What homebeat reads of two days, with a fall and an SOS among them, and the devices by their row."""
    fleet, recording = tmp_path / f"fleet{len(make)}.json", tmp_path / f"street{len(make)}.jsonl"
    assert main(["fleet", *STREET, *make, "--out", str(fleet)]) == 0
    happens = ["--faults", faults] if faults else ["--falls", "1", "--sos", "1"]
    assert main(["record", *STREET, *make, *happens, "--out", str(recording)]) == 0
    messages = [message for block in Recording(recording).read_blocks() for message in block]
    registry = Registry.of(read_fleet_file(fleet))
    roster = Roster().with_registry(registry, START)
    formats = tuple(make_format() for make_format in FORMAT_MAKERS.values())
    intake = read(messages, roster.device_row, registry.codecs, formats=formats, traits=make_traits(registry, roster))
    return intake, sorted(roster.device_row, key=lambda device: roster.device_row[device])


def cut_off(values: set[tuple[str, float]], digits: int) -> set[tuple[str, float]]:
    return {(device, round(int(value * 10**digits + 1e-6) / 10**digits, 3)) for device, value in values}


def compared(intake: Intake, devices: list[str]) -> dict[Metric, set[tuple[str, float]]]:
    rows = zip(intake.batch.device.tolist(), intake.batch.metric.tolist(), intake.batch.value.tolist(), strict=True)
    found: dict[Metric, set[tuple[str, float]]] = {metric: set() for metric in COMPARED}
    for row, metric, value in rows:
        if metric in found:
            found[Metric(metric)].add((devices[row], round(value, 3)))
    return found


def test_every_make_that_is_there_can_be_chosen() -> None:
    """A file with a make that the one list does not name would be simulated by nobody."""
    files = {one.name for one in pkgutil.iter_modules(makes.__path__)}
    assert files - {"catalogue", "lorawan", "make"} == set(MAKES)


@EVERY
def test_a_make_tells_what_the_native_form_tells(tmp_path: Path, name: str) -> None:
    native, make = compared(*lived(tmp_path, ["--senml-share", "0"])), MAKES[name]
    intake, devices = lived(tmp_path, ["--as", name])
    assert intake.quarantined == []
    told = compared(intake, devices)
    assert all(native.values()), "there is something to compare"
    native[Metric.VOLUME_M3] = cut_off(native[Metric.VOLUME_M3], STEPS.get(name, 3))
    for metric in COMPARED:
        is_whole = metric is not Metric.VOLUME_M3 or make.keeps or METER not in make.kinds
        assert told[metric] == native[metric] if is_whole else told[metric] < native[metric], metric
    assert {device for device, _ in told[Metric.VOLUME_M3]} == {device for device, _ in native[Metric.VOLUME_M3]}


@EVERY
def test_whatever_a_make_sends_is_read_or_set_aside(tmp_path: Path, name: str) -> None:
    intake, _ = lived(tmp_path, ["--as", name], faults="all")
    assert intake.defects == []
    assert len(intake.batch)


@EVERY
def test_junk_goes_out_on_the_topic_of_the_make(name: str) -> None:
    kind = min(MAKES[name].kinds)
    native = [(START, "homebeat/v1/wm-00001/readings", junk) for junk in (*JUNK, b'{"volume_m3": 5.5}')]
    sent = list(StreetMakes((MAKES[name],)).rewrite_messages({"wm-00001": kind}, native))
    good = [payload for _, _, payload in sent[len(JUNK) :]]
    form = FORMAT_MAKERS[name]()
    for _, topic, payload in sent:
        assert form.covers(topic)
        with suppress(Unreadable):
            form.open(topic, payload, START, Limits())
    assert good
    assert name in {"sparkplug", "cjt188"} or any(form.recognises(json.loads(one)) for one in good), "what is no JSON has no hint"
    other = (START, "homebeat/v1/x/readings", b"{}")
    assert list(StreetMakes((MAKES[name],)).rewrite_messages({}, [other])) == [other]


def test_homes_take_turns_and_what_nobody_makes_is_native() -> None:
    makes = read_makes(f"wmbusmeters, zigbee2mqtt,{NATIVE}")
    assert [makes.find(f"wm-0000{home}", METER) for home in range(4)] == [
        MAKES["wmbusmeters"],
        MAKES["zigbee2mqtt"],
        None,
        MAKES["wmbusmeters"],
    ]
    assert {makes.find(f"wb-0000{home}", BAND) for home in range(4)} == {None}
    with pytest.raises(ValueError, match="no make is called 'zigbee'; there are: native, chirpstack"):
        read_makes("zigbee")


def test_a_street_of_several_makes_is_registered_and_read(tmp_path: Path) -> None:
    intake, devices = lived(tmp_path, ["--as", "wmbusmeters,zigbee2mqtt,chirpstack,kati,native"])
    assert intake.quarantined == []
    assert {device for device, _ in compared(intake, devices)[Metric.VOLUME_M3]} == {f"wm-{home:05d}" for home in range(24)}


def test_times_and_numbers_of_makes() -> None:
    assert format_moment(START + 7) == "2026-03-02T00:00:00.007Z"
    assert format_moment(START + 7, 9, "+00:00") == "2026-03-02T00:00:00.007000000+00:00"
    assert format_moment(START, 0) == "2026-03-02T00:00:00Z"
    assert read_number("wm-00042") == 42
