"""The product's own learner, driven by the harness as the engine drives it: half-hour bits in, a table of 48 limits out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection.evaluate import DAY_S, Limits, Method
from benchmarks.detection.signs import Gaps
from homebeat.habits.past import HalfHours, learn_all
from homebeat.habits.policy import SLOT_S, Policy

WORDS = 84


def make_past(gaps: Gaps, at: int, *, at_home_known: bool = False) -> HalfHours:
    """The learner's view of the gaps so far: signs of life, and the clock stopped where the meter was not heard."""
    newest = at // SLOT_S - 1
    half_hour = newest - np.arange(WORDS * 64)
    life = np.isin(half_hour, np.append(gaps.start, gaps.end[-1:]) // SLOT_S)
    clock = np.ones(len(half_hour), np.bool_)
    # The last stretch before an unheard end is a hole in what is covered.
    holes = np.stack([gaps.start + gaps.quiet_s, gaps.end], axis=1)[~gaps.ended] // SLOT_S
    for first, last in holes.tolist():
        clock &= (half_hour < first) | (half_hour >= last)
    offset = np.zeros(len(half_hour), np.int32)
    if len(gaps):
        before = np.clip(np.searchsorted(gaps.start // SLOT_S, half_hour, side="right") - 1, 0, None)
        offset = (gaps.local - gaps.start)[before].astype(np.int32)
    since = np.array([gaps.start[0] // SLOT_S if len(gaps) else newest + 1])
    return HalfHours(_pack(life), _pack(clock), newest, since, offset, np.array([at_home_known]))


def _pack(newest_first: NDArray[np.bool_]) -> NDArray[np.uint64]:
    return np.packbits(newest_first, bitorder="little").view(np.uint64)[:, None]


def make_learned_method(policy: Policy | None = None, *, at_home_known: bool = False) -> Method:
    """Limits from the product's learner under `policy`."""
    policy = policy or Policy()

    def method(past: Gaps, at: int) -> Limits:
        (profile,) = learn_all(make_past(past, at, at_home_known=at_home_known), [policy])
        table = profile.limit_minutes.astype(np.float64) * 60
        return lambda gaps: np.asarray(table[gaps.local % DAY_S // SLOT_S])

    return method
