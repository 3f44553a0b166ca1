"""When each device last showed a sign of life: if one device takes its sign back, those of the others remain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from homebeat.stream.batch import I32, I64, NEVER
from homebeat.stream.columns import Column, Columns
from homebeat.stream.previous import Rows


class Signs(Columns):
    """By device.

    Attributes:
        at: int64[devices], newest sign of life, epoch ms.
    """

    at: I64
    columns: ClassVar[Mapping[str, Column]] = {"at": Column(np.int64, NEVER)}

    def show(self, devices: Rows | I32, at: I64) -> None:
        """Record signs of life; repeated rows allowed."""
        np.maximum.at(self.at, devices, at)
