"""What draws water by itself: an irrigation valve, a softener, a timer. It draws alike at the same hour, and is nobody.

A total tells no minute and mixes what a timer draws with what a person does in the same hour. So each hour of the day is held
against one volume: the least that it shows again and again. A day on which the hour showed that volume speaks for a timer. One on
which it showed more says little, because a person may have drawn the rest. One on which it showed less speaks against it.

A person draws at the same hour too, a shower or a flush, but not alike to a tenth and not without missing a day. A flush is
alike, so a small volume is a timer's only where it comes round the clock.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from homebeat.habits.policy import B1, F64, I64

U16 = NDArray[np.uint16]
_I = NDArray[np.integer]

#: Hours of a day, each held against a volume of its own.
HOURS: Final = 24
#: Two volumes are alike when they differ by no more than this share, or by one count of the meter.
NEAR_SHARE: Final = 0.1
#: So many counts at least: less is a drip's, or nobody can tell.
LEAST_COUNTS: Final = 2.5
#: A timer of one hour of the day draws at least so much, every day or every second to fourth, and so many counts: flushes are
#: alike, too.
LEAST_LITRES: Final = 15.0
LEAST_LITRES_SELDOM: Final = 40.0
EXACT_COUNTS: Final = 8.0
#: A use three times as large is another one; so is a small one beside a large one.
OTHER_TIMES: Final = 3.0
#: What a day says of an hour: that volume, more than it after a day of that volume, more than it again, less.
ALIKE: Final = 2
MORE: Final = 1
MORE_AGAIN: Final = -1
LESS: Final = -4
MOST: Final = 30
#: It is a timer's from eight days alike on, or five of a timer that does not come every day, and until too many were less.
SURE: Final = 16
SURE_SELDOM: Final = 10
STILL_SURE: Final = 12
STILL_SURE_SELDOM: Final = 6
#: Hours between two draws of a timer that comes several times a day; each of its hours was alike twice, all of them so often.
ROUND: Final = (2, 3, 4, 6, 8)
ROUND_EACH: Final = 4
ROUND_SURE: Final = 30
#: In one of so many of its hours a person may draw as well each time; in so many nobody does.
ROUND_MIXED: Final = 3
ROUND_ALONE: Final = 3
#: One in so many of the hours between must not show water each day.
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


def hold(word: U16, litres: F64, day: I64, resolution: _I) -> U16:
    """What is known of an hour of the day, after one more day of it.

    Args:
        word: uint16[n], what was known; 0 for nothing.
        litres: float64[n], used in that hour of this day.
        day: int64[n], its number.
        resolution: int[n], litres per count.
    """
    level, score, code = _parts(word)
    volume, period = _volume(level), _PERIOD[code]
    within = _within(volume, resolution)
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

    # the second time tells how many days apart
    once = some & (period == 0)
    much = litres > np.maximum(OTHER_TIMES * volume, LEAST_LITRES_SELDOM)
    again, beside = once & near, once & above & (apart == 1) & ~much
    score = np.where(again, 2 * ALIKE, np.where(beside, ALIKE + MORE, score))
    code = np.where(again, _FIRST_CODE[apart] + np.where(apart > 1, day % apart, 0), np.where(beside, _DAILY_MORE, code))
    nearer = level + np.sign(_level(litres) - level)
    level = np.where(speaks_for | again, nearer, level)

    small = (volume >= LEAST_LITRES_SELDOM) & (litres * OTHER_TIMES < volume)
    other = once & used & ~near & ~beside & ~small
    given_up = (against | again_more) & (score <= 0)
    anew = used & (~some | other | given_up)
    packed = _packed(np.where(anew, _level(litres), level), np.where(anew, ALIKE, score), np.where(anew, day % _LONGEST, code))
    return np.where(anew | (some & ~given_up), packed, np.uint16(0))


def find(words: U16, resolution: _I, known: B1) -> tuple[U16, B1]:
    """Which hours of the day are a timer's.

    Args:
        words: uint16[24, n], what is known of each hour.
        resolution: int[n], litres per count.
        known: bool[24, n], what was found before.

    Returns:
        words: The same; hours in which a person drew as well each time go by the volume of the others of their timer.
        known: bool[24, n].
    """
    level, score, code = _parts(words)
    volume, period = _volume(level), _PERIOD[code]
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
        alike = each.reshape(shape) & (of <= least + _within(least, resolution))
        more = (level > 0).reshape(shape) & ~alike
        sure = ((alike * score.reshape(shape)).sum(axis=0) >= ROUND_SURE) & (least >= LEAST_COUNTS * resolution)
        # where water runs at all hours no timer can be told
        sure &= (~each).sum(axis=0) >= (HOURS - count) // ROUND_STILL
        ready = sure & (alike | more).all(axis=0) & (alike.sum(axis=0) >= max(count - count // ROUND_MIXED, ROUND_ALONE))
        if ready.any():
            those = _packed(_level(least), np.full(least.shape, ROUND_EACH), np.full(least.shape, _DAILY_MORE))
            words = np.where((more & ready).reshape(words.shape), np.tile(those, (count, 1)), words)
            found |= np.tile(ready, (count, 1))
    return words, found


def is_worth_noting(word: U16, litres: F64, resolution: _I) -> B1:
    """bool[n]: `hold` may change anything."""
    return np.asarray((word > 0) | (litres >= LEAST_COUNTS * resolution))


def drawn_by_itself(word: U16, day: I64 | None = None) -> F64:
    """float64[n]: litres that the timer of an hour draws on this day, 0 if it does not come then; None: whenever it does."""
    level, _, code = _parts(word)
    comes = True if day is None else day % np.maximum(_PERIOD[code], 1) == _PHASE[code]
    return np.where(comes, _volume(level), 0.0)


def most_by_itself(litres: F64, resolution: _I | int) -> F64:
    """float64[n]: what a timer may draw at most that draws so many litres, each time; what is more is somebody's."""
    return litres + _within(litres, resolution) + 0.05


def days_apart(word: U16) -> NDArray[np.intp]:
    """intp[n]: days between two draws in an hour of the day; 0 where that is not known."""
    return np.asarray(_PERIOD[_parts(word)[2]])


def _within(volume: F64, resolution: _I | int) -> F64:
    return np.asarray(np.maximum(NEAR_SHARE * volume, resolution) + 0.05)


def _volume(level: _I) -> F64:
    return np.asarray(_SMALLEST * np.exp(_STEP * (level - 1.0)))


def _level(litres: F64) -> _I:
    level = np.rint(np.log(np.maximum(litres, _SMALLEST) / _SMALLEST) / _STEP) + 1
    return np.asarray(np.clip(level, 1, _LEVELS), np.int64)


def _parts(word: U16) -> tuple[_I, _I, _I]:
    """(level, score, code)."""
    whole = word.astype(np.int64)
    return whole >> (_CODE_BITS + _SCORE_BITS), (whole >> _CODE_BITS) & ((1 << _SCORE_BITS) - 1), whole & ((1 << _CODE_BITS) - 1)


def _packed(level: _I, score: _I, code: _I) -> U16:
    return (level << (_CODE_BITS + _SCORE_BITS) | np.maximum(score, 0) << _CODE_BITS | code).astype(np.uint16)
