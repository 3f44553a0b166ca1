"""Which residents were asked whether all is well, and until when an answer is awaited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from homebeat.stream.batch import I64, NEVER
from homebeat.stream.columns import Column, Columns


class Questions(Columns):
    """By resident.

    Attributes:
        at: int64[residents], when the resident was last asked, epoch ms.
        until: int64[residents], when the answer is overdue, epoch ms; NEVER where none is awaited.
    """

    at: I64
    until: I64
    columns: ClassVar[Mapping[str, Column]] = {"at": Column(np.int64, NEVER), "until": Column(np.int64, NEVER)}
    deadlines: ClassVar[frozenset[str]] = frozenset({"until"})

    def __init__(self, rows: int = 0) -> None:
        self._asked: set[int] = set()
        super().__init__(rows)

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Load saved arrays."""
        super().load(arrays)
        self._asked = set(np.flatnonzero(self.until > NEVER).tolist())

    def ask(self, row: int, at: int, until: int) -> None:
        """Note that a resident is asked at `at` (epoch ms); with NEVER, that no answer is awaited any more."""
        self.at[row], self.until[row] = at, until
        if until > NEVER:
            self._asked.add(row)
        else:
            self._asked.discard(row)

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to` (epoch ms): who was asked later has as long to answer as if asked just now."""
        self.until -= np.where(self.at > to, self.at - to, 0)
        super().rewind(to)

    @property
    def any_awaited(self) -> bool:
        """Whether any answer is awaited. Mostly none is, and then rules need not look."""
        return bool(self._asked)
