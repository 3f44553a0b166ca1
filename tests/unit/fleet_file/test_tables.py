"""A fleet file may be a table: the same fleet as YAML says, or refused whole with line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from homebeat.domain.errors import BadFleet
from homebeat.domain.fleet import DeviceKind, Fleet
from homebeat.registry.fleet_file import read_fleet, read_fleet_file
from homebeat.registry.sheet_columns import COLUMNS
from homebeat.wording import Wording

ENGLISH = """\
area,area_name,area_parent,home,timezone,address,resident,resident_name,birth_year,resident_phone,need,contact_name,relation,\
contact_phone,contact_channel,contact_channel_address,holds_key,device,device_kind,resolution_litres,away_from,away_to
c1,Willow City,,,,,,,,,,,,,,,,,,,,
s1,Heron Street,c1,h1,Asia/Shanghai,"Heron Street 7, flat 302",r1,林阿婆,1941,139-0000-0001,high,Lin Wei,son,\
138-0000-0001,webhook,https://family.example/hook,yes,m1,water_meter,10,2026/3/1,2026-03-04
,,,h1,,,,,,,,Lin Wei,,,email,wei@family.example,,b1,wristband,,,
c1,,,h2,Europe/Madrid,,r2,Old Zhou,,,,,,,,,,,,,,
"""
YAML = """\
areas:
  - {id: c1, name: Willow City}
  - {id: s1, name: Heron Street, parent: c1}
households:
  - id: h1
    area: s1
    timezone: Asia/Shanghai
    address: Heron Street 7, flat 302
    residents: [{id: r1, name: 林阿婆, birth_year: 1941, phone: 139-0000-0001, need: high}]
    contacts:
      - name: Lin Wei
        relation: son
        phone: 138-0000-0001
        holds_key: true
        channels: [{kind: webhook, url: "https://family.example/hook"}, {kind: email, address: wei@family.example}]
    devices:
      - {id: m1, kind: water_meter, resolution_litres: 10}
      - {id: b1, kind: wristband}
    away: [{from: 2026-03-01, to: 2026-03-04}]
  - {id: h2, area: c1, timezone: Europe/Madrid, residents: [{id: r2, name: Old Zhou}]}
