"""Runs the engine over a recording, as fast as it can, with neither broker nor database.

Nobody answers alerts in a recording. So an alert counts as answered once its condition clears, and the next onset is a new alert.
The printed load is the number of times somebody would have been called.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from homebeat.backtest.deferral import DeferredJudging, is_sparse
from homebeat.codecs.envelope import Format
from homebeat.codecs.wire import Limits
from homebeat.domain.alert import Alert, Desk, Edge, Transition, TransitionKind
from homebeat.domain.durations import DAY_MS
from homebeat.domain.fleet import Fleet
from homebeat.domain.inbound import Message, QuarantineReason
from homebeat.engine.engine import Engine, Pace
from homebeat.engine.rulebook import RuleBook
from homebeat.ingest.reading import read
from homebeat.ingest.traits import NO_TRAITS, make_traits
from homebeat.response.ask import is_in_time
from homebeat.response.book import Book
from homebeat.stream.batch import EMPTY
from homebeat.stream.registry import Registry
from homebeat.stream.roster import Roster
from homebeat.watch.unregistered import UnregisteredCalls

MONTH: Final = timedelta(days=30)
#: This much of a recording is judged exactly as live. What follows is judged less often, for speed: on a coarser grid, or once
#: between two reports of a device where all devices are sparse (`deferral`). Alerts and their ids stay the same. On the coarser
#: grid they are decided up to `COARSE_GRID_MS` later.
EXACT_FOR_MS: Final = 2 * DAY_MS
COARSE_GRID_MS: Final = 300_000

Step = tuple[Alert, Transition]


@dataclass(slots=True)
class AlertLoad:
    """How many alerts a replay opened.

    Attributes:
        opened: Alerts by rule; questions to residents are counted apart.
        asked: How often a resident was asked.
        answered: How many questions were answered in time, by word or by a sign of life.
        by_resident: Alerts by (rule, resident id or household id, or what else the alert is about).
        quarantined: Quarantined messages, by reason.
        first_at, last_at: First and last arrival, epoch ms; 0 before any.
    """

    residents: int = 0
    messages: int = 0
    readings: int = 0
    first_at: int = 0
    last_at: int = 0
    opened: Counter[str] = field(default_factory=Counter)
    asked: int = 0
    answered: int = 0
    by_resident: Counter[tuple[str, str]] = field(default_factory=Counter)
    quarantined: Counter[QuarantineReason] = field(default_factory=Counter)

    @property
    def resident_months(self) -> float:
        """Residents times the time watched, in months of 30 days."""
        return self.residents * (self.last_at - self.first_at) / 1000 / MONTH.total_seconds()

    def compute_rates(self) -> Mapping[str, float]:
        """Alerts per resident-month by rule; empty before any time has passed."""
        return {rule: n / self.resident_months for rule, n in self.opened.items()} if self.resident_months else {}


class Replay:
    """One pass over a recording. `load` grows as the steps are consumed."""

    def __init__(
        self,
        fleet: Fleet,
        book: RuleBook,
        pace: Pace | None = None,
        limits: Limits | None = None,
        formats: Sequence[Format] = (),
        *,
        exact: bool = False,
    ) -> None:
        """Prepare a pass. With `exact` it judges as often as live from beginning to end.

        Args:
            fleet: Who lives where, throughout.
            book: The rules.
            pace: How often is judged.
            limits: Of messages.
            formats: What opens messages that name their devices themselves.
            exact: As above.
        """
        self._formats, self._traits = formats, NO_TRAITS
        self._coarsens = not exact
        self._fleet, self._book, self._pace, self._limits = fleet, book, pace or Pace(), limits or Limits()
        self._codecs: dict[str, str] = {d.id: d.codec for h in fleet.households for d in h.devices if d.codec}
        self._alerts = Book(ends_with_condition=True)
        self.load = AlertLoad(residents=sum(len(h.residents) for h in fleet.households))
        self.engine: Engine | None = None
        self._deferral: DeferredJudging | None = None
        self._unregistered = UnregisteredCalls()

    def iterate_steps(
        self, blocks: Iterable[list[Message]], progress: Callable[[AlertLoad], None] = lambda _load: None
    ) -> Iterator[Step]:
        """Run over the recording, and yield each alert with its step, in order.

        Args:
            blocks: Messages in arrival order.
            progress: Called after each block.
        """
        for messages in blocks:
            for part in self._split_block(messages):
                yield from self._replay_block(part)
                progress(self.load)
        if self.engine is not None:
            # judge what still waits for the watermark, but no time after the recording
            end = self.load.last_at + self._pace.lateness_ms + self.engine.pace.grid_ms
            yield from self._decide(self._deferral.close(end) if self._deferral is not None else self.engine.advance(EMPTY, end))

    def _split_block(self, messages: list[Message]) -> Iterator[list[Message]]:
        """Cut the block where the exactly judged days end."""
        ends = (self.load.first_at or messages[0].received_at) + EXACT_FOR_MS if messages else 0
        cut = bisect_left(messages, ends, key=lambda message: message.received_at) if self._coarsens else 0
        yield from filter(None, (messages[:cut], messages[cut:]))

    def _replay_block(self, messages: list[Message]) -> Iterator[Step]:
        load, first, last = self.load, messages[0].received_at, messages[-1].received_at
        if self.engine is None:
            load.first_at = first
            registry = Registry.of(self._fleet)
            self.engine = Engine(Roster().with_registry(registry, first), self._book, self._pace)
            self._traits = make_traits(registry, self.engine.roster)
        if self._coarsens and first - load.first_at >= EXACT_FOR_MS:
            self._coarsen(self.engine)
        roster = self.engine.roster
        rows, meters = roster.device_row, roster.device_meter
        intake = read(messages, rows, self._codecs, self._limits, meters, self._formats, traits=self._traits)
        load.messages += len(messages)
        load.readings += len(intake.batch)
        load.last_at = last
        load.quarantined.update(q.reason for q in intake.quarantined)
        # more may come with the same arrival time, in the next block
        advance = self.engine.advance if self._deferral is None else self._deferral.advance
        edges = advance(intake.batch, last - 1) + self._unregistered.find_edges(messages, intake.quarantined, roster)
        yield from self._decide(sorted(edges, key=lambda edge: edge.at))

    def _coarsen(self, engine: Engine) -> None:
        self._coarsens = False
        if is_sparse(self._fleet):
            self._deferral = DeferredJudging(engine)
        elif engine.pace.grid_ms < COARSE_GRID_MS:
            engine.pace = replace(engine.pace, grid_ms=COARSE_GRID_MS)

    def _decide(self, edges: list[Edge]) -> Iterator[Step]:
        for alert, step in self._alerts.decide(edges).changes:
            yield alert, step
            self._count(alert, step)

    def _count(self, alert: Alert, step: Transition) -> None:
        if alert.desk is Desk.RESIDENT:
            self.load.asked += step.kind is TransitionKind.OPENED
            self.load.answered += step.kind is TransitionKind.RESOLVED and is_in_time(alert)
        elif step.kind is TransitionKind.OPENED:
            self.load.opened[alert.rule] += 1
            about = alert.subject.resident or alert.subject.household or alert.subject.key
            self.load.by_resident[alert.rule, about] += 1
