"""How far somebody at the door is from the home, by their telephone. It proves something or nothing, and refuses nobody."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: The mean radius of the earth (IUGG), metres.
_EARTH_M: Final = 6_371_009.0
#: So far from the home is still at its door: an address is often found at the gate of its compound, not at the staircase.
NEAR_M: Final = 100.0
#: A telephone that is not sure of more than this proves nothing: it has seen a mast, and no satellite.
WORST_ACCURACY_M: Final = 150.0
#: Distances are kept in these steps, and none beyond the last: more of where somebody was is nobody's business.
_STEP_M: Final = 10
_FARTHEST_M: Final = 5_000
#: Longer than this no number is that a browser sends.
_LONGEST: Final = 40


class Nearness(StrEnum):
    """What the word of a telephone is worth."""

    UNSAID = ""  # none came, or it is not known where the home is
    NEAR = "near"
    FAR = "far"
    UNUSABLE = "unusable"  # it is no position, or too inexact


@dataclass(frozen=True, slots=True)
class GeoPoint:
    """A point on the earth, in degrees (WGS 84).

    Raises:
        ValueError: There is no such point.
    """

    lat: float
    lon: float

    def __post_init__(self) -> None:
        if not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180):
            raise ValueError("a latitude is between -90 and 90, a longitude between -180 and 180")

    def measure_distance_m(self, other: GeoPoint) -> float:
        """Measure the distance to another point on the great circle, metres."""
        lat, to_lat = math.radians(self.lat), math.radians(other.lat)
        half_lat, half_lon = (to_lat - lat) / 2, math.radians(other.lon - self.lon) / 2
        square = math.sin(half_lat) ** 2 + math.cos(lat) * math.cos(to_lat) * math.sin(half_lon) ** 2
        return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(square)))


@dataclass(frozen=True, slots=True)
class SaidPosition:
    """A position as a telephone has sent it: texts, which may be anything. Nothing of it is kept."""

    lat: str = ""
    lon: str = ""
    accuracy_m: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was sent."""
        return not (self.lat or self.lon or self.accuracy_m)


UNSAID: Final = SaidPosition()


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is kept of a position.

    Attributes:
        distance_m: From the home, upwards to 10 m, at most 5,000; None where that is not known.
        accuracy_m: How sure the telephone was, upwards to 10 m, at most 5,000; None where it did not say.
    """

    nearness: Nearness
    distance_m: int | None = None
    accuracy_m: int | None = None


NOWHERE: Final = Arrival(Nearness.UNSAID)


def judge_arrival(home: GeoPoint | None, said: SaidPosition) -> Arrival:
    """Judge what a telephone has said: near enough to the home, too far away, or of no use.

    Args:
        home: Where the home is; None where that is not known. Then nothing can be compared, and nothing is kept.
        said: What was sent.
    """
    if home is None or said.is_empty:
        return NOWHERE
    try:
        lat, lon, accuracy = (_read_number(text) for text in (said.lat, said.lon, said.accuracy_m))
        point = GeoPoint(lat, lon)
    except ValueError:
        return Arrival(Nearness.UNUSABLE)
    if accuracy < 0:
        return Arrival(Nearness.UNUSABLE)
    if accuracy > WORST_ACCURACY_M:
        return Arrival(Nearness.UNUSABLE, None, _round(accuracy))
    distance = home.measure_distance_m(point)
    nearness = Nearness.NEAR if distance - accuracy <= NEAR_M else Nearness.FAR
    return Arrival(nearness, _round(distance), _round(accuracy))


def _read_number(text: str) -> float:
    number = float(text) if len(text) <= _LONGEST and text.isascii() and "_" not in text else math.nan
    if not math.isfinite(number):
        raise ValueError("this is no number")
    return number


def _round(metres: float) -> int:
    return min(max(1, math.ceil(metres / _STEP_M)) * _STEP_M, _FARTHEST_M)
