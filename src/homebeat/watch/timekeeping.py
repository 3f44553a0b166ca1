"""Keeps the engine's time: the database's clock, as long as that clock does not step.

The wall clock of a machine may be wrong and then be corrected, by minutes or by years. Such a step is not followed at first. The
engine's time goes on by the monotone clock for a while, so alarms are judged at once. If the clock stays where it stepped to, the
engine follows it, and the step is stored beside the log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from homebeat.codecs.wire import Mark
from homebeat.domain.durations import DAY_MS
from homebeat.domain.instants import TOLERANCE_MS, format_instant
from homebeat.ingest.reading import Intake
from homebeat.stream.batch import NEVER

#: How long the engine's time goes on by itself after a step of the clock. Most wrong clocks are put right within it.
PATIENCE_MS: Final = 60_000
#: A step by more than `LARGE_MS` may cost what was learned of habits: it has to stand for longer.
LARGE_MS: Final = 7 * DAY_MS
PATIENCE_LARGE_MS: Final = 600_000
#: homebeat is hardly ever off for longer: a start so long after the newest stored time may be a start with a wrong clock.
_LONG_OFF_MS: Final = 30 * DAY_MS
#: No clock that is right says an earlier time: homebeat did not exist. 2025-01-01T00:00:00Z.
EARLIEST: Final = 1_735_689_600_000


class Timekeeper:
    """Compares the clock with the monotone one at each look. Not thread-safe.

    Args:
        clock: The database's clock, epoch ms; may step.
        steady: A monotone clock, ms from any beginning; never steps.
    """

    def __init__(self, clock: Callable[[], int], steady: Callable[[], int]) -> None:
        self._clock, self.steady = clock, steady
        self._offset = clock() - steady()
        self._doubted_at: int | None = None
        self._drift = 0
        self._leapt = False

    @property
    def wrong(self) -> str | None:
        """What is wrong with the clock; None while it does not step."""
        if self._doubted_at is None:
            return None
        way = "ahead" if self._drift > 0 else "back"
        text = f"the clock stepped {way} by {abs(self._drift) / 1000:.0f} s to {format_instant(self._clock())}"
        return text + ("" if self._is_followable() else ", a time at which homebeat did not exist: set the clock")

    def begin(self, stored_at: int) -> None:
        """Begin at a start: `stored_at` is the newest time that is stored, epoch ms. A clock behind that is doubted at once."""
        self._offset = max(self._clock(), stored_at + 1) - self.steady()
        self._doubted_at = None
        self._leapt = stored_at > NEVER and self._clock() - stored_at > _LONG_OFF_MS
        self.look()

    @property
    def may_forget(self) -> bool:
        """Whether rows that are too old by this clock may be deleted: not while it is in doubt, nor after it stepped ahead."""
        return self._doubted_at is None and not self._leapt

    def look(self) -> int | None:
        """Compare the clocks. Returns the clock's time, epoch ms, if it stepped and must be followed now; else None."""
        steady, wall = self.steady(), self._clock()
        self._drift = wall - steady - self._offset
        if abs(self._drift) <= TOLERANCE_MS:
            self._offset, self._doubted_at = wall - steady, None
            return None
        if self._doubted_at is None:
            self._doubted_at = steady
        patience = PATIENCE_MS if abs(self._drift) <= LARGE_MS else PATIENCE_LARGE_MS
        if steady - self._doubted_at < patience or not self._is_followable():
            return None
        self._offset, self._doubted_at, self._leapt = wall - steady, None, self._drift > 0
        return wall

    def get_now(self) -> int:
        """The engine's time, epoch ms, as of the last look."""
        return self.steady() + self._offset

    def _is_followable(self) -> bool:
        return self._clock() >= EARLIEST


def clip_arrivals(intake: Intake, floor: int, now: int) -> Intake:
    """Bring arrivals into order between two instants, epoch ms.

    The clock may have stepped between two messages. The engine needs arrivals in order, and would not come to an end without.
    """
    batch = intake.batch
    is_in_order = bool((batch.received_at[1:] >= batch.received_at[:-1]).all())
    if not len(batch) or (is_in_order and batch.received_at[0] >= floor and batch.received_at[-1] <= now):
        return intake
    arrived = np.maximum.accumulate(np.clip(batch.received_at, floor, now))
    # what has no time of its own has that of its arrival, also when the clock was wrong then
    is_ahead = (batch.received_at > now) & ((batch.mark & Mark.UNTIMED) != 0)
    observed = np.where(is_ahead, np.minimum(batch.observed_at, now), batch.observed_at)
    return replace(intake, batch=replace(batch, observed_at=observed, received_at=arrived))
