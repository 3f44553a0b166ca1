"""What habits are learned from: for each half hour of the last sixteen weeks, was there life, and did the quiet clock run.

A half hour is taken over from the timeline when it is a day old. So readings that are less late are in it, and folding costs
nothing extra. Declared absences and disregarded spans are not in it: the roster has them, and people may add or remove them
later. They are taken out when somebody is learned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.durations import DAY_MS
from homebeat.stream.batch import I32
from homebeat.stream.columns import Column, Columns
from homebeat.stream.features.timeline import SLOT_MS, Timeline

HALF_HOUR_MS: Final = 1_800_000
WORDS: Final = 84
#: Sixteen weeks of half hours.
HALF_HOURS: Final = WORDS * 64
_SLOTS_IN_HALF_HOUR: Final = HALF_HOUR_MS // SLOT_MS
_DAY_SLOTS: Final = DAY_MS // SLOT_MS

#: Of ten half hours without the band on a wrist, so many do not count. Chosen on simulated streets (docs/detection.md).
UNWORN_MISSING: Final = 3

U64 = NDArray[np.uint64]
_NOBODY: Final = np.zeros(1, np.uint64)


class Past(Columns):
    """Half hour h (epoch ms // HALF_HOUR_MS) is bit h % 64 of word h // 64 % 84.

    Attributes:
        life: uint64[84, residents], a sign of life fell into the half hour.
        ran: uint64[84, residents], the quiet clock ran in most of it: covered by a device, and no device said "away". Where the
            resident had probably left by the door, one of two half hours counts. Where the resident's band was on no wrist,
            seven of ten count. These are the weights that such quiet has when it is judged.
        head: the newest half hour that was taken over.
    """

    life: U64
    ran: U64
    columns: ClassVar[Mapping[str, Column]] = {"life": Column(np.uint64, 0, (WORDS,)), "ran": Column(np.uint64, 0, (WORDS,))}

    def __init__(self, rows: int = 0) -> None:
        super().__init__(rows)
        self.head = 0

    def advance(self, timeline: Timeline, now: int) -> None:
        """Take over the half hours that are a day old at `now` (epoch ms). Call it before the timeline itself advances."""
        last, held = _find_last(now), timeline.find_held(_SLOTS_IN_HALF_HOUR)
        for half_hour in range(max(self.head, last - HALF_HOURS) + 1, last + 1):
            word, bit = divmod(half_hour, 64)
            word %= WORDS
            if bit == 0:
                self.life[word] = self.ran[word] = 0
            if half_hour not in held:
                continue  # at a start, and after a long stop, that is nearly all of sixteen weeks
            lived, ran = timeline.sum_half_hour(half_hour * _SLOTS_IN_HALF_HOUR, _SLOTS_IN_HALF_HOUR)
            is_unworn_missing = half_hour * UNWORN_MISSING % 10 < UNWORN_MISSING
            if half_hour % 2 or is_unworn_missing:
                first = half_hour * _SLOTS_IN_HALF_HOUR
                left = timeline.find_left(first + _SLOTS_IN_HALF_HOUR - 1) if timeline.by_door.any() else _NOBODY
                missing = left if half_hour % 2 else _NOBODY
                if is_unworn_missing:
                    missing = missing | timeline.find_unworn(first, _SLOTS_IN_HALF_HOUR) & ~left
                ran &= ~missing
            self.life[word] |= lived << np.uint64(bit)
            self.ran[word] |= ran << np.uint64(bit)
        self.head = max(self.head, last)

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to` (epoch ms): half hours that are not a day old then are taken over again."""
        super().rewind(to)
        head = min(self.head, _find_last(to))
        for half_hour in range(max(head, self.head - HALF_HOURS) + 1, self.head + 1):
            word, bit = divmod(half_hour, 64)
            others = ~(np.uint64(1) << np.uint64(bit))
            self.life[word % WORDS] &= others
            self.ran[word % WORDS] &= others
        self.head = head

    def get_half_hour(self, number: int) -> tuple[U64, U64]:
        """Get (life, ran) of one of the half hours up to `head`: two uint64[residents] of 0 and 1."""
        word, bit = divmod(number, 64)
        one = np.uint64(1)
        return (self.life[word % WORDS] >> np.uint64(bit)) & one, (self.ran[word % WORDS] >> np.uint64(bit)) & one

    def unpack(self, rows: I32) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Get (life, ran) of these residents: two bool[n, 5376], oldest half hour first; the newest is `head`."""
        return self._unroll(self.life, rows), self._unroll(self.ran, rows)

    def _unroll(self, words: U64, rows: I32) -> NDArray[np.bool_]:
        bits = np.unpackbits(np.ascontiguousarray(words[:, rows].T).view(np.uint8), axis=1, bitorder="little")
        # the half hours after the head in the ring are the oldest
        return np.roll(bits, -((self.head + 1) % HALF_HOURS), axis=1).view(np.bool_)


def _find_last(now: int) -> int:
    """Find the newest half hour that is a day old at `now` (epoch ms)."""
    return (now // SLOT_MS - _DAY_SLOTS) // _SLOTS_IN_HALF_HOUR - 1
