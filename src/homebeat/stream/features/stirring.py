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

#: A band repeats a flag until it is acknowledged; one that follows so soon is of the same fall.
REPEATED_MS: Final = 30_000


class Flags(Columns):
    """By device: its newest flag of a fall, with its repetitions, and the one before. Of the last repetition `Alarms` knows.

    Attributes:
        first_at: int64[devices], event time of the flag, epoch ms.
        first_arrived_at: int64[devices], when that reached us.
        before_at: int64[devices], event time of the last flag that was not of the same fall.
    """

    first_at: I64
    first_arrived_at: I64
    before_at: I64
    columns: ClassVar[Mapping[str, Column]] = {
        "first_at": Column(np.int64, NEVER),
        "first_arrived_at": Column(np.int64, NEVER),
        "before_at": Column(np.int64, NEVER),
    }

    def take(self, device: int, at: int, arrived: int, newest: int) -> None:
        """Take a flag in its order of arrival; the same one delivered again changes nothing.

        Args:
            device: Its row.
            at: Event time, epoch ms.
            arrived: When it reached us, epoch ms.
            newest: Event time of the newest flag before this one arrived; NEVER if there was none.
        """
        if at > newest:
            if newest == NEVER or at - newest > REPEATED_MS:
                self.first_at[device], self.first_arrived_at[device], self.before_at[device] = at, arrived, newest
        elif at < int(self.first_at[device]) - REPEATED_MS:
            self.before_at[device] = max(at, int(self.before_at[device]))


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


class Wear(Columns):
    """By device.

    Attributes:
        at: int64[devices], when the device was last proven to be worn (it says so, or feels a pulse), epoch ms.
    """

    at: I64
    columns: ClassVar[Mapping[str, Column]] = {"at": Column(np.int64, NEVER)}
