"""The fence round each home while many are worked on at once: what fails at one of them is found by halves and left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from homebeat.stream.batch import Batch
from homebeat.stream.features.water import Flow
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


def flow_each(work: Callable[[Flow], None], flow: Flow, device_of: Callable[[int], int], failed: Failed) -> None:
    """The same for what a fold of totals showed, which no later reading shows again."""
    try:
        work(flow)
    except Exception as error:  # noqa: BLE001 -- as above
        if len(flow) > 1:
            half = len(flow) // 2
            flow_each(work, flow.take(slice(0, half)), device_of, failed)
            flow_each(work, flow.take(slice(half, len(flow))), device_of, failed)
        else:
            failed.append((device_of(int(flow.meter[0])), type(error).__name__))
