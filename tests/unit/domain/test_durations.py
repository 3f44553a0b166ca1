"""Durations are read as written, and nothing else is taken for one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.durations import format_duration, parse_duration


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=40_000)))
def test_what_is_written_is_read_back(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    "text, duration",
    [
        ("PT12H", timedelta(hours=12)),
        ("PT15M", timedelta(minutes=15)),
        ("PT90S", timedelta(seconds=90)),
        ("P1DT6H", timedelta(days=1, hours=6)),
        ("P2W", timedelta(days=14)),
        ("PT0.5S", timedelta(milliseconds=500)),
        ("PT0S", timedelta(0)),
    ],
)
def test_the_usual_forms(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1DT", "12H", "PT12", "P1Y", "P1M", "-PT1H", "PT-1H", "pt1h", "PT1H ", "1 h", "PT٣H", "P" + "9" * 60 + "D"],
)
def test_anything_else_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration; write PT12H"):
        parse_duration(text)


def test_longer_than_any_life_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than any life"):
        parse_duration("P99999999999999D")


def test_no_limit_is_negative() -> None:
    with pytest.raises(ValueError, match="not negative"):
        format_duration(timedelta(seconds=-1))


@given(st.text(max_size=60))
def test_junk_is_a_duration_or_a_value_error(text: str) -> None:
    try:
        parsed = parse_duration(text)
    except ValueError:
        return
    assert parsed >= timedelta(0)
