"""What the operator sets: bounds, budgets, and how long signs of life are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SLOTS = 48
SLOT_S = 1800
STEPS = 48
DAY_S = 86400

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
U16 = NDArray[np.uint16]
B1 = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Policy:
    """The operator's bounds. Durations are minutes or days, budgets false alarms in 30 days.

    Attributes:
        floor_minutes: no limit is ever shorter.
        ceiling_minutes: no limit is ever longer where being at home is proven.
        cap_minutes: the same where it is not proven: most long gaps there are outings.
        budget_known: false alarms that a resident may cost a month, where being at home is proven.
        budget_unknown: the same where it is not.
        prior_minutes: the limit of a resident without history. 12 h is what the cities use.
        memory_days: older signs are not used.
        half_life_days: a sign this old counts half; habits move with seasons.
        backtest_days: the span of own history on which the curve is counted.
        warm_up_days: the own data takes over from the prior evenly until this age.
        curve_budgets: the points of the curve beside the one in force.
    """

    floor_minutes: int = 120
    ceiling_minutes: int = 720
    cap_minutes: int = 1440
    budget_known: float = 0.5
    budget_unknown: float = 1.0
    prior_minutes: int = 720
    memory_days: int = 112
    half_life_days: float = 42.0
    backtest_days: int = 56
    warm_up_days: int = 14
    curve_budgets: tuple[float, ...] = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0)

    def get_budget(self, *, at_home_known: bool) -> float:
        """The false alarms a month that a resident may cost."""
        return self.budget_known if at_home_known else self.budget_unknown

    def get_longest_minutes(self, *, at_home_known: bool) -> int:
        """The longest limit that a resident may have, minutes."""
        return self.ceiling_minutes if at_home_known else max(self.cap_minutes, self.ceiling_minutes)
