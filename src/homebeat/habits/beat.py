"""A beat: a sensor fires by itself at even intervals, because of a timer or a fault. No person causes it.

A beat shows at night and in an empty room, where nothing else does. So an expected beat counts only if nobody was moving there
already. It is a beat if those that count came practically every time, through two days and nights.

Some devices report at even intervals, so every movement comes at an even time. For them a beat counts only if the reports round
it are empty, and it must have come for five days and nights. A device that reports movement in each report of five nights
proves nobody either.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from homebeat.habits.policy import B1, F64

#: A firing that follows sooner belongs to the same burst.
PAUSE_S: Final = 1_200.0
#: To find a beat, firings must be so near to the expected time. Timers keep within some seconds, people do not.
SHARP_S: Final = 60.0
#: A firing so near to the expected time of a known beat is that beat.
NEAR_S: Final = 90.0
#: The shortest time between two beats, and the longest: a person may well do something at the same minute twice a day.
LEAST_S: Final = 1_800.0
MOST_S: Final = 8.25 * 3_600
#: So many beats that count must have come, over so long, and this share of the expected ones.
LEAST_BEATS: Final = 10
LEAST_SPAN_S: Final = 45.0 * 3_600
LEAST_SHARE: Final = 0.9
#: The same for a device that reports at even intervals: this share of its firings is at an even time.
ON_GRID: Final = 0.9
GRID_MOST_S: Final = 6.25 * 3_600
GRID_SPAN_S: Final = 119.0 * 3_600
GRID_SHARE: Final = 0.97
#: The same share where the beat comes in practically every report.
EACH_SHARE: Final = 0.99
#: So many of its reports round an expected beat must have no other firing.
GRID_CLEAR: Final = 1.5
#: A beat has stopped when fewer than half of the last ones that count came.
LAST_BEATS: Final = 6
#: How many bursts back to look for an interval.
_BACK: Final = 24
#: The interval is computed more and more exactly, from more and more of its beats.
_REACHES: Final = (8, 32, 512)
#: A shorter interval may explain what a multiple of it does.
_PARTS: Final = (4, 3, 2)


class Beat(NamedTuple):
    """A beat of a device.

    Attributes:
        period_s: Seconds between two beats.
        most: A firing that counts more movements than this includes a person's.
        came: How many of the beats that count came.
    """

    period_s: float
    most: int
    came: int


class Bursts(NamedTuple):
    """The bursts of a device, oldest first.

    Attributes:
        start: float64[n], s, the first firing after a pause. end: float64[n], s, the last one before the next.
        counted: float64[n], how many movements the first firing counted.
    """

    start: F64
    end: F64
    counted: F64


class _Matched(NamedTuple):
    expected: B1  # of each beat: it counts, because nobody was moving there
    came: B1  # of each beat: it came
    at: F64  # when it was expected, s
    on: B1  # of each burst: its first firing was on a beat
    beat: NDArray[np.intp]  # of each burst: the number of the nearest beat


def find_beat(bursts: Bursts, every_s: float) -> Beat | None:
    """Find the beat to which the newest burst belongs, if there is one.

    Args:
        bursts: At least one.
        every_s: How often the device should report, s.
    """
    start = bursts.start
    if len(start) < LEAST_BEATS or start[-1] - start[0] < LEAST_SPAN_S:
        return None
    grid_s = every_s if _is_on_grid(start, every_s) else 0.0
    for period in _find_likely_periods(start, grid_s).tolist():
        if (found := _fit_beat(bursts, period, grid_s)) is not None:
            shorter = (_fit_beat(bursts, period / part, grid_s) for part in _PARTS if period / part >= LEAST_S)
            return next((beat for beat in shorter if beat is not None), found)
    return None


def count_beats(bursts: Bursts, anchor_s: float, period_s: float, every_s: float) -> int:
    """Count how many beats of a known beat came, of those that count; 0 if it has stopped. `anchor_s`: time of one of them, s."""
    grid_s = every_s if _is_on_grid(bursts.start, every_s) else 0.0
    matched = _match(bursts, anchor_s, period_s, grid_s, NEAR_S)
    came = matched.came[matched.expected]
    last = came[-LAST_BEATS:]
    has_stopped = len(last) == LAST_BEATS and 2 * int(last.sum()) < LAST_BEATS
    return 0 if has_stopped else max(int(came.sum()), 1)


def is_on_beat(at_s: F64, anchor_s: F64, period_s: F64) -> B1:
    """bool[n]: firings near the expected time of a beat; times in s, `period_s`: 0 for devices without a beat."""
    period = np.where(period_s > 0, period_s, 1.0)
    off = np.abs((at_s - anchor_s + period / 2) % period - period / 2)
    return np.asarray((period_s > 0) & (off <= NEAR_S))


def _is_on_grid(start: F64, every_s: float) -> bool:
    off = np.abs((start - start[-1] + every_s / 2) % every_s - every_s / 2)
    return every_s > 2 * PAUSE_S and float((off <= NEAR_S).mean()) >= ON_GRID


def _find_likely_periods(start: F64, grid_s: float) -> F64:
    """Find intervals from the newest burst to one before it at which enough other bursts lie, the shortest first; s."""
    back = (start[-1] - start)[-2::-1]
    period = back[:_BACK]
    period = period[(period >= LEAST_S) & (period <= (GRID_MOST_S if grid_s else MOST_S))]
    for reach in _REACHES:
        if not len(period):
            break
        beat = np.rint(back[None, :] / period[:, None])
        on = (np.abs(back[None, :] - beat * period[:, None]) <= SHARP_S) & (beat >= 1) & (beat <= reach)
        # the farthest beat in reach gives the interval most exactly
        farthest = on.shape[1] - 1 - np.argmax(on[:, ::-1], axis=1)
        exact = back[farthest] / np.maximum(beat[np.arange(len(period)), farthest], 1)
        period = np.where(on.any(axis=1), exact, period)
    beat = np.rint(back[None, :] / np.maximum(period, 1)[:, None])
    on = np.abs(back[None, :] - beat * period[:, None]) <= SHARP_S
    return np.asarray(period[on.sum(axis=1) + 1 >= LEAST_BEATS])


def _fit_beat(bursts: Bursts, period_s: float, grid_s: float) -> Beat | None:
    newest = float(bursts.start[-1])
    early = (newest - bursts.start + period_s / 2) % period_s - period_s / 2
    anchor = newest - float(np.median(early[np.abs(early) <= SHARP_S]))
    matched = _match(bursts, anchor, period_s, grid_s, SHARP_S)
    counts = np.flatnonzero(matched.expected & matched.came)
    span, share = (GRID_SPAN_S, EACH_SHARE if period_s < 2 * grid_s else GRID_SHARE) if grid_s else (LEAST_SPAN_S, LEAST_SHARE)
    if len(counts) < max(LEAST_BEATS, share * int(matched.expected.sum())):
        return None
    if matched.at[counts[-1]] - matched.at[counts[0]] < span:
        return None
    own = bursts.counted[matched.on & matched.expected[matched.beat]]
    return Beat(period_s, int(np.quantile(own, 0.25, method="lower")) + 1, len(counts))


def _match(bursts: Bursts, anchor_s: float, period_s: float, grid_s: float, near_s: float) -> _Matched:
    """Match bursts with the expected beats between first and newest; `grid_s`: 0 for a device that reports at any time."""
    start, end = bursts.start, bursts.end
    first = int(np.ceil((start[0] - anchor_s - near_s) / period_s))
    last = int(np.floor((start[-1] - anchor_s + near_s) / period_s))
    at: F64 = anchor_s + np.arange(first, max(last, first) + 1) * np.float64(period_s)
    beat = np.clip(np.rint((start - anchor_s) / period_s).astype(np.intp) - first, 0, len(at) - 1)
    on = np.abs(start - at[beat]) <= near_s
    came = np.zeros(len(at), np.bool_)
    came[beat[on]] = True
    if grid_s:
        other = ~on | (end - start > near_s)
        begins, ends = start[other] - GRID_CLEAR * grid_s, end[other] + GRID_CLEAR * grid_s
    else:
        begins, ends = start + near_s, end + PAUSE_S
    # spans that had begun by then, less those that had ended: bursts follow one another
    moving = np.searchsorted(begins, at, side="right") - np.searchsorted(ends, at, side="left")
    return _Matched(moving <= 0, came, at, on, beat)
