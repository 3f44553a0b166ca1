"""One price of a false alarm for all residents of an area: its budget goes where it saves the most waiting.

The price is in hours of waiting for one false alarm. At one common price the mean wait of all residents is the shortest for the
false alarms they have together. `allocate` does this for the slots of one resident; this module does it across residents.

The predicted false alarms fall about as 1 / price. So one number for each resident says how much is spent at any price, and no
curve has to be kept. That number is the *worth* of the own budget: the price that would spend it, times the budget.
Measurements: docs/adr/0027.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from homebeat.habits.allocate import PRICES_H
from homebeat.habits.policy import F32, F64

#: A resident's share of the area's budget is at least half and at most twice the own budget: a wider span gains nothing more.
LEAST_SHARE: Final = 0.5
MOST_SHARE: Final = 2.0
_HALVINGS: Final = 40
_DIGITS: Final = 2
_LOG_PRICES = np.log(PRICES_H.astype(np.float64))


def compute_area_worth(worth: F64) -> float:
    """Compute the worth w of an area: at w the shares (worth / w, within their bounds) add up to one for each resident.

    The result does not depend on the order of the residents.

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


def compute_worth(budget: F64, alarms: F32) -> F64:
    """Compute what each resident's own budget is worth: the price that spends it, times the budget.

    If even the highest price costs more than the budget, the highest price is taken. If it costs more than the largest share
    allows, the worth is 0: no share would make these limits shorter, and others would only get less.

    Args:
        budget: float64[m], false alarms in 30 days.
        alarms: float32[m, 24], predicted false alarms in 30 days at each of `PRICES_H`.

    Returns:
        float64[m], hours.
    """
    falling = np.minimum.accumulate(alarms, axis=1).astype(np.float64)
    over = (falling > budget[:, None]).sum(axis=1)
    dear, cheap = np.clip(over, 0, len(PRICES_H) - 1), np.clip(over - 1, 0, len(PRICES_H) - 1)
    row = np.arange(len(alarms))
    high, low = falling[row, cheap], falling[row, dear]
    part = np.where(dear == cheap, 0.0, (high - budget) / np.maximum(high - low, 1e-9))
    worth = budget * np.exp(_LOG_PRICES[cheap] + part * (_LOG_PRICES[dear] - _LOG_PRICES[cheap]))
    return np.where(falling[:, -1] <= MOST_SHARE * budget, worth, 0.0)


def compute_shares(area_worth: F64, budget: F64, alarms: F32) -> F64:
    """Compute the false alarms in 30 days that each resident may cost at the price of the area, within bounds.

    Args:
        area_worth: float64[m], hours, from `compute_area_worth`; NaN for residents who keep the own budget.
        budget: float64[m], the own one.
        alarms: float32[m, 24], as in `compute_worth`.

    Returns:
        float64[m].
    """
    falling = np.minimum.accumulate(alarms, axis=1).astype(np.float64)
    out = budget.copy()
    for i in np.flatnonzero(~np.isnan(area_worth)).tolist():
        foretold = np.interp(np.log(area_worth[i] / budget[i]), _LOG_PRICES, falling[i])
        out[i] = np.clip(round(float(foretold), _DIGITS), LEAST_SHARE * budget[i], MOST_SHARE * budget[i])
    return out
