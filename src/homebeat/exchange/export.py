"""Writes everything, or what belongs to an area, into a folder of open files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec
import numpy as np

from homebeat.exchange.folder import ExportFolder, FileSink, WrittenFile
from homebeat.exchange.lines import make_lines, write_lines
from homebeat.store.portable.nouns import NOUNS, Noun

if TYPE_CHECKING:
    from homebeat.domain.ids import AreaId, DeviceId, ResidentId
    from homebeat.store import ReadSession
    from homebeat.stream.batch import Batch

#: Readings in one file: about 12 MB of it, packed.
A_FILE: Final = 1_000_000
CLOCK_STEPS: Final = "clock_steps"
#: Is told which noun is being written and how many rows of it are.
Progress = Callable[[str, int], None]
_encoder: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class ExportScope:
    """What is to be written.

    Attributes:
        area: With all below it; None for everything.
        resident: Only what is about them.
        since: Readings that arrived at this time or later, epoch ms; None for all.
    """

    area: AreaId | None = None
    since: int | None = None
    resident: ResidentId | None = None

    @property
    def name(self) -> str:
        """As the audit names it; empty for everything."""
        return f"area:{self.area}" if self.area is not None else f"resident:{self.resident}" if self.resident is not None else ""


class ReadingWriter(Protocol):
    """How readings are written into one file."""

    def write(self, batch: Batch, devices: list[DeviceId]) -> bytes:
        """Write readings; `devices` has the id at the place of each number."""
        ...

    def end(self) -> bytes:
        """Write what ends the file."""
        ...


class Form(Protocol):
    """How rows are written.

    Attributes:
        ending: Of the name of a file of rows.
        readings_ending: Of a file of readings.
    """

    ending: str
    readings_ending: str

    def write_rows(self, rows: list[dict[str, Any]], *, is_first: bool) -> bytes:
        """Write rows; before the first of a file comes what begins one."""
        ...

    def begin_readings(self) -> ReadingWriter:
        """Begin a file of readings."""
        ...


class Ndjson:
    """One row a line, as JSON: what `homebeat import` reads."""

    ending = "ndjson"
    readings_ending = "ndjson.gz"

    def write_rows(self, rows: list[dict[str, Any]], *, is_first: bool) -> bytes:  # noqa: ARG002 -- nothing begins a file
        """Write rows."""
        return _encoder.encode_lines(rows)

    def begin_readings(self) -> ReadingWriter:
        """Begin a file of readings."""
        return _ReadingLines()


class _ReadingLines:
    def write(self, batch: Batch, devices: list[DeviceId]) -> bytes:
        return write_lines(batch, devices)

    def end(self) -> bytes:
        return b""


class Csv:
    """One row a line, with the names of the columns first (RFC 4180). What is a list or a table stands there as JSON."""

    ending = "csv"
    readings_ending = "csv.gz"

    def write_rows(self, rows: list[dict[str, Any]], *, is_first: bool) -> bytes:
        """Write rows."""
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, rows[0].keys())
        if is_first:
            writer.writeheader()
        writer.writerows({name: _write_cell(value) for name, value in row.items()} for row in rows)
        return text.getvalue().encode()

    def begin_readings(self) -> ReadingWriter:
        """Begin a file of readings."""
        return _ReadingTable()


class _ReadingTable:
    def __init__(self) -> None:
        self._has_header = False

    def write(self, batch: Batch, devices: list[DeviceId]) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        if not self._has_header:
            writer.writerow(("device", "metric", "observed_at", "received_at", "value", "mark"))
            self._has_header = True
        writer.writerows(
            (one.device, one.metric, one.observed_at, one.received_at, one.value, one.mark) for one in make_lines(batch, devices)
        )
        return text.getvalue().encode()

    def end(self) -> bytes:
        return b""


#: The form of that name is made where it is asked for: it needs a package of its own.
PARQUET: Final = "parquet"
FORMS: Final[dict[str, Form]] = {"ndjson": Ndjson(), "csv": Csv()}


def write_everything(
    reader: ReadSession, folder: ExportFolder, wanted: ExportScope, form: Form, progress: Progress
) -> list[WrittenFile]:
    """Write all nouns and the readings of one state of the database.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
        Unavailable: The database is away.
    """
    counts = _StepCounts(reader)
    written = list(_write_readings(reader, folder, wanted, form, counts, progress))
    for noun in NOUNS:
        if wanted.area is not None and noun.is_of_installation:
            continue
        rows = reader.portable.read_rows(noun, None if noun.is_shared else wanted.area)
        written.append(_write_noun(folder, noun, counts.follow(noun, rows), form, progress))
    return written


def _write_noun(
    folder: ExportFolder, noun: Noun, lists: Iterable[list[dict[str, Any]]], form: Form, progress: Progress
) -> WrittenFile:
    sink = folder.open_file(f"{noun.name}.{form.ending}")
    for rows in lists:
        sink.write(form.write_rows(rows, is_first=not sink.rows), len(rows))
        progress(noun.name, sink.rows)
    return sink.close()


def _write_readings(
    reader: ReadSession, folder: ExportFolder, wanted: ExportScope, form: Form, counts: _StepCounts, progress: Progress
) -> Iterator[WrittenFile]:
    devices = reader.portable.list_devices(wanted.area)
    sink: FileSink | None = None
    writer = form.begin_readings()
    files = total = 0
    for some in reader.portable.read_readings(devices):
        batch, positions = some.batch, some.positions
        if wanted.since is not None:
            kept = batch.received_at >= wanted.since
            batch, positions = batch.take(kept), positions[kept]
        counts.pass_by(positions)
        if not len(batch):
            continue
        if sink is None or sink.rows + len(batch) > A_FILE:
            if sink is not None:
                yield _end(sink, writer)
            files, writer = files + 1, form.begin_readings()
            sink = folder.open_file(f"readings/{files:06}.{form.readings_ending}")
        sink.write(writer.write(batch, devices), len(batch))
        total += len(batch)
        progress("readings", total)
    if sink is not None:
        yield _end(sink, writer)


def _end(sink: FileSink, writer: ReadingWriter) -> WrittenFile:
    sink.write(writer.end(), 0)
    return sink.close()


class _StepCounts:
    """How many of the readings that are written came before each step of the clock: positions of the log do not leave."""

    def __init__(self, reader: ReadSession) -> None:
        self._at = {step.no: step.position for step in reader.clock.list_steps()}
        self._counted = dict.fromkeys(self._at, 0)

    def pass_by(self, positions: np.ndarray[Any, np.dtype[np.int64]]) -> None:
        for no, at in self._at.items():
            self._counted[no] += int(np.searchsorted(positions, at, side="right"))

    def follow(self, noun: Noun, lists: Iterable[list[dict[str, Any]]]) -> Iterable[list[dict[str, Any]]]:
        if noun.name != CLOCK_STEPS:
            return lists
        return ([{**row, "position": self._counted[row["no"]]} for row in rows] for rows in lists)


def _write_cell(value: Any) -> Any:
    return _encoder.encode(value).decode() if isinstance(value, dict | list | tuple) else value
