"""One price of a false alarm for all who share: what an area may spend goes to where it saves most.

At one price, in hours of waiting for one false alarm, the mean wait of all is the shortest for the alarms they have together.
`allocate` does this for the slots of one resident; here it is done for residents beside each other. Foretold alarms fall about as
one over the price, so that one number for each resident says what is spent at any price, and no curve need be kept: what the own
budget is *worth*, which is the price that would spend it, times the budget. docs/adr/0027 has what was measured.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from homebeat.habits.allocate import PRICES_H
from homebeat.habits.policy import F32, F64

#: Nobody's share of what an area may spend is under half or over twice the own budget: a wider span gains nothing more.
LEAST_SHARE: Final = 0.5
MOST_SHARE: Final = 2.0
_HALVINGS: Final = 40
_DIGITS: Final = 2
_LOG_PRICES = np.log(PRICES_H.astype(np.float64))


def worth_of_all(worth: F64) -> float:
    """The worth of an area: the number w at which the shares, worth / w within their bounds, add up to one for each.

    Does not depend on the order.

    Args:
        worth: float64[n], hours, above 0; n at least 1.
    """
    rising = np.sort(worth)
    total = np.concatenate([[0.0], np.cumsum(rising)])
    low, high = np.log(rising[0]), np.log(rising[-1])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        at = np.exp(middle)
        least, most = np.searchsorted(rising, (LEAST_SHARE * at, MOST_SHARE * at))
        shares = LEAST_SHARE * least + (total[most] - total[least]) / at + MOST_SHARE * (len(rising) - most)
        low, high = (middle, high) if shares > len(rising) else (low, middle)
    return float(np.exp(high))


def worth_of(budget: F64, alarms: F32) -> F64:
    """What each resident's own budget is worth: the price that spends it, times the budget: float64[m], hours.

    Where more is foretold at every price, that of the highest; where more than the largest share is, 0: no share would make these
    limits shorter, it would only be taken from others.

    Args:
        budget: float64[m], false alarms in 30 days.
        alarms: float32[m, 24], foretold at each of `PRICES_H`.
    """
    falling = np.minimum.accumulate(alarms, axis=1).astype(np.float64)
    over = (falling > budget[:, None]).sum(axis=1)
    dear, cheap = np.clip(over, 0, len(PRICES_H) - 1), np.clip(over - 1, 0, len(PRICES_H) - 1)
    row = np.arange(len(alarms))
    high, low = falling[row, cheap], falling[row, dear]
    part = np.where(dear == cheap, 0.0, (high - budget) / np.maximum(high - low, 1e-9))
    worth = budget * np.exp(_LOG_PRICES[cheap] + part * (_LOG_PRICES[dear] - _LOG_PRICES[cheap]))
    return np.where(falling[:, -1] <= MOST_SHARE * budget, worth, 0.0)


def shares(area_worth: F64, budget: F64, alarms: F32) -> F64:
    """False alarms in 30 days that each resident is foretold at the price of the area, within bounds: float64[m].

    Args:
        area_worth: float64[m], from `worth_of_all`; NaN for who keeps the own budget.
        budget: float64[m], the own one.
        alarms: float32[m, 24], as in `worth_of`.
    """
    falling = np.minimum.accumulate(alarms, axis=1).astype(np.float64)
    out = budget.copy()
    for i in np.flatnonzero(~np.isnan(area_worth)).tolist():
        foretold = np.interp(np.log(area_worth[i] / budget[i]), _LOG_PRICES, falling[i])
        out[i] = np.clip(round(float(foretold), _DIGITS), LEAST_SHARE * budget[i], MOST_SHARE * budget[i])
    return out
