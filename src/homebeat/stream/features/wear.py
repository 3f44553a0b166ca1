"""Whether a band is on a living wrist. Measured values prove it only where nothing contradicts them.

A band that was taken off may go on measuring the table: after "not worn" a pulse proves nothing until the band says that it is
worn again, or steps are counted. A pulse that is the same in every report for hours is no living one: off the wrist some watches
repeat the last one they felt. What a band itself says of being worn is believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.durations import MINUTE_MS
from homebeat.stream.batch import I32, I64, NEVER, Bool
from homebeat.stream.columns import Column, Columns
from homebeat.stream.previous import Rows
from homebeat.stream.series import Series

#: A living pulse is never exactly the same for so long and in so many reports: asleep it varies by some beats within minutes.
#: Watches that measure seldom repeat a value for up to an hour.
SAME_MS: Final = 7_200_000
SAME_REPORTS: Final = 6
_TIME_BITS: Final = 42


class Wear(Columns):
    """By device.

    Attributes:
        at: int64[devices], when the device was last proven to be worn (it reports so, or feels a living pulse), epoch ms.
        same_since: int32[devices], since when its pulse is the one it last reported, minutes since 1970; 0 before the first.
    """

    at: I64
    same_since: I32
    columns: ClassVar[Mapping[str, Column]] = {"at": Column(np.int64, NEVER), "same_since": Column(np.int32, 0)}

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to` (epoch ms): no pulse began later."""
        super().rewind(to)
        np.minimum(self.same_since, to // MINUTE_MS, out=self.same_since, casting="unsafe")

    def prove(self, devices: Rows, at: I64) -> None:
        """Record moments (epoch ms) at which devices were worn, by device, then time: of repeated rows the last is the newest."""
        self.at[devices] = np.maximum(self.at[devices], at)

    def fold_pulses(self, series: Series, known_at: I64, known: NDArray[np.floating], every: I64) -> Bool:
        """Fold pulses, and find which of them may be living ones.

        Args:
            series: Pulses, by device, then time.
            known_at: int64[devices], when the newest pulse of each device before these was measured, epoch ms.
            known: float[devices], that pulse.
            every: int64[n], how often each device reports, ms.

        Returns:
            bool[n].
        """
        device, minute = series.device, series.observed_at // MINUTE_MS
        since, before = self.same_since[device].astype(np.int64), known[device].astype(np.float64)
        if series.devices.repeat:
            same_device = np.concatenate([[False], device[1:] == device[:-1]])
            before = np.where(same_device, np.concatenate([[0.0], series.value[:-1]]), before)
        # a late pulse says nothing about the pulse since
        other = (series.value != before) & (series.observed_at > known_at[device])
        begun = np.where(other, minute, since)
        since = _find_begins(device, np.where(other, minute, 0), since) if series.devices.repeat else begun
        # numpy keeps the last of repeated rows
        self.same_since[device] = since
        return minute - since < _find_longest_same(every)

    def is_alive(self, series: Series, every: I64) -> Bool:
        """bool[n]: other values of a band prove life, unless its pulse stands still; arguments as `feel`."""
        since = self.same_since[series.device]
        alive: Bool = (since == 0) | (series.observed_at // MINUTE_MS - since < _find_longest_same(every))
        return alive


def _find_longest_same(every: I64) -> I64:
    """int64[n], minutes after which an unchanged pulse is no living one."""
    return np.asarray(np.maximum(SAME_MS, np.minimum(every, SAME_MS) * SAME_REPORTS) // MINUTE_MS)


def _find_begins(device: Rows, changed: I64, before: I64) -> I64:
    """int64[n]: when each of several values of a device began: at the newest change up to it, or as known before."""
    place = np.arange(len(device))
    first = np.concatenate([[True], device[1:] != device[:-1]])
    newest = np.maximum.accumulate(np.where(first | (changed > 0), place, 0))
    return np.where(changed[newest] > 0, changed[newest], before)


def is_off_wrist(series: Series, said: Series | None, known_at: I64, known: NDArray[np.floating], signs_at: I64) -> Bool:
    """bool[n]: the newest report on wear up to each reading is "not worn", and no step was counted since.

    Args:
        series: What was measured, by device, then time.
        said: Reports on wear that came with it and are not known yet.
        known_at: int64[devices], time of the newest report known before, epoch ms.
        known: float[devices], its value.
        signs_at: int64[devices], the newest sign of life of each device, epoch ms.
    """
    device, at = series.device, series.observed_at
    word_at, word = known_at[device], known[device]
    if said is not None and len(said):
        keys = np.asarray(said.device, np.int64) << _TIME_BITS | said.observed_at
        place = np.searchsorted(keys, np.asarray(device, np.int64) << _TIME_BITS | at, side="right") - 1
        newer = (said.device[place] == device) & (place >= 0) & (said.observed_at[place] > word_at)
        word_at, word = np.where(newer, said.observed_at[place], word_at), np.where(newer, said.value[place], word)
    signs = signs_at[device]
    off: Bool = (word == 0) & (word_at <= at) & ~((signs > word_at) & (signs <= at))
    return off
