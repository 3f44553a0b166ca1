"""The slots of a timeline against plain sets: whatever is marked, and however far time goes on or back."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.stream.batch import NEVER
from homebeat.stream.features.timeline import SLOT_MS, SLOTS, U64, Timeline, make_slots_mask, measure_quiet_ms
from tests.conftest import examples

BEGIN = 1_000 * SLOT_MS
ROWS = 3


@dataclass
class Sets:
    """What is known of one resident, as sets of slots."""

    covered: set[int] = field(default_factory=set)
    worn: set[int] = field(default_factory=set)
    lived: set[int] = field(default_factory=set)
    words: list[tuple[int, bool]] = field(default_factory=list)
    life_at: int = NEVER
    firm_at: int = NEVER
    proven_at: int = NEVER

    def away(self, head: int) -> set[int]:
        """Slots after a word that says so, up to the next word."""
        out = set[int]()
        for slot in range(head - SLOTS + 1, head + 1):
            said = [is_home for at, is_home in self.words if at // SLOT_MS < slot]
            if said and not said[-1]:
                out.add(slot)
        return out


def bits(words: U64, row: int, head: int) -> set[int]:
    return {head - age for age in range(SLOTS) if int(words[age // 64, row]) >> (age % 64) & 1}


def shown(slots: set[int], head: int) -> set[int]:
    return {slot for slot in slots if head - SLOTS < slot <= head}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("time", "cover", "worn", "live", "pulse", "home", "away")),
        st.integers(0, ROWS - 1),
        st.integers(0, 90 * SLOT_MS),
        st.sampled_from((0, 1, SLOT_MS - 1, SLOT_MS, 70 * SLOT_MS, 200 * SLOT_MS)),
    ),
    max_size=25,
)


@examples(60, in_ci=150)
@given(STEPS)
def test_slots_are_sets(steps: list[tuple[str, int, int, int]]) -> None:
    timeline, model, now = Timeline(), [Sets() for _ in range(ROWS)], BEGIN
    timeline.grow(ROWS)
    timeline.advance(now)
    for what, row, back, span in steps:
        rows, at = np.array([row], np.int32), now - back
        mine = model[row]
        if what == "time":
            now += span
            timeline.advance(now)
        elif what in {"cover", "worn"}:
            timeline.cover(rows, np.array([at - span]), np.array([at]), by_band=what == "worn")
            slots = set(range(min((at - span) // SLOT_MS + 1, at // SLOT_MS), at // SLOT_MS + 1))
            mine.covered |= slots
            mine.worn |= slots if what == "worn" else set()
            mine.proven_at = max(mine.proven_at, at)
        elif what in {"live", "pulse"}:
            timeline.add_life(rows, np.array([at]), None if what == "live" else np.array([False]))
            mine.lived.add(at // SLOT_MS)
            mine.life_at = max(mine.life_at, at)
            mine.firm_at = max(mine.firm_at, at) if what == "live" else mine.firm_at
        elif not mine.words or at > mine.words[-1][0]:
            timeline.note_presence(row, at, is_home=what == "home")
            mine.words.append((at, what == "home"))
    head = now // SLOT_MS
    assert timeline.head == head
    for row, mine in enumerate(model):
        assert bits(timeline.covered, row, head) == shown(mine.covered, head)
        assert bits(timeline.worn, row, head) == shown(mine.worn, head)
        assert bits(timeline.lived, row, head) == shown(mine.lived, head)
        assert bits(timeline.away, row, head) == shown(mine.away(head), head)
        assert (timeline.life_at[row], timeline.firm_at[row], timeline.proven_at[row]) == (
            mine.life_at, mine.firm_at, mine.proven_at,
        )  # fmt: skip


def alive(*at: int, until: int) -> Timeline:
    """One resident who lived at these slots, covered all the time, up to the slot `until`."""
    timeline = Timeline()
    timeline.grow(1)
    timeline.advance(until * SLOT_MS)
    zeros = np.zeros(len(at), np.int32)
    timeline.add_life(zeros, np.array(at) * SLOT_MS)
    timeline.cover(zeros[:1], np.array([0]), np.array([until * SLOT_MS]))
    return timeline


def test_a_declared_absence_takes_every_slot_that_it_touches_and_opens_with_time() -> None:
    timeline = alive(1_000, until=1_000)
    timeline.declare(np.zeros(1, np.int32), np.array([1_002 * SLOT_MS + 1]), np.array([1_005 * SLOT_MS]))
    assert bits(timeline.declared, 0, 1_000) == set()
    timeline.advance(1_003 * SLOT_MS)
    assert bits(timeline.declared, 0, 1_003) == {1_002, 1_003}
    timeline.advance(1_100 * SLOT_MS)
    assert bits(timeline.declared, 0, 1_100) == {1_002, 1_003, 1_004}
    timeline.declare(np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.int64))
    assert bits(timeline.declared, 0, 1_100) == set()


def test_signs_that_were_none_are_taken_back() -> None:
    timeline = alive(900, 950, 1_000, until=1_000)
    timeline.remove_life(0, 1_000 * SLOT_MS)
    assert timeline.life_at[0] == 1_000 * SLOT_MS
    timeline.remove_life(0, 950 * SLOT_MS)
    assert (timeline.life_at[0], timeline.firm_at[0]) == (950 * SLOT_MS, 950 * SLOT_MS)
    assert bits(timeline.lived, 0, 1_000) == {900, 950}
    timeline.remove_life(0, NEVER)
    assert (timeline.life_at[0], bits(timeline.lived, 0, 1_000)) == (NEVER, set())


def test_the_first_sign_after_a_moment_is_known_to_the_slot() -> None:
    timeline = alive(900, 950, 1_000, until=1_000)
    first = timeline.find_first_life
    assert first(0, 900 * SLOT_MS) == 951 * SLOT_MS - 1
    assert first(0, 899 * SLOT_MS) == 901 * SLOT_MS - 1
    assert first(0, 950 * SLOT_MS) == 1_000 * SLOT_MS
    assert first(0, 1_000 * SLOT_MS) == NEVER


def test_signs_of_the_last_hours_are_read_with_the_first_among_them() -> None:
    signs = alive(900, 950, 1_000, until=1_000).read_signs(0, 900 * SLOT_MS)
    assert signs is not None
    assert (signs.bits, signs.until, signs.newest) == (1 | 1 << 50 | 1 << 100, 1_001 * SLOT_MS, 1_000 * SLOT_MS)
    assert (signs.spans, signs.before) == (SLOTS, 900 * SLOT_MS)
    assert alive(until=1_000).read_signs(0, NEVER) is None


def test_time_that_goes_back_closes_slots_and_the_oldest_are_blank() -> None:
    timeline = alive(900, 950, 1_000, until=1_000)
    for back, left in ((990, {900, 950}), (925, {900}), (600, set())):
        timeline.rewind(back * SLOT_MS)
        assert timeline.head == back
        assert bits(timeline.lived, 0, back) == left
        assert bits(timeline.covered, 0, back) == set(range(max(809, back - SLOTS + 1), back + 1))


def test_the_quiet_clock_is_exact_where_all_is_covered_and_counts_slots_where_not() -> None:
    def clock(covered: set[int], life_at: int, proven_at: int, head: int = 1_000) -> int:
        words = np.zeros((3, 1), np.uint64)
        for slot in covered:
            words[(head - slot) // 64, 0] |= np.uint64(1 << ((head - slot) % 64))
        return int(measure_quiet_ms(words, np.zeros_like(words), np.array([life_at]), np.array([proven_at]), head)[0])

    life = 900 * SLOT_MS + 1_234
    every = set(range(901, 1_001))
    assert clock(every, life, 1_000 * SLOT_MS + 77) == 100 * SLOT_MS + 77 - 1_234
    # slots after the newest proof break nothing
    assert clock(set(range(901, 991)), life, 990 * SLOT_MS + 5) == 90 * SLOT_MS + 5 - 1_234
    assert clock(every - {930}, life, 1_000 * SLOT_MS + 77) == 99 * SLOT_MS
    assert clock({1_000}, 1_000 * SLOT_MS - 5, 1_000 * SLOT_MS) == 5
    assert clock(set(), life, NEVER) == 0
    assert clock(set(range(900, 1_001)), NEVER, 1_000 * SLOT_MS) == 101 * SLOT_MS
    assert clock(set(range(809, 1_001)), 500 * SLOT_MS, 1_000 * SLOT_MS) == SLOTS * SLOT_MS


def test_a_mask_holds_the_youngest_slots() -> None:
    for newest in (0, 1, 63, 64, 65, 128, 191, 192):
        mask = make_slots_mask(np.array([newest]))
        assert bits(mask, 0, 500) == set(range(501 - newest, 501))


@pytest.mark.parametrize("back", [0, 1, 2, 3, 64, 191, 192, 500])
def test_the_half_hours_that_were_pushed_out_are_those_of_the_lost_slots(back: int) -> None:
    timeline = Timeline(1)
    timeline.head = 10_001
    newest = timeline.head - back
    lost = set(range(newest - SLOTS + 1, newest + 1)) - set(range(timeline.head - SLOTS + 1, timeline.head + 1))
    found = timeline.list_half_hours_pushed_out(newest * SLOT_MS + 7)
    assert set(found) == {slot // 3 for slot in lost}


@pytest.mark.parametrize("age", [0, 1, 63, 64, 65, 130, 191, 192])
def test_a_stretch_of_slots_goes_over_the_ends_of_words(age: int) -> None:
    """The door and the tap of ten hours are compared from any slot on."""
    timeline = Timeline(1)
    marked = {3, 62, 63, 64, 66, 127, 128, 150, 191}
    for slot in marked:
        timeline.lived[slot // 64, 0] |= np.uint64(1) << np.uint64(slot % 64)
    cut = int(timeline._cut_words(timeline.lived, age)[0])
    assert {bit for bit in range(64) if cut >> bit & 1} == {slot - age for slot in marked if age <= slot < age + 64}
