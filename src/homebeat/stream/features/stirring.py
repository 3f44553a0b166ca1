"""What tells a fall from a knock: whether its wearer wore the band, and has surely stirred since.

A counter that rose says that something happened between two reports, not when. Steps walked before a fall are reported after
it, so what counts here is the beginning of such a span.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import numpy as np

from homebeat.stream.batch import I64, NEVER
from homebeat.stream.columns import Column, Columns
from homebeat.stream.previous import Rows
from homebeat.stream.sparse import SparseColumns

#: A band repeats a flag until it is acknowledged; one that follows so soon, by its own time and by
#: arrival, is of the same fall.
REPEATED_MS: Final = 30_000


class Flags(SparseColumns):
    """By device that ever flagged a fall: its newest flag, with its repetitions, and the one before.

    Of the last repetition `Alarms` knows.

    Attributes:
        first_at: int64[rows], event time of the flag, epoch ms.
        first_arrived_at: int64[rows], when that reached us.
        before_at: int64[rows], event time of the flag that arrived before that and was not of the same fall.
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

    def take(self, device: int, at: int, arrived: int, newest: int, newest_arrived: int, *, taken_back: bool) -> None:
        """Take a flag in its order of arrival.

        Args:
            device: Its row.
            at: Event time, epoch ms; a clock that went back makes it earlier than that of the flag before.
            arrived: When it reached us, epoch ms.
            newest: Event time of the flag that arrived before this one; NEVER if there was none.
            newest_arrived: When that reached us.
            taken_back: That one was taken back.
        """
        row, first = self.row(device), newest_arrived == NEVER
        repeated = not first and abs(at - newest) <= REPEATED_MS and arrived - newest_arrived <= REPEATED_MS
        if repeated and not taken_back:
            return
        # repeated after it was taken back: from then on
        if not repeated:
            self.before_at[row] = newest
        self.first_at[row], self.first_arrived_at[row] = at, arrived


class Stirring(Columns):
    """By resident, from devices that speak of this one person alone.

    Attributes:
        after: int64[residents], the newest instant after which the resident surely did something, epoch ms; no alarm counts.
        seen_at: int64[residents], when that was reported as having happened, at the latest, epoch ms.
    """

    after: I64
    seen_at: I64
    columns: ClassVar[Mapping[str, Column]] = {"after": Column(np.int64, NEVER), "seen_at": Column(np.int64, NEVER)}

    def stir(self, residents: Rows, begun: I64, until: I64) -> None:
        """Something was done within each span [begun, until]; in any order, repeated rows allowed."""
        np.maximum.at(self.after, residents, begun)
        np.maximum.at(self.seen_at, residents, until)
