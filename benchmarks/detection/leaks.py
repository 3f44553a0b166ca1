"""Leaks injected into real meters: hours to the notice, and notices where nothing was injected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.homes import Meter
from homebeat.habits.leak import continuous_use, wait_hours

F64 = NDArray[np.float64]
B1 = NDArray[np.bool_]
WELL_READ = 8150  # 93 % of a year's hours
HEARD_S = 7200
FIRST_DAY = 28
INJECT_EVERY_H = 16 * 24
RUN_H = 120
SPACED_H = 7 * 24

Rule = Callable[[F64], B1]


@dataclass(frozen=True, slots=True)
class LeakTally:
    """One rule on one home."""

    home: str
    days: float
    episodes: int
    notices: int
    injected: int
    delays_h: F64
    share_of_time: float


def hourly(meter: Meter, extra: F64 | None = None) -> F64:
    """Whole-hour use, NaN where readings are more than two hours apart; `extra` is added to the totals."""
    litres = meter.litres if extra is None else meter.litres + extra
    hour = np.arange(meter.at[0] // 3600 + 1, meter.at[-1] // 3600 + 1) * 3600
    total = np.interp(hour, meter.at, litres)
    after = np.clip(np.searchsorted(meter.at, hour), 1, len(meter.at) - 1)
    total[meter.at[after] - meter.at[after - 1] > HEARD_S] = np.nan
    return np.asarray(np.diff(total))


def own_run(use: F64) -> B1:
    """The product's rule, the wait relearned weekly on the past."""
    wait = np.array([wait_hours(use[: h // 168 * 168]) for h in range(len(use))]) if len(use) < 400 else _weekly_waits(use)
    return continuous_use(_windows(use), wait).firing


def _weekly_waits(use: F64) -> NDArray[np.int64]:
    weeks = np.array([wait_hours(use[: w * 168]) for w in range(len(use) // 168 + 1)])
    return weeks[np.arange(len(use)) // 168]


def every_hour(wait: int) -> Rule:
    """Use in every hour for `wait` hours, whoever lives there."""

    def rule(use: F64) -> B1:
        return continuous_use(_windows(use), np.full(len(use), wait)).running_h >= wait

    return rule


def _windows(use: F64) -> F64:
    padded = np.concatenate([np.full(47, np.nan), use])
    return np.lib.stride_tricks.sliding_window_view(padded, 48)


def judge(meter: Meter, rule: Rule, litres_an_hour: float) -> LeakTally:
    """Count a rule's notices on the real year, then inject a leak every 16 days and time it."""
    on = rule(hourly(meter))
    scored = np.flatnonzero(on[FIRST_DAY * 24 :])
    apart = np.diff(scored)
    episodes = int(len(scored) > 0) + int((apart > 1).sum())
    notices = int(len(scored) > 0) + int((apart > SPACED_H).sum())
    rng = np.random.default_rng(int(meter.home[1:]))
    delays, injected = [], 0
    for begins in range(FIRST_DAY * 24, len(on) - RUN_H, INJECT_EVERY_H):
        start = begins + int(rng.integers(24))
        if on[start]:
            continue
        injected += 1
        begun = (meter.at[0] // 3600 + 1 + start) * 3600
        extra = np.floor(litres_an_hour * np.clip((meter.at - begun) / 3600, 0, RUN_H) + rng.random())
        found = np.flatnonzero(rule(hourly(meter, extra))[start : start + RUN_H])
        if len(found):
            delays.append(found[0] + 1.0)
    days = len(on) / 24 - FIRST_DAY
    return LeakTally(meter.home, days, episodes, notices, injected, np.array(delays), float(on.mean()))
