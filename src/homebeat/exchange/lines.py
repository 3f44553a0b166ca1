"""Readings as lines of JSON, written and read in columns: no Python work for each but its line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from homebeat.codecs.wire import Mark
from homebeat.domain.errors import BadSettings
from homebeat.domain.metric import METRIC_BY_NAME, Metric
from homebeat.stream.batch import Batch

if TYPE_CHECKING:
    from homebeat.domain.ids import DeviceId
    from homebeat.stream.batch import I64

_NAMES: Final = {int(metric): metric.wire_name for metric in Metric}
_encoder: Final = msgspec.json.Encoder()


class ReadingRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One reading.

    Attributes:
        observed_at, received_at: RFC 3339 with milliseconds.
        metric: As on the wire, such as `volume_m3`.
        mark: Bits that say how it got its time (`codecs.wire.Mark`).
    """

    device: str
    metric: str
    observed_at: str
    received_at: str
    value: float
    mark: int = int(Mark.NONE)


_decoder: Final = msgspec.json.Decoder(ReadingRow)


def format_times(at: I64) -> list[str]:
    """Format epoch ms as RFC 3339 with milliseconds."""
    texts: list[str] = np.datetime_as_string(at.astype("datetime64[ms]"), timezone="UTC").tolist()
    return texts


def make_lines(batch: Batch, devices: Sequence[DeviceId]) -> list[ReadingRow]:
    """Make the lines of some readings; `devices` has the id at the place of each number."""
    return list(
        map(
            ReadingRow,
            map(devices.__getitem__, batch.device.tolist()),
            map(_NAMES.__getitem__, batch.metric.tolist()),
            format_times(batch.observed_at),
            format_times(batch.received_at),
            batch.value.tolist(),
            batch.mark.tolist(),
        )
    )


def write_lines(batch: Batch, devices: Sequence[DeviceId]) -> bytes:
    """Write readings as lines of JSON."""
    return _encoder.encode_lines(make_lines(batch, devices))


def read_lines(lines: Sequence[bytes], places: dict[str, int], where: str) -> Batch:
    """Read lines of JSON.

    Args:
        lines: Of one file, in their order.
        places: The place of each device in the list that the store was given; a new one is added at the end.
        where: The name of the file, for errors.

    Raises:
        BadSettings: A line is none, or names no metric or time that is known.
    """
    try:
        found = list(map(_decoder.decode, lines))
        columns: list[list[Any]] = [
            [places.setdefault(one.device, len(places)) for one in found],
            [METRIC_BY_NAME[one.metric] for one in found],
        ]
    except (msgspec.DecodeError, KeyError) as error:
        raise BadSettings(f"{where}: a line cannot be read: {error}") from None
    return Batch(
        np.array(columns[0], np.int32),
        np.array(columns[1], np.uint8),
        _read_times([one.observed_at for one in found], where),
        _read_times([one.received_at for one in found], where),
        np.array([one.value for one in found], np.float64),
        np.array([one.mark for one in found], np.uint8),
    )


def _read_times(texts: list[str], where: str) -> I64:
    if not all(text.endswith("Z") for text in texts):
        raise BadSettings(f"{where}: a time does not end in Z")
    try:
        return np.array([text[:-1] for text in texts], "datetime64[ms]").astype(np.int64)
    except ValueError as error:
        raise BadSettings(f"{where}: a time cannot be read: {error}") from None
