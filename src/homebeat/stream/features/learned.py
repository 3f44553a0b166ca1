"""What was learned about each resident, in the form that rules read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.domain.durations import DAY_MS
from homebeat.stream.batch import I64, NEVER, Bool
from homebeat.stream.columns import Column, Columns

#: Half hours of the local day.
SLOTS: Final = 48


F32 = NDArray[np.float32]
U16 = NDArray[np.uint16]


class Learned(Columns):
    """State per resident. Limits are minutes of quiet allowed after a last sign of life, by local half hour of the day.

    Attributes:
        limit_minutes: uint16[48, residents], when others are notified; 0 while nothing is learned.
        ask_minutes: uint16[48, residents], when the resident is asked; 0 while nothing is learned.
        limit_now, ask_now: uint16[residents], the limits after each resident's newest sign of life.
        at_home_known: bool[residents], being at home is proven, not assumed.
        low_observability: bool[residents], homebeat sees too little of the resident to be early and seldom wrong.
        usual_from, usual_to: int16[residents], minutes of the local day between which the first sign after four o'clock mostly
            comes; -1 while nothing is learned.
        usual_days, usual_of: uint8[residents], on how many of how many days it did.
        at: int64[residents], when it was learned, epoch ms.
        worth_h: float32[residents], what the own budget is worth, hours; 0 for who takes no part in the price of an area.
        worth_before_h: float32[residents], the same at the midnight (UTC) before `at`.
        upto: all turns to learn up to here are done, epoch ms.
    """

    limit_minutes: U16
    ask_minutes: U16
    limit_now: U16
    ask_now: U16
    at_home_known: Bool
    low_observability: Bool
    usual_from: NDArray[np.int16]
    usual_to: NDArray[np.int16]
    usual_days: NDArray[np.uint8]
    usual_of: NDArray[np.uint8]
    at: I64
    worth_h: F32
    worth_before_h: F32
    columns: ClassVar[Mapping[str, Column]] = {
        "limit_minutes": Column(np.uint16, 0, (SLOTS,)),
        "ask_minutes": Column(np.uint16, 0, (SLOTS,)),
        "limit_now": Column(np.uint16, 0),
        "ask_now": Column(np.uint16, 0),
        "at_home_known": Column(np.bool_, 0),
        "low_observability": Column(np.bool_, 0),
        "usual_from": Column(np.int16, -1),
        "usual_to": Column(np.int16, -1),
        "usual_days": Column(np.uint8, 0),
        "usual_of": Column(np.uint8, 0),
        "at": Column(np.int64, NEVER),
        "worth_h": Column(np.float32, 0),
        "worth_before_h": Column(np.float32, 0),
    }

    def __init__(self, rows: int = 0) -> None:
        super().__init__(rows)
        self.upto = NEVER

    def get_worth_at_midnight(self, rows: NDArray[np.intp], now: int) -> F32:
        """Get `worth_h` of these residents at the UTC midnight before `now` (epoch ms), whoever learned since; float32[n]."""
        return np.where(self.at[rows] < _find_midnight(now), self.worth_h[rows], self.worth_before_h[rows])

    def note_worth(self, row: int, worth_h: float, now: int) -> None:
        """Note what a budget is worth, learned at `now` (epoch ms); call it before setting `at`."""
        if self.at[row] < _find_midnight(now):
            self.worth_before_h[row] = self.worth_h[row]
        self.worth_h[row] = worth_h

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to` (epoch ms): turns to learn after it come again."""
        super().rewind(to)
        self.upto = min(self.upto, to)


def _find_midnight(now: int) -> int:
    return now // DAY_MS * DAY_MS
