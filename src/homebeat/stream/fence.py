"""The fence round each home while many are worked on at once: what fails at one of them is found by halves and left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol, Self, TypeVar

from homebeat.stream.batch import Batch
from homebeat.stream.series import Series, by_metric

#: Rows that were left out, each with the kind of error.
Failed = list[tuple[int, str]]
#: A step of folding: the readings, and the same by metric.
Stage = Callable[[Batch, Mapping[int, Series]], None]


def fold_in_stages(stages: Sequence[Stage], batch: Batch, of_metric: Mapping[int, Series], failed: Failed) -> None:
    """Take the steps in turn; one that fails is taken by halves, so that no other step is taken twice."""
    for stage in stages:
        try:
            stage(batch, of_metric)
        except Exception:  # noqa: BLE001 -- the fence round a home: which one it was is found by halves
            fold_each(partial(_take_step, stage), batch, failed)


def _take_step(stage: Stage, batch: Batch) -> None:
    stage(batch, by_metric(batch))


def fold_each(work: Callable[[Batch], None], batch: Batch, failed: Failed) -> None:
    """Do the work for a batch, or else for either half of it in turn; `failed` gets the device of each reading left out.

    The work is done again for readings that were part of a failure: it must not mind, as folding does not mind what comes twice.
    """
    try:
        work(batch)
    except Exception as error:  # noqa: BLE001 -- the fence round a home: kept in `failed`, which the engine tells
        if len(batch) > 1:
            half = len(batch) // 2
            fold_each(work, batch.take(slice(0, half)), failed)
            fold_each(work, batch.take(slice(half, len(batch))), failed)
        elif len(batch):
            failed.append((int(batch.device[0]), type(error).__name__))


class Shown(Protocol):
    """What a fold of readings showed, entry by entry."""

    def __len__(self) -> int: ...

    def take(self, where: slice) -> Self:
        """Some of them."""
        ...


S = TypeVar("S", bound=Shown)


def show_each(work: Callable[[S], None], shown: S, device_of: Callable[[S], int], failed: Failed) -> None:
    """The same for what a fold showed, which no later reading shows again: the fold has taken those readings already.

    Args:
        work: What is to be done with it.
        shown: What was shown, of many devices.
        device_of: The row of the device that a single entry is of.
        failed: Gets that row for each entry left out.
    """
    try:
        work(shown)
    except Exception as error:  # noqa: BLE001 -- as above
        if len(shown) > 1:
            half = len(shown) // 2
            show_each(work, shown.take(slice(0, half)), device_of, failed)
            show_each(work, shown.take(slice(half, len(shown))), device_of, failed)
        else:
            failed.append((device_of(shown), type(error).__name__))
