"""Made-up elders whose band is off a quarter of the time: what quiet may weigh while it is on no wrist.

The product's own learner, given the clock as `stream.features.past` keeps it (of ten half hours without the band some are left
out), and judged as `rules.no_sign_of_life` judges: the learned limit is stretched by what such quiet does not count, up to 12 h.
After a collapse the band stays as it was: on the wrist, off it, or on its charger at the usual time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.detection.elders import B1, F64, FIRST_S, make_elder_with_wear
from benchmarks.detection.evaluate import (
    ABSENCE_S,
    COLD_DAYS,
    DAY_S,
    I64,
    Limits,
    Tally,
    compute_limits_over_time,
    place_collapses,
    pool_tallies,
)
from benchmarks.detection.ours import make_past
from benchmarks.detection.signs import Gaps
from homebeat.habits.past import HalfHours, learn_all, unpack_half_hours
from homebeat.habits.policy import SLOT_S, Policy
from homebeat.stream.features.past import UNWORN_MISSING

_MEMORY_DAYS = 112
_EVERY_S = 300


@dataclass(frozen=True, slots=True)
class Wrist:
    """bool[minutes] `off` since `FIRST_S`, summed up."""

    minutes_off: I64

    @classmethod
    def make(cls, off: B1) -> Wrist:
        """From single minutes."""
        return cls(np.concatenate([[0], np.cumsum(off)]))

    def compute_unworn_s(self, since: I64, until: I64) -> F64:
        """Seconds of the spans [since, until) in which the band was on no wrist."""
        first, last = (np.clip((at - FIRST_S) // 60, 0, len(self.minutes_off) - 1) for at in (since, until))
        return np.asarray(60.0 * (self.minutes_off[last] - self.minutes_off[first]), np.float64)


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of some elders.

    Attributes:
        tally: As in `evaluate`.
        evening: bool[k], which of its collapses fell between 19 and 05 h.
        unworn: bool[k], which fell while the band was on no wrist.
    """

    tally: Tally
    evening: B1
    unworn: B1


def judge_all(
    seeds: range,
    *,
    missing: int = UNWORN_MISSING,
    policy: Policy | None = None,
    is_always_worn: bool = False,
    days: tuple[float, float] = (COLD_DAYS, np.inf),
) -> Judged:
    """Several elders as one, scored from day to day; of ten half hours without the band `missing` do not count."""
    elders = (make_elder_with_wear(seed, is_always_worn=is_always_worn) for seed in seeds)
    each = [_judge(elder, missing, policy or Policy(), days) for elder in elders]
    evening, unworn = (np.concatenate([getattr(one, name) for one in each]) for name in ("evening", "unworn"))
    return Judged(pool_tallies([one.tally for one in each]), evening, unworn)


def _judge(elder: tuple[Gaps, B1], missing: int, policy: Policy, days: tuple[float, float]) -> Judged:
    gaps, off = elder
    wrist = Wrist.make(off)

    def method(past: Gaps, at: int) -> Limits:
        (profile,) = learn_all(_weigh(make_past(past, at, at_home_known=True), wrist, missing), [policy])
        table = profile.limit_minutes.astype(np.float64) * 60
        return lambda some: np.asarray(table[some.local % DAY_S // SLOT_S])

    limit, longest = compute_limits_over_time(gaps, method, learn_days=_MEMORY_DAYS), policy.ceiling_minutes * 60.0
    length, age_days = gaps.end - gaps.start, (gaps.start - gaps.start[0]) / DAY_S
    scored = (age_days >= days[0]) & (age_days < days[1])
    unworn = np.where(gaps.quiet_s > 0, wrist.compute_unworn_s(gaps.start, gaps.end), 0.0)
    false = scored & (length < ABSENCE_S) & (gaps.quiet_s > np.minimum(limit + missing / 10 * unworn, longest))
    index, age = place_collapses(gaps)
    index, age = index[scored[index]], age[scored[index]]
    since, waited = gaps.start[index, None], np.arange(0, longest + _EVERY_S, _EVERY_S)[None].astype(np.int64)
    allowed = np.minimum(limit[index, None] + missing / 10 * wrist.compute_unworn_s(since, since + waited), longest)
    told = waited[0, (waited >= allowed).argmax(axis=1)]
    delay = np.maximum(told - age, 0) / 3600
    tally = Tally(
        float(length[scored].sum() / DAY_S), int(false.sum()), int((scored & (length >= ABSENCE_S)).sum()), delay, np.empty(0)
    )
    hour = (gaps.local[index] + age) // 3600 % 24
    return Judged(tally, (hour >= 19) | (hour < 5), wrist.compute_unworn_s(since[:, 0] + age - 60, since[:, 0] + age) > 30)


def _weigh(past: HalfHours, wrist: Wrist, missing: int) -> HalfHours:
    half_hour = past.newest - np.arange(past.clock.shape[0] * 64)
    unworn = wrist.compute_unworn_s(half_hour * SLOT_S, (half_hour + 1) * SLOT_S) > SLOT_S // 2
    clock = unpack_half_hours(past.clock)[0] & ~(unworn & (half_hour * missing % 10 < missing))
    return replace(past, clock=np.packbits(clock, bitorder="little").view(np.uint64)[:, None])
