"""Runs one part of the homes under every variant: folds readings once, judges under each, and follows the gaps."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from homebeat.backtest.collapses import Collapses, Delays, FixedLimitCounts, compute_days
from homebeat.backtest.engines import Engines, VariantEdge
from homebeat.backtest.episodes import Episode, Episodes
from homebeat.backtest.gaps import Gaps, GapTracker
from homebeat.backtest.limits import LocalClock, compute_limits
from homebeat.domain.durations import DAY_MS, HOUR_MS
from homebeat.domain.fleet import Fleet
from homebeat.engine.engine import Pace
from homebeat.engine.rulebook import RuleBook
from homebeat.stream.batch import EMPTY, F32, Batch
from homebeat.stream.features.timeline import SLOT_MS
from homebeat.stream.roster import Roster

#: How often gaps are read, and how old they are by then: what a device uploads a day late has arrived.
LOOK_MS: Final = 4 * HOUR_MS
LATE_SLOTS: Final = 26 * HOUR_MS // SLOT_MS
#: The grid of judging during the warm-up.
_WARM_GRID_MS: Final = 1_800_000
#: Habits are learned this long before counting begins: the first gap that counts needs limits. A warm-up shorter than `_LONG_MS`
#: is learned from every day, as live.
_LEARNS_BEFORE_MS: Final = 2 * DAY_MS
_LONG_MS: Final = 10 * DAY_MS


@dataclass(frozen=True, slots=True)
class Block:
    """Readings in arrival order. `until` (epoch ms): everything that arrived up to here has been read."""

    batch: Batch
    until: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What holds for all parts of a back-test.

    Attributes:
        pace: The grid of judging; the watermark's lateness is as in service.
        starts_at: The first arrival, epoch ms.
        count_from: Alerts and collapses before it are not counted, epoch ms.
    """

    pace: Pace
    starts_at: int
    count_from: int


@dataclass(slots=True)
class ShardResult:
    """The result of one part; lists are by variant."""

    residents: Sequence[str]
    episodes: list[list[Episode]]
    delays: list[Delays]
    fixed: FixedLimitCounts
    injected: int
    readings: int


class Shard:
    """One part of the homes: feeds blocks to an engine that judges under every variant."""

    def __init__(self, fleet: Fleet, books: Sequence[RuleBook], plan: Plan) -> None:
        self._plan = plan
        roster = Roster().with_registry(fleet, plan.starts_at)
        warm = Pace(max(_WARM_GRID_MS, plan.pace.grid_ms), plan.pace.lateness_ms)
        pace = warm if plan.starts_at < plan.count_from else plan.pace
        self._engine = Engines(roster, books, pace, _choose_learning_start(plan))
        # the part listens from the start, even if none of its homes reports at first
        self._engine.resume(plan.starts_at)
        self._alerts = [Episodes() for _ in books]
        rows = len(roster.resident_ids)
        self._gaps, self._collapses = GapTracker(rows), Collapses(rows, len(books))
        # the report that ends a gap also proves its last stretch; before that report, that much less was proven
        self._unproven = np.minimum(roster.resident_every, DAY_MS) // SLOT_MS
        self._clock = LocalClock(self._engine)
        # the newest limits are in force now, the oldest were when the gaps read now began
        self._limits: deque[list[F32]] = deque(maxlen=1 + LATE_SLOTS * SLOT_MS // LOOK_MS)
        self._looked_at, self._readings = plan.starts_at, 0
        self._counts = pace is plan.pace

    def feed(self, block: Block) -> None:
        """Fold and judge a block of readings."""
        batch, taken = block.batch, 0
        for instant in self._find_look_times(block.until):
            upto = int(np.searchsorted(batch.received_at, instant, side="right"))
            self._advance(batch.take(slice(taken, upto)), instant)
            taken = upto
            self._collect_gaps(LATE_SLOTS)
            self._looked_at = instant
        self._advance(batch.take(slice(taken, len(batch))), block.until)

    def finish(self, end: int) -> ShardResult:
        """Judge what still waits, up to `end` (epoch ms); returns the result, the last day's gaps included."""
        self.feed(Block(EMPTY, end))
        self._collect_gaps(0)
        roster = self._engine.roster
        self._collapses.inject_finished_days(np.full(len(roster.resident_ids), np.iinfo(np.int64).max))
        self._collapses.fixed.add_gaps(self._gaps.count_open_slots())
        return ShardResult(
            residents=roster.resident_ids,
            episodes=[alerts.list_episodes() for alerts in self._alerts],
            delays=self._collapses.delays,
            fixed=self._collapses.fixed,
            injected=self._collapses.injected,
            readings=self._readings,
        )

    def _find_look_times(self, until: int) -> Iterator[int]:
        """Yield the instants (epoch ms) up to `until` at which gaps are read, and the one at which counting begins."""
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
            self._alerts[edge.variant if isinstance(edge, VariantEdge) else 0].follow(edge, self._plan.count_from)

    def _collect_gaps(self, late: int) -> None:
        """Collect the gaps that ended, and inject collapses into the days that ended."""
        engine, state = self._engine, self._engine.state
        self._limits.append([compute_limits(book, engine.roster, engine.get_learned(i)) for i, book in enumerate(engine.books)])
        upto = state.timeline.head - late
        gaps = self._drop_warm_up(self._gaps.pop_ended(state.timeline, upto))
        if len(gaps):
            local = self._clock.compute_minutes(gaps.row, gaps.start)
            tables = np.stack([table[local % 1440 // 30, gaps.row] for table in self._limits[0]])
            self._collapses.add(gaps, self._unproven[gaps.row], local, tables.astype(np.float64))
        self._collapses.inject_finished_days(compute_days(self._clock.compute_now(upto)))

    def _drop_warm_up(self, gaps: Gaps) -> Gaps:
        kept = gaps.start * SLOT_MS >= self._plan.count_from
        return gaps if kept.all() else Gaps(gaps.row[kept], gaps.start[kept], gaps.end[kept], gaps.quiet[kept])


def _choose_learning_start(plan: Plan) -> int:
    """From when habits are learned, epoch ms: a long warm-up is learned from once, near its end, and not every day."""
    learn_from = plan.count_from - _LEARNS_BEFORE_MS
    return learn_from if learn_from - plan.starts_at >= _LONG_MS else plan.starts_at
