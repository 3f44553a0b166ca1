"""What the word of a telephone at the door is worth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.arrival import NOWHERE, Arrival, GeoPoint, Nearness, SaidPosition, judge_arrival

HOME = GeoPoint(31.2304, 121.4737)
#: A degree of latitude is about 111.2 km.
DEGREE_M = 111_195


def say(north_m: float, accuracy_m: float = 20) -> SaidPosition:
    return SaidPosition(f"{HOME.lat + north_m / DEGREE_M:.7f}", str(HOME.lon), str(accuracy_m))


@pytest.mark.parametrize(
    ("north_m", "accuracy_m", "arrival"),
    [
        (1, 5, Arrival(Nearness.NEAR, 10, 10)),
        (27, 20, Arrival(Nearness.NEAR, 30, 20)),
        (117, 20, Arrival(Nearness.NEAR, 120, 20)),
        (124, 20, Arrival(Nearness.FAR, 130, 20)),
        (235, 148, Arrival(Nearness.NEAR, 240, 150)),
        (10, 151, Arrival(Nearness.UNUSABLE, None, 160)),
        (1_194, 20, Arrival(Nearness.FAR, 1_200, 20)),
        (900_000, 20, Arrival(Nearness.FAR, 5_000, 20)),
        (10, 9_000_000, Arrival(Nearness.UNUSABLE, None, 5_000)),
    ],
)
def test_near_far_and_too_inexact(north_m: float, accuracy_m: float, arrival: Arrival) -> None:
    assert judge_arrival(HOME, say(north_m, accuracy_m)) == arrival


@pytest.mark.parametrize(
    "said",
    [
        SaidPosition("nan", "121", "10"),
        SaidPosition("31", "inf", "10"),
        SaidPosition("31", "121", "-inf"),
        SaidPosition("91", "121", "10"),
        SaidPosition("31", "-181", "10"),
        SaidPosition("31", "121", "-1"),
        SaidPosition("here", "there", "well"),
        SaidPosition("31", "121", ""),
        SaidPosition("", "", "10"),
        SaidPosition("3_1", "121", "10"),
        SaidPosition("３１", "121", "10"),
        SaidPosition("31" + "0" * 4_000, "121", "10"),
    ],
)
def test_what_is_no_position_proves_nothing(said: SaidPosition) -> None:
    assert judge_arrival(HOME, said) == Arrival(Nearness.UNUSABLE)


def test_where_there_is_nothing_to_compare_nothing_is_kept() -> None:
    assert judge_arrival(None, say(10)) == NOWHERE
    assert judge_arrival(HOME, SaidPosition()) == NOWHERE


@given(st.text(max_size=50), st.text(max_size=50), st.text(max_size=50))
def test_whatever_comes_is_judged(lat: str, lon: str, accuracy_m: str) -> None:
    assert judge_arrival(HOME, SaidPosition(lat, lon, accuracy_m)).nearness in Nearness


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_distance_is_that_of_the_way_back(lat: float, lon: float) -> None:
    there = GeoPoint(lat, lon)
    assert HOME.measure_distance_m(there) == pytest.approx(there.measure_distance_m(HOME), abs=1e-3)
    assert 0 <= HOME.measure_distance_m(there) < 20_016_000


def test_a_known_distance() -> None:
    beijing = GeoPoint(39.9042, 116.4074)
    assert HOME.measure_distance_m(beijing) == pytest.approx(1_067_000, rel=0.005)


@pytest.mark.parametrize(("lat", "lon"), [(91, 0), (0, 181), (float("nan"), 0)])
def test_there_is_no_such_point(lat: float, lon: float) -> None:
    with pytest.raises(ValueError, match="latitude"):
        GeoPoint(lat, lon)
