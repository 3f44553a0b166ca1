"""Timers: what draws the same water by itself at the same hour, and is no person. An irrigation valve or a softener, for example.

A total does not give the minute, and mixes a timer's draw with what a person does in the same hour. So each hour of the day is
compared with one volume: the least that it shows again and again. A day on which the hour shows that volume counts for a timer.
A day with more says little, because a person may have drawn the rest. A day with less counts against it.

A person also draws at the same hour (a shower, a flush), but not the same to a tenth, and not without missing a day. Flushes are
alike. So a small volume counts as a timer's only if it comes round the clock.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.habits.policy import B1, F64, I64

U16 = NDArray[np.uint16]
_I = NDArray[np.integer]

#: Hours of a day, each compared with a volume of its own.
HOURS: Final = 24
#: Two volumes are alike when they differ by at most this share, or by one count of the meter.
NEAR_SHARE: Final = 0.1
#: A timer draws at least so many counts: less may be a drip.
LEAST_COUNTS: Final = 2.5
#: A timer of one hour of the day draws at least so many litres (each day; every second to fourth day) and counts: flushes are
#: alike too.
LEAST_LITRES: Final = 15.0
LEAST_LITRES_SELDOM: Final = 40.0
EXACT_COUNTS: Final = 8.0
#: A use three times as large is another use; so is a use that is that much smaller.
OTHER_TIMES: Final = 3.0
#: Points that a day gives: the same volume, more (after a day with that volume), more again, less.
ALIKE: Final = 2
MORE: Final = 1
MORE_AGAIN: Final = -1
LESS: Final = -4
MOST: Final = 30
#: Points from which the hour counts as a timer's (eight days alike; five if it does not come daily), and below which it stops.
SURE: Final = 16
SURE_SELDOM: Final = 10
STILL_SURE: Final = 12
STILL_SURE_SELDOM: Final = 6
#: Hours between two draws of a timer that comes several times a day; points that each of its hours needs, and all together.
ROUND: Final = (2, 3, 4, 6, 8)
ROUND_EACH: Final = 4
ROUND_SURE: Final = 30
#: In one of so many of its hours a person may draw too, each time; in at least so many nobody does.
ROUND_MIXED: Final = 3
ROUND_ALONE: Final = 3
#: One of so many hours between its draws must not show water each day.
ROUND_STILL: Final = 2

_STEP: Final = 0.06
_SMALLEST: Final = 2.0
_LEVELS: Final = 127
_CODE_BITS, _SCORE_BITS = 4, 5
_DAILY, _DAILY_MORE = 4, 5
#: By code: days between two draws, 0 while only one was seen; and the day number at which it draws, modulo that.
_PERIOD: Final = np.array([0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 0])
_PHASE: Final = np.array([0, 1, 2, 3, 0, 0, 0, 1, 0, 1, 2, 0, 1, 2, 3, 0])
_FIRST_CODE: Final = np.array([0, _DAILY, 6, 8, 11])
_LONGEST: Final = 4


def update_word(word: U16, litres: F64, day: I64, resolution: _I) -> U16:
    """Update what is known of an hour of the day by one more day.

    Args:
        word: uint16[n], what is known so far; 0 for nothing.
        litres: float64[n], used in that hour of this day.
        day: int64[n], its number.
        resolution: int[n], litres per count.
    """
    level, score, code = _unpack(word)
    volume, period = _to_litres(level), _PERIOD[code]
    within = _compute_tolerance(volume, resolution)
    some, near, below = level > 0, np.abs(litres - volume) <= within, litres < volume - within
    above = ~near & ~below
    used = litres >= LEAST_COUNTS * resolution
    daily, seldom = period == 1, period > 1
    due = day % np.maximum(period, 1) == _PHASE[code]
    apart = (day - code - 1) % _LONGEST + 1

    speaks_for = near & (daily | (seldom & due))
    mixed = above & (code == _DAILY)
    again_more = above & (code == _DAILY_MORE)
    against = (below & (daily | (seldom & due))) | (~below & seldom & ~due)
    score = np.minimum(score + ALIKE * speaks_for + MORE * mixed + MORE_AGAIN * again_more + LESS * against, MOST)
    code = np.where(daily & near, _DAILY, np.where(mixed, _DAILY_MORE, code))

    # the second draw says how many days lie between
    once = some & (period == 0)
    much = litres > np.maximum(OTHER_TIMES * volume, LEAST_LITRES_SELDOM)
    again, beside = once & near, once & above & (apart == 1) & ~much
    score = np.where(again, 2 * ALIKE, np.where(beside, ALIKE + MORE, score))
    code = np.where(again, _FIRST_CODE[apart] + np.where(apart > 1, day % apart, 0), np.where(beside, _DAILY_MORE, code))
    nearer = level + np.sign(_to_level(litres) - level)
    level = np.where(speaks_for | again, nearer, level)

    small = (volume >= LEAST_LITRES_SELDOM) & (litres * OTHER_TIMES < volume)
    other = once & used & ~near & ~beside & ~small
    given_up = (against | again_more) & (score <= 0)
    restarts = used & (~some | other | given_up)
    packed = _pack(
        np.where(restarts, _to_level(litres), level), np.where(restarts, ALIKE, score), np.where(restarts, day % _LONGEST, code)
    )
    return np.where(restarts | (some & ~given_up), packed, np.uint16(0))


def find_timer_hours(words: U16, resolution: _I, known: B1) -> tuple[U16, B1]:
    """Find the hours of the day in which a timer draws.

    Args:
        words: uint16[24, n], what is known of each hour.
        resolution: int[n], litres per count.
        known: bool[24, n], what was found before.

    Returns:
        words: The same, but hours in which a person drew too, each time, have the volume of the timer's other hours.
        known: bool[24, n].
    """
    level, score, code = _unpack(words)
    volume, period = _to_litres(level), _PERIOD[code]
    exact = volume >= EXACT_COUNTS * resolution
    daily = (period == 1) & (volume >= LEAST_LITRES) & (score >= np.where(known, STILL_SURE, SURE))
    seldom = (period > 1) & (volume >= LEAST_LITRES_SELDOM) & (score >= np.where(known, STILL_SURE_SELDOM, SURE_SELDOM))
    found = exact & (daily | seldom)
    each = (period == 1) & (score >= ROUND_EACH)
    for every in ROUND:
        count = HOURS // every
        shape = (count, every, -1)
        of = volume.reshape(shape)
        least = of.min(axis=0)
        alike = each.reshape(shape) & (of <= least + _compute_tolerance(least, resolution))
        more = (level > 0).reshape(shape) & ~alike
        sure = ((alike * score.reshape(shape)).sum(axis=0) >= ROUND_SURE) & (least >= LEAST_COUNTS * resolution)
        # where water runs at all hours, a timer does not show
        sure &= (~each).sum(axis=0) >= (HOURS - count) // ROUND_STILL
        ready = sure & (alike | more).all(axis=0) & (alike.sum(axis=0) >= max(count - count // ROUND_MIXED, ROUND_ALONE))
        if ready.any():
            those = _pack(_to_level(least), np.full(least.shape, ROUND_EACH), np.full(least.shape, _DAILY_MORE))
            words = np.where((more & ready).reshape(words.shape), np.tile(those, (count, 1)), words)
            found |= np.tile(ready, (count, 1))
    return words, found


def is_worth_noting(word: U16, litres: F64, resolution: _I) -> B1:
    """bool[n]: `update_word` may change the word."""
    return np.asarray((word > 0) | (litres >= LEAST_COUNTS * resolution))


def compute_draw(word: U16, day: I64 | None = None) -> F64:
    """Compute the litres that the timer of an hour draws on a day, float64[n]; 0 if it does not come then. None: on its days."""
    level, _, code = _unpack(word)
    comes = True if day is None else day % np.maximum(_PERIOD[code], 1) == _PHASE[code]
    return np.where(comes, _to_litres(level), 0.0)


def compute_most_drawn(litres: F64, resolution: _I | int) -> F64:
    """Compute the most that a timer of so many litres draws, float64[n], litres; a person drew what is more."""
    return litres + _compute_tolerance(litres, resolution) + 0.05


def get_period_days(word: U16) -> NDArray[np.intp]:
    """Get the days between two draws in an hour of the day, intp[n]; 0 for not known."""
    return np.asarray(_PERIOD[_unpack(word)[2]])


def _compute_tolerance(volume: F64, resolution: _I | int) -> F64:
    return np.asarray(np.maximum(NEAR_SHARE * volume, resolution) + 0.05)


def _to_litres(level: _I) -> F64:
    return np.asarray(_SMALLEST * np.exp(_STEP * (level - 1.0)))


def _to_level(litres: F64) -> _I:
    level = np.rint(np.log(np.maximum(litres, _SMALLEST) / _SMALLEST) / _STEP) + 1
    return np.asarray(np.clip(level, 1, _LEVELS), np.int64)


def _unpack(word: U16) -> tuple[_I, _I, _I]:
    """(level, score, code)."""
    whole = word.astype(np.int64)
    return whole >> (_CODE_BITS + _SCORE_BITS), (whole >> _CODE_BITS) & ((1 << _SCORE_BITS) - 1), whole & ((1 << _CODE_BITS) - 1)


def _pack(level: _I, score: _I, code: _I) -> U16:
    return (level << (_CODE_BITS + _SCORE_BITS) | np.maximum(score, 0) << _CODE_BITS | code).astype(np.uint16)
