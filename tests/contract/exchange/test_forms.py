"""What leaves for others than homebeat: one person's own copy, and readings for systems of health."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from fhir.resources.R4B.device import Device
from fhir.resources.R4B.observation import Observation
from fhir.resources.R4B.patient import Patient
from fhir_core.fhirabstractmodel import FHIRAbstractModel
from pyarrow import parquet

from homebeat.bootstrap.carrying import export
from homebeat.domain.errors import BadSettings
from homebeat.domain.ids import AreaId, DeviceId, ResidentId
from homebeat.domain.metric import Metric
from homebeat.domain.scope import EVERYTHING
from homebeat.exchange.export import ExportScope
from homebeat.exchange.manifest import NAME
from homebeat.exchange.parquet import SCHEMA, ParquetReadings
from homebeat.rules.catalogue import RULES
from homebeat.settings.load import load
from homebeat.store import AuditFilter, Store
from homebeat.stream.batch import Batch
from tests.contract.exchange.carrying import take_in
from tests.contract.exchange.conftest import Fresh
from tests.contract.store import city

FORCE = load({}, RULES, None)
HERS = ResidentId("lane.1-r")


@pytest.fixture
def settled(store: Store) -> Store:
    city.settle(store)
    return store


def read_lines(path: Path) -> list[dict[str, object]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in content.splitlines()]


def test_one_persons_copy_has_all_of_them_and_nobody_else(settled: Store, tmp_path: Path) -> None:
    assert export(FORCE, settled, tmp_path / "hers", ExportScope(resident=HERS), "ndjson") == 0
    files = {path.name: path.read_text() for path in (tmp_path / "hers").iterdir()}
    assert {
        "README.txt",
        NAME,
        "residents.ndjson",
        "residents.csv",
        "alerts.csv",
        "readings.csv",
        "consents.ndjson",
    } <= files.keys()
    (person,) = read_lines(tmp_path / "hers" / "residents.ndjson")
    assert person["name"] == "Resident of lane.1"
    for name in ("alerts", "transitions", "readings", "consents", "absences", "learned_profiles"):
        assert read_lines(tmp_path / "hers" / f"{name}.ndjson"), name
    everything = "".join(files.values())
    for other in ("lane.2", "yard", "hill", "Child", "example.org", "ann", "walker"):
        assert other not in everything, other
    assert "您" in files["README.txt"]


def test_the_table_says_the_same_as_the_lines(settled: Store, tmp_path: Path) -> None:
    export(FORCE, settled, tmp_path / "hers", ExportScope(resident=HERS), "ndjson")
    with (tmp_path / "hers" / "readings.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    lines = read_lines(tmp_path / "hers" / "readings.ndjson")
    assert [(row["metric"], row["observed_at"], float(row["value"])) for row in table] == [
        (line["metric"], line["observed_at"], line["value"]) for line in lines
    ]


def test_who_asked_for_what_is_on_record(settled: Store, tmp_path: Path) -> None:
    export(FORCE, settled, tmp_path / "hers", ExportScope(resident=HERS), "ndjson")
    export(FORCE, settled, tmp_path / "lane", ExportScope(AreaId("lane")), "csv")
    with settled.read(EVERYTHING) as reader:
        found = reader.audit.read_page(9, None, AuditFilter(action="note_export")).items
    assert [(entry.about, entry.detail["format"]) for entry in found] == [("area:lane", "csv"), (f"resident:{HERS}", "ndjson")]
    assert all(entry.actor.startswith("command:") for entry in found)


@pytest.mark.parametrize("wanted", [ExportScope(AreaId("nowhere")), ExportScope(resident=ResidentId("nobody"))])
def test_of_nobody_there_is_no_export(settled: Store, tmp_path: Path, wanted: ExportScope) -> None:
    with pytest.raises(BadSettings, match="there is no"):
        export(FORCE, settled, tmp_path / "out", wanted, "ndjson")
    assert not (tmp_path / "out" / NAME).exists()


@pytest.mark.parametrize("form", ["csv", "parquet", "fhir", "omh"])
def test_only_lines_of_everybody_come_back_in(settled: Store, fresh: Fresh, tmp_path: Path, form: str) -> None:
    export(FORCE, settled, tmp_path / "out", ExportScope(), form)
    with pytest.raises(BadSettings, match="cannot be read in"):
        take_in(fresh(), tmp_path / "out")


def test_parquet_says_the_same_as_the_lines(settled: Store, tmp_path: Path) -> None:
    export(FORCE, settled, tmp_path / "lines", ExportScope(), "ndjson")
    export(FORCE, settled, tmp_path / "columns", ExportScope(), "parquet")
    lines = read_lines(tmp_path / "lines" / "readings" / "000001.ndjson.gz")
    table = parquet.read_table(tmp_path / "columns" / "readings" / "000001.parquet")
    assert table.schema.equals(SCHEMA)
    rows = [
        row
        | {name: row[name].isoformat(timespec="milliseconds").replace("+00:00", "Z") for name in ("observed_at", "received_at")}
        for row in table.to_pylist()
    ]
    assert rows == [{"mark": 0} | line for line in lines]
    assert rows
    manifest = json.loads((tmp_path / "columns" / NAME).read_text())
    assert {Path(file["name"]).suffix for file in manifest["files"]} == {".parquet", ".ndjson"}
    assert read_lines(tmp_path / "columns" / "residents.ndjson") == read_lines(tmp_path / "lines" / "residents.ndjson")


def test_parquet_has_every_reading_of_several_pieces() -> None:
    writer, written = ParquetReadings(), b""
    devices, pieces = [DeviceId(f"d-{no}") for no in range(3)], 4
    for piece in range(pieces):
        at = np.arange(5, dtype=np.int64) + piece * 1_000
        batch = Batch(
            np.array([0, 2, 2, 0, 1], np.int32),
            np.array([int(Metric.VOLUME_M3), int(Metric.STEPS), 2, 2, 0], np.uint8),
            at,
            at + 7,
            np.arange(5.0) + piece,
            np.full(5, piece, np.uint8),
        )
        written += writer.write(batch, devices)
    table = parquet.read_table(io.BytesIO(written + writer.end()))
    assert table["value"].to_pylist() == [float(no + piece) for piece in range(pieces) for no in range(5)]
    assert table["device"].to_pylist()[:5] == ["d-0", "d-2", "d-2", "d-0", "d-1"]
    assert table["metric"].to_pylist()[:2] == ["volume_m3", "steps"]
    assert table["received_at"].cast("int64").to_pylist()[-1] == 3_011


def test_without_its_package_parquet_says_what_to_install(
    settled: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "homebeat.exchange.parquet", None)
    with pytest.raises(BadSettings, match=r"pip install 'homebeat\[parquet\]'"):
        export(FORCE, settled, tmp_path / "out", ExportScope(), "parquet")
    assert not (tmp_path / "out" / NAME).exists()


def test_fhir_resources_are_ones(settled: Store, tmp_path: Path) -> None:
    export(FORCE, settled, tmp_path / "out", ExportScope(), "fhir")
    models: dict[str, type[FHIRAbstractModel]] = {
        "Patient.ndjson": Patient,
        "Device.ndjson": Device,
        "Observation/000001.ndjson.gz": Observation,
    }
    for name, model in models.items():
        resources = read_lines(tmp_path / "out" / name)
        assert resources
        for resource in resources:
            model.model_validate(resource)


def test_observations_refer_to_what_is_there(settled: Store, tmp_path: Path) -> None:
    export(FORCE, settled, tmp_path / "out", ExportScope(AreaId("north")), "fhir")
    patients = {f"Patient/{one['id']}" for one in read_lines(tmp_path / "out" / "Patient.ndjson")}
    devices = {f"Device/{one['id']}" for one in read_lines(tmp_path / "out" / "Device.ndjson")}
    found = read_lines(tmp_path / "out" / "Observation" / "000001.ndjson.gz")
    assert found
    for one in found:
        assert one["device"]["reference"] in devices  # type: ignore[index]
        subject = one["subject"].get("reference")  # type: ignore[attr-defined]
        assert subject is None or subject in patients
    assert "Resident of" not in json.dumps(found)
    assert len(patients) == 3


def test_data_points_have_the_form_of_their_schema(settled: Store, tmp_path: Path) -> None:
    export(FORCE, settled, tmp_path / "out", ExportScope(), "omh")
    manifest = json.loads((tmp_path / "out" / NAME).read_text())
    for file in manifest["files"]:
        for point in read_lines(tmp_path / "out" / file["name"]):
            assert point.keys() == {"header", "body"}
