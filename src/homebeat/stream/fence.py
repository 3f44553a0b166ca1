"""The fence round each home while readings of many are folded at once: a home that fails is found by halves and left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol, Self, TypeVar

from homebeat.stream.batch import Batch
from homebeat.stream.series import Series, split_by_metric

#: Device rows that were left out, each with the kind of error.
Failed = list[tuple[int, str]]
#: A step of folding. It gets the readings, and the same readings by metric.
FoldStep = Callable[[Batch, Mapping[int, Series]], None]


def fold_in_steps(stages: Sequence[FoldStep], batch: Batch, of_metric: Mapping[int, Series], failed: Failed) -> None:
    """Run the steps in turn. A step that fails is run by halves, so that no other step runs twice."""
    for stage in stages:
        try:
            stage(batch, of_metric)
        except Exception:  # noqa: BLE001 -- the fence round a home: which one it was is found by halves
            fold_each(partial(_fold_step, stage), batch, failed)


def _fold_step(stage: FoldStep, batch: Batch) -> None:
    stage(batch, split_by_metric(batch))


def fold_each(work: Callable[[Batch], None], batch: Batch, failed: Failed) -> None:
    """Run `work` for a batch; on a failure, for either half of it in turn.

    `work` runs again for readings that were part of a failure. Folding allows that: a reading folded twice changes nothing.

    Args:
        work: What to do with a batch.
        batch: The readings.
        failed: Gets the device row and the kind of error of each reading that was left out.
    """
    try:
        work(batch)
    except Exception as error:  # noqa: BLE001 -- the fence round a home: the engine reports what is in `failed`
        if len(batch) > 1:
            half = len(batch) // 2
            fold_each(work, batch.take(slice(0, half)), failed)
            fold_each(work, batch.take(slice(half, len(batch))), failed)
        elif len(batch):
            failed.append((int(batch.device[0]), type(error).__name__))


class Entries(Protocol):
    """What a fold of readings showed, as entries of many devices."""

    def __len__(self) -> int: ...

    def take(self, where: slice) -> Self:
        """A part of the entries."""
        ...


S = TypeVar("S", bound=Entries)


def apply_each(work: Callable[[S], None], shown: S, device_of: Callable[[S], int], failed: Failed) -> None:
    """Run `work` for entries; on a failure, for either half in turn. The fold has taken the readings and shows them only once.

    Args:
        work: What to do with the entries.
        shown: The entries, of many devices.
        device_of: Gives the device row of a single entry.
        failed: Gets that row and the kind of error for each entry that was left out.
    """
    try:
        work(shown)
    except Exception as error:  # noqa: BLE001 -- as above
        if len(shown) > 1:
            half = len(shown) // 2
            apply_each(work, shown.take(slice(0, half)), device_of, failed)
            apply_each(work, shown.take(slice(half, len(shown))), device_of, failed)
        else:
            failed.append((device_of(shown), type(error).__name__))
