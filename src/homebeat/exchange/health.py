"""Writes readings for systems of health: FHIR R4 resources, or Open mHealth data points; one a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from homebeat.domain.metric import Metric
from homebeat.exchange.export import A_FILE, ExportScope, Progress
from homebeat.exchange.fhir import DeviceOwner, make_device, make_observation, make_subject
from homebeat.exchange.open_mhealth import MeasuredPoints
from homebeat.store.portable.nouns import NOUNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from homebeat.exchange.folder import ExportFolder, FileSink, WrittenFile
    from homebeat.store import ReadSession

    #: Makes what is written of one reading: its source, metric, when it was observed and received, value and mark.
    Make = Callable[[DeviceOwner, Metric, int, int, float, int], dict[str, Any] | None]

FHIR: Final = "fhir"
OPEN_MHEALTH: Final = "omh"
_encoder: Final = msgspec.json.Encoder()


def write_health(
    reader: ReadSession, folder: ExportFolder, wanted: ExportScope, form: str, progress: Progress
) -> list[WrittenFile]:
    """Write all readings as Observations with their Patients and Devices, or as data points.

    Raises:
        OSError: The disk is full, or the folder cannot be written.
        Unavailable: The database is away.
    """
    sources, models = _read_sources(reader, wanted)
    if form == OPEN_MHEALTH:
        points = MeasuredPoints()

        def make_point(*reading: Any) -> dict[str, Any] | None:
            source, metric, observed_at, _received_at, value, mark = reading
            return points.make(source, metric, observed_at, value, mark)

        return list(_write_readings(reader, folder, wanted, ("data-points", sources, make_point), progress))
    residents = sorted({one.resident for one in sources.values() if one.resident is not None})
    written = [
        _write_all(folder, "Patient.ndjson", [make_subject(one) for one in residents]),
        _write_all(folder, "Device.ndjson", [make_device(one, models[one.device]) for one in sources.values()]),
    ]
    return [*written, *_write_readings(reader, folder, wanted, ("Observation", sources, make_observation), progress)]


def _read_sources(reader: ReadSession, wanted: ExportScope) -> tuple[dict[str, DeviceOwner], dict[str, str]]:
    noun = next(noun for noun in NOUNS if noun.name == "devices")
    rows = [row for some in reader.portable.read_rows(noun, wanted.area) for row in some]
    sources = {row["id"]: DeviceOwner(row["id"], row["household"], row["resident"]) for row in rows}
    return sources, {row["id"]: row["model"] for row in rows}


def _write_all(folder: ExportFolder, name: str, resources: list[dict[str, Any]]) -> WrittenFile:
    sink = folder.open_file(name)
    sink.write(_encoder.encode_lines(resources), len(resources))
    return sink.close()


def _write_readings(
    reader: ReadSession,
    folder: ExportFolder,
    wanted: ExportScope,
    what: tuple[str, dict[str, DeviceOwner], Make],
    progress: Progress,
) -> Iterator[WrittenFile]:
    name, sources, make = what
    devices = reader.portable.list_devices(wanted.area)
    sink: FileSink | None = None
    files = total = 0
    for some in reader.portable.read_readings(devices):
        batch = some.batch if wanted.since is None else some.batch.take(some.batch.received_at >= wanted.since)
        columns = (batch.device, batch.metric, batch.observed_at, batch.received_at, batch.value, batch.mark)
        made = [
            one
            for device, metric, *rest in zip(*(column.tolist() for column in columns), strict=True)
            if (one := make(sources[devices[device]], Metric(metric), *rest)) is not None
        ]
        if not made:
            continue
        if sink is None or sink.rows + len(made) > A_FILE:
            if sink is not None:
                yield sink.close()
            files += 1
            sink = folder.open_file(f"{name}/{files:06}.ndjson.gz")
        sink.write(_encoder.encode_lines(made), len(made))
        total += len(made)
        progress(name, total)
    if sink is not None:
        yield sink.close()
