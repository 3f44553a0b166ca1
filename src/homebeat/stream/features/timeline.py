"""What is proven about each resident, in slots of ten minutes: covered by a live device, away from home, alive.

The quiet clock is a count of bits: slots after the last sign of life that a device covers and in which the resident is not away.
Setting a bit twice or late changes nothing else, so back-fill needs no special case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.durations import DAY_MS
from homebeat.domain.family_note import SignsSeen
from homebeat.stream.batch import FAR, I32, I64, NEVER, Bool
from homebeat.stream.columns import Column, Columns
from homebeat.stream.features.doors import count_passages
from homebeat.stream.previous import Rows

SLOT_MS: Final = 600_000
WORDS: Final = 3
SLOTS: Final = WORDS * 64  # 32 hours
#: A report on presence that is older no longer proves that the resident is at home.
PRESENCE_MS: Final = 7 * DAY_MS
U64 = NDArray[np.uint64]

_ONE: Final = np.uint64(1)
_FEW_SLOTS: Final = 16
_SLOTS_IN_HALF_HOUR: Final = 1_800_000 // SLOT_MS
_ALL: Final = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


class Timeline(Columns):
    """Bit k of the words is the slot that is k slots older than `head`; word 0 has the newest 64.

    Attributes:
        covered: uint64[3, residents], a device has proven that it would have reported a sign of life.
        away: uint64[3, residents], a device says that the resident was not at home.
        declared: uint64[3, residents], the resident was declared away for some part of the slot.
        lived: uint64[3, residents], a sign of life fell into the slot.
        by_door: uint64[3, residents], a door moved, and no other sign of life fell into the slot; for who lives alone.
        worn: uint64[3, residents], a band of the resident was on a living wrist.
        life_at: int64[residents], newest sign of life, epoch ms.
        firm_at: int64[residents], the newest sign that was more than a lone pulse of a meter (which a drip may cause), epoch ms.
        proven_at: int64[residents], end of the newest covered span, epoch ms.
        home: int8[residents], the newest report on presence: 1 at home, 0 away, -1 unknown; home_at: when, epoch ms.
        head: the slot number (epoch ms // SLOT_MS) of bit 0.
        band_since: int64[residents], since when the resident has a band, epoch ms; FAR for none. Derived from the roster.
    """

    covered: U64
    away: U64
    declared: U64
    lived: U64
    by_door: U64
    worn: U64
    life_at: I64
    firm_at: I64
    proven_at: I64
    home: NDArray[np.int8]
    home_at: I64
    columns: ClassVar[Mapping[str, Column]] = {
        "covered": Column(np.uint64, 0, (WORDS,)),
        "away": Column(np.uint64, 0, (WORDS,)),
        "declared": Column(np.uint64, 0, (WORDS,)),
        "lived": Column(np.uint64, 0, (WORDS,)),
        "by_door": Column(np.uint64, 0, (WORDS,)),
        "worn": Column(np.uint64, 0, (WORDS,)),
        "life_at": Column(np.int64, NEVER),
        "firm_at": Column(np.int64, NEVER),
        "proven_at": Column(np.int64, NEVER),
        "home": Column(np.int8, -1),
        "home_at": Column(np.int64, NEVER),
    }

    def __init__(self, rows: int = 0) -> None:
        super().__init__(rows)
        self.head = 0
        self.band_since: I64 = np.full(rows, FAR)
        self._absent = np.empty(0, np.int32)
        self._absent_first = self._absent_last = np.empty(0, np.int64)

    @property
    def _words(self) -> tuple[U64, ...]:
        return self.covered, self.away, self.declared, self.lived, self.by_door, self.worn

    def advance(self, now: int) -> None:
        """Open the slots up to `now` (epoch ms), marked as away for residents whose newest report on presence says so."""
        steps = now // SLOT_MS - self.head
        if steps <= 0:
            return
        for words in self._words:
            _shift(words, min(steps, SLOTS))
        opened = self.head + 1
        self.head += steps
        gone = self.home == 0
        if gone.any():
            self.away[:, gone] |= make_slots_mask(np.array([min(steps, SLOTS)]))
        self._mark(self.declared, self._absent, np.maximum(self._absent_first, opened), self._absent_last)

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to` (epoch ms): close later slots. The slots that they had pushed out are blank."""
        super().rewind(to)
        steps = self.head - to // SLOT_MS
        if steps <= 0:
            return
        for words in self._words:
            _shift_back(words, min(steps, SLOTS))
        self.head -= steps

    def list_half_hours_pushed_out(self, to: int) -> range:
        """The half hours (epoch ms // 1,800,000) that the slots at `to` would hold if the clock had not been ahead of it."""
        newest = to // SLOT_MS
        pushed_out = min(max(self.head - newest, 0), SLOTS)
        first, last = newest - SLOTS + 1, newest - SLOTS + pushed_out
        return range(first // _SLOTS_IN_HALF_HOUR, last // _SLOTS_IN_HALF_HOUR + 1 if pushed_out else 0)

    def recall(self, half_hour: int, life: U64, ran: U64) -> None:
        """Write a half hour back into its slots, as `Past` knows it; `life` and `ran`: uint64[residents] of 0 and 1."""
        for slot in range(half_hour * _SLOTS_IN_HALF_HOUR, (half_hour + 1) * _SLOTS_IN_HALF_HOUR):
            age = self.head - slot
            if 0 <= age < SLOTS:
                bit = np.uint64(age % 64)
                self.lived[age // 64] |= life << bit
                self.covered[age // 64] |= ran << bit
                # how long the band was worn is lost: count all of it as worn, so that quiet counts in full
                self.worn[age // 64] |= ran << bit

    def declare(self, rows: I32, starts_at: I64, ends_at: I64) -> None:
        """Replace all declared absences [starts_at, ends_at), epoch ms, also past ones that were declared late."""
        self._absent, self._absent_first, self._absent_last = rows, starts_at // SLOT_MS, (ends_at - 1) // SLOT_MS
        self.declared[:] = 0
        self._mark(self.declared, rows, self._absent_first, self._absent_last)

    def cover(self, rows: I32, after: I64, until: I64, *, by_band: bool = False) -> None:
        """Mark (after, until] as covered for each row; times epoch ms, repeated rows allowed.

        Args:
            rows: int32[n], residents.
            after: int64[n], epoch ms.
            until: int64[n], epoch ms.
            by_band: A band on a living wrist covers it.
        """
        np.maximum.at(self.proven_at, rows, until)
        # a span within one slot covers that slot
        last = until // SLOT_MS
        first = np.minimum(after // SLOT_MS + 1, last)
        self._mark(self.covered, rows, first, last)
        if by_band:
            self._mark(self.worn, rows, first, last)

    def add_life(self, rows: I32, at: I64, firm: Bool | None = None) -> None:
        """Record signs of life (epoch ms); `firm`: bool[n], more than a lone pulse of a meter; all, if not given."""
        np.maximum.at(self.life_at, rows, at)
        surely = slice(None) if firm is None else firm
        np.maximum.at(self.firm_at, rows[surely], at[surely])
        # a time that a fast clock puts ahead of the newest slot counts as just now
        slot = np.minimum(at // SLOT_MS, self.head)
        self._mark(self.lived, rows, slot, slot)

    def remove_life(self, row: int, life_at: int) -> None:
        """Remove all signs of life of a resident after `life_at` (epoch ms, NEVER for all): they were none."""
        if life_at >= self.life_at[row]:
            return
        self.life_at[row] = life_at
        self.firm_at[row] = min(int(self.firm_at[row]), life_at)
        newer = SLOTS if life_at == NEVER else min(max(self.head - life_at // SLOT_MS, 0), SLOTS)
        for words in (self.lived, self.by_door):
            words[:, row] &= ~make_slots_mask(np.array([newer]))[:, 0]

    def read_signs(self, row: int, before: int) -> SignsSeen | None:
        """Read in which slots there was a sign of life of a resident; None for none ever. `before`: the newest known before."""
        newest = int(self.life_at[row])
        if newest == NEVER:
            return None
        bits = sum(int(self.lived[word, row]) << 64 * word for word in range(WORDS))
        return SignsSeen(bits, SLOTS, SLOT_MS, (self.head + 1) * SLOT_MS, newest, None if before == NEVER else before)

    def note_inside(self, rows: I32, at: I64) -> None:
        """Record a sign of life inside (epoch ms): who moved a door in the same slot did not only leave."""
        slot = np.minimum(at // SLOT_MS, self.head)
        self._mark(self.by_door, rows, slot, slot, clear=True)

    def pass_door(self, rows: I32, at: I64) -> None:
        """Record moves of doors (epoch ms), before they are recorded as signs of life; repeated rows allowed."""
        age = self.head - np.minimum(at // SLOT_MS, self.head)
        rows, age = rows[age < SLOTS], age[age < SLOTS]
        word, bit = age // 64, (age % 64).astype(np.uint64)
        seen_inside = (self.lived[word, rows] & ~self.by_door[word, rows]) >> bit & _ONE
        only = seen_inside == 0
        np.bitwise_or.at(self.by_door, (word[only], rows[only]), _ONE << bit[only])

    def count_doors_passed(self, rows: Rows | I32 | slice, now: int) -> I64:
        """Count passages of a door since the last sign inside, int64[n]; odd: probably out. 0 where a device reports presence."""
        newest, door = (self.lived[w, rows] for w in range(WORDS)), (self.by_door[w, rows] for w in range(WORDS))
        last = np.zeros(len(self.home[rows]), np.bool_)
        found = np.zeros(len(last), np.bool_)
        for lived, moved in zip(newest, door, strict=True):
            last |= ~found & (_find_youngest(lived) & moved != 0)
            found |= lived != 0
        # for few residents the door was the last that moved: count passages of those only
        few = np.flatnonzero(last & ~self.is_presence_known(rows, now))
        out = np.zeros(len(last), np.int64)
        out[few] = count_passages(self.lived[:, rows][:, few], self.by_door[:, rows][:, few])
        return out

    def is_presence_known(self, rows: Rows | I32 | slice, now: int) -> Bool:
        """bool[n]: a device has reported within a week whether the resident is at home."""
        recent: Bool = now - np.maximum(self.home_at[rows], 0) < PRESENCE_MS
        return recent

    def find_first_life(self, row: int, at: int) -> int:
        """Find the first sign of life after `at` (epoch ms), to the slot and never too early; NEVER for none."""
        newest = int(self.life_at[row])
        if newest <= at:
            return NEVER
        oldest = min(self.head - at // SLOT_MS, SLOTS) - 1
        for age in range(oldest, -1, -1):
            if int(self.lived[age // 64, row]) >> (age % 64) & 1:
                return min(newest, (self.head - age + 1) * SLOT_MS - 1)
        return newest

    def find_held(self, slots: int) -> range:
        """Find the spans of `slots` slots of which at least one slot is held. Span n begins with slot n * `slots`."""
        return range((self.head - SLOTS + 1) // slots, self.head // slots + 1)

    def sum_half_hour(self, slot: int, slots: int) -> tuple[U64, U64]:
        """Sum up slots: (lived in any, clock ran in most) of `slots` slots from `slot` on; uint64[residents] of 0 and 1 each."""
        lived, ran = np.zeros(self.rows, np.uint64), np.zeros(self.rows, np.uint64)
        for age in range(self.head - slot, self.head - slot - slots, -1):
            if 0 <= age < SLOTS:
                word, bit = age // 64, np.uint64(age % 64)
                lived |= (self.lived[word] >> bit) & _ONE
                ran += ((self.covered[word] & ~self.away[word]) >> bit) & _ONE
        return lived, (ran > slots // 2).astype(np.uint64)

    def find_left(self, slot: int) -> U64:
        """uint64[residents], 1 where the resident had probably left by the end of `slot`, as the ten hours before it show."""
        lived, moved = (self._cut_words(words, self.head - slot) for words in (self.lived, self.by_door))
        out = count_passages(lived[None], moved[None]) % 2 > 0
        gone: U64 = (out & ~self.is_presence_known(slice(None), (slot + 1) * SLOT_MS)).astype(np.uint64)
        return gone

    def find_unworn(self, slot: int, slots: int) -> U64:
        """uint64[residents], 1 where the resident has a band that was on no wrist in most of the slots from `slot` on."""
        worn = np.zeros(self.rows, np.uint64)
        for age in range(self.head - slot, self.head - slot - slots, -1):
            if 0 <= age < SLOTS:
                worn += (self.worn[age // 64] >> np.uint64(age % 64)) & _ONE
        unworn: U64 = ((2 * worn < slots) & (self.band_since <= slot * SLOT_MS)).astype(np.uint64)
        return unworn

    def measure_unworn_ms(self, rows: Rows | I32) -> I64:
        """Measure the quiet at home since the last sign of life during which no band was on the wrist, int64[n], ms, in slots.

        0 for a resident without a band.
        """
        since = np.clip(self.head - np.maximum(self.life_at[rows], 0) // SLOT_MS, 0, SLOTS)
        quiet = (
            self.covered[:, rows] & ~(self.away[:, rows] | self.declared[:, rows] | self.worn[:, rows]) & make_slots_mask(since)
        )
        slots = np.bitwise_count(quiet).sum(axis=0, dtype=np.int64)
        return np.where(self.band_since[rows] < FAR, slots * SLOT_MS, 0)

    def _cut_words(self, words: U64, age: int) -> U64:
        """uint64[residents]: 64 slots from this age on, the youngest in bit 0."""
        word, bit = age // 64, np.uint64(age % 64)
        if not 0 <= age < SLOTS:
            return np.zeros(self.rows, np.uint64)
        out: U64 = words[word] >> bit
        if bit and word + 1 < WORDS:
            out = out | (words[word + 1] << (np.uint64(64) - bit))
        return out

    def note_presence(self, row: int, at: int, *, is_home: bool) -> None:
        """Take in a report on presence (epoch ms); one that is older than the newest known is ignored."""
        if at <= self.home_at[row]:
            return
        self.home_at[row], self.home[row] = at, is_home
        one, first = np.array([row], np.int32), np.array([at // SLOT_MS + 1], np.int64)
        self._mark(self.away, one, first, np.array([self.head], np.int64), clear=is_home)

    def _mark(self, words: U64, rows: I32, first: I64, last: I64, *, clear: bool = False) -> None:
        youngest, oldest = np.maximum(self.head - last, 0), np.minimum(self.head - first, SLOTS - 1)
        some = youngest <= oldest
        if not some.all():
            rows, youngest, oldest = rows[some], youngest[some], oldest[some]
        if not len(rows):
            return
        low, high = int(youngest.min()), int(oldest.max())
        if int(youngest.max()) == low and int(oldest.min()) == high:
            _put(words, rows, low, high, clear=clear)
            return
        width = high - low + 1
        if width > _FEW_SLOTS:
            for age in range(low, high + 1):
                _put(words, rows[(youngest <= age) & (age <= oldest)], age, age, clear=clear)
            return
        # the spans of a tick mostly have one of a few forms: write each form at once
        span = (youngest - low) * width + (oldest - low)
        for one in np.flatnonzero(np.bincount(span)).tolist():
            _put(words, rows[span == one], low + one // width, low + one % width, clear=clear)


def measure_quiet_ms(covered: U64, away: U64, life_at: I64, proven_at: I64, head: int) -> I64:
    """Measure the quiet clock: proven time at home since the last sign of life, ms, int64[n]; 0 where nothing is proven.

    Exact to the millisecond where the whole span is covered at home, else counted in slots. It never exceeds the proven time
    that has passed, and it saturates at 32 hours.
    """
    since = np.clip(head - np.maximum(life_at, 0) // SLOT_MS, 0, SLOTS)
    counted = np.bitwise_count(covered & ~away & make_slots_mask(since)).sum(axis=0, dtype=np.int64)
    # only spans up to the newest proof can be covered, so the slots after it do not break an unbroken span
    whole = counted >= np.minimum(since, SLOTS) - np.clip(head - proven_at // SLOT_MS, 0, SLOTS)
    elapsed = np.where(proven_at > life_at, proven_at - np.maximum(life_at, 0), 0)
    exact = whole & (since < SLOTS)
    return np.where(exact, elapsed, np.minimum(counted * SLOT_MS, elapsed))


def make_slots_mask(newest: I64) -> U64:
    """Make words in which the `newest` youngest slots are set, uint64[3, n]."""
    out = np.empty((WORDS, len(newest)), np.uint64)
    for w in range(WORDS):
        bits = np.clip(newest - 64 * w, 0, 64).astype(np.uint64)
        out[w] = np.where(bits == 64, _ALL, (_ONE << np.minimum(bits, np.uint64(63))) - _ONE)
    return out


def _find_youngest(words: U64) -> U64:
    """Find the lowest set bit of each word."""
    lowest: U64 = words & (~words + _ONE)
    return lowest


def _put(words: U64, rows: I32, youngest: int, oldest: int, *, clear: bool) -> None:
    """Set (or clear) the slots of these ages on the rows. The bits are the same for all, so repeated rows are harmless."""
    if not len(rows):
        return
    for w in range(youngest // 64, oldest // 64 + 1):
        first, last = max(youngest - 64 * w, 0), min(oldest - 64 * w, 63)
        bits = np.uint64((1 << (last + 1)) - (1 << first))
        word = words[w]
        word[rows] = word[rows] & ~bits if clear else word[rows] | bits


def _shift(words: U64, steps: int) -> None:
    whole, part = divmod(steps, 64)
    if whole:
        words[whole:] = words[: WORDS - whole].copy() if whole < WORDS else 0
        words[: min(whole, WORDS)] = 0
    if part:
        up, down = np.uint64(part), np.uint64(64 - part)
        for w in range(WORDS - 1, 0, -1):
            words[w] = (words[w] << up) | (words[w - 1] >> down)
        words[0] <<= up


def _shift_back(words: U64, steps: int) -> None:
    """Drop the youngest slots; the oldest become blank."""
    whole, part = divmod(steps, 64)
    if whole:
        words[: WORDS - whole] = words[whole:].copy() if whole < WORDS else 0
        words[WORDS - min(whole, WORDS) :] = 0
    if part:
        down, up = np.uint64(part), np.uint64(64 - part)
        for w in range(WORDS - 1):
            words[w] = (words[w] >> down) | (words[w + 1] << up)
        words[-1] >>= down
