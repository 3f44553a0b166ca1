"""`homebeat fleet` as an operator uses it: a table in, a dry run by line and cell, and no accident that retires a street."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from homebeat import cli
from homebeat.domain.fleet import Fleet
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store
from tests.docs.pages import DOCS, blocks
from tests.unit.bootstrap.test_checking import Installation

HEADER = "area,area_name,home,timezone,resident,resident_name,resident_phone,contact_name,contact_phone,device,device_kind,access"


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    made = Installation(tmp_path)
    for name, value in made.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LC_ALL", "en")
    monkeypatch.chdir(tmp_path)
    return made


def write_homes(count: int, **changes: str) -> None:
    rows = [HEADER]
    for no in range(1, count + 1):
        name = "Heron" if no == 1 else ""
        row = f"s1,{name},h{no},Asia/Shanghai,r{no},Resident {no},139-0000-{no:04},Lin {no},138-0000-{no:04},m{no},water_meter,"
        rows.append(changes.get(f"h{no}", row))
    Path("homes.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def load_fleet(installation: Installation) -> Fleet:
    found: list[Fleet] = []

    def read(store: Store) -> None:
        with store.read(EVERYTHING) as reader:
            found.append(reader.fleet.load_written())

    installation.write(read)
    return found[0]


def test_a_table_is_imported_and_twice_changes_nothing(installation: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    write_homes(3)
    assert cli.main(["fleet", "import", "homes.csv"]) == 0
    assert "devices: 3 added: m1, m2, m3" in capsys.readouterr().out
    assert [home.residents[0].name for home in load_fleet(installation).households] == ["Resident 1", "Resident 2", "Resident 3"]
    assert cli.main(["fleet", "import", "homes.csv"]) == 0
    assert "nothing to change" in capsys.readouterr().out


def test_a_dry_run_says_what_would_change_by_line_and_cell_and_writes_nothing(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    write_homes(3)
    cli.main(["fleet", "import", "homes.csv"])
    before = load_fleet(installation)
    write_homes(
        4,
        h2="s1,,h2,Asia/Shanghai,r2,Resident 2,139-0000-0009,Lin 2,138-0000-0002,m2,water_meter,second floor",
        h3="s1,,h3,Asia/Shanghai,r3,Resident 3,139-0000-0003,Lin 3,138-0000-0003,m9,water_meter,",
    )
    capsys.readouterr()
    assert cli.main(["fleet", "import", "--dry-run", "homes.csv"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[:5] == [
        "line 3, column access: h2: nothing -> second floor",
        "line 3, column resident_phone: r2: 139-0000-0002 -> 139-0000-0009",
        "line 4: h3: devices m3: not in the file: retired",
        "line 4: h3: devices m9: new",
        "line 5: home h4 is new",
    ]
    assert "devices: 1 of 3 would be retired, more than a tenth: that needs --yes" in told.err
    assert load_fleet(installation) == before


def test_more_than_a_tenth_is_not_retired_by_accident(installation: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    write_homes(20)
    assert cli.main(["fleet", "import", "homes.csv"]) == 0
    write_homes(18)  # a tenth
    assert cli.main(["fleet", "import", "homes.csv"]) == 0
    write_homes(16)
    capsys.readouterr()
    assert cli.main(["fleet", "import", "homes.csv"]) == 1
    told = capsys.readouterr().err
    for kind in ("households", "residents", "devices"):
        assert f"{kind}: 2 of 18 would be retired" in told
    assert len(load_fleet(installation).households) == 18
    assert cli.main(["fleet", "import", "homes.csv", "--yes"]) == 0
    assert len(load_fleet(installation).households) == 16


def test_an_id_that_lost_its_zeros_is_noted(installation: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    row = "s1,Heron,h1,Asia/Shanghai,r1,Lin,,,,{},water_meter,"
    write_homes(1, h1=row.format("00123"))
    cli.main(["fleet", "import", "homes.csv"])
    write_homes(1, h1=row.format("123"))
    cli.main(["fleet", "import", "--dry-run", "homes.csv"])
    assert "devices: '123' is new and '00123' is retired: a spreadsheet drops leading zeros" in capsys.readouterr().err


def test_faults_are_told_in_the_language_of_the_terminal(
    installation: Installation, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    write_homes(1, h1="s1,Heron,h1,Asia/Shanghai,r1,Lin,12x,,,m1,water_meter,")
    assert cli.main(["fleet", "import", "homes.csv"]) == 2
    assert "第2行，“resident_phone”列：不是电话号码" in capsys.readouterr().err


AWKWARD = """
  - id: h-0002
    area: heron-street
    timezone: Asia/Shanghai
    address: "=7, \\"Heron\\"; flat 1"
    residents: [{id: "007", name: "1e5", notes: "'@deaf"}, {id: r-0003, name: "no"}]
    contacts:
      - id: an
        name: An
        phone: +86 139-0000-0002
        channels:
          - {kind: email, address: an@family.example}
          - {kind: dingtalk_robot, url: "https://robot.example/x", secret: SECabcdefghijk}
      - {name: "12:30"}
    devices: [{id: "-1", kind: wristband}, {id: b2, kind: wristband}, {id: b3, kind: wristband}]
  - {id: h-0003, area: yunting, timezone: Asia/Shanghai}
