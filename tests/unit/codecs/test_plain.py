"""Values that need no care read as they would with care."""

from __future__ import annotations

import json

import pytest

from homebeat.codecs import kati
from homebeat.codecs.catalogue import FORMAT_MAKERS
from homebeat.codecs.fields import FIELDS
from homebeat.codecs.plain import NOTHING, SHOWN, Names, Plain, describe_number, take_plainly
from homebeat.codecs.theengs import _FLAGS, _NUMBERS, _SHOWN, _SILENT
from homebeat.codecs.wire import Limits, Mark, Readings
from homebeat.codecs.wmbusmeters import _EXPLAINED
from homebeat.domain.metric import Metric
from tests.unit.codecs.fixtures import NOW

VALUES = (
    True,
    False,
    0,
    1,
    -1,
    2,
    12.5,
    50,
    126.5,
    127,
    254,
    255,
    65_535,
    3_300,
    1e9,
    1e16,
    10**30,
    "open",
    "off",
    "Open",
    "12",
    "",
)
UPLINK = {"deviceInfo": {"devEui": "a1"}, "time": "2026-03-01T08:00:00Z"}
MESSAGES = [
    *(
        ("chirpstack", "application/a/device/a1/event/up", name)
        for name in (*FIELDS, "battery", "at_home", "s_o_s", "foo", "button")
    ),
    *(("theengs", "home/hall/BTtoMQTT/A1", name) for name in (*_NUMBERS, *_FLAGS, *_SHOWN, *_SILENT, "foo", "act_bpm")),
    *(("kati", "iMEDE_watch/hb", name) for name in (*kati._NUMBERS, *kati._SILENT, "bloodPressure", "data", "foo")),
    *(("wmbusmeters", "wmbusmeters/a1", name) for name in (*sorted(_EXPLAINED), "foo")),
]


def open_with(limits: Limits, form: str, topic: str, name: str, value: object) -> list[tuple[object, ...]]:
    said: dict[str, object] = {name: value}
    whole = {**UPLINK, "object": said} if form == "chirpstack" else {"id": "a1", **said}
    reports = FORMAT_MAKERS[form]().open(topic, json.dumps(whole).encode(), NOW, limits)
    found = [one.readings for one in reports]
    return [(sorted(zip(one.metric, one.at, one.value, one.mark, strict=True)), one.unmeasured) for one in found]


@pytest.mark.parametrize(("form", "topic", "name"), MESSAGES)
def test_a_value_without_care_is_the_same_as_with_care(form: str, topic: str, name: str) -> None:
    # with no room for extras nothing is taken without care
    for value in VALUES:
        if name not in {"id", "mac"}:
            assert open_with(Limits(), form, topic, name, value) == open_with(Limits(max_extras=0), form, topic, name, value), (
                value
            )


def test_what_is_odd_is_left_and_what_was_not_measured_is_counted() -> None:
    names = Names(
        {
            "pulse": describe_number(Metric.HEART_RATE_BPM),
            "worn": Plain(int(Metric.WORN), low=1, high=0, is_flag=True, words={"yes": 1.0}),
            "warmth": Plain(SHOWN, "temperature_c"),
            "model": NOTHING,
        }.get
    )
    readings = Readings()
    said = {"pulse": 71, "worn": "yes", "warmth": 21.5, "model": [1], "other": 3}
    assert take_plainly(readings, said, names, NOW, Mark.UNTIMED) == {"other": 3}
    assert readings == Readings([2, 7], [NOW, NOW], [71, 1.0], [1, 1], [("temperature_c", NOW, "21.5")])
    odd: dict[str, object] = {"pulse": 900, "worn": 1, "warmth": True}
    assert take_plainly(Readings(), odd, names, NOW, Mark.NONE) == odd
    empty = Readings()
    assert take_plainly(empty, {"pulse": 255}, names, NOW, Mark.NONE) == {}
    assert empty == Readings(unmeasured=1)


def test_names_that_strangers_make_up_are_not_kept_without_end() -> None:
    names = Names(lambda name: NOTHING)
    for number in range(5_000):
        take_plainly(Readings(), {str(number): 1}, names, NOW, Mark.NONE)
    assert len(names) <= 4_096
    take_plainly(Readings(), {"n" * 65: 1}, names, NOW, Mark.NONE)
    assert "n" * 65 not in names
