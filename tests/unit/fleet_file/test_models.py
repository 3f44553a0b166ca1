"""Device models: said once in a file, or known to homebeat; what stands with a device wins."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from homebeat.domain.errors import BadFleet
from homebeat.domain.fleet import Device, DeviceKind
from homebeat.registry.device_models import BUILT_IN
from homebeat.registry.fleet_file import read_fleet, read_fleet_file

YAML = """
models:
  - {name: Tarn M1, kind: water_meter, reports_every: PT6H, resolution_litres: 10, measures: [volume_m3], codec: native}
areas: [{id: a, name: A}]
households:
  - id: h
    area: a
    timezone: UTC
    devices: [DEVICE]
"""
HEADER = "area,area_name,home,timezone,device,device_kind,model,reports_every,resolution_litres,measures\n"
HOME = "a,A,h,UTC,,,,,,\n"


def read_device(device: str, text: str = YAML) -> Device:
    return read_fleet(text.replace("DEVICE", device), is_json=False).households[0].devices[0]


def read_table(tmp_path: Path, rows: str) -> Device:
    path = tmp_path / "homes.csv"
    path.write_text(HEADER + HOME + rows, encoding="utf-8")
    return read_fleet_file(path).households[0].devices[0]


def test_a_device_is_as_its_model_says() -> None:
    found = read_device("{id: d, model: tarn  M1}")
    assert (found.kind, found.codec, found.reports_every) == (DeviceKind.WATER_METER, "native", timedelta(hours=6))
    assert (found.resolution_litres, found.measures, found.model) == (10.0, ("volume_m3",), "tarn M1")


def test_what_stands_with_a_device_wins() -> None:
    found = read_device("{id: d, model: Tarn M1, reports_every: PT1H, resolution_litres: 1, measures: [volume_m3, flow_m3h]}")
    assert (found.reports_every, found.resolution_litres) == (timedelta(hours=1), 1.0)
    assert found.measures == ("volume_m3", "flow_m3h")


@pytest.mark.parametrize(("name", "kind"), BUILT_IN.items())
def test_homebeat_knows_what_makers_make(name: str, kind: DeviceKind) -> None:
    assert read_device(f'{{id: d, model: "{name}"}}').kind is kind
    assert read_device(f'{{id: d, kind: other, model: "{name}"}}').kind is DeviceKind.OTHER


def test_a_table_says_a_model_in_a_row_without_a_home(tmp_path: Path) -> None:
    found = read_table(tmp_path, ",,,,,水表,Tarn M1,PT6H,10,volume_m3;flow_m3h\na,,h,,d,,Tarn M1,,,\n")
    assert (found.kind, found.reports_every, found.resolution_litres) == (DeviceKind.WATER_METER, timedelta(hours=6), 10.0)
    assert found.measures == ("volume_m3", "flow_m3h")


@pytest.mark.parametrize(
    ("field", "fault"),
    [
        ("kind: meter", "line 3: models[0].kind: 'meter' is not one of water_meter"),
        ("reports_every: often", "line 3: models[0].reports_every: "),
        ("measures: [volume]", "line 3: models[0].measures[0]: 'volume' is not one of volume_m3"),
        ("measures: [alarm_sos]", "line 3: models[0].measures[0]: 'alarm_sos' is not one of"),
        ("colour: blue", "line 3: models[0].colour: there is no such field"),
    ],
)
def test_faults_of_a_model_are_named_there_and_once(field: str, fault: str) -> None:
    text = YAML.replace("kind: water_meter", "kind: water_meter" if ":" not in field else field, 1)
    if not field.startswith("kind"):
        text = text.replace(field, f"kind: water_meter, {field}", 1)
    text = text.replace("reports_every: PT6H, ", "") if field.startswith("reports") else text
    text = text.replace("measures: [volume_m3], ", "") if field.startswith("measures") else text
    with pytest.raises(BadFleet) as refusal:
        read_device("{id: d, kind: water_meter, model: Tarn M1}, {id: e, kind: water_meter, model: Tarn M1}", text)
    (said,) = refusal.value.faults
    assert said.startswith(fault)


def test_two_models_of_one_name_are_refused() -> None:
    with pytest.raises(BadFleet, match="is there already"):
        read_device("{id: d, kind: other}", YAML.replace("models:\n", "models:\n  - {name: tarn m1}\n"))


def test_a_fault_of_a_model_in_a_table_is_named_by_its_cell(tmp_path: Path) -> None:
    with pytest.raises(BadFleet, match="line 3, column reports_every: "):
        read_table(tmp_path, ",,,,,水表,Tarn M1,often,10,\n")


def test_a_fault_is_named_at_each_device_that_has_it_and_what_is_equal_is_not_the_same() -> None:
    devices = ("{id: a1, kind: kettle}", "{id: a2, kind: kettle}", "{id: a3, kind: water_meter, resolution_litres: 1}")
    more = ("{id: a4, kind: water_meter, resolution_litres: true}", "{id: a5, kind: water_meter, resolution_litres: 1.0}")
    with pytest.raises(BadFleet) as caught:
        read_device(", ".join((*devices, *more)))
    assert [fault.split(": ")[1:3] for fault in caught.value.faults] == [
        ["households[0].devices[0].kind", "'kettle' is not one of " + ", ".join(kind.value for kind in DeviceKind)],
        ["households[0].devices[1].kind", "'kettle' is not one of " + ", ".join(kind.value for kind in DeviceKind)],
        ["households[0].devices[3].resolution_litres", "True is not a number"],
    ]


def test_devices_that_are_alike_keep_what_is_their_own() -> None:
    text = YAML.replace("DEVICE", "{id: d1, model: Tarn M1, address: '7', gateway: g}, {id: d2, model: Tarn M1, address: '8'}")
    first, second = read_fleet(text, is_json=False).households[0].devices
    assert [(one.id, one.address, one.gateway) for one in (first, second)] == [("d1", "7", "g"), ("d2", "8", "")]
    assert (
        (first.reports_every, first.measures) == (second.reports_every, second.measures) == (timedelta(hours=6), ("volume_m3",))
    )
