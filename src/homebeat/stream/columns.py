"""Arrays that share one axis of rows, grow together and are saved together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from homebeat.stream.batch import NEVER


class Column(NamedTuple):
    """How one array is made: its dtype, the value of a blank row, and the axes before the row axis."""

    dtype: Any
    fill: float | int
    lead: tuple[int, ...] = ()


class Columns:
    """A feature's state. Subclasses name their arrays in `columns`; the row axis is always the last.

    Row-last keeps one quantity of neighbouring residents contiguous, which is what a rule reads.
    """

    columns: ClassVar[Mapping[str, Column]] = {}
    #: Columns of times that may lie ahead of now. Every other int64 column that begins with NEVER holds a time of the past.
    deadlines: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, rows: int = 0) -> None:
        self.rows = 0
        for name, column in self.columns.items():
            setattr(self, name, np.empty((*column.lead, 0), column.dtype))
        self.grow(rows)

    def grow(self, rows: int) -> None:
        """Add blank rows until there are `rows`; never shrinks."""
        more = rows - self.rows
        if more <= 0:
            return
        for name, column in self.columns.items():
            shape = (*column.lead, more)
            # zeros take no memory until they are written to: a start makes blank arrays and then loads others
            blank = np.full(shape, column.fill, column.dtype) if column.fill else np.zeros(shape, column.dtype)
            setattr(self, name, np.concatenate([getattr(self, name), blank], axis=-1) if self.rows else blank)
        self.rows = rows

    def list_arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays by name, not copied."""
        return {name: getattr(self, name) for name in self.columns}

    def load(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Load saved arrays, for as many rows as were saved.

        Raises:
            ValueError: An array is missing or of another shape or dtype: the checkpoint is of another version.
        """
        for name, column in self.columns.items():
            saved = arrays[name]
            if saved.dtype != np.dtype(column.dtype) or saved.shape[:-1] != column.lead:
                raise ValueError(f"{type(self).__name__}.{name} was saved as {saved.dtype}{saved.shape}")
            setattr(self, name, saved.copy())
            self.rows = saved.shape[-1]

    def rewind(self, to: int) -> None:
        """Follow a step of the clock back to `to` (epoch ms): a time later than that becomes `to`.

        Features with rings or deadlines rewind those themselves.
        """
        for name, column in self.columns.items():
            if column.dtype == np.int64 and column.fill == NEVER and name not in self.deadlines:
                times = getattr(self, name)
                np.minimum(times, to, out=times)

    @property
    def nbytes(self) -> int:
        """Memory of the arrays in bytes."""
        return sum(a.nbytes for a in self.list_arrays().values())