"""
CHINESE = """\
区域编号,区域名称,住户编号,时区,老人编号,老人姓名,老人电话,照护需求,设备编号,设备类型
s1,鹭街,h1,Asia/Shanghai,r1,林阿婆,13900000,高,m1,水表
"""
ADVICE = "format the column as text, and type it again"


def read(tmp_path: Path, text: str | bytes, name: str = "homes.csv", language: str = "en") -> Fleet:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_fleet_file(file, ["native"], words=Wording(language))


def faults_of(tmp_path: Path, text: str | bytes, name: str = "homes.csv", language: str = "en") -> tuple[str, ...]:
    with pytest.raises(BadFleet) as caught:
        read(tmp_path, text, name, language)
    return caught.value.faults


def test_a_table_says_what_yaml_says(tmp_path: Path) -> None:
    assert read(tmp_path, ENGLISH) == read_fleet(YAML, is_json=False)


@pytest.mark.parametrize("delimiter", [";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_what_spreadsheets_save_is_read(tmp_path: Path, delimiter: str, encoding: str) -> None:
    fleet = read(tmp_path, CHINESE)
    assert (fleet.households[0].residents[0].name, fleet.households[0].residents[0].need) == ("林阿婆", "high")
    assert read(tmp_path, CHINESE.replace(",", delimiter).encode(encoding)) == fleet


def test_all_faults_are_named_at_once_by_line_and_column(tmp_path: Path) -> None:
    text = (
        "area;area_name;home;timezone;resident;resident_name;resident_phone;device;device_kind;colour\n"
        "s1;Heron;h1;Mars/X;r1;;12x;m 1;watermeter;red\n"
        ";;;;r2;Old;;;;\n"
        ";;h1;;r1;Lin;1.38E+10;;;;;;7\n"
        ";Stork;h1;Asia/Shanghai;;;;;;\n"
    )
    assert faults_of(tmp_path, text) == (
        "line 1, column colour: there is no such column",
        "line 2, column timezone: 'Mars/X' is not a time zone; write Asia/Shanghai",
        "line 2, column resident_phone: '12x' is not a telephone number",
        "line 2, column device: 'm 1' is not an id: letters, digits and . _ : - only, in ASCII",
        "line 2, column device_kind: 'watermeter' is not one of " + ", ".join(DeviceKind) + "; did you mean water_meter?",
        "line 3, column home: is missing: each row about a home names it",
        "line 4, column resident_phone: '1.38E+10' is what a spreadsheet makes of a long number: " + ADVICE,
        "line 4, column 13: stands under no header: the row has a cell too many",
        "line 5, column timezone: says 'Asia/Shanghai', and line 2 says 'Mars/X' of the same",
        "line 5, column area: is missing",
    )


def test_a_field_from_a_later_row_is_blamed_there_and_a_missing_column_by_the_language_of_the_headers(tmp_path: Path) -> None:
    text = "住户编号,时区,老人编号,老人姓名,老人电话\nh1,Asia/Shanghai,r1,林阿婆,\nh1,,r1,,12x\n"
    assert faults_of(tmp_path, text) == (
        "line 2, column 区域编号: is missing",
        "line 3, column 老人电话: '12x' is not a telephone number",
    )


def test_faults_are_named_in_chinese(tmp_path: Path) -> None:
    (line,) = faults_of(tmp_path, CHINESE.replace("13900000", "12x"), language="zh-CN")
    assert line == "第2行，“老人电话”列：不是电话号码（'12x' is not a telephone number）"
    (line,) = faults_of(tmp_path, YAML.replace("138-0000-0001", "12x"), "street.yaml", "zh-CN")
    assert line == "第13行，households[0].contacts[0].phone：不是电话号码（'12x' is not a telephone number）"


def test_ids_that_stand_in_two_homes_are_named_by_line(tmp_path: Path) -> None:
    text = "area,area_name,home,timezone,device,device_kind\ns1,Heron,h1,UTC,m1,水表\ns1,,h2,UTC,m1,水表\n"
    assert faults_of(tmp_path, text) == ("line 3, column device: 'm1' is there already, at line 2",)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "line 1: the table is empty"),
        (b"\n\n,,\n", "line 1: the table is empty"),
        (b"who,what\nLin,meter\n", "line 1: no cell of it is a header"),
        (
            CHINESE.encode().replace("林".encode(), "林".encode()[:2], 1) + "，".encode() * 40,
            "line 2: not UTF-8 text: a letter is damaged",
        ),
        (b"home,\xff\xff\n", "line 1: neither UTF-8 text nor GB18030"),
        (b'home\n"h1\n', "line 2: not a table"),
        (("home," * 201).encode(), "line 1: more than 200 columns"),
    ],
)
def test_what_is_no_table_is_refused_with_advice(tmp_path: Path, raw: bytes, says: str) -> None:
    assert faults_of(tmp_path, raw)[0].startswith(says)


@pytest.mark.parametrize(
    ("name", "raw"),
    [("homes.xls", b"\xd0\xcf\x11\xe0"), ("homes.docx", b"PK\x03\x04"), ("homes", b"%PDF-1.7"), ("homes.csv", b"PK\x03\x04")],
)
def test_a_form_that_is_not_taken_is_refused_with_those_that_are(tmp_path: Path, name: str, raw: bytes) -> None:
    (line,) = faults_of(tmp_path, raw, name)
    assert line.startswith(f"{name}: is of a form that is not taken")
    assert all(form in line for form in (".yaml", ".json", ".csv"))


def test_headers_are_unambiguous() -> None:
    names = [name.casefold() for column in COLUMNS for name in (column.name, column.chinese)]
    assert len(names) == len(set(names))
