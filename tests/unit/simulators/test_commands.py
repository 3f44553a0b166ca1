from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from homebeat.domain.inbound import Message
from homebeat.ingest.mqtt.embedded_broker import EmbeddedBroker
from homebeat.ingest.recording import Recording
from homebeat.registry.fleet_file import read_fleet_file
from simulators.commands import main
from simulators.localdays import HOUR
from simulators.publish import Broker, pace, publish
from simulators.recording import write_recording
from simulators.street import Street
from simulators.wire import JUNK
from tests.unit.simulators.decoding import START

STREET = ["--homes", "12", "--days", "2", "--start", "2026-03-02T00:00:00Z", "--seed", "5"]


def recorded(path: Path) -> list[Message]:
    recording = Recording(path)
    out = [message for block in recording.read_blocks() for message in block]
    assert recording.bad == []
    return out


def test_help_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for command in ("fleet", "record", "publish", "report", "convert-water"):
        assert f"python -m simulators {command}" in text


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_the_same_request_writes_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        out = tmp_path / name / f"street{suffix}"
        assert main(["record", *STREET, "--collapses", "1", "--leaks", "1", "--faults", "outage,junk", "--out", str(out)]) == 0
    for file in (f"street{suffix}", "TRUTH.jsonl"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    kinds = {json.loads(line)["kind"] for line in (tmp_path / "a" / "TRUTH.jsonl").read_text(encoding="utf-8").splitlines()}
    assert kinds >= {"collapsed", "leak_started", "outage_started", "junk_started"}


def test_a_recording_gives_back_the_messages(tmp_path: Path) -> None:
    out = tmp_path / "street.jsonl.gz"
    assert main(["record", *STREET, "--out", str(out)]) == 0
    sent = list(Street(5, 12).make_messages(START, START + 48 * HOUR))
    assert [(m.received_at, m.topic, m.payload) for m in recorded(out)] == sent


def test_junk_survives_a_recording(tmp_path: Path) -> None:
    out = tmp_path / "junk.jsonl"
    assert write_recording(out, [(i, "homebeat/v1/x/readings", payload) for i, payload in enumerate(JUNK)]) == len(JUNK)
    assert [m.payload for m in recorded(out)] == list(JUNK)


def test_a_fleet_file_is_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "fleet.json"
    assert main(["fleet", *STREET, "--homes", "120", "--out", str(out)]) == 0
    fleet = read_fleet_file(out)
    assert len(fleet.households) == 120
    assert len(fleet.areas) == 6  # city, district, street, three communities
    assert "120 homes" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong", [["--faults", "gremlins"], ["--collapses", "13"], ["--scenario", "nowhere.json"], ["--start", "soon"]]
)
def test_what_cannot_be_done_is_said(tmp_path: Path, wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", *STREET, "--out", str(tmp_path / "x.jsonl"), *wrong]) in {1, 2}
    assert capsys.readouterr().err.strip()


def test_a_broker_that_is_away_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish", *STREET, "--speed", "0", "--port", "9"]) == 1
    assert "refused" in capsys.readouterr().err


def test_a_broker_confirms_every_message(nats_broker: EmbeddedBroker) -> None:
    count = publish(Broker(port=nats_broker.mqtt_port), Street(5, 3).make_messages(START, START + 12 * HOUR), threading.Event())
    assert count == len(list(Street(5, 3).make_messages(START, START + 12 * HOUR)))
    assert count > 30


class Clock:
    """A wall clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self.at = 50_000
        self.waits: list[float] = []

    def now(self) -> int:
        return self.at

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.at += round(seconds * 1000)
        return False


@pytest.mark.parametrize(("speed", "waits"), [(1.0, [1.0, 2.0]), (10.0, [0.1, 0.2]), (0.0, [])])
def test_messages_are_given_when_they_are_due(speed: float, waits: list[float]) -> None:
    clock = Clock()
    messages = [(1000, "t", b"1"), (2000, "t", b"2"), (2000, "t", b"3"), (4000, "t", b"4")]
    given = list(pace(messages, clock.now, clock.wait, start=1000, speed=speed))
    assert given == messages
    assert clock.waits == pytest.approx(waits)


def test_waiting_can_be_ended() -> None:
    given = list(pace([(0, "t", b"1"), (5000, "t", b"2")], lambda: 0, lambda _: True, start=0))
    assert given == [(0, "t", b"1")]


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"events": [{"kind": "collapse", "home": 99, "at": "+PT1H"}]}, "names home 99, which is not there; homes are 0 to 11"),
        ({"events": [{"kind": "sos", "home": 0, "at": "+PT1H"}]}, "needs a wristband; homes with one are "),
        ({"faults": [{"kind": "outage", "device": "wm-1", "at": "+PT1H"}]}, "devices are wb-"),
    ],
)
def test_a_scenario_that_names_what_is_not_there_is_refused(
    tmp_path: Path, event: dict[str, object], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    street = Street(5, 12)
    assert 0 not in street.list_banded()
    (tmp_path / "plan.json").write_text(json.dumps(event), encoding="utf-8")
    assert main(["record", *STREET, "--out", str(tmp_path / "x.jsonl"), "--scenario", str(tmp_path / "plan.json")]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "x.jsonl").exists()


def test_what_happens_is_written_beside_what_is_published(nats_broker: EmbeddedBroker, tmp_path: Path) -> None:
    out = tmp_path / "truth.jsonl"
    sent = ["publish", *STREET, "--speed", "0", "--port", str(nats_broker.mqtt_port), "--collapses", "1", "--truth", str(out)]
    assert main(sent) == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [rows[0]["kind"], rows[-1]["kind"]] == ["began", "ended"]
    assert (rows[0]["at"], rows[-1]["at"]) == ("2026-03-02T00:00:00.000Z", "2026-03-04T00:00:00.000Z")
    assert "collapsed" in {row["kind"] for row in rows}
