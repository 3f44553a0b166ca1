"""The engine's clock: which instants are judged, and what each of them sees.

Judged are the instants of a fixed grid (30 s) at which readings are ready or time may have changed something, and the arrival of
every device alarm. Each instant sees exactly the readings that arrived by then, so how arrivals are cut into ticks makes no
difference: live, after a crash and in a replay the same edges come out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.alert import Edge
from homebeat.engine.judge import BLOCK, Judge, rows_of
from homebeat.engine.rulebook import RuleBook
from homebeat.rules.frame import Axis
from homebeat.stream.batch import FAR, I64, NEVER, Batch, Bool
from homebeat.stream.reorder import Reorder
from homebeat.stream.roster import Roster
from homebeat.stream.state import State, is_alarm

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Pace:
    """How time is cut; milliseconds.

    Attributes:
        grid_ms: Distance of the instants at which time alone is judged.
        lateness_ms: How long the watermark waits behind an instant.
    """

    grid_ms: int = 30_000
    lateness_ms: int = 60_000


class Engine:
    """Readings in, edges out. Not thread-safe; one thread owns it.

    Attributes:
        now: The engine's clock: everything up to here is judged, epoch ms.
    """

    def __init__(self, roster: Roster, book: RuleBook, pace: Pace | None = None) -> None:
        self.pace = pace or Pace()
        self.book = book
        self.state = State(roster, book.also_tracks())
        self.judge = Judge(book, roster)
        self.waiting = Reorder()
        self.now = NEVER
        self.listening_at = NEVER
        self._touched = self._untouched(all_of=True)

    @property
    def roster(self) -> Roster:
        """Who is enrolled, by row."""
        return self.state.roster

    def follow(self, roster: Roster, book: RuleBook) -> None:
        """Take in a changed registry or settings, without losing what is known."""
        self.state.enrol(roster)
        self.book = book
        self.judge.follow(book, roster)
        self._touched = self._untouched(all_of=True)

    def advance(self, batch: Batch, now: int) -> list[Edge]:
        """Take in what arrived and bring the clock to `now`.

        Args:
            batch: New readings in arrival order, none received after `now` nor before the last call's.
            now: Epoch ms; a time before the last one is taken as the last one (wall clocks step back).

        Returns:
            The edges, in the order they were decided.
        """
        now = max(now, self.now)
        if self.now == NEVER:
            self.resume(int(batch.received_at[0]) if len(batch) else now)
        alarms = np.flatnonzero(is_alarm(batch))
        # a reading is ready once it has arrived and the watermark has passed it; here: the first of those still to come
        ready = np.maximum(batch.received_at, batch.observed_at + self.pace.lateness_ms)
        ready = np.minimum.accumulate(ready[::-1])[::-1]
        edges: list[Edge] = []
        taken = 0
        while (instant := self._next_instant(batch, taken, ready, alarms)) <= now:
            upto = int(np.searchsorted(batch.received_at, instant, side="right"))
            alarms = self._take(batch, taken, upto, alarms)
            taken = upto
            edges += self._judge_at(instant)
        self._take(batch, taken, len(batch), alarms)
        self.now = now
        return edges

    def resume(self, now: int) -> None:
        """Say that homebeat was not listening until `now`: silence before is not held against devices."""
        self.listening_at = now
        self.now = max(self.now, now - 1)

    def deaf(self, now: int) -> None:
        """Say that nothing can arrive just now: device silence counts from here on at the earliest."""
        self.listening_at = now

    def _next_instant(self, batch: Batch, taken: int, ready: I64, alarms: Places) -> int:
        """The next instant that has something to do; FAR for none."""
        first = int(ready[taken]) if taken < len(batch) else FAR
        if self.waiting.oldest < FAR:
            first = min(first, self.waiting.oldest + self.pace.lateness_ms)
        grid = self._on_grid(min(first, self.judge.due()))
        urgent = int(batch.received_at[alarms[0]]) if len(alarms) else FAR
        return min(urgent, grid)

    def _on_grid(self, at: int) -> int:
        if at >= FAR - self.pace.grid_ms:
            return FAR
        at = max(at, self.now + 1)
        return -(-at // self.pace.grid_ms) * self.pace.grid_ms

    def _take(self, batch: Batch, start: int, stop: int, alarms: Places) -> Places:
        """Fold alarms and set other readings waiting; returns the alarms that are still to come."""
        if stop <= start:
            return alarms
        part = batch.take(slice(start, stop)) if stop - start < len(batch) else batch
        self.state.hear(part)
        self._touch(part)
        urgent = is_alarm(part)
        if urgent.any():
            self.state.alarm(part.take(urgent))
            part = part.take(~urgent)
        self.waiting.hold(part)
        return alarms[alarms >= stop]

    def _judge_at(self, instant: int) -> Iterable[Edge]:
        self.now = instant
        self.state.advance(instant)
        ready = self.waiting.release(instant - self.pace.lateness_ms)
        if len(ready):
            self.state.fold(ready)
            self._touch(ready)
        touched, self._touched = self._touched, self._untouched()
        return list(self.judge.run(self.state, touched, instant, self.listening_at, self.away_now(instant)))

    def away_now(self, now: int) -> Bool:
        """bool[residents]: known or declared to be away at `now`."""
        roster = self.roster
        away: Bool = self.state.timeline.home == 0
        declared = (roster.away_from <= now) & (now < roster.away_until)
        away[roster.away_resident[declared]] = True
        return away

    def _untouched(self, *, all_of: bool = False) -> dict[Axis, Bool]:
        return {axis: np.full(-(-rows_of(self.roster, axis) // BLOCK), all_of) for axis in Axis}

    def _touch(self, batch: Batch) -> None:
        if not len(batch):
            return
        self._touched[Axis.DEVICE][batch.device // BLOCK] = True
        meter = self.roster.device_meter[batch.device]
        self._touched[Axis.METER][meter[meter >= 0] // BLOCK] = True
        first, last = self.roster.who_start[batch.device], self.roster.who_start[batch.device + 1]
        some = last > first
        # the residents of one home are neighbours but for late moves, so first and last cover them
        for end in (first[some], last[some] - 1):
            self._touched[Axis.RESIDENT][self.roster.who[end] // BLOCK] = True
