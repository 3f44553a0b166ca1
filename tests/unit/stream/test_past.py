"""The half hours of many weeks, when the clock goes back."""

from __future__ import annotations

import numpy as np
import pytest

from homebeat.domain.durations import DAY_MS
from homebeat.stream.features.past import WORDS, Past

HALF_HOUR = 1_800_000
#: A half hour whose bit stands within a word.
NEWEST = 64 * 15_385 + 20


@pytest.mark.parametrize("back", [0, 1, 20, 21, 100])
def test_half_hours_that_are_not_a_day_old_any_more_are_taken_over_again(back: int) -> None:
    """They are blank until then, in both; those before them stay."""
    past = Past(2)
    past.life[:] = past.ran[:] = ~np.uint64(0)
    past.head = NEWEST
    past.rewind((NEWEST + 1 - back) * HALF_HOUR + DAY_MS)
    assert past.head == NEWEST - back
    for kept in (past.life, past.ran):
        bits = [int(kept[half_hour // 64 % WORDS, 1]) >> half_hour % 64 & 1 for half_hour in range(NEWEST - 150, NEWEST + 1)]
        assert bits == [1] * (151 - back) + [0] * back
