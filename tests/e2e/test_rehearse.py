"""A recorded day through the parts of the service, on a clock of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from homebeat.bootstrap.receiver import Receiver
from homebeat.cli import main
from homebeat.domain.instants import format_instant
from tests.e2e.street import home, write_fleet

START = 1_772_409_600_000  # 2026-03-02T00:00:00Z
MINUTE, HOUR = 60_000, 3_600_000


def line(at: int, device: str, said: dict[str, Any]) -> dict[str, Any]:
    return {"at": at, "topic": f"homebeat/v1/{device}/readings", "payload": {"at": at} | said}


@pytest.fixture
def street(tmp_path: Path, family: Receiver) -> dict[str, str]:
    """Two homes: in the first water is drawn once, then never again; in the second somebody asks for help at noon."""
    homes = [home(1, family.url, devices=("m",)), home(2, family.url)]
    homes[1]["devices"][1]["reports_every"] = "P1D"
    lines = [line(START + n * HOUR, "m1", {"volume_m3": 5.0 + (n > 0) * 0.05}) for n in range(15)]
    lines += [line(START + n * HOUR + MINUTE, "m2", {"volume_m3": 9.0 + n * 0.02}) for n in range(15)]
    lines += [line(START + 12 * HOUR, "b2", {"alarm": "sos"})]
    lines.sort(key=lambda one: one["at"])
    files = {name: str(tmp_path / name) for name in ("fleet.json", "day.jsonl", "state", "out", "truth.jsonl")}
    write_fleet(Path(files["fleet.json"]), homes)
    Path(files["day.jsonl"]).write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    return files


@pytest.fixture
def rehearsal(street: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command; messages may go to this machine, where the receiver is."""
    for name, value in (("ALLOW_PRIVATE", "true"), ("ALLOW_HTTP", "true"), ("PORTS", "")):
        monkeypatch.setenv(f"HOMEBEAT_EGRESS_{name}", value)
    return ["rehearse", street["day.jsonl"], "--fleet", street["fleet.json"], "--state-dir", street["state"]]


def test_what_time_opens_is_opened_and_followed_and_people_are_notified(
    rehearsal: list[str],
    street: dict[str, str],
    family: Receiver,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main([*rehearsal, "--after", "PT1H"]) == 0
    assert "2 alerts" in capsys.readouterr().out
    said = family.wait_for(2)
    assert "alert.opened" in {one.type for one in said}
    assert len({one.alert_id for one in said}) == 2
    monkeypatch.setenv("HOMEBEAT_STATE_DIR", street["state"])
    assert main(["export", street["out"]]) == 0
    rows = [
        {"at": format_instant(START + 12 * HOUR), "kind": "sos", "household": "h2"},
        {"at": format_instant(START + HOUR), "kind": "collapsed", "household": "h1"},
        {"at": format_instant(START + 15 * HOUR), "kind": "ended"},
    ]
    Path(street["truth.jsonl"]).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    verified = ["verify", street["truth.jsonl"], f"{street['out']}/alerts.ndjson", "--within", "sos=PT1M"]
    assert main([*verified, "--within", "collapsed=PT13H30M"]) == 0, capsys.readouterr().out
    assert main([*verified, "--within", "collapsed=PT10H"]) == 1
    # nobody answered within the time of the plan, and its next step was taken
    steps = (Path(street["out"]) / "transitions.ndjson").read_text(encoding="utf-8").splitlines()
    assert "escalated" in {json.loads(step)["kind"] for step in steps}


def test_nothing_leaves_this_machine_unless_somebody_says_so(
    rehearsal: list[str], street: dict[str, str], family: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fleet file is often the real one: a family that gets an alarm of a rehearsal is frightened for nothing."""
    fleet = Path(street["fleet.json"])
    there = fleet.read_text(encoding="utf-8").replace("127.0.0.1", "192.0.2.7")
    fleet.write_text(there, encoding="utf-8")
    assert main(rehearsal) == 0
    assert "messages would have left this machine" in capsys.readouterr().out
    assert not family.received
    assert Path(street["state"], "homebeat.db").exists()


def test_a_rehearsal_never_touches_what_is_not_one(
    rehearsal: list[str], street: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    state = Path(street["state"])
    state.mkdir()
    (state / "homebeat.db").write_text("the database of people who live")
    assert main(rehearsal) == 2
    assert main([*rehearsal, "--reset"]) == 2
    assert "is not a rehearsal" in capsys.readouterr().err
    assert (state / "homebeat.db").read_text() == "the database of people who live"


def test_a_rehearsal_is_repeated_by_reset_alone(
    rehearsal: list[str], street: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path(street["day.jsonl"]).write_text(json.dumps(line(START, "m1", {"volume_m3": 1.0})) + "\n", encoding="utf-8")
    assert main(rehearsal) == 0
    assert main(rehearsal) == 2
    assert "--reset" in capsys.readouterr().err
    assert main([*rehearsal, "--reset"]) == 0


def test_a_recording_of_nothing_says_so(rehearsal: list[str], street: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    Path(street["day.jsonl"]).write_text("", encoding="utf-8")
    assert main(rehearsal) == 2
    assert "has no message" in capsys.readouterr().err
