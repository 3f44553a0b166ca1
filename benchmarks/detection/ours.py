"""The product's own learner, driven by the harness exactly as the engine drives it: a table of 48 limits, learned on the past."""

from __future__ import annotations

import numpy as np

from benchmarks.detection.evaluate import DAY_S, Limits, Method
from benchmarks.detection.signs import Gaps
from homebeat.habits.learn import learn
from homebeat.habits.policy import SLOT_S, History, Policy


def history_of(past: Gaps, at: int, *, at_home_known: bool = False) -> History:
    """The learner's view of the gaps so far: signs of life, and the clock stopped where the meter was not heard."""
    life = np.append(past.start, past.end[-1:])
    offset = np.append(past.local - past.start, (past.local - past.start)[-1:])
    # The last stretch before an unheard end is a hole in what is covered.
    hole_from = (past.start + past.quiet_s)[~past.ended]
    hole_to = past.end[~past.ended]
    first = int(past.start[0]) if len(past) else at
    edges = np.concatenate([[first], np.stack([hole_from, hole_to], axis=1).ravel(), [at]])
    return History(life, offset, first, at, edges.reshape(-1, 2), at_home_known)


def learned(policy: Policy | None = None, *, at_home_known: bool = False) -> Method:
    """Limits from the product's learner under `policy`."""
    policy = policy or Policy()

    def method(past: Gaps, at: int) -> Limits:
        table = learn(history_of(past, at, at_home_known=at_home_known), policy).limit_minutes.astype(np.float64) * 60
        return lambda gaps: np.asarray(table[gaps.local % DAY_S // SLOT_S])

    return method
