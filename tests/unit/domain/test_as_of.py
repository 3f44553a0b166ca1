"""What is older than the watch's last word is unknown."""

from __future__ import annotations

import pytest

from homebeat.domain.as_of import STALE_MS, AsOf

NOON = 1_772_352_000_000


@pytest.mark.parametrize("known", ["active", "quiet", "unknown", None, "odd"])
def test_a_state_holds_while_the_watch_speaks_and_is_unknown_after(known: str | None) -> None:
    current, stale = AsOf(NOON, NOON + STALE_MS), AsOf(NOON, NOON + STALE_MS + 1)
    assert current.find_state(known) == (known if known in {"active", "quiet"} else "unknown")
    assert (stale.find_state(known), AsOf(None, NOON).find_state(known)) == ("unknown", "unknown")
    assert (current.find_since(7), stale.find_since(7), AsOf(None, NOON).find_since(7)) == (7, NOON, None)


def test_silence_and_counts_are_unknown_with_it() -> None:
    current, stale = AsOf(NOON, NOON), AsOf(NOON, NOON + 3 * 86_400_000)
    assert [current.is_silent(known) for known in (True, False, None)] == [True, False, None]
    assert [stale.is_silent(known) for known in (True, False, None)] == [None, None, None]
    counts = {"active": 3, "quiet": 2, "unknown": 1}
    assert current.count_states(counts) == counts
    assert stale.count_states(counts) == {"active": 0, "quiet": 0, "unknown": 6}
