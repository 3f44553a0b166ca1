"""Rules of the tests' own: every type of threshold that a real one may have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum
from typing import Any, ClassVar, Literal


class Quantity(IntEnum):
    """Named on the wire in lower case, numbered in the store."""

    PULSE = 2
    STEPS = 5


class Side(StrEnum):
    """Which side of the limit is bad."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class NoWater:
    """Too little in the window."""

    code: ClassVar[str] = "no_water"
    on_by_default: ClassVar[bool] = False
    litres: float = 10.0
    window: timedelta = timedelta(hours=12)

    def __post_init__(self) -> None:
        if not self.window:
            raise ValueError("window must be longer than nothing")


@dataclass(frozen=True, slots=True)
class Silent:
    """A device that is not heard."""

    code: ClassVar[str] = "device_silent"
    reports: int = 3
    at_least: timedelta = timedelta(minutes=15)
    at_most: timedelta | None = None
    night: bool = True


@dataclass(frozen=True, slots=True)
class Threshold:
    """Any quantity beyond a limit; both ends must agree."""

    code: ClassVar[str] = "threshold"
    on_by_default: ClassVar[bool] = False
    metric: Quantity = Quantity.PULSE
    side: Side = Side.ABOVE
    level: Literal["high", "low"] = "high"
    note: str = ""
    limit: float | None = None
    clear: float | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and self.clear is not None and self.clear > self.limit:
            raise ValueError("clear must not be above limit")


RULES: dict[str, type[Any]] = {rule.code: rule for rule in (NoWater, Silent, Threshold)}
