"""Evidence after a fall was flagged: the flags themselves, and whether the resident has certainly moved since.

A count that rose shows that something happened between two reports, not when. Steps walked before a fall are reported after it.
So what counts here is the beginning of such a span.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import numpy as np

from homebeat.stream.batch import I64, NEVER
from homebeat.stream.columns import Column, Columns
from homebeat.stream.previous import Rows
from homebeat.stream.sparse import SparseColumns

#: A band repeats a flag until it is acknowledged. One that follows so soon, by its own time and by arrival, is of the same fall.
REPEATED_MS: Final = 30_000


class Flags(SparseColumns):
    """For devices that ever flagged a fall: the first flag of the newest fall, and the fall before.

    `Alarms` has the last repetition.

    Attributes:
        first_at: int64[rows], event time of the first flag, epoch ms.
        first_arrived_at: int64[rows], its arrival, epoch ms.
        before_at: int64[rows], event time of the newest flag of the fall before, epoch ms.
    """

    first_at: I64
    first_arrived_at: I64
    before_at: I64
    columns: ClassVar[Mapping[str, Column]] = {
        **SparseColumns.columns,
        "first_at": Column(np.int64, NEVER),
        "first_arrived_at": Column(np.int64, NEVER),
        "before_at": Column(np.int64, NEVER),
    }

    def add(self, device: int, at: int, arrived: int, newest: int, newest_arrived: int, *, taken_back: bool) -> None:
        """Take in a flag, in order of arrival.

        Args:
            device: Its row.
            at: Event time, epoch ms. If the device's clock went back, it is earlier than that of the flag before.
            arrived: Arrival, epoch ms.
            newest: Event time of the flag that arrived before this one; NEVER for none.
            newest_arrived: Its arrival.
            taken_back: That flag was taken back.
        """
        row, first = self.add_row(device), newest_arrived == NEVER
        repeated = not first and abs(at - newest) <= REPEATED_MS and arrived - newest_arrived <= REPEATED_MS
        if repeated and not taken_back:
            return
        # a repetition after it was taken back starts a new fall with the same predecessor
        if not repeated:
            self.before_at[row] = newest
        self.first_at[row], self.first_arrived_at[row] = at, arrived


class Movement(Columns):
    """By resident, from devices of this one person only.

    Attributes:
        after: int64[residents], the newest instant after which the resident certainly moved, epoch ms. Alarms do not count.
        seen_at: int64[residents], the latest time at which that movement can have been, epoch ms.
    """

    after: I64
    seen_at: I64
    columns: ClassVar[Mapping[str, Column]] = {"after": Column(np.int64, NEVER), "seen_at": Column(np.int64, NEVER)}

    def note(self, residents: Rows, begun: I64, until: I64) -> None:
        """Note movements, each at some time within [begun, until], epoch ms; in any order, repeated rows allowed."""
        np.maximum.at(self.after, residents, begun)
        np.maximum.at(self.seen_at, residents, until)