"""
STAFF = """
  - id: relief
    name: Relief
    kind: provider
    contract: {from: 2026-01-01, until: 2027-01-01, timezone: Asia/Shanghai, answer_within: {critical: PT3M}}
  - id: wang
    name: Wang
    kind: volunteer
    skills: ["lift; carry", first aid]
    certificates: [{name: aid, until: 2030-01-01, for: [first aid]}]
"""


@pytest.mark.parametrize("name", ["out.yaml", "out.json", "out.csv", "out.xlsx"])
def test_what_is_exported_imports_to_the_same_registry(
    name: str, installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (text,) = blocks(DOCS / "fleet.md", "yaml")
    homes, _, staff = text.partition("responders:")
    Path("street.yaml").write_text(f"{homes.rstrip()}{AWKWARD}responders:{staff.rstrip()}{STAFF}", encoding="utf-8")
    assert cli.main(["fleet", "import", "street.yaml"]) == 0
    fleet = load_fleet(installation)
    assert len(fleet.households) == 3
    assert fleet.households[1].residents[0].notes == "'@deaf"
    assert cli.main(["fleet", "export", name, "--language", "zh-CN"]) == 0
    capsys.readouterr()
    assert cli.main(["fleet", "import", name]) == 0
    assert "nothing to change" in capsys.readouterr().out
    (tmp_path / "other").mkdir()
    other = Installation(tmp_path / "other")
    monkeypatch.setenv("HOMEBEAT_STATE_DIR", str(other.folder))
    assert cli.main(["fleet", "import", name]) == 0
    assert load_fleet(other) == fleet
    assert cli.main(["fleet", "export", name]) == 2  # it is there already


@pytest.mark.parametrize(("language", "first"), [("en", "area"), ("zh-CN", "区域编号")])
def test_a_template_is_a_table_that_can_be_filled_in(installation: Installation, language: str, first: str) -> None:
    assert cli.main(["fleet", "template", "new.csv", "--language", language]) == 0
    raw = Path("new.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")  # Excel would read it in the machine's own letters
    (header,) = csv.reader(raw.decode("utf-8-sig").splitlines())
    assert header[0] == first
    assert cli.main(["fleet", "template", "new.csv"]) == 2  # what was filled in is not written over
    with Path("new.csv").open("a", encoding="utf-8", newline="") as file:
        filled = dict.fromkeys(header, "") | dict(zip(header, ["s1", "Heron", "", "h1", "UTC"], strict=False))
        csv.DictWriter(file, header).writerow(filled)
    assert cli.main(["fleet", "import", "new.csv"]) == 0
    assert [home.id for home in load_fleet(installation).households] == ["h1"]


AREAS = "area,area_name,area_parent,home,timezone,resident,resident_name,device,device_kind"
PLACES = ("city,City,,,,,,,", "s1,Heron,city,,,,,,", "s2,Plum,city,,,,,,")


def write_street(name: str, *rows: str, places: tuple[str, ...] = PLACES) -> None:
    Path(name).write_text("\n".join((AREAS, *places, *rows)) + "\n", encoding="utf-8")


def make_row(area: str, no: int) -> str:
    return f"{area},,,h{no},UTC,r{no},Resident {no},m{no},water_meter"


@pytest.fixture
def two_streets(installation: Installation) -> Installation:
    write_street("all.csv", *(make_row("s1", no) for no in range(1, 12)), *(make_row("s2", no) for no in range(20, 24)))
    assert cli.main(["fleet", "import", "all.csv"]) == 0
    return installation


def test_a_file_of_one_area_changes_that_area_alone(two_streets: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    write_street("s1.csv", *(make_row("s1", no) for no in (*range(1, 11), 12)), places=())
    assert cli.main(["fleet", "import", "s1.csv", "--area", "s1", "--dry-run"]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if "home h" in line] == [
        "line 12: home h12 is new",
        "home h11 is not in the file: retired",
    ]
    assert cli.main(["fleet", "import", "s1.csv", "--area", "s1"]) == 0
    fleet = load_fleet(two_streets)
    assert {home.id for home in fleet.households} == {*(f"h{no}" for no in (*range(1, 11), 12)), "h20", "h21", "h22", "h23"}
    assert {area.id for area in fleet.areas} == {"city", "s1", "s2"}
    capsys.readouterr()
    assert cli.main(["fleet", "import", "s1.csv", "--area", "s1"]) == 0
    assert "nothing to change" in capsys.readouterr().out


def test_a_tenth_is_counted_in_the_area_that_is_imported(two_streets: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    write_street("s2.csv", *(make_row("s2", no) for no in (20, 21, 22)))
    assert cli.main(["fleet", "import", "s2.csv", "--area", "s2"]) == 1
    assert "households: 1 of 4 would be retired" in capsys.readouterr().err
    assert cli.main(["fleet", "import", "s2.csv", "--area", "s2", "--yes", "--language", "zh-CN"]) == 0
    assert "住户：停用1个：h23" in capsys.readouterr().out
    assert len(load_fleet(two_streets).households) == 14


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ((make_row("s1", 1), make_row("s2", 20)), "line 3, column area: is not in the area 's1', which alone is imported"),
        ((make_row("s1", 20),), "line 2, column home: stands in another area now"),
        (("s1,,,h1,UTC,r20,Resident 20,m1,water_meter",), "line 2, column resident: stands in another area now"),
        (("s1,,,h1,UTC,r1,Resident 1,m20,water_meter",), "line 2, column device: stands in another area now"),
        (("s3,New,city,,,,,,",), "line 2, column area: is not in the area 's1', which alone is imported"),
        (("s2,Plum,s1,,,,,,",), "line 2, column area_parent: would move the area 's2'"),
        (("s1,Heron,s2,,,,,,",), "line 2, column area_parent: would move the area 's1'"),
    ],
)
def test_what_a_file_of_one_area_says_of_another_is_refused_by_line_and_cell(
    two_streets: Installation, capsys: pytest.CaptureFixture[str], rows: tuple[str, ...], fault: str
) -> None:
    before = load_fleet(two_streets)
    write_street("s1.csv", *rows, places=())
    assert cli.main(["fleet", "import", "s1.csv", "--area", "s1", "--yes"]) == 2
    assert fault in capsys.readouterr().err
    assert load_fleet(two_streets) == before


def test_an_area_may_get_areas_below_it_and_a_name(two_streets: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    write_street(
        "s2.csv", "c1,Yard,s2,,,,,,", *(make_row("c1", no) for no in range(20, 24)), places=("s2,Plum Street,city,,,,,,",)
    )
    assert cli.main(["fleet", "import", "s2.csv", "--area", "s2"]) == 0
    fleet = load_fleet(two_streets)
    assert [(area.name, area.parent) for area in fleet.areas][2:] == [("Plum Street", "city"), ("Yard", "s2")]
    assert {home.area for home in fleet.households} == {"s1", "c1"}
    capsys.readouterr()
    assert cli.main(["fleet", "import", "s2.csv", "--area", "s5"]) == 2
    assert "there is no area 's5', neither in the registry nor in the file" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["out.yaml", "out.csv"])
def test_what_is_exported_of_an_area_imports_to_the_same(
    two_streets: Installation, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert cli.main(["fleet", "export", name, "--area", "s2"]) == 0
    capsys.readouterr()
    assert cli.main(["fleet", "import", name, "--area", "s2"]) == 0
    assert "nothing to change" in capsys.readouterr().out
    assert cli.main(["fleet", "export", "none.csv", "--area", "s9"]) == 2


def test_a_responder_is_not_of_one_area(two_streets: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    Path("s1.yaml").write_text("responders: [{id: wang, name: Wang, kind: field, areas: [s1]}]\n", encoding="utf-8")
    assert cli.main(["fleet", "import", "s1.yaml", "--area", "s1"]) == 2
    assert "line 1: responders[0].id: is a responder: they are imported with the whole fleet" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("README.md", "# homebeat\n\n* `a`: b\n"),
        ("list", "h1 h2\n"),
        ("homes.txt", "a: [\n"),
        ("homes.xls", "x"),
        ("homes.md", "- h1\n"),
    ],
)
def test_a_file_of_another_form_is_refused_with_the_forms_that_are_taken(
    installation: Installation, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    Path(name).write_text(text, encoding="utf-8")
    assert cli.main(["fleet", "import", name]) == 2
    told = capsys.readouterr().err
    assert f"{name}: is of " in told or f"{name}: is of no form" in told
    for form in ("YAML (.yaml, .yml)", "JSON (.json)", ".csv", ".xlsx", "Save it as one of them"):
        assert form in told


def test_everything_that_an_import_says_is_said_in_chinese(
    two_streets: Installation, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    write_street("all.csv", make_row("s1", 1), make_row("s1", 2).replace("m2", "m3"), make_row("s1", 30))
    assert cli.main(["fleet", "import", "all.csv", "--dry-run"]) == 0
    told = capsys.readouterr()
    for line in (
        "第6行：h2：设备m2：不在文件中，将停用",
        "第7行：住户h30是新的",
        "住户h3不在文件中：将停用",
        "没有写入任何内容：这只是试运行",
    ):
        assert line in told.out
    assert "住户：15个中有13个将被停用，超过十分之一：需要加上--yes确认" in told.err


def test_models_are_listed_with_what_stands_with_their_devices(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("s.yaml").write_text(
        """
models: [{name: Tarn M1, kind: water_meter, reports_every: PT6H, measures: [volume_m3]}]
areas: [{id: a, name: A}]
households:
  - {id: h, area: a, timezone: UTC, devices: [{id: d, model: Tarn M1}, {id: e, model: Tarn M1}, {id: f, kind: other}]}
""",
        encoding="utf-8",
    )
    assert cli.main(["fleet", "import", "s.yaml"]) == 0
    assert load_fleet(installation).households[0].devices[0].measures == ("volume_m3",)
    capsys.readouterr()
    assert cli.main(["fleet", "models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Tarn M1: Water meter, reports every PT6H, counts in steps of 1 L, measures ")
    assert lines[0].endswith("; devices: 2")
    assert lines[1] == "devices without a model: 1"
    assert any(line.startswith("Milesight WS101: ") and line.endswith("; known to homebeat") for line in lines)
    for name in ("out.yaml", "out.csv"):
        assert cli.main(["fleet", "export", name]) == 0
        capsys.readouterr()
        assert cli.main(["fleet", "import", name]) == 0
        assert "nothing to change" in capsys.readouterr().out
