"""The water heat map: local hours, fixed steps, and unknown that is never nought."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.console.card.heatmap import BOUNDS, Cell, Labels, draw, lay_out
from homebeat.domain.durations import HOUR_MS

LABELS = Labels("Water <by> the hour", "not known", "%s L", "no water", "{:%m-%d}".format)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_hours_are_the_households_own() -> None:
    days = lay_out({at("2026-03-01T22:00"): 7.0}, at("2026-03-02T04:00"), "Asia/Shanghai", days=2)
    assert [c.litres for c in days[1].cells if c.litres is not None] == [7.0]
    assert days[1].cells[6].litres == 7.0


def test_what_is_not_told_is_unknown_and_what_has_not_begun_is_neither() -> None:
    now = at("2026-03-02T10:30")
    days = lay_out({now // HOUR_MS * HOUR_MS - HOUR_MS: 0.0}, now, "UTC", days=1)
    cells = days[0].cells
    assert (cells[9].litres, cells[9].step) == (0.0, 0)
    assert cells[8].litres is None
    assert not cells[8].ahead
    assert cells[11].ahead
    assert days[0].unknown_hours == 10


def test_the_hour_that_summer_time_repeats_is_added_up_and_one_unknown_half_spoils_it() -> None:
    now = at("2026-10-25T12:00")
    first, second = at("2026-10-25T00:00"), at("2026-10-25T01:00")
    both = lay_out({first: 3.0, second: 4.0}, now, "Europe/Berlin", days=1)
    assert both[0].cells[2].litres == 7.0
    half = lay_out({first: 3.0, second: None}, now, "Europe/Berlin", days=1)
    assert half[0].cells[2].litres is None


def test_the_silence_is_outlined_from_the_last_sign_of_life_until_now() -> None:
    now = at("2026-03-02T10:30")
    days = lay_out({}, now, "UTC", days=2, silent_from=at("2026-03-01T21:40"))
    assert [c.hour for c in days[0].cells if c.silent] == [21, 22, 23]
    assert [c.hour for c in days[1].cells if c.silent] == list(range(11))
    assert draw(days, LABELS).count('class="silence"') == 2


@pytest.mark.parametrize("litres, step", [(0.0, 0), (0.49, 0), (0.5, 1), (2.9, 1), (3, 2), (10, 3), (25, 4), (60, 5), (9e9, 5)])
def test_steps_have_fixed_bounds(litres: float, step: int) -> None:
    assert Cell(0, litres).step == step
    assert len(BOUNDS) == 5


@given(
    st.dictionaries(st.integers(0, 15 * 24), st.none() | st.floats(0, 1e4)),
    st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"]),
    st.integers(at("2026-01-01T00:00"), at("2027-01-01T00:00")),
)
def test_any_history_gives_a_well_formed_picture_with_a_title_per_cell(
    hours: dict[int, float | None], zone: str, now: int
) -> None:
    hourly = {now // HOUR_MS * HOUR_MS - back * HOUR_MS: litres for back, litres in hours.items()}
    days = lay_out(hourly, now, zone)
    root = ET.fromstring(draw(days, LABELS))
    cells = [e for e in root.iter() if e.tag.endswith("rect") and len(e)]
    assert len(cells) == sum(not c.ahead for d in days for c in d.cells)
    for rect in cells:
        assert (rect.get("class") == "unknown") == (rect[0].text or "").endswith("not known")
    assert len(days) == 14
