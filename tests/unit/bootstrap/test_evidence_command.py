"""`homebeat report`: lines on the terminal, and files that others can read."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from homebeat.cli import main
from homebeat.domain.alert import Outcome, Priority, Reason, acknowledge, resolve
from homebeat.store import open_store
from homebeat.store.alert.writes import AlertWrites
from tests.unit.api.street import MINUTE, Clock, Street


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a street in it, where one SOS of this month was closed and one alert is open."""
    monkeypatch.setenv("HOMEBEAT_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("HOMEBEAT_PUBLIC_URL", "https://care.example")
    store = open_store(f"sqlite:///{tmp_path / 'homebeat.db'}", tmp_path / "homebeat.key")
    street = Street(store, Clock(store.read_now()))
    street.lay()
    alert = street.sos(0, minutes_ago=10)
    with store.begin() as tx:
        alert, step = acknowledge(alert, alert.opened_at + MINUTE, "user:=desk")
        AlertWrites(tx).apply(alert, step)
        AlertWrites(tx).apply(*resolve(alert, alert.opened_at + 2 * MINUTE, "user:=desk", Outcome.FINE))
    street.open("no_sign_of_life", 1, minutes_ago=5, priority=Priority.HIGH, reason=Reason("no_sign_of_life"))
    store.close()
    return tmp_path


def find_day(folder: Path, days: int) -> str:
    """A day of the street, so many days from today."""
    store = open_store(f"sqlite:///{folder / 'homebeat.db'}", folder / "homebeat.key")
    now = datetime.fromtimestamp(store.read_now() / 1000, UTC)
    store.close()
    return (now + timedelta(days=days)).date().isoformat()


def test_it_prints_the_main_figures_and_writes_each_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    span = ["--from", find_day(folder, -2), "--until", find_day(folder, 3)]
    files = ["--json", str(folder / "r.json"), "--csv", str(folder / "r.csv"), "--html", str(folder / "r.html")]
    assert main(["report", *span, *files, "--language", "zh-CN"]) == 0
    out = capsys.readouterr().out
    assert "2 alerts (1 still open) of 12 residents" in out
    assert "taken_60s           50.0% of 2 (wanted 97.5%)  MISSED" in out
    assert json.loads((folder / "r.json").read_text())["total"]["alerts"] == 2
    text = (folder / "r.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf"), "so that spreadsheets know that it is UTF-8"
    rows = list(csv.reader(text.decode("utf-8-sig").splitlines()))
    assert rows[0] == ["table", "group", "measure", "value"]
    assert ["total", "", "alerts", "2"] in rows
    assert ["answers", "user:=desk", "closed", "1"] in rows
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row), "nothing that a spreadsheet would run"
    assert "告警处置情况" in (folder / "r.html").read_text()
    assert list(folder.glob("*.part")) == []


def test_what_it_cannot_do_it_says_before_it_works(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--json", str(folder / "no" / "r.json")]) == 2
    assert "there is no directory" in capsys.readouterr().err
    assert main(["report", "--area", "nowhere"]) == 2
    assert "there is no area 'nowhere': write an id" in capsys.readouterr().err
    assert main(["report", "--from", "2999-01-01"]) == 2
    assert "still to come" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["report", "--from", "March"])
    assert "is not a day; write 2026-03-01" in capsys.readouterr().err


def test_models_are_printed_and_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    span = ["--models", "--from", find_day(folder, -2), "--until", find_day(folder, 3)]
    files = ["--json", str(folder / "m.json"), "--csv", str(folder / "m.csv"), "--html", str(folder / "m.html")]
    assert main(["report", *span, *files, "--language", "zh-CN"]) == 0
    assert "wristband of unknown model: not ranked: too few, or no name; 12 devices in 12 homes" in capsys.readouterr().out
    assert json.loads((folder / "m.json").read_text())["rule"]["silence"] == 20.0
    rows = list(csv.reader((folder / "m.csv").read_bytes().decode("utf-8-sig").splitlines()))
    assert rows[0] == ["table", "kind", "model", "measure", "value"]
    assert ["model", "wristband", "", "devices", "12"] in rows
    html = (folder / "m.html").read_text()
    assert "设备型号对比" in html
    assert "<script" not in html
