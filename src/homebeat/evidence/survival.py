"""Two estimates that small numbers need: where a share lies, and how long something lasts of which many are not over yet."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: Of 95 % confidence.
_Z: Final = 1.959964
#: A length is named by so many lives that were at least as long.
ENOUGH_LIVES: Final = 5


@dataclass(frozen=True, slots=True)
class Life:
    """How long something lasted, days; `has_ended`: False where it was still going on when it was last seen."""

    days: float
    has_ended: bool


@dataclass(frozen=True, slots=True)
class LifeEstimate:
    """How long half of the lives last, days; where fewer have ended, how long more than half lasted at least."""

    median: float | None
    at_least: float | None


def find_share_bounds(part: int, whole: int) -> tuple[float, float] | None:
    """Find between which bounds a share lies with 95 % confidence, by Wilson's score interval; None for a share of nothing.

    Wilson, E. B. (1927): Probable inference, the law of succession, and statistical inference.
    """
    if whole <= 0:
        return None
    share, z2 = part / whole, _Z * _Z
    middle = (share + z2 / (2 * whole)) / (1 + z2 / whole)
    half = _Z / (1 + z2 / whole) * math.sqrt(share * (1 - share) / whole + z2 / (4 * whole * whole))
    return max(0.0, middle - half), min(1.0, middle + half)


def estimate_life(lives: Sequence[Life]) -> LifeEstimate:
    """Estimate how long half of the lives last, with those that are not over yet (Kaplan and Meier, 1958).

    A life that is not over counts among those at risk as long as it was seen, and as an end never. Where the curve does not
    come down to a half, the longest time that `ENOUGH_LIVES` reached is what can be said.
    """
    ended = Counter(one.days for one in lives if one.has_ended)
    seen = Counter(one.days for one in lives)
    at_risk, survival, at_least = len(lives), 1.0, None
    for days in sorted(seen):
        if at_risk >= ENOUGH_LIVES:
            at_least = days
        survival *= 1 - ended[days] / at_risk
        if survival <= 0.5 + 1e-12:
            return LifeEstimate(days, None)
        at_risk -= seen[days]
    return LifeEstimate(None, at_least)
