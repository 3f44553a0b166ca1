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
