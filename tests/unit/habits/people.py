"""Made-up residents for the tests of habits: regular, at whole minutes, from a seeded generator; and their past as bits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from homebeat.habits.learn import Profile
from homebeat.habits.past import HalfHours, learn_all
from homebeat.habits.policy import DAY_S, SLOT_S, Policy

MONDAY = 1_772_409_600  # 2026-03-02T00:00:00Z
WORDS = 84
I64 = NDArray[np.int64]
Span = tuple[float, float]


def regular(days: int, *, seed: int = 0, every_h: float = 1.2) -> I64:
    """Local seconds since Monday of signs of life.

    Up about seven, in bed about half past ten, a sign every hour or so between; one at night on most nights.
    """
    rng = np.random.default_rng(seed)
    signs = []
    for day in range(days):
        up, bed = 7 + rng.normal(0, 0.3), 22.5 + rng.normal(0, 0.3)
        awake = up + np.cumsum(rng.exponential(every_h, 120))
        signs.append(
            day * DAY_S + np.concatenate([[up], awake[awake < bed], [bed], bed + rng.uniform(0, 8, rng.integers(0, 2))]) * 3600
        )
    return np.unique(np.concatenate(signs)).astype(np.int64)


def past_of(
    *life: I64,
    until_day: float | None = None,
    off: Sequence[Span] = (),
    since_day: float = 0.0,
    summer_from_day: float = 1e9,
    at_home_known: bool = False,
) -> HalfHours:
    """Residents watched since that Monday, whose signs fall at `life` (local seconds since then).

    Args:
        life: one array for each resident.
        until_day: end of the past; the last sign of all where left out.
        off: spans, in days, in which the quiet clock of all stands.
        since_day: day from which their past counts.
        summer_from_day: UTC day from which clocks are an hour ahead.
        at_home_known: of all of them.
    """
    end = max((int(one[-1]) for one in life if len(one)), default=0) + SLOT_S if until_day is None else int(until_day * DAY_S)
    newest = (MONDAY + end) // SLOT_S - 1
    half_hour = newest - np.arange(WORDS * 64)
    day = (half_hour * SLOT_S - MONDAY) / DAY_S
    offset = np.where(day >= summer_from_day, 3600, 0).astype(np.int32)
    ran = np.ones(len(day), np.bool_)
    for first, last in off:
        ran &= (day < first) | (day >= last)
    lived = []
    for one in life:
        utc = one + MONDAY - np.where(one / DAY_S >= summer_from_day + 3600 / DAY_S, 3600, 0)
        lived.append(np.isin(half_hour, utc // SLOT_S))
    since = np.full(len(life), int(MONDAY + since_day * DAY_S) // SLOT_S)
    return HalfHours(_bits(lived), _bits([ran] * len(life)), newest, since, offset, np.full(len(life), at_home_known))


def _bits(newest_first: Sequence[NDArray[np.bool_]]) -> NDArray[np.uint64]:
    return np.packbits(np.stack(newest_first), axis=1, bitorder="little").view(np.uint64).T


def learn(past: HalfHours, policy: Policy | None = None) -> Profile:
    """The first resident's profile."""
    return learn_all(past, [policy or Policy()] * len(past.since))[0]
