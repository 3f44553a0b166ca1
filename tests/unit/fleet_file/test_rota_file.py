"""A rota file is read, or refused with line and field; and the commands say what it leaves open."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from homebeat.cli import main
from homebeat.domain.errors import BadFleet, BadSettings
from homebeat.domain.fleet import Area, Fleet, Responder, ResponderKind
from homebeat.domain.ids import AreaId, ResponderId, RotaId
from homebeat.domain.rota import EVERY_DAY, DutyDay, DutyHours, Holidays, Rota, ShiftPattern
from homebeat.registry.fleet_file import TREE_FORMS
from homebeat.registry.rota_file import read_rota_file
from homebeat.settings.holidays import make_calendars
from homebeat.settings.load import load
from tests.docs.pages import DOCS, blocks

FLEET = Fleet(
    (Area(AreaId("town"), "Town"), Area(AreaId("lane"), "Lane", AreaId("town")), Area(AreaId("hill"), "Hill", AreaId("town"))),
    (),
    tuple(
        Responder(ResponderId(name), name.title(), ResponderKind.DESK, tuple(map(AreaId, areas)))
        for name, areas in (("ann", ("lane",)), ("ben", ("town",)), ("cat", ()), ("hal", ("hill",)))
    ),
)
DAY: dict[str, Any] = {"name": "day", "from": "08:00", "to": "20:00", "who": ["ann", "ben"]}
NIGHT: dict[str, Any] = {"name": "night", "days": ["workday", "sun"], "from": "20:00", "to": "08:00", "who": ["cat"]}
ROTA: dict[str, Any] = {
    "id": "desk",
    "area": "lane",
    "kind": "desk",
    "timezone": "Asia/Shanghai",
    "from": "2026-03-02",
    "hours": [{"from": "06:00", "to": "24:00"}],
    "shifts": [DAY, NIGHT],
    "exceptions": [{"on": "2026-03-05", "shift": "day", "who": "cat"}, {"on": "2026-03-06", "shift": "night"}],
}
HOLIDAYS = Holidays(frozenset({date(2026, 2, 17)}), frozenset({date(2026, 2, 14)}), frozenset({2026}))
CALENDARS = {"mainland": HOLIDAYS}


@pytest.fixture
def read(tmp_path: Path) -> Callable[[object], tuple[Rota, ...]]:
    def read_it(tree: object) -> tuple[Rota, ...]:
        path = tmp_path / "rota.json"
        path.write_text(json.dumps(tree, indent=1), encoding="utf-8")
        return read_rota_file(path, FLEET, CALENDARS)

    return read_it


def test_every_field_is_read(read: Callable[[object], tuple[Rota, ...]]) -> None:
    ann, ben, cat = (ResponderId(name) for name in ("ann", "ben", "cat"))
    assert read({"rotas": [ROTA | {"holidays": "mainland"}]}) == (
        Rota(
            *(RotaId("desk"), AreaId("lane"), ResponderKind.DESK, "Asia/Shanghai", date(2026, 3, 2)),
            (
                ShiftPattern("day", DutyHours(EVERY_DAY, 480, 1200), (ann, ben)),
                ShiftPattern("night", DutyHours(frozenset({DutyDay.WORKDAY, DutyDay.SUN}), 1200, 480), (cat,)),
            ),
            (DutyHours(EVERY_DAY, 360, 1440),),
            {(date(2026, 3, 5), "day"): cat, (date(2026, 3, 6), "night"): None},
            HOLIDAYS,
            "mainland",
        ),
    )


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"id": ""}, "rotas[0].id: is missing"),
        ({"area": "lan"}, "rotas[0].area: there is no area 'lan'; did you mean lane?: import the fleet first"),
        ({"kind": "nurse"}, "rotas[0].kind: 'nurse' is not one of desk, field"),
        ({"timezone": "+08:00"}, "rotas[0].timezone: '+08:00' is not a time zone"),
        ({"from": "2026-02-30"}, "rotas[0].from: 2026-02-30 is not a day"),
        ({"from": "tomorrow"}, "rotas[0].from: 'tomorrow' is not a day; write 2026-03-01"),
        ({"shifts": [DAY | {"from": "8:00"}]}, "rotas[0].shifts[0].from: '8:00' is not a time of the wall clock"),
        ({"shifts": [DAY | {"from": "24:00"}]}, "rotas[0].shifts[0].from: a shift begins on a day: write 00:00"),
        ({"shifts": [DAY | {"to": "25:00"}]}, "rotas[0].shifts[0].to: '25:00' is not a time of the wall clock"),
        ({"shifts": [DAY | {"to": 20}]}, "rotas[0].shifts[0].to: 20 is not a text; put it in quotes"),
        ({"shifts": [DAY | {"days": ["monday"]}]}, "rotas[0].shifts[0].days[0]: 'monday' is not one of mon, tue"),
        ({"shifts": [DAY | {"who": ["anna"]}]}, "rotas[0].shifts[0].who[0]: there is no responder 'anna'; did you mean ann?"),
        ({"shifts": [DAY | {"who": ["ann", "hal"]}]}, "rotas[0].shifts[0].who[1]: 'hal' does not answer in the area 'lane'"),
        ({"shifts": [DAY | {"who": "ann"}]}, "rotas[0].shifts[0].who: is a list here"),
        ({"shifts": [DAY, DAY]}, "rotas[0].shifts[1].name: 'day' is there already, at rotas[0].shifts[0]"),
        ({"hours": [{"from": "06:00"}]}, "rotas[0].hours[0].to: is missing"),
        ({"exceptions": [{"on": "2026-03-05", "shift": "dya"}]}, "exceptions[0].shift: this rota has no shift 'dya'"),
        ({"exceptions": [{"on": "5 March", "shift": "day"}]}, "exceptions[0].on: '5 March' is not a day"),
        ({"exceptions": [{"on": "2026-03-05", "shift": "day", "who": "hal"}]}, "exceptions[0].who: 'hal' does not answer"),
        ({"exceptions": [{"on": "2026-03-05", "shift": "day"}] * 2}, "exceptions[1].on: 2026-03-05, day is there already"),
        ({"zone": "x"}, "rotas[0].zone: there is no such field"),
        ({"holidays": "mainlnd"}, "rotas[0].holidays: the settings have no [[holidays.mainlnd]]; did you mean mainland?"),
    ],
)
def test_a_fault_is_named_with_its_field(read: Callable[[object], tuple[Rota, ...]], wrong: dict[str, Any], says: str) -> None:
    base = {name: value for name, value in ROTA.items() if name != "exceptions"}
    with pytest.raises(BadFleet) as caught:
        read({"rotas": [base | wrong]})
    assert len(caught.value.faults) == 1, caught.value.faults
    assert says in caught.value.faults[0]


@pytest.mark.parametrize(
    "tree, says",
    [
        ({"rotas": [ROTA, ROTA | {"id": "b"}]}, "'lane' is there already, at rotas[0], with the kind desk: one rota is enough"),
        ({"holidays": []}, "holidays: there is no such field"),
        ([], "the file: is a table of fields here"),
    ],
)
def test_a_fault_between_rotas(read: Callable[[object], tuple[Rota, ...]], tree: object, says: str) -> None:
    with pytest.raises(BadFleet) as caught:
        read(tree)
    assert any(says in fault for fault in caught.value.faults), caught.value.faults


# ---------------------------------------------------------------- the commands


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a registry of one area and two of its desk."""
    monkeypatch.setenv("HOMEBEAT_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("HOMEBEAT_PUBLIC_URL", "https://care.example")
    responders = [{"id": name, "name": name.title(), "kind": "desk"} for name in ("ann", "ben", "cat")]
    fleet = {"areas": [{"id": "lane", "name": "Lane"}], "responders": responders}
    (tmp_path / "fleet.json").write_text(json.dumps(fleet), encoding="utf-8")
    assert main(["db", "upgrade"]) == 0
    assert main(["fleet", "import", str(tmp_path / "fleet.json")]) == 0
    return tmp_path


def write_rota(folder: Path, *shifts: dict[str, Any], **more: object) -> str:
    rota = {name: value for name, value in ROTA.items() if name in {"id", "area", "kind", "timezone"}} | {"from": "2026-01-05"}
    path = folder / "rota.json"
    path.write_text(json.dumps({"rotas": [rota | {"shifts": list(shifts)} | more]}), encoding="utf-8")
    return str(path)


def test_a_gap_is_said_by_time_and_area_and_needs_a_yes(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_rota(office, DAY)
    assert main(["rota", "import", "--dry-run", file]) == 0
    shown = capsys.readouterr().out
    assert "GAP: area lane, rota desk (desk): nobody is on duty " in shown
    assert " 20:00 to " in shown
    assert "and " in shown.splitlines()[10], "not every one of them"
    assert "nothing was written: this was a dry run" in shown
    assert main(["rota", "import", file]) == 1
    assert "close the gaps, or accept them with --yes" in capsys.readouterr().err
    assert main(["rota", "check"]) == 0
    assert capsys.readouterr().out == "0 rotas, no gap in the next 28 days\n"
    assert main(["rota", "import", "--yes", file]) == 0
    assert "rotas: 1 added: desk" in capsys.readouterr().out
    assert main(["rota", "check"]) == 1
    whole = write_rota(office, DAY, NIGHT | {"days": ["workday", "rest_day"]})
    assert main(["rota", "import", whole]) == 0
    assert capsys.readouterr().out.endswith("rotas: 1 changed: desk\n")
    assert main(["rota", "check"]) == 0


def test_show_says_who_is_on_duty_and_who_is_next(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rota", "show"]) == 0
    assert "there is no rota" in capsys.readouterr().out
    assert main(["rota", "import", write_rota(office, DAY | {"from": "00:00", "to": "24:00", "who": ["ann"]})]) == 0
    capsys.readouterr()
    assert main(["rota", "show", "--area", "lane", "--days", "2"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "lane: on duty:"
    assert shown[1].startswith("  now  ann (Ann), desk, ")
    assert shown[2].startswith("  next ann (Ann), desk, ")
    assert len(shown) == 7
    assert main(["rota", "show", "--at", "2020-03-05T12:00"]) == 0
    assert "lane: nobody is on duty" in capsys.readouterr().out
    assert main(["rota", "show", "--at", "noon"]) == 2
    assert capsys.readouterr().err == "homebeat: 'noon' is not a time; write 2026-03-01T08:00\n"
    assert main(["rota", "show", "--area", "lame"]) == 2, "a typing error is not an area where nobody is on duty"
    assert capsys.readouterr().err == "homebeat: there is no area 'lame': write an id of `areas` in the fleet file\n"
    assert main(["rota", "import", str(office / "none.json")]) == 2


def test_a_year_whose_holidays_are_not_known_is_said(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_rota(office, DAY | {"days": ["workday"], "from": "00:00", "to": "24:00"})
    main(["rota", "import", "--yes", file])
    assert "every weekday of it is an ordinary one" in capsys.readouterr().err
    assert main(["rota", "check"]) == 1


def test_who_is_taken_out_of_the_fleet_file_leaves_a_gap_that_import_and_check_name(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rota", "import", write_rota(office, DAY | {"from": "00:00", "to": "24:00", "who": ["ann"]})]) == 0
    assert main(["check"]) == 0
    assert "without anybody" not in capsys.readouterr().out
    path = office / "fleet.json"
    fleet = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(fleet | {"responders": fleet["responders"][1:]}), encoding="utf-8")
    assert main(["fleet", "import", str(path)]) == 0
    assert "note: 1 rotas leave times of the next 28 days without anybody: desk" in capsys.readouterr().err
    assert main(["check"]) == 0
    assert "note: 1 rotas leave times of the next 28 days without anybody: desk" in capsys.readouterr().out
    assert main(["rota", "check"]) == 1
    assert "GAP: area lane" in capsys.readouterr().out


def test_the_example_of_the_docs_is_taken(tmp_path: Path) -> None:
    (rotas,), (settings,) = blocks(DOCS / "duty.md", "yaml"), blocks(DOCS / "duty.md", "toml")
    (tmp_path / "rota.yaml").write_text(rotas, encoding="utf-8")
    (tmp_path / "homebeat.toml").write_text(settings, encoding="utf-8")
    people = tuple(Responder(ResponderId(name), name, ResponderKind.DESK) for name in ("wang", "li", "zhao"))
    fleet = Fleet((Area(AreaId("heron-street"), "Heron Street"),), (), people)
    calendars = make_calendars(load({}, {}, tmp_path / "homebeat.toml").settings.holidays)
    (rota,) = read_rota_file(tmp_path / "rota.yaml", fleet, calendars)
    assert rota.shifts
    assert (rota.calendar, sorted(rota.holidays.years)) == ("mainland", [2026])


@pytest.mark.parametrize(
    "text, says",
    [
        ("off = []", "holidays.mainland.year (homebeat.toml line 1): Field required"),
        ("year = 2026\noff = [2027-10-01]", "2027-10-01 is not a day of 2026"),
        ("year = 2026\noff = [2026-10-01]\nwork = [2026-10-01]", "2026-10-01 is in `off` and in `work`"),
        ("year = 2026\n[[holidays.mainland]]\nyear = 2026", "2026 is there 2 times"),
        ("year = 2026\nof = []", "there is no such setting; did you mean off?"),
    ],
)
def test_holidays_that_cannot_be_are_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "homebeat.toml").write_text(f"[[holidays.mainland]]\n{text}\n", encoding="utf-8")
    with pytest.raises(BadSettings, match=re.escape(says)):
        load({}, {}, tmp_path / "homebeat.toml")


@pytest.mark.parametrize(
    ("name", "text"), [("README.md", "# duty\n* `a`: b\n"), ("duty.csv", "area,kind\ns1,desk\n"), ("duty.xlsx", "x")]
)
def test_a_rota_file_of_another_form_is_refused_with_the_forms_that_rotas_have(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadFleet) as refusal:
        read_rota_file(path, Fleet(), {})
    assert f"taken are {TREE_FORMS}. Save it as one of them" in refusal.value.faults[0]
