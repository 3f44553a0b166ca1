"""Splits homes, and readings with them, into parts that do not depend on each other."""

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
    """The parts of a fleet.

    Attributes:
        fleets: One for each part.
        part, row: int32[devices]: by row of the whole roster, which part a device is in, and its row there.
    """

    fleets: Sequence[Fleet]
    part: I32
    row: I32

    def split_block(self, block: Block) -> list[Block]:
        """Split a block into one for each part; `until` is the same for all of them."""
        if len(self.fleets) == 1:
            return [block]
        part = self.part[block.batch.device]
        return [Block(self._renumber(block.batch.take(np.flatnonzero(part == i))), block.until) for i in range(len(self.fleets))]

    def _renumber(self, batch: Batch) -> Batch:
        return Batch(self.row[batch.device], batch.metric, batch.observed_at, batch.received_at, batch.value, batch.mark)


def split(fleet: Fleet, roster: Roster, parts: int | None = None) -> Split:
    """Deal the homes out to the parts in turn.

    The number of parts depends on the homes alone. Habits are learned at instants that depend on a resident's row, and the same
    readings must give the same result on every machine.
    """
    count = parts or min(_MOST_PARTS, max(1, len(fleet.households) // _HOMES_A_PART))
    fleets = [Fleet(fleet.areas, fleet.households[i::count]) for i in range(count)]
    part, row = np.zeros(len(roster.device_ids), np.int32), np.zeros(len(roster.device_ids), np.int32)
    for i, some in enumerate(fleets):
        for n, device in enumerate(Roster().with_registry(some, 0).device_ids):
            whole = roster.device_row[device]
            part[whole], row[whole] = i, n
    return Split(fleets, part, row)
