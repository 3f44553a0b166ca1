"""How a long recording of devices that seldom report is judged: once between two reports of a device, not after each of all.

An hourly meter says something once an hour; asking about every home each time one of them speaks asks a hundred times more than
there are answers. So readings pile up until a device is about to be heard a second time, and are judged then. What time alone
brings about is judged when it is due, as live. The same alerts come out, each with the time at which live would have decided it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from homebeat.domain.alert import Edge, TransitionKind
from homebeat.domain.fleet import Fleet
from homebeat.engine.engine import Engine
from homebeat.rules.catalogue import RULES
from homebeat.stream.batch import EMPTY, FAR, I64, NEVER, Batch
from homebeat.stream.evidence import Evidence

#: Devices that all report no more often than this are seldom heard: judging costs more than folding.
SELDOM_MS: Final = 1_800_000
LONGEST_MS: Final = 3_600_000


def is_sparse(fleet: Fleet) -> bool:
    """Whether every device of the fleet reports seldom."""
    every = [device.reports_every.total_seconds() * 1000 for home in fleet.households for device in home.devices]
    return min(every, default=0) >= SELDOM_MS


class Pile:
    """Readings that an engine has taken but not judged. `judged_at` is by device row: when live judges its reading, epoch ms."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._grid = engine, engine.pace.grid_ms
        self._begun = engine.now
        self._judged_at: dict[int, int] = {}
        self._devices: dict[str, list[int]] = {}
        for device, home in enumerate(engine.roster.device_household.tolist()):
            self._devices.setdefault(engine.roster.household_ids[home], []).append(device)

    def advance(self, batch: Batch, now: int) -> list[Edge]:
        """As `Engine.advance`, but readings are judged piled up, the last of them in a call to come."""
        engine, edges, done = self._engine, list[Edge](), 0
        for cut in self._cuts(batch):
            if cut > now:
                break
            upto = int(np.searchsorted(batch.received_at, cut, side="right"))
            engine.news_from = cut
            edges += self._as_live(engine.advance(batch.take(slice(done, upto)), cut))
            self._judged_at = {device: at for device, at in self._judged_at.items() if at > cut}
            done = upto
        engine.news_from = FAR
        return edges + self._as_live(engine.advance(batch.take(slice(done, len(batch))), now))

    def close(self, now: int) -> list[Edge]:
        """The edges of what is still piled up; the engine is at `now` then, and as live from there on."""
        self._engine.news_from = NEVER
        return self._as_live(self._engine.advance(EMPTY, now))

    def _cuts(self, batch: Batch) -> Iterator[int]:
        """Pile up reading after reading; yield the instants at which all of them are to be judged before the next goes on top."""
        grid, lateness = self._grid, self._engine.pace.lateness_ms
        judged = self._on_grid(np.maximum(batch.received_at, batch.observed_at + lateness))
        # an instant that surely lies before what this reading tells of: else it seems to contradict what is decided there
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

    def _on_grid(self, at: I64) -> I64:
        return -(-at // self._grid) * self._grid

    def _as_live(self, edges: list[Edge]) -> list[Edge]:
        """The edges of one pile, each with the time it has live, in order of these."""
        return sorted((replace(edge, at=min(edge.at, self._live_at(edge))) for edge in edges), key=lambda edge: edge.at)

    def _live_at(self, edge: Edge) -> int:
        rule = RULES.get(edge.rule)
        if rule is None or rule.digest or rule.urgent or (rule.only_time_fires and edge.kind is TransitionKind.OPENED):
            return edge.at
        if edge.subject.household is None:
            return edge.at
        devices = self._devices[edge.subject.household]
        if rule.woken_by == Evidence.HEARD:
            return int(self._on_grid(self._engine.state.heard.at[devices]).max())
        judged = (self._judged_at.get(device, FAR) for device in devices)
        return max((at for at in judged if at <= edge.at), default=edge.at)
