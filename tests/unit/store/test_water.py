"""Hourly use out of a cumulative index: what is told, and what is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.durations import HOUR_MS
from homebeat.store.reading.water import compute_hourly_litres

H = HOUR_MS


def use(index: list[tuple[int, float]], hours: int, gap_ms: int = 2 * H) -> list[float | None]:
    at = np.array([a for a, _ in index], np.int64)
    litres = compute_hourly_litres(at, np.array([v for _, v in index], np.float64), 0, hours, gap_ms)
    return [None if np.isnan(each) else round(float(each), 6) for each in litres]


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ([], [None, None]),
        ([(0, 1.0)], [None, None]),
        ([(0, 1.0), (H, 1.5), (2 * H, 1.5)], [500.0, 0.0]),
        ([(-H // 2, 1.0), (H // 2, 1.01), (3 * H // 2, 1.02), (5 * H // 2, 1.02)], [10.0, 5.0]),
        ([(0, 1.0), (2 * H, 1.2)], [100.0, 100.0]),
        ([(0, 1.0), (2 * H + 1, 1.2)], [None, None]),
        ([(0, 5.0), (H, 1.0), (2 * H, 1.1)], [None, 100.0]),
        ([(0, 1.0), (H // 2, 1.1)], [None, None]),
    ],
)
def test_an_hour_is_told_when_readings_cover_it_whole(index: list[tuple[int, float]], expected: list[float | None]) -> None:
    assert use(index, 2) == expected


@given(st.lists(st.integers(1, 2 * H), min_size=1, max_size=40), st.data())
def test_what_is_told_adds_up_to_the_difference_of_the_index(gaps: list[int], data: st.DataObject) -> None:
    used = data.draw(st.lists(st.integers(0, 500), min_size=len(gaps), max_size=len(gaps)))
    at = np.concatenate([[0], np.cumsum(gaps)]).astype(np.int64)
    volume = np.concatenate([[0.0], np.cumsum(used)]) / 1_000
    hours = int(at[-1] // H)
    told = compute_hourly_litres(at, volume, 0, hours, 2 * H)
    whole = np.interp(hours * H, at, volume) * 1_000
    assert not np.isnan(told).any()
    assert told.sum() == pytest.approx(whole, abs=1e-6)
