"""Readings of one metric that one device sent at several times, split into rounds: one time of each device a round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from homebeat.stream.batch import Batch


def split_rounds(batch: Batch, metrics: Sequence[int], devices: int) -> Iterator[Batch]:
    """Split readings of devices that sent these metrics at several times: the oldest of each device, the next, but not the last.

    Args:
        batch: Readings sorted by event time.
        metrics: Which of them to look at.
        devices: How many device rows there are.
    """
    part = batch.take(np.isin(batch.metric, metrics))
    # mostly each device sent one time only, and this check is cheaper than the sort below
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
        round_ = part.take(early & (rank == k))
        yield round_.take(np.argsort(round_.observed_at, kind="stable"))
