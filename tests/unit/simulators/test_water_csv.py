from __future__ import annotations

import gzip
import itertools
import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from homebeat.registry.fleet_file import read_fleet_file
from simulators.water_csv import VARIABLE, convert, read_homes, read_readings

HEAD = "home,time,litres\n"


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def test_a_fleet_and_a_recording_come_of_it(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "readings.csv.gz", "wt") as file:
        file.write(HEAD)
        file.write("x1,2016-07-01T10:00:05,1234.0\nx1,2016-07-01T11:00:05,99999999.0\n")
        file.write("x2,2016-07-01T10:30:00,-5\nx2,2016-07-01T11:30:00,nan\n")
    (tmp_path / "homes.csv").write_text("home,persons,age,reads\nx1,2.0,66.0,2\nx2,,,2\n", encoding="utf-8")
    done = convert(tmp_path / "readings.csv.gz", tmp_path / "fleet.json", tmp_path / "out.jsonl")
    assert (done.homes, done.readings, done.repeated, done.missing) == (2, 4, 0, 0)
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    assert lines[0]["topic"] == "homebeat/v1/wm-x1/readings"
    assert lines[0]["payload"] == {"at": ms("2016-07-01T08:00:05+00:00"), "volume_m3": 1.234}
    assert all(2000 <= line["at"] - line["payload"]["at"] <= 20_000 for line in lines)
    # corrupt totals are passed on: refusing them is the engine's work
    assert {line["payload"]["volume_m3"] for line in lines} == {1.234, 99999.999, -0.005, None}
    fleet = read_fleet_file(tmp_path / "fleet.json")
    assert [len(h.residents) for h in fleet.households] == [2, 1]
    assert fleet.households[0].residents[0].birth_year == 1950
    assert {h.timezone for h in fleet.households} == {"Europe/Madrid"}


def test_the_repeated_and_the_missing_hour(tmp_path: Path) -> None:
    file = tmp_path / "readings.csv"
    walls = [
        "2016-10-30T01:21:42",
        "2016-10-30T02:21:42",
        "2016-10-30T02:21:42",
        "2016-10-30T03:21:42",
        "2017-03-26T01:10:00",
        "2017-03-26T02:10:00",
        "2017-03-26T03:20:00",
    ]
    file.write_text(HEAD + "".join(f"x1,{wall},{i}\nx2,{wall},{i}\n" for i, wall in enumerate(walls)), encoding="utf-8")
    taken, repeated, missing = read_homes(file)
    times = taken.at[taken.home == 0].tolist()
    assert [b - a for a, b in itertools.pairwise(times[:4])] == [3_600_000] * 3
    assert times[4:] == [ms("2017-03-26T00:10:00+00:00"), ms("2017-03-26T01:10:00+00:00"), ms("2017-03-26T01:20:00+00:00")]
    assert (repeated, missing) == (4, 2)
    assert taken.at[taken.home == 1].tolist() == times


@pytest.mark.parametrize("line", ["x1,yesterday,5", "x1,2016-07-01T10:00:05,many", "x1,2016-07-01T10:00:05"])
def test_a_line_that_is_no_reading_stops_it_with_its_number(tmp_path: Path, line: str) -> None:
    file = tmp_path / "readings.csv"
    file.write_text(f"{HEAD}x1,2016-07-01T09:00:05,4\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"readings\.csv, line 3"):
        read_homes(file)


def test_where_the_data_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert read_readings() is None
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert read_readings() is None
    (tmp_path / "readings.csv").write_text(HEAD, encoding="utf-8")
    assert read_readings() == tmp_path / "readings.csv"


@pytest.mark.outside_input
def test_the_real_homes_convert(tmp_path: Path) -> None:
    where = read_readings()
    if where is None:
        pytest.skip(f"no real water readings here: set {VARIABLE} to the folder that holds readings.csv.gz")
    done = convert(where, tmp_path / "fleet.json", tmp_path / "out.jsonl")
    assert done.homes > 10
    assert done.readings > 100_000
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == done.readings
    zone = ZoneInfo("Europe/Madrid")
    first = datetime.fromtimestamp(json.loads(lines[0])["payload"]["at"] / 1000, zone)
    assert first.year == 2016
    assert len(read_fleet_file(tmp_path / "fleet.json").households) == done.homes
