"""A fleet file may be an Excel workbook: the same fleet as its rows say as CSV, or refused with line and column, or whole."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from homebeat.bootstrap.fleet_source import open_fleet_source
from homebeat.domain.errors import BadFleet
from homebeat.domain.fleet import Fleet
from homebeat.registry import sheet_tree, workbook
from homebeat.registry.fleet_file import read_fleet_file, read_source
from homebeat.registry.home_fields import FieldRules
from homebeat.registry.workbook import read_workbook, write_workbook
from tests.unit.fleet_file.test_tables import CHINESE, ENGLISH, YAML
from tests.unit.fleet_file.test_tables import read as read_text

HEADER = (
    "area",
    "area_name",
    "home",
    "timezone",
    "resident",
    "resident_name",
    "resident_phone",
    "birth_year",
    "away_from",
    "away_to",
)
#: As a spreadsheet has a day: it knows no zone.
MIDNIGHT = datetime(2026, 3, 4)  # noqa: DTZ001
ROW = ("s1", "Heron Street", "h1", "Asia/Shanghai", "r1", "Lin Apo", "139-0000-0001", 1941, date(2026, 3, 1), MIDNIGHT)


def read(tmp_path: Path, raw: bytes, name: str = "homes.xlsx") -> Fleet:
    file = tmp_path / name
    file.write_bytes(raw)
    return read_source(open_fleet_source(file), FieldRules(["native"]))


def faults_of(tmp_path: Path, raw: bytes, name: str = "homes.xlsx") -> tuple[str, ...]:
    with pytest.raises(BadFleet) as caught:
        read(tmp_path, raw, name)
    return tuple(caught.value.faults)


def typed(*rows: Sequence[Any], edit: Callable[[Any], None] = lambda _sheet: None) -> bytes:
    """A workbook as somebody typed it, whose cells have types."""
    book = Workbook()
    sheet: Any = book.active
    for row in rows:
        sheet.append(list(row))
    edit(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_the_rows_say_the_same_as_in_a_text(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, write_workbook(csv.reader(text.splitlines()))) == read_text(tmp_path, text)


def test_a_workbook_and_yaml_say_the_same(tmp_path: Path) -> None:
    assert read(tmp_path, write_workbook(csv.reader(ENGLISH.splitlines()))) == read_text(tmp_path, YAML, "homes.yaml")


def test_cells_have_types(tmp_path: Path) -> None:
    (home,) = read(tmp_path, typed(HEADER, ROW)).households
    assert (home.residents[0].birth_year, len(home.away)) == (1941, 1)
    phone = read(tmp_path, typed(HEADER, (*ROW[:6], 139_0000_0001, *ROW[7:])))
    assert phone.households[0].residents[0].phone == str(139_0000_0001)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        (4, 17, "17 is a number there, and a spreadsheet drops leading zeros"),
        (2, 1234567890123456789, "drops the last digits"),
        (4, date(2026, 3, 1), "is a date of the spreadsheet and no text"),
        (3, time(8, 30), "is a time of the spreadsheet and no text"),
        (5, True, "is a yes or no of the spreadsheet"),
        (8, 45_000, "is a number there; format the column as date"),
        (7, date(1941, 1, 1), "is a date; write the year only"),
        (5, "#REF!", "is the error #REF! of the spreadsheet"),
        (5, "=A1", "is the error #VALUE! of the spreadsheet"),
    ],
)
def test_what_a_spreadsheet_makes_of_a_value_is_refused_by_its_cell(tmp_path: Path, column: int, value: Any, says: str) -> None:
    row = [*ROW]
    row[column] = value
    (fault, *_) = faults_of(tmp_path, typed(HEADER, row))
    assert fault.startswith(f"line 2, column {HEADER[column]}: ")
    assert says in fault


def test_the_first_sheet_that_anybody_sees_and_that_holds_something(tmp_path: Path) -> None:
    def rearrange(book: Any) -> None:
        book.active.title = "homes"
        hidden = book.create_sheet("old", 0)
        hidden.append(["home"])
        hidden.sheet_state = "hidden"
        book.create_sheet("empty", 0)
        book.create_sheet("notes").append(["call Mrs Wang"])
        book["homes"].insert_rows(1, 3)

    assert len(read(tmp_path, typed(HEADER, ROW, edit=rearrange)).households) == 1


def test_the_line_is_that_of_the_sheet(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, typed((), HEADER, (), ROW, (), (*ROW[:3], "Mars/Base", "r2", "Old Zhou")))
    assert fault.startswith("line 6, column timezone: ")


def test_more_than_a_list_of_homes_can_have_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    (fault,) = faults_of(tmp_path, typed(HEADER, ROW, ROW, ROW, ROW))
    assert "more than 3 rows" in fault
    (fault,) = faults_of(tmp_path, typed([f"c{n}" for n in range(sheet_tree.MOST_COLUMNS + 1)]))
    assert "columns" in fault


def make_archive(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "no Excel workbook"),
        (b"PK\x03\x04 and no more", "no Excel workbook"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "or one with a password"),
        (make_archive(x=b"1"), "is damaged"),
        (make_archive(x=bytes(20_000_000)), "unpacks to 20 MB"),
        (make_archive(**{f"p{n}": b"" for n in range(1_001)}), "in 1001 parts"),
    ],
    ids=["empty", "cut", "with a password", "another archive", "a bomb", "many parts"],
)
def test_what_is_no_workbook_is_refused_before_it_is_opened(tmp_path: Path, raw: bytes, says: str) -> None:
    (fault,) = faults_of(tmp_path, raw)
    assert says in fault
    assert "save it again as .xlsx" in fault or "not opened" in fault


def test_a_damaged_workbook_is_refused_or_read_as_it_was(tmp_path: Path) -> None:
    whole = bytearray(typed(HEADER, ROW))
    for at in range(20, len(whole), 61):
        damaged = bytes(whole[:at]) + bytes([whole[at] ^ 0x55]) + bytes(whole[at + 1 :])
        try:
            fleet = read(tmp_path, damaged)
        except BadFleet:
            continue
        assert fleet.households


def test_a_workbook_under_another_name_says_what_is_taken(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, typed(HEADER, ROW), "homes.csv")
    assert "fleet import` takes .xlsx" in fault
    (tmp_path / "homes.xlsx").write_bytes(typed(HEADER, ROW))
    with pytest.raises(BadFleet, match="takes .xlsx"):
        read_fleet_file(tmp_path / "homes.xlsx")


def test_what_is_written_is_read_as_it_was() -> None:
    rows: list[list[Any]] = [["home", "resident_name", "'=1+1"], ["007", "'quoted", 1.5], ["", "  outer ", 3]]
    found = [list(row.cells)[:3] for row in read_workbook(write_workbook(rows))]
    assert found == [rows[0], rows[1], [None, "  outer ", 3]]
