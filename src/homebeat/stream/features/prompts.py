"""Who was asked whether all is well, and until when an answer is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from homebeat.stream.batch import I64, NEVER
from homebeat.stream.columns import Column, Columns


class Prompts(Columns):
    """By resident.

    Attributes:
        at: int64[residents], when the resident was last asked, epoch ms.
        until: int64[residents], when an answer to that is overdue, epoch ms.
    """

    at: I64
    until: I64
    columns: ClassVar[Mapping[str, Column]] = {"at": Column(np.int64, NEVER), "until": Column(np.int64, NEVER)}
    deadlines: ClassVar[frozenset[str]] = frozenset({"until"})

    def __init__(self, rows: int = 0) -> None:
        self._asked: set[int] = set()
        super().__init__(rows)

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take over saved arrays."""
        super().load(arrays)
        self._asked = set(np.flatnonzero(self.until > NEVER).tolist())

    def ask(self, row: int, at: int, until: int) -> None:
        """Note that a resident is asked at `at`; NEVER: that nothing is waited for any more."""
        self.at[row], self.until[row] = at, until
        if until > NEVER:
            self._asked.add(row)
        else:
            self._asked.discard(row)

    def turn_back(self, to: int) -> None:
        """Whoever was asked while the clock ran ahead has as long for an answer as if asked just now."""
        self.until -= np.where(self.at > to, self.at - to, 0)
        super().turn_back(to)

    @property
    def some(self) -> bool:
        """Whether anybody was asked and has not answered: hardly ever, and then no rule need look."""
        return bool(self._asked)
