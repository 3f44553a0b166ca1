"""Readings that one device sent of one metric at several times, one time after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from homebeat.stream.batch import Batch


def waves_of(batch: Batch, metrics: Sequence[int], devices: int) -> Iterator[Batch]:
    """Of devices that sent these metrics at several times: the oldest of each device, then the next, but not the last.

    Args:
        batch: Readings sorted by event time.
        metrics: Which of them to look at.
        devices: How many device rows there are.
    """
    part = batch.take(np.isin(batch.metric, metrics))
    # one time for all that a device sent is the rule, and this look is cheaper than the sort below
    newest = np.empty(devices, np.int64)
    newest[part.device] = part.observed_at
    if (newest[part.device] == part.observed_at).all():
        return
    part = part.take(np.lexsort((part.observed_at, part.device)))
    other = part.device[1:] != part.device[:-1]
    later = other | (part.observed_at[1:] != part.observed_at[:-1])
    count = np.concatenate([[0], np.cumsum(later)])
    begin = np.maximum.accumulate(np.where(np.concatenate([[True], other]), count, 0))
    rank = count - begin
    last = np.zeros(devices, np.int64)
    np.maximum.at(last, part.device, rank)
    early = rank < last[part.device]
    for k in range(int(rank.max())):
        wave = part.take(early & (rank == k))
        yield wave.take(np.argsort(wave.observed_at, kind="stable"))
