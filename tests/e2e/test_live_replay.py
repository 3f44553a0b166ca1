"""A recording of live traffic, replayed, gives the alerts that live gave: also when live was killed and stopped in between."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homebeat.ingest.mqtt.embedded_broker import EmbeddedBroker
from tests.e2e.devices import Devices, wall_ms
from tests.e2e.installation import Homebeat, Running, settle
from tests.e2e.street import home, write_fleet
from tests.e2e.waiting import until

SECOND, HOUR = 1_000, 3_600_000
#: What takes minutes in a home takes seconds here.
QUICK = {"HOMEBEAT_TICK_LATENESS": "PT2S", "HOMEBEAT_TICK_JUDGE_EVERY": "PT1S", "HOMEBEAT_TICK_CHECKPOINT_EVERY": "PT3S"}
RULES = """
[rules.heart_rate]
hold = "PT3S"
[rules.not_worn]
hold = "PT2S"
[rules.threshold]
enabled = true
hold = "PT2S"
"""

Seen = dict[tuple[str, str, str], list[str]]


def before_the_crash(devices: Devices, now: int) -> None:
    """An SOS, a home that has been quiet for 14 hours, a battery, the first half of a racing pulse."""
    devices.send("b1", {"at": now, "alarm": "sos"})
    quiet = [{"at": now - hours * HOUR, "volume_m3": 30.0 if hours > 14 else 30.2} for hours in range(20, -1, -1)]
    devices.send("m2", quiet)
    devices.send("b3", {"at": now, "battery_pct": 9})
    devices.send("b4", {"at": now - 3 * SECOND, "heart_rate_bpm": 151, "worn": True})


def while_homebeat_is_away(devices: Devices, now: int) -> None:
    """A fall, the rest of the racing pulse, a total that fell, a band taken off, the first SOS taken back."""
    devices.send("b5", {"at": now, "alarm": "fall"})
    for at in (now - 2 * SECOND, now - SECOND, now, now + SECOND):
        devices.send("b4", {"at": at, "heart_rate_bpm": 152, "worn": True})
    devices.send("m6", [{"at": now - 2 * HOUR, "volume_m3": 50.0}, {"at": now - HOUR, "volume_m3": 41.0}])
    devices.send("b7", [{"at": now - 5 * SECOND, "worn": False}, {"at": now, "worn": False}])
    devices.send("b1", {"at": now, "alarm": "help_cancelled"})


def after_the_stop(devices: Devices, now: int) -> None:
    """A burst pipe, a fever, a second person's SOS, water again in the quiet home."""
    # what one total shows counts when the next does not take it back
    burst = [{"at": now - hours * HOUR, "volume_m3": 10.0} for hours in (4, 3, 2)]
    devices.send("m8", [*burst, {"at": now - HOUR, "volume_m3": 11.5}, {"at": now, "volume_m3": 11.6}])
    devices.send("b9", [{"at": now - SECOND * 5, "body_temperature_c": 39.4}, {"at": now, "body_temperature_c": 39.6}])
    devices.send("b10", {"at": now, "alarm": "sos"})
    devices.send("m2", {"at": now, "volume_m3": 30.25})


@pytest.mark.slow
def test_a_recording_of_live_traffic_gives_the_alerts_of_live(
    nats_broker: EmbeddedBroker, sqlite_url: str, tmp_path: Path
) -> None:
    homes = [home(n, "https://family.example/") | {"contacts": []} for n in range(1, 11)]
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    homebeat = Homebeat(tmp_path / "state", sqlite_url, nats_broker, more=QUICK | {"HOMEBEAT_CONFIG": str(rules)})
    homebeat.key = settle(sqlite_url, homes)
    recording = tmp_path / "evening.jsonl"
    recorder = homebeat.begin("record", recording)
    try:
        with Devices(nats_broker) as devices:
            with homebeat.serving() as service:
                service.wait_ready()
                until_recorded(recording.with_name("evening.jsonl.part"), devices)
                before_the_crash(devices, wall_ms())
                until(lambda: "sos" in rules_of(live_alerts(service)), "the SOS is an alert")
                service.crash()
                while_homebeat_is_away(devices, wall_ms())
                devices.end()
            with homebeat.serving() as service:
                until(lambda: "fall" in rules_of(live_alerts(service)), "the fall is an alert")
            with homebeat.serving() as service:
                service.wait_ready()
                after_the_stop(devices, wall_ms())
                devices.end()
                until(lambda: any("b10" in key for key in live_alerts(service)), "the last SOS is an alert")
                assert recorder.stop() == 0
                first = replayed(homebeat, recording, write_fleet(tmp_path / "fleet.json", homes), tmp_path / "once.jsonl")
                second = replayed(homebeat, recording, tmp_path / "fleet.json", tmp_path / "again.jsonl")
                assert first == second  # byte for byte
                expected = seen_in(first)
                assert rules_of(expected) == {
                    "sos", "no_sign_of_life", "device_battery_low", "heart_rate", "fall", "meter_fault", "not_worn",
                    "water_surge", "threshold",
                }  # fmt: skip
                until_equal(lambda: live_alerts(service), expected)
    finally:
        recorder.kill()


def until_recorded(part: Path, devices: Devices) -> None:
    """A recorder has a session of its own; what is sent before it exists is not in the recording."""

    def has_recorded() -> bool:
        devices.send("b1", {"at": wall_ms(), "battery_pct": 90})
        return part.exists() and part.stat().st_size > 0

    until(has_recorded, "the recorder records")


def until_equal(live: Callable[[], Seen], expected: Seen) -> None:
    """What live still has to judge takes a moment; then the two are equal."""
    try:
        until(lambda: live() == expected, "live has the alerts of the replay", within_s=15)
    except AssertionError:
        assert live() == expected


def live_alerts(service: Running) -> Seen:
    """Every alert with its steps, by rule, subject and onset."""
    found = {}
    for item in service.items("/api/v1/alerts"):
        history = service.get(f"/api/v1/alerts/{item['alert_id']}")["history"]
        found[key_of(item)] = [step["transition"] for step in history]
    return found


def seen_in(lines: bytes) -> Seen:
    """The same of a replay's output."""
    found: Seen = {}
    for line in map(json.loads, lines.splitlines()):
        found.setdefault(key_of(line), []).append(line["transition"])
    return found


def key_of(item: dict[str, Any]) -> tuple[str, str, str]:
    """What an alert is about and since when; `alert_id` is derived from it and more."""
    return item["rule"], item["device"] or item["resident"] or item["household"], f"{item['since']} {item['alert_id']}"


def rules_of(seen: Seen) -> set[str]:
    """Which rules spoke."""
    return {rule for rule, _, _ in seen}


def replayed(homebeat: Homebeat, recording: Path, fleet: Path, out: Path) -> bytes:
    """Replay with the settings of live."""
    homebeat.run("replay", recording, "--fleet", fleet, "--out", out)
    return out.read_bytes()
