"""Columns with a row only for devices of which something is known, for features that most devices have no values for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from homebeat.stream.batch import I32, I64
from homebeat.stream.columns import Column, Columns

_FIRST_ROWS: Final = 64
Places = NDArray[np.intp]


class SparseColumns(Columns):
    """A row for each device that was ever written to, in that order. Subclasses add to `columns`.

    Attributes:
        device: int64[rows], the device's own row in the roster; -1 where the row is not used yet.
    """

    device: I64
    columns: ClassVar[Mapping[str, Column]] = {"device": Column(np.int64, -1)}

    def __init__(self) -> None:
        super().__init__()
        self._row_of: dict[int, int] = {}
        self._sorted: I64 | None = None
        self._order: Places = np.empty(0, np.intp)

    def find(self, device: int) -> int | None:
        """Find the row of a device, if it has one."""
        return self._row_of.get(device)

    def add_row(self, device: int) -> int:
        """Get the row of a device; add one if it has none yet."""
        row = self._row_of.get(device)
        if row is None:
            row = self._row_of[device] = len(self._row_of)
            if row >= self.rows:
                self.grow(max(_FIRST_ROWS, 2 * self.rows))
            self.device[row] = device
            self._sorted = None
        return row

    def find_among(self, devices: slice | I32) -> tuple[Places, Places]:
        """Find the devices that have a row: (positions in `devices`, rows here), intp[k] each."""
        known = self._sort_devices()
        if isinstance(devices, slice):
            first, last = np.searchsorted(known, (devices.start, devices.stop)).tolist()
            return known[first:last] - devices.start, self._order[first:last]
        if not len(known):
            return self._order, self._order
        near = np.minimum(np.searchsorted(known, devices), len(known) - 1)
        places = np.flatnonzero(known[near] == devices)
        return places, self._order[near[places]]

    def spread(self, column: NDArray[Any], devices: slice | I32, fill: int) -> NDArray[Any]:
        """Spread a column over these devices, one value each; `fill` for devices without a row."""
        places, rows = self.find_among(devices)
        count = devices.stop - devices.start if isinstance(devices, slice) else len(devices)
        out = np.full(count, fill, column.dtype)
        out[places] = column[rows]
        return out

    def _sort_devices(self) -> I64:
        if self._sorted is None:
            used = self.device[: len(self._row_of)]
            self._order = np.argsort(used)
            self._sorted = used[self._order]
        return self._sorted

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Load saved arrays.

        Raises:
            ValueError: An array is missing or of another shape or dtype: the checkpoint is of another version.
        """
        super().load(arrays)
        self._row_of = {device: row for row, device in enumerate(self.device.tolist()) if device >= 0}
        self._sorted = None
