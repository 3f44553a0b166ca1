"""Readings as Parquet, for programs that analyse: columns with types, packed, each row group of one piece of the log.

Needs pyarrow, the package of the extra `parquet`. All else of such an export is JSON by lines, which keeps lists and tables.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from homebeat.domain.metric import Metric
from homebeat.exchange.export import Ndjson

if TYPE_CHECKING:
    from homebeat.domain.ids import DeviceId
    from homebeat.stream.batch import I64, Batch

_TIME: Final = pa.timestamp("ms", tz="UTC")
_NAME: Final = pa.dictionary(pa.int32(), pa.string())
#: The columns: as the lines of JSON have them.
SCHEMA: Final = pa.schema(
    [
        pa.field("device", _NAME, nullable=False),
        pa.field("metric", _NAME, nullable=False),
        pa.field("observed_at", _TIME, nullable=False),
        pa.field("received_at", _TIME, nullable=False),
        pa.field("value", pa.float64(), nullable=False),
        pa.field("mark", pa.uint8(), nullable=False),
    ]
)
_METRICS: Final = pa.array([metric.wire_name for metric in Metric])
_PLACE_OF_METRIC: Final = np.full(max(map(int, Metric)) + 1, -1, np.int32)
_PLACE_OF_METRIC[[int(metric) for metric in Metric]] = np.arange(len(Metric), dtype=np.int32)


class Parquet(Ndjson):
    """Readings as Parquet; the rows of everything else as lines of JSON."""

    readings_ending = "parquet"

    def begin_readings(self) -> ParquetReadings:
        """Begin a file of readings."""
        return ParquetReadings()


class ParquetReadings:
    """One file of readings."""

    def __init__(self) -> None:
        self._written = io.BytesIO()
        self._writer: Any = parquet.ParquetWriter(self._written, SCHEMA, compression="zstd")

    def write(self, batch: Batch, devices: list[DeviceId]) -> bytes:
        """Write readings as a row group."""
        used, places = np.unique(batch.device, return_inverse=True)
        names = pa.array([devices[place] for place in used.tolist()], pa.string())
        columns = [
            pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), names),
            pa.DictionaryArray.from_arrays(pa.array(_PLACE_OF_METRIC[batch.metric]), _METRICS),
            _make_times(batch.observed_at),
            _make_times(batch.received_at),
            pa.array(batch.value),
            pa.array(batch.mark),
        ]
        self._writer.write_table(pa.Table.from_arrays(columns, schema=SCHEMA))
        return self._take_written()

    def end(self) -> bytes:
        """Write what ends the file: where its row groups lie."""
        self._writer.close()
        return self._take_written()

    def _take_written(self) -> bytes:
        """Take what was written since. The writer counts its place itself, so that the buffer may be emptied."""
        content = self._written.getvalue()
        self._written.seek(0)
        self._written.truncate()
        return content


def _make_times(at: I64) -> Any:
    return pa.array(at).cast(_TIME)
