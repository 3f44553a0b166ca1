"""The order of need of homes that share a cause: whose residents somebody should look after first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from homebeat.domain.alert import Priority
from homebeat.domain.fleet import CareNeed

_STATES: Final = ("quiet", "unknown", "active")
_NO_ALERT: Final = len(Priority)
#: Whoever was not assessed may need as much as most do.
_NEEDS: Final = {CareNeed.HIGH: 0, CareNeed.MEDIUM: 1, None: 1, CareNeed.LOW: 2}


def rank_need(
    own: Priority | None, states: Sequence[str], needs: Sequence[CareNeed | None], birth_years: Sequence[int | None], place: int
) -> tuple[int, int, int, int, int, int]:
    """Rank a home; the lowest is the one that needs somebody first.

    In this order: who has an alert of their own, the most urgent first; who is quiet, then of whom nothing is known; whose need
    is highest; who lives alone; who is oldest; the place that the home had when the cause was found, which goes by the last sign
    of life.

    Args:
        own: The most urgent priority of the home's own alerts, open or held back; None for none.
        states: Of each resident, as `as_of` says it.
        needs: Of each resident, as the fleet file says it.
        birth_years: Of each resident; None where it is not known.
        place: In the list when the cause was found.
    """
    state = min((_STATES.index(one) if one in _STATES else 1 for one in states), default=len(_STATES))
    known = [year for year in birth_years if year is not None]
    need = min((_NEEDS[one] for one in needs), default=_NEEDS[None])
    return _NO_ALERT if own is None else own.rank, state, need, len(states), min(known, default=9999), place
