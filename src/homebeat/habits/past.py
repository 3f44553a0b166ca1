"""The past of many residents as half-hour bits, and what is learned from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from homebeat.habits.learn import Profile, learn
from homebeat.habits.policy import B1, I64, SLOT_S, History, Policy

WORD_BITS = 64

U64 = NDArray[np.uint64]
I32 = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """The last half hours of m residents of one time zone; bit k of word w is the half hour 64 * w + k before `newest`.

    Attributes:
        life: uint64[words, m], a sign of life fell into it.
        clock: uint64[words, m], the quiet clock ran in it: covered, at home, not away, not disregarded.
        newest: UTC half-hour number (epoch seconds // 1800) of bit 0 of word 0.
        since: int64[m], the first half-hour number that counts.
        utc_offset_s: int32[words * 64], seconds ahead of UTC in each half hour, newest first.
        at_home_known: bool[m], being at home is proven, not assumed.
    """

    life: U64
    clock: U64
    newest: int
    since: I64
    utc_offset_s: I32
    at_home_known: B1


def half_hours(words: U64) -> B1:
    """Bits as booleans, newest first: uint64[words, m] to bool[m, words * 64]."""
    by_resident = np.ascontiguousarray(words.T, "<u8").view(np.uint8)
    return np.unpackbits(by_resident, axis=1, bitorder="little").view(np.bool_)


def learn_all(past: Past, policies: Sequence[Policy]) -> list[Profile]:
    """What was learned about each of m residents, in order; `policies` holds one for each."""
    life, clock = half_hours(past.life), half_hours(past.clock)
    return [learn(_history(past, life[row], clock[row], row), policy) for row, policy in enumerate(policies)]


def _history(past: Past, life: B1, clock: B1, row: int) -> History:
    """One resident's past; a sign counts at the start of its half hour, as its local half hour of the day does."""
    first = int(past.since[row])
    counts = past.newest - np.arange(len(life)) >= first
    lived = np.flatnonzero((life & counts)[::-1])
    oldest = past.newest - len(life) + 1
    ran = np.concatenate([[False], (clock & counts)[::-1], [False]]).astype(np.int8)
    turned = np.flatnonzero(np.diff(ran)).reshape(-1, 2)
    return History(
        (oldest + lived) * SLOT_S, past.utc_offset_s[::-1][lived].astype(np.int64),
        max(first, oldest) * SLOT_S, (past.newest + 1) * SLOT_S, (oldest + turned) * SLOT_S, bool(past.at_home_known[row]),
    )  # fmt: skip
