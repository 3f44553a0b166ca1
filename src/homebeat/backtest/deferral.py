"""Judges a long recording of devices that seldom report: once between two reports of a device, not after every report.

A meter that reports hourly changes its home once an hour. Judging after every report would judge a hundred times more
often than anything can change. So readings are collected until a device is about to report a second time, and are judged then.
What only time brings about is judged when it is due, as in service. The alerts are the same, and each gets the time at which
the live watch would have decided it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from homebeat.domain.alert import Edge, TransitionKind
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.fleet import Fleet
from homebeat.engine.engine import Engine
from homebeat.rules.catalogue import RULES
from homebeat.stream.batch import EMPTY, FAR, I64, NEVER, Batch
from homebeat.stream.evidence import Evidence

#: Devices that report no more often than this count as sparse: for them judging costs more than folding.
SELDOM_MS: Final = 1_800_000
LONGEST_MS: Final = HOUR_MS


def is_sparse(fleet: Fleet) -> bool:
    """Whether every device of the fleet reports each `SELDOM_MS` or less often."""
    every = [device.reports_every.total_seconds() * 1000 for home in fleet.households for device in home.devices]
    return min(every, default=0) >= SELDOM_MS


class DeferredJudging:
    """Lets an engine fold readings at once and judge them later.

    `_judged_at` holds, by device row, when the live watch judges the device's newest reading, epoch ms.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, self._grid = engine, engine.pace.grid_ms
        self._begun = engine.now
        self._judged_at: dict[int, int] = {}
        self._devices: dict[str, list[int]] = {}
        for device, home in enumerate(engine.roster.device_household.tolist()):
            self._devices.setdefault(engine.roster.household_ids[home], []).append(device)

    def advance(self, batch: Batch, now: int) -> list[Edge]:
        """As `Engine.advance`, but readings are judged together, the last of them in a later call."""
        engine, edges, done = self._engine, list[Edge](), 0
        for cut in self._find_cuts(batch):
            if cut > now:
                break
            upto = int(np.searchsorted(batch.received_at, cut, side="right"))
            engine.news_from = cut
            edges += self._restore_live_times(engine.advance(batch.take(slice(done, upto)), cut))
            self._judged_at = {device: at for device, at in self._judged_at.items() if at > cut}
            done = upto
        engine.news_from = FAR
        return edges + self._restore_live_times(engine.advance(batch.take(slice(done, len(batch))), now))

    def close(self, now: int) -> list[Edge]:
        """Judge what still waits, bring the engine to `now` (epoch ms), and let it judge as live from there on."""
        self._engine.news_from = NEVER
        return self._restore_live_times(self._engine.advance(EMPTY, now))

    def _find_cuts(self, batch: Batch) -> Iterator[int]:
        """Collect reading after reading, and yield the instants (epoch ms) at which all collected ones must be judged."""
        grid, lateness = self._grid, self._engine.pace.lateness_ms
        judged = self._round_up(np.maximum(batch.received_at, batch.observed_at + lateness))
        # an instant surely before this reading's event time: a later one would make the reading contradict what is decided there
        free = batch.observed_at // grid * grid - grid
        order = np.argsort(judged, kind="stable")
        for device, at, before in zip(*(c[order].tolist() for c in (batch.device, judged, free)), strict=True):
            last = self._judged_at.get(device, at)
            if last != at:
                self._begun = min(max(last, before), at - grid)
                yield self._begun
            elif at - self._begun > LONGEST_MS:
                self._begun = at - grid
                yield self._begun
            self._judged_at[device] = at

    def _round_up(self, at: I64) -> I64:
        return -(-at // self._grid) * self._grid

    def _restore_live_times(self, edges: list[Edge]) -> list[Edge]:
        """Give each edge the time that it has live, and order the edges by it."""
        return sorted((replace(edge, at=min(edge.at, self._compute_live_time(edge))) for edge in edges), key=lambda edge: edge.at)

    def _compute_live_time(self, edge: Edge) -> int:
        rule = RULES.get(edge.rule)
        if rule is None or rule.digest or rule.urgent or (rule.fires_by_time_only and edge.kind is TransitionKind.OPENED):
            return edge.at
        if edge.subject.household is None:
            return edge.at
        devices = self._devices[edge.subject.household]
        if rule.triggers == Evidence.HEARD:
            return int(self._round_up(self._engine.state.heard.at[devices]).max())
        judged = (self._judged_at.get(device, FAR) for device in devices)
        return max((at for at in judged if at <= edge.at), default=edge.at)
