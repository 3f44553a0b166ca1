"""Who was asked whether all is well, and until when an answer is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

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

    def ask(self, row: int, at: int, until: int) -> None:
        """Note that a resident is asked at `at`."""
        self.at[row], self.until[row] = at, until
