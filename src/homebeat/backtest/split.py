"""Splits homes into parts that know nothing of each other, and readings with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from homebeat.backtest.shard import Block
from homebeat.domain.fleet import Fleet
from homebeat.stream.batch import I32, Batch
from homebeat.stream.roster import Roster

_HOMES_A_PART: Final = 400
_MOST_PARTS: Final = 8


@dataclass(frozen=True, slots=True)
class Split:
    """Parts of a fleet.

    Attributes:
        fleets: One a part.
        part, row: int32[devices]: by row of the whole roster, which part a device is in, and its row there.
    """

    fleets: Sequence[Fleet]
    part: I32
    row: I32

    def blocks(self, block: Block) -> list[Block]:
        """The block as each part sees it; the clock goes on for all of them."""
        if len(self.fleets) == 1:
            return [block]
        part = self.part[block.batch.device]
        return [Block(self._of(block.batch.take(np.flatnonzero(part == i))), block.until) for i in range(len(self.fleets))]

    def _of(self, batch: Batch) -> Batch:
        return Batch(self.row[batch.device], batch.metric, batch.observed_at, batch.received_at, batch.value, batch.mark)


def split(fleet: Fleet, roster: Roster, parts: int | None = None) -> Split:
    """Deal the homes out in turn.

    How many parts there are follows from the homes alone: habits are learned at instants that depend on a resident's row, and
    the same readings must give the same result on every machine.
    """
    count = parts or min(_MOST_PARTS, max(1, len(fleet.households) // _HOMES_A_PART))
    fleets = [Fleet(fleet.areas, fleet.households[i::count]) for i in range(count)]
    part, row = np.zeros(len(roster.device_ids), np.int32), np.zeros(len(roster.device_ids), np.int32)
    for i, some in enumerate(fleets):
        for n, device in enumerate(Roster().updated(some, 0).device_ids):
            whole = roster.device_row[device]
            part[whole], row[whole] = i, n
    return Split(fleets, part, row)
