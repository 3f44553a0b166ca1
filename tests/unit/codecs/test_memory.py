"""Formats that remember what came before: pulses that repeat, births, and what is asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from homebeat.codecs import home_assistant, sparkplug, theengs, wmbusmeters
from homebeat.codecs.envelope import Format, Report
from homebeat.codecs.wire import Limits, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric
from simulators.makes.sparkplug import encode_payload
from tests.unit.codecs.fixtures import NOW

SECOND, MINUTE = 1000, 60_000
LIMITS = Limits()


def hear_band(form: Format, at: int, **values: object) -> dict[str, float]:
    """What a band says through a gateway at a moment."""
    payload = json.dumps({"id": "D1:E2:F3:A4:B5:C6", "model_id": "MB/SW", **values}).encode()
    (report,) = form.open("home/gw/BTtoMQTT/D1E2F3A4B5C6", payload, NOW + at, LIMITS)
    return {Metric(m).wire_name: v for m, v in zip(report.readings.metric, report.readings.value, strict=True) if m < 200}


def test_a_pulse_that_a_band_repeats_is_no_new_one() -> None:
    form = theengs.make_format()
    assert hear_band(form, 0, act_bpm=81) == {"heart_rate_bpm": 81}
    for at in (1, MINUTE, 60 * MINUTE):
        assert hear_band(form, at, act_bpm=81) == {"heartbeat": 1}
    assert hear_band(form, 61 * MINUTE, act_bpm=82) == {"heart_rate_bpm": 82}
    assert hear_band(form, 62 * MINUTE, act_bpm=81) == {"heart_rate_bpm": 81}


def test_messages_that_are_read_again_from_the_first_say_the_same() -> None:
    form = theengs.make_format()
    said = [(0, 81), (5, 81), (9, 82), (11, 82), (15, 81)]
    first = [hear_band(form, at, act_bpm=pulse) for at, pulse in said]
    # a repeat that is read again is stored once: it has the time of the first
    again = [hear_band(form, at, act_bpm=pulse) for at, pulse in said]
    assert [one for one in first if "heart_rate_bpm" in one] == [{"heart_rate_bpm": one} for one in (81, 82, 81)]
    assert all("heart_rate_bpm" in again[n] for n, one in enumerate(first) if "heart_rate_bpm" in one)


def hear_detector(form: Format, at: int, count: int, last: str, zone: str = "UTC") -> bool:
    """Whether the telegram of a smoke detector that only counts its alarms says that it sounded."""
    telegram = {"id": "00060601", "media": "smoke detector", "status": "OK", "alarm_counter": count, "last_alarm_date": last}
    (report,) = form.open("wmbusmeters/00060601", json.dumps(telegram).encode(), NOW + at, Limits(zone=ZoneInfo(zone)))
    return report.readings.metric == [Metric.ALARM_SMOKE]


def test_a_detector_that_counts_its_alarms_is_heard_once_for_each() -> None:
    form = wmbusmeters.make_format()
    said = [(0, 2, "2026-02-11"), (9, 2, "2026-02-11"), (18, 3, "2026-03-01"), (27, 3, "2026-03-01"), (36, 4, "2026-03-01")]
    heard = [False, False, True, False, True]
    assert [hear_detector(form, *one) for one in said] == heard
    assert [hear_detector(form, *one) for one in said[2:]] == heard[2:], "read again from the middle, it says the same"


def test_the_first_telegram_of_a_detector_shows_an_alarm_of_the_day_of_its_site() -> None:
    # 2026-03-01T08:00:00Z: the day before on Hawaii
    for zone, last, heard in [
        ("UTC", "2026-03-01", True),
        ("UTC", "2026-02-28", False),
        ("Pacific/Honolulu", "2026-02-28", True),
        ("Pacific/Honolulu", "2026-03-01", False),
    ]:
        assert hear_detector(wmbusmeters.make_format(), 0, 1, last, zone) is heard, (zone, last)


def test_a_message_that_two_gateways_heard_is_one_press() -> None:
    form = theengs.make_format()
    payload = json.dumps({"id": "0A:1B:2C:3D:4E:61", "model_id": "SBBT-002C", "packet": 7, "button": 1}).encode()

    def press(at: int, gateway: str) -> list[int]:
        (report,) = form.open(f"home/{gateway}/BTtoMQTT/0A1B2C3D4E61", payload, NOW + at, LIMITS)
        return report.readings.metric

    assert press(0, "hall") == [201]
    assert press(40, "bath") == [Metric.HEARTBEAT]
    assert press(MINUTE, "hall") == [201], "numbers begin anew"


def metric(value: object, kind: str = "Double", **more: object) -> dict[str, Any]:
    return {"dataType": kind, "value": value, **more}


class Plant:
    """One node with a device, and what a watch hears of them."""

    def __init__(self) -> None:
        self.form = sparkplug.make_format()

    def send(self, kind: str, at: int, seq: int | None, *metrics: dict[str, Any], device: str = "") -> Sequence[Report]:
        topic = "/".join(["spBv1.0", "B4", kind, "gw", *([device] if device else [])])
        view: dict[str, Any] = {"timestamp": NOW + at, "metrics": list(metrics)} | ({} if seq is None else {"seq": seq})
        return self.form.open(topic, encode_payload(view), NOW + at, LIMITS)

    def ask(self) -> list[str]:
        return [one.topic for one in self.form.take_rebirths(20)]


def born(plant: Plant, at: int = 0, alias: int = 1, name: str = "steps") -> None:
    plant.send("NBIRTH", at, 0, metric(1, "Int64", name="bdSeq"))
    plant.send("DBIRTH", at, 1, metric(10.0, name=name, alias=alias), device="band")


def values(reports: Sequence[Report]) -> list[tuple[int, float]]:
    (report,) = reports
    return list(zip(report.readings.metric, report.readings.value, strict=True))


def test_a_node_without_a_birth_is_asked_for_it_once_a_minute() -> None:
    plant = Plant()
    for at in (0, SECOND, 59 * SECOND):
        assert values(plant.send("DDATA", at, at // SECOND, metric(5.0, alias=1), device="band")) == []
    assert plant.ask() == ["spBv1.0/B4/NCMD/gw"]
    assert plant.ask() == []
    plant.send("DDATA", MINUTE, 60, metric(5.0, alias=1), device="band")
    assert plant.ask() == ["spBv1.0/B4/NCMD/gw"]


def test_the_request_is_the_one_of_the_specification() -> None:
    plant = Plant()
    plant.send("NDATA", 0, 4, metric(5.0, alias=1))
    (rebirth,) = plant.form.take_rebirths(20)
    expected = {"timestamp": NOW, "metrics": [metric(1, "Boolean", name="Node Control/Rebirth", timestamp=NOW)]}
    assert rebirth.payload == encode_payload(expected)


def test_a_gap_in_the_numbers_asks_for_births_and_keeps_what_came() -> None:
    plant = Plant()
    born(plant)
    assert values(plant.send("DDATA", 10, 2, metric(11.0, alias=1), device="band")) == [(Metric.STEPS, 11.0)]
    assert plant.ask() == []
    assert values(plant.send("DDATA", 20, 4, metric(12.0, alias=1), device="band")) == [(Metric.STEPS, 12.0)]
    assert plant.ask() == ["spBv1.0/B4/NCMD/gw"]


def test_numbers_begin_anew_after_255() -> None:
    plant = Plant()
    born(plant)
    for n in range(2, 300):
        plant.send("DDATA", n, n % 256, metric(float(n), alias=1), device="band")
    assert plant.ask() == []


def test_data_that_is_read_again_is_explained_by_the_birth_of_its_time() -> None:
    plant = Plant()
    born(plant, name="steps")
    before = plant.send("DDATA", 10, 2, metric(11.0, alias=1), device="band")
    born(plant, at=20, name="battery_pct")
    after = plant.send("DDATA", 30, 2, metric(55.0, alias=1), device="band")
    assert (values(before), values(after)) == ([(Metric.STEPS, 11.0)], [(Metric.BATTERY_PCT, 55.0)])
    assert plant.ask() == []
    assert values(plant.send("DDATA", 10, 2, metric(11.0, alias=1), device="band")) == values(before)
    assert values(plant.send("DDATA", 30, 2, metric(55.0, alias=1), device="band")) == values(after)
    assert plant.ask() == [], "and nobody is asked for what is known"


@pytest.mark.parametrize("kind", ["Double", "Boolean"])
def test_a_value_that_says_no_name_is_not_that_of_the_first_alias(kind: str) -> None:
    plant = Plant()
    born(plant, alias=0, name="steps" if kind == "Double" else "worn")
    (report,) = plant.send("DDATA", 10, 2, metric(1, kind), device="band")
    assert report.readings.metric == [Metric.ONLINE]
    assert report.readings.faults == [(QuarantineReason.WRONG_SHAPE, "alias 0: no birth has named it")]
    assert len(values(plant.send("DDATA", 20, 3, metric(1, kind, alias=0), device="band"))) == 1


@pytest.mark.parametrize("kind", ["Double", "Boolean", "Float", "Int32", "UInt64", "String"])
@pytest.mark.parametrize("value", [0, 1, 2, 255, 1e9, -1, None])
@pytest.mark.parametrize("name", ["steps", "heart_rate_bpm", "worn", "motion", "asleep"])
def test_a_value_of_now_is_read_as_one_of_a_little_later(name: str, value: float | None, kind: str) -> None:
    """A time that lies ahead takes the careful way, and is the only difference."""
    plant = Plant()
    born(plant, name=name)
    said = metric(None if value is None else str(value) if kind == "String" else value, kind, alias=1, isNull=value is None)
    if kind not in {"Double", "Float", "String"} and value is not None:
        said["value"] = int(value)
    (now,) = plant.send("DDATA", 10, 2, said, device="band")
    (later,) = plant.send("DDATA", 20, 3, said | {"timestamp": NOW + 50}, device="band")
    assert (now.readings.metric, now.readings.value) == (later.readings.metric, later.readings.value)
    assert (now.readings.unmeasured, now.readings.faults) == (later.readings.unmeasured, later.readings.faults)


def test_with_a_node_all_its_devices_are_gone() -> None:
    plant = Plant()
    born(plant)
    reports = plant.send("NDEATH", 10, None, metric(1, "UInt64", name="bdSeq"))
    assert {one.device: one.readings.value for one in reports} == {"B4/gw": [0.0], "B4/gw/band": [0.0]}
    assert values(plant.send("DDATA", 20, 2, metric(11.0, alias=1), device="band")) == []


def test_order_within_a_message_changes_nothing() -> None:
    given = [metric(4.0, name="A/steps"), metric(1, "Boolean", name="B/worn"), metric(50.0, name="battery_pct")]
    found = []
    for metrics in (given, given[::-1]):
        plant = Plant()
        born(plant)
        found.append(sorted(values(plant.send("DDATA", 10, 2, *metrics, device="band"))))
    assert found[0] == found[1]


def announce(form: Format, name: str, **said: object) -> Sequence[Report]:
    payload = json.dumps(said).encode() if said else b""
    return form.open(f"homeassistant/binary_sensor/{name}/config", payload, NOW, LIMITS)


def test_an_announcement_replaces_the_one_before_and_an_empty_one_deletes_it() -> None:
    form = home_assistant.make_format()
    announce(form, "door", state_topic="flat/a", device_class="door")
    announce(form, "hall", state_topic="flat/a", device_class="motion")
    assert sorted(form.list_learned()) == ["flat/a"]
    assert form.covers("flat/a")
    announce(form, "door", state_topic="flat/b", device_class="door")
    assert sorted(form.list_learned()) == ["flat/a", "flat/b"]
    assert [one.device for one in form.open("flat/a", b"ON", NOW, LIMITS)] == ["hall"]
    for name in ("door", "hall", "hall"):
        announce(form, name)
    assert (sorted(form.list_learned()), form.covers("flat/a")) == ([], False)
    assert form.open("flat/a", b"ON", NOW, LIMITS) == []


def test_an_announcement_that_comes_twice_changes_nothing() -> None:
    form = home_assistant.make_format()
    for _ in range(2):
        announce(form, "door", state_topic="flat/a", device_class="door")
    assert len(form.open("flat/a", b"ON", NOW, LIMITS)) == 1


@pytest.mark.parametrize(
    "topic", ["flat/+/x", "flat/#", "$SYS/x", "homebeat/v1/b/readings", "/Homebeat/v1/b/readings", "", "a/config", []]
)
def test_a_topic_that_is_too_wide_or_ours_is_not_learned(topic: object) -> None:
    form = home_assistant.make_format()
    (report,) = announce(form, "door", state_topic=topic)
    assert report.readings.faults
    assert list(form.list_learned()) == []


def test_no_more_topics_are_learned_than_can_be_subscribed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home_assistant, "MOST_TOPICS", 3)
    form = home_assistant.make_format()
    for n in range(3):
        announce(form, f"door{n}", state_topic=f"flat/{n}")
    with pytest.raises(Unreadable, match="more than 3 topics"):
        announce(form, "door9", state_topic="flat/9")
    announce(form, "door8", state_topic="flat/1")
    assert sorted(form.list_learned()) == ["flat/0", "flat/1", "flat/2"]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparkplug, "_REMEMBERED", 5)
    monkeypatch.setattr(theengs, "_REMEMBERED", 5)
    monkeypatch.setattr(wmbusmeters, "_REMEMBERED", 5)
    form, bands = sparkplug.make_format(), theengs.make_format()
    for n in range(50):
        payload = encode_payload({"timestamp": NOW, "seq": 3, "metrics": [metric(1.0, name="steps")]})
        form.open(f"spBv1.0/B4/NDATA/gw{n}", payload, NOW, LIMITS)
        bands.open("home/gw/BTtoMQTT/x", json.dumps({"id": f"band {n}", "act_bpm": 80}).encode(), NOW, LIMITS)
    counts = wmbusmeters.AlarmCounts()
    for n in range(50):
        assert counts.has_sounded(f"d{n}", {"alarm_counter": 1, "last_alarm_date": "2026-03-01"}, NOW, LIMITS)
    assert counts.size == 5
    assert len(form.take_rebirths(100)) == 5
    assert hear_band(bands, 0, act_bpm=90) == {"heart_rate_bpm": 90}


def test_without_its_package_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparkplug, "HAS_PROTOBUF", False)
    form = sparkplug.make_format()
    with pytest.raises(Unreadable, match=r"pip install 'homebeat\[sparkplug\]'"):
        form.open("spBv1.0/B4/NDATA/gw", b"", NOW, LIMITS)
    assert form.take_rebirths(20) == ()
