"""Messages of a street read back with the real codecs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from homebeat.codecs.catalogue import decode_native_or_senml, find_device
from homebeat.codecs.wire import Limits, Mark
from homebeat.domain.metric import Metric
from simulators.localdays import DAY
from simulators.street import Message

#: 2026-03-02 00:00 UTC, a Monday.
START = 1_772_409_600_000
WEEK = 7 * DAY


class Read(NamedTuple):
    device: str
    metric: Metric
    observed_at: int
    received_at: int
    value: float
    untimed: bool


def readings(messages: Iterable[Message], limits: Limits | None = None) -> list[Read]:
    """Every reading of every message, in order; fails where a codec finds fault."""
    out = []
    for received_at, topic, payload in messages:
        device = find_device(topic)
        assert device is not None
        read = decode_native_or_senml(payload, received_at, limits or Limits())
        assert not read.faults, (payload, read.faults)
        assert not read.extras
        for metric, at, value, mark in zip(read.metric, read.at, read.value, read.mark, strict=True):
            out.append(Read(device, Metric(metric), at, received_at, value, bool(mark & Mark.UNTIMED)))
    return out


def of(reads: Iterable[Read], device: str, metric: Metric) -> list[Read]:
    return [read for read in reads if read.device == device and read.metric is metric]
