"""When to come back, and noticing that somebody else has our name."""

import random

from hypothesis import given
from hypothesis import strategies as st

from homebeat.ingest.mqtt.reconnecting import Backoff, Takeovers


@given(seed=st.integers(0, 1000))
def test_waits_lie_within_bounds_and_differ(seed: int) -> None:
    backoff = Backoff(random.Random(seed), 1.0, 30.0)
    waits = [backoff.choose_wait_s() for _ in range(50)]
    assert 0 < waits[0] <= 1.0
    assert all(0.1 <= wait <= 30.0 for wait in waits)
    assert len(set(waits)) > 40


def test_a_proven_connection_starts_short_again() -> None:
    backoff = Backoff(random.Random(1), 1.0, 30.0)
    for _ in range(20):
        backoff.choose_wait_s()
    backoff.reset()
    assert backoff.choose_wait_s() <= 1.0


def test_three_short_lives_in_a_minute_are_a_rival() -> None:
    takeovers = Takeovers()
    for now_s in (0.0, 20.0):
        takeovers.note_end(2.0, now_s)
    assert not takeovers.is_contested(20.0)
    takeovers.note_end(2.0, 40.0)
    assert takeovers.is_contested(40.0)
    assert not takeovers.is_contested(61.0)


def test_long_lives_are_no_rival() -> None:
    takeovers = Takeovers()
    for now_s in range(0, 60, 5):
        takeovers.note_end(3600.0, float(now_s))
    assert takeovers.count(60.0) == 0
