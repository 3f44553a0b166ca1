"""A part of the homes under every variant: folded once, judged under each, and the gaps between signs of life."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from homebeat.backtest.collapses import Collapses, Delays, Fixed, days_of
from homebeat.backtest.engines import Engines, OfVariant
from homebeat.backtest.episodes import Episode, Episodes
from homebeat.backtest.gaps import Gaps, GapsSeen
from homebeat.backtest.limits import LocalClock, limits_in_force
from homebeat.domain.fleet import Fleet
from homebeat.engine.engine import Pace
from homebeat.engine.rulebook import RuleBook
from homebeat.stream.batch import EMPTY, F32, Batch
from homebeat.stream.features.timeline import SLOT_MS
from homebeat.stream.roster import Roster

_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 24 * _HOUR_MS
#: How often gaps are looked at, and how old they are by then: what a device uploads a day late is in.
LOOK_MS: Final = 4 * _HOUR_MS
LATE_SLOTS: Final = 26 * _HOUR_MS // SLOT_MS
#: Before what is counted begins, time is judged this rarely.
_WARM_GRID_MS: Final = 1_800_000
#: Limits must be there when the first gap that counts begins; a warm-up shorter than the other teaches as live would.
_LEARNS_BEFORE_MS: Final = 2 * _DAY_MS
_LONG_MS: Final = 10 * _DAY_MS


@dataclass(frozen=True, slots=True)
class Block:
    """Readings in arrival order. `until`: nothing that arrived up to here is still to come, epoch ms."""

    batch: Batch
    until: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What holds for all parts of a backtest.

    Attributes:
        pace: How time is cut; the watermark's lateness as in service.
        starts_at: The first arrival, epoch ms. count_from: alerts and collapses before it only warm up.
    """

    pace: Pace
    starts_at: int
    count_from: int


@dataclass(slots=True)
class ShardResult:
    """What a part came to; lists by variant."""

    residents: Sequence[str]
    episodes: list[list[Episode]]
    delays: list[Delays]
    fixed: Fixed
    injected: int
    readings: int


class Shard:
    """Feeds blocks to the engine that judges under every variant."""

    def __init__(self, fleet: Fleet, books: Sequence[RuleBook], plan: Plan) -> None:
        self._plan = plan
        roster = Roster().updated(fleet, plan.starts_at)
        warm = Pace(max(_WARM_GRID_MS, plan.pace.grid_ms), plan.pace.lateness_ms)
        pace = warm if plan.starts_at < plan.count_from else plan.pace
        self._engine = Engines(roster, books, pace, _learn_from(plan))
        # a part of the homes that says nothing at first listens all the same
        self._engine.resume(plan.starts_at)
        self._alerts = [Episodes() for _ in books]
        rows = len(roster.resident_ids)
        self._gaps, self._collapses = GapsSeen(rows), Collapses(rows, len(books))
        # what ends a gap is told together with its last stretch: before that report, so much less was proven
        self._unproven = np.minimum(roster.resident_every, _DAY_MS) // SLOT_MS
        self._clock = LocalClock(self._engine)
        # the newest is in force now, the oldest was when the gaps looked at now began
        self._limits: deque[list[F32]] = deque(maxlen=1 + LATE_SLOTS * SLOT_MS // LOOK_MS)
        self._looked_at, self._readings = plan.starts_at, 0
        self._counts = pace is plan.pace

    def feed(self, block: Block) -> None:
        """Take in a block."""
        batch, taken = block.batch, 0
        for instant in self._looks(block.until):
            upto = int(np.searchsorted(batch.received_at, instant, side="right"))
            self._advance(batch.take(slice(taken, upto)), instant)
            taken = upto
            self._look(LATE_SLOTS)
            self._looked_at = instant
        self._advance(batch.take(slice(taken, len(batch))), block.until)

    def finish(self, end: int) -> ShardResult:
        """Judge what waits, up to `end`; what it all came to, with the last day's gaps as far as they are known."""
        self.feed(Block(EMPTY, end))
        self._look(0)
        roster = self._engine.roster
        self._collapses.settle(np.full(len(roster.resident_ids), np.iinfo(np.int64).max))
        self._collapses.fixed.add_gaps(self._gaps.open())
        return ShardResult(
            residents=roster.resident_ids,
            episodes=[alerts.all() for alerts in self._alerts],
            delays=self._collapses.delays,
            fixed=self._collapses.fixed,
            injected=self._collapses.injected,
            readings=self._readings,
        )

    def _looks(self, until: int) -> Iterator[int]:
        """The instants at which gaps are looked at, and the one from which on all is counted."""
        at = self._looked_at
        while True:
            at = at // LOOK_MS * LOOK_MS + LOOK_MS
            if self._looked_at < self._plan.count_from < at:
                at = self._plan.count_from
            if at > until:
                return
            yield at

    def _advance(self, batch: Batch, until: int) -> None:
        if not self._counts and self._engine.now >= self._plan.count_from:
            self._counts, self._engine.pace = True, self._plan.pace
        if until <= self._engine.now and not len(batch):
            return
        self._readings += len(batch)
        for edge in self._engine.advance(batch, until):
            self._alerts[edge.variant if isinstance(edge, OfVariant) else 0].follow(edge, self._plan.count_from)

    def _look(self, late: int) -> None:
        """Take the gaps that ended and inject into the days that are over."""
        engine, state = self._engine, self._engine.state
        self._limits.append([limits_in_force(book, engine.roster, engine.learned_of(i)) for i, book in enumerate(engine.books)])
        upto = state.timeline.head - late
        gaps = self._counted(self._gaps.take(state.timeline, upto))
        if len(gaps):
            local = self._clock.minutes(gaps.row, gaps.start)
            tables = np.stack([table[local % 1440 // 30, gaps.row] for table in self._limits[0]])
            self._collapses.add(gaps, self._unproven[gaps.row], local, tables.astype(np.float64))
        self._collapses.settle(days_of(self._clock.now(upto)))

    def _counted(self, gaps: Gaps) -> Gaps:
        kept = gaps.start * SLOT_MS >= self._plan.count_from
        return gaps if kept.all() else Gaps(gaps.row[kept], gaps.start[kept], gaps.end[kept], gaps.quiet[kept])


def _learn_from(plan: Plan) -> int:
    """A long warm-up is learned from once, at its end, and not every day."""
    learn_from = plan.count_from - _LEARNS_BEFORE_MS
    return learn_from if learn_from - plan.starts_at >= _LONG_MS else plan.starts_at
