"""What the codecs of makers share: times as they write them, and hearing what nobody explained."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.codecs.reports import decode_object, hear, place_moment, put, read_moment, read_text, take_number
from homebeat.codecs.tolerant import Repeated
from homebeat.codecs.wire import Limits, Mark, Readings, Unreadable
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.metric import Metric

NOW = 1_772_352_000_000
CHINA = Limits(zone=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("written", "ms"),
    [
        ("2026-03-01T08:00:00Z", NOW),
        ("2026-03-01T08:00:00.123456789+00:00", NOW + 123),
        ("2026-03-01 16:00:00", NOW),
        ("2026-03-01T16:00", NOW),
        (NOW // 1000, NOW),
        (NOW, NOW),
        (NOW * 1000, NOW),
        (NOW * 1_000_000, NOW),
        (NOW / 1000 + 0.25, NOW + 250),
        ("2026-02-30 16:00:00", None),
        ("yesterday", None),
        (True, None),
        (-5, None),
        (float("nan"), None),
        ([], None),
    ],
)
def test_times_as_makers_write_them(written: object, ms: int | None) -> None:
    assert read_moment(written, CHINA) == ms


@given(
    st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - the zone is added below
    st.sampled_from(("Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe", "UTC")),
    st.sampled_from(("T", " ")),
    st.sampled_from(("minutes", "seconds", "milliseconds")),
)
def test_a_time_without_a_zone_is_that_of_the_sites_clock(moment: datetime, zone: str, between: str, spec: str) -> None:
    text = moment.isoformat(between, timespec=spec)
    wanted = round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
    assert read_moment(text, Limits(zone=ZoneInfo(zone))) == wanted
    assert read_moment(text, Limits()) is None


@pytest.mark.parametrize("written", ["2026-03-01 16:00:60", "2026-03-01 16000:00", "2026-03-01 24:00:00", "2026-W09-7 16:00:00"])
def test_no_clock_shows_such_a_time(written: str) -> None:
    assert read_moment(written, CHINA) is None


@pytest.mark.parametrize("placeholder", [None, "", "1111-11-11T11:11:11Z", "2000-01-01 00:00:00", 0, "2026-03-01 16:00:00"])
def test_where_no_time_is_known_arrival_counts(placeholder: object) -> None:
    readings = Readings()
    assert place_moment(readings, "time", placeholder, NOW, Limits()) == (NOW, Mark.UNTIMED)
    assert not readings.faults


def test_a_time_that_cannot_be_read_costs_no_reading_and_is_named() -> None:
    readings = Readings()
    assert place_moment(readings, "time", "soon", NOW, Limits()) == (NOW, Mark.UNTIMED)
    assert [reason for reason, _ in readings.faults] == [QuarantineReason.WRONG_TYPE]
    assert place_moment(readings, "time", NOW + 10**9, NOW, Limits()) == (NOW, Mark.CLOCK_CORRECTED)


def test_a_call_that_nobody_explained_is_heard() -> None:
    for left, alarm in (({"sos": True}, Metric.ALARM_SOS), ({"alarm": Repeated((0, "help"))}, Metric.ALARM_UNREADABLE)):
        readings = Readings()
        hear(readings, left, NOW)
        assert readings.metric == [alarm]
        assert readings.faults
    readings = Readings()
    put(readings, Metric.ALARM_FALL, 1.0, NOW, Mark.NONE)
    hear(readings, {"sos": True}, NOW)
    assert readings.metric == [Metric.ALARM_FALL]


def test_what_says_that_all_is_well_is_no_call() -> None:
    readings = Readings()
    for left in (None, {}, {"alarm": 0, "sos": False}, {"alarm": "normal"}, {"model": "smoke 2"}):
        hear(readings, left, NOW)
    assert readings == Readings()


def test_numbers_that_cannot_be_true_are_faults() -> None:
    readings = Readings()
    for value in (7.5, True, "7", 2_000_000, None, float("nan")):
        take_number(readings, Metric.VOLUME_M3, value, NOW, Mark.NONE, Limits())
    assert readings.value == [7.5]
    assert len(readings.faults) == 4
    assert readings.unmeasured == 1


def test_names_are_texts() -> None:
    assert [read_text(one) for one in ("00012", 12, True, None, "a\nb", "x" * 129, 1.5)] == ["00012", "12", "", "", "", "", ""]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [(b"[]", QuarantineReason.WRONG_SHAPE), (b"{}", QuarantineReason.EMPTY), (b"{", QuarantineReason.NOT_JSON),
     (b'{"a":"' + b"x" * 70_000 + b'"}', QuarantineReason.TOO_LARGE)],
)  # fmt: skip
def test_what_is_no_object_is_refused(payload: bytes, reason: QuarantineReason) -> None:
    with pytest.raises(Unreadable) as refusal:
        decode_object(payload, Limits())
    assert refusal.value.reason is reason
