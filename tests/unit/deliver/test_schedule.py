"""Laws of the retry schedule."""

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from homebeat.deliver.schedule import ATTEMPTS, GAPS_S, JITTER, LONGEST_PATIENCE_S, compute_next_gap_s

DAY_S = 24 * 3600
seeds = st.integers(0, 2**32)
attempts = st.integers(1, ATTEMPTS - 1)


def test_the_schedule_in_full() -> None:
    assert (0, *GAPS_S) == (0, 5, 15, 30, 60, 2 * 60, 5 * 60, 15 * 60, 30 * 60, 3600, 2 * 3600, 4 * 3600, 8 * 3600, 8 * 3600)
    assert 0.98 * DAY_S < sum(GAPS_S) <= DAY_S


@given(seeds, attempts)
def test_gap_is_the_schedules_within_jitter(seed: int, made: int) -> None:
    gap = compute_next_gap_s(made, random.Random(seed))
    assert gap is not None
    assert (1 - JITTER) * GAPS_S[made - 1] <= gap <= (1 + JITTER) * GAPS_S[made - 1]


@given(seeds, attempts)
def test_same_seed_same_gap(seed: int, made: int) -> None:
    assert compute_next_gap_s(made, random.Random(seed)) == compute_next_gap_s(made, random.Random(seed))


@given(seeds)
def test_a_day_is_tried_whatever_the_chance(seed: int) -> None:
    chance = random.Random(seed)
    gaps = [compute_next_gap_s(made, chance) for made in range(1, ATTEMPTS)]
    assert 0.88 * DAY_S < sum(gap for gap in gaps if gap is not None) < 1.1 * DAY_S
    assert all(earlier < later for earlier, later in pairwise(gaps[:-1]) if earlier and later)


@given(seeds, attempts, st.floats(0, 1e9))
def test_patience_lengthens_within_bounds_and_never_shortens(seed: int, made: int, asked_s: float) -> None:
    plain = compute_next_gap_s(made, random.Random(seed))
    lengthened = compute_next_gap_s(made, random.Random(seed), asked_s)
    assert plain is not None
    assert lengthened == max(plain, min(asked_s, LONGEST_PATIENCE_S))


@given(seeds, st.integers(ATTEMPTS, 1000), st.one_of(st.none(), st.floats(0, 1e9)))
def test_after_the_last_attempt_it_gives_up(seed: int, made: int, asked_s: float | None) -> None:
    assert compute_next_gap_s(made, random.Random(seed), asked_s) is None
