"""The last weeks of many residents as half-hour bits, and what is learned from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from homebeat.habits.habit import describe
from homebeat.habits.hazard import number_cells, tally
from homebeat.habits.learn import Choices, Curve, Profile, choose, collect_bounds
from homebeat.habits.policy import B1, F64, I32, I64, SLOT_S, SLOTS, Policy
from homebeat.habits.quiet import find_quiet_gaps

_FEW_SIGNS_A_DAY = 3.0

U64 = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class HalfHours:
    """The last half hours of m residents of one time zone; bit k of word w is the half hour 64 * w + k before `newest`.

    Attributes:
        life: uint64[words, m], a sign of life fell into it.
        clock: uint64[words, m], the quiet clock ran in it: covered, at home, not away, not disregarded.
        newest: UTC half-hour number (epoch seconds // 1800) of bit 0 of word 0.
        since: int64[m], the first half-hour number that counts.
        utc_offset_s: int32[words * 64], seconds ahead of UTC in each half hour, newest first.
        at_home_known: bool[m], being at home is proven, not assumed.
    """

    life: U64
    clock: U64
    newest: int
    since: I64
    utc_offset_s: I32
    at_home_known: B1


def unpack_half_hours(words: U64) -> B1:
    """Unpack bits to booleans, newest first: uint64[words, m] to bool[m, words * 64]."""
    by_resident = np.ascontiguousarray(words.T, "<u8").view(np.uint8)
    return np.unpackbits(by_resident, axis=1, bitorder="little").view(np.bool_)


def learn_all(past: HalfHours, policies: Sequence[Policy], area_worth: F64 | None = None) -> list[Profile]:
    """Learn the profile of each of m residents, in order; a pure function of its arguments.

    Nobody's limits depend on whom they were learned together with: only on the own half hours, and on `area_worth` if given.

    Args:
        past: the half hours.
        policies: one for each resident.
        area_worth: float64[m], hours, the worth in each resident's area (`area_price`). NaN for a resident, or None for all: the
            own budget is spent. It is not applied to residents who are not proven to be at home, or whose own data is too short.
    """
    if not policies:
        return []
    life, clock = unpack_half_hours(past.life), unpack_half_hours(past.clock)
    age = np.arange(life.shape[1])
    memory = np.array([one.memory_days for one in policies], np.int64) * SLOTS
    counts = age <= np.minimum(past.newest - past.since, memory)[:, None]
    life &= counts
    clock &= counts
    local = ((past.newest - age) * SLOT_S + past.utc_offset_s) // SLOT_S
    gaps = find_quiet_gaps(life, clock, local % SLOTS)
    choices = choose(gaps, collect_bounds(policies, past.at_home_known, area_worth))
    in_force = (choices.budgets < choices.budget[:, None]).sum(axis=1)
    limit = choices.limit_minutes[np.arange(len(policies)), in_force]
    by_length = tally(number_cells(gaps), len(policies)).astype(np.int32)
    habits = describe(life, clock, local, by_length, limit, past.at_home_known)
    known = past.at_home_known
    low = ~known | (np.array([habit.signs_a_day for habit in habits]) < _FEW_SIGNS_A_DAY)
    worth = np.where(known, choices.worth_h, 0.0)
    numbers = (choices.budget, worth, known, low, choices.days, choices.own_share)
    columns = (limit, *(one.tolist() for one in numbers), _make_curves(choices), habits)
    return [Profile(*values) for values in zip(*columns, strict=True)]


def _make_curves(choices: Choices) -> list[Curve]:
    """Make the curves, each point once; an empty curve while only the prior is in force."""
    points = np.diff(choices.budgets, axis=1, prepend=-1.0) > 0
    points &= choices.own_share[:, None] > 0
    counted, mean, high = (one.astype(np.float64) for one in (choices.counted, choices.delay_mean_h, choices.delay_p95_h))
    return [
        Curve(choices.budgets[i][here], choices.limit_minutes[i][here], counted[i][here], mean[i][here], high[i][here])
        for i, here in enumerate(points)
    ]
