"""Home Assistant, end to end: an SOS is shown within seconds, a killed homebeat is seen, and a home that went meanwhile goes."""

from __future__ import annotations

from pathlib import Path

from homebeat.bootstrap.receiver import Receiver
from tests.brokers import Mosquitto
from tests.contract.deliver.home_assistant_ear import Ear
from tests.e2e.devices import mosquitto_pub
from tests.e2e.installation import Homebeat, settle
from tests.e2e.street import home, write_fleet
from tests.e2e.waiting import until

SHOWN_WITHIN_S = 5.0


def test_an_sos_is_shown_and_a_killed_homebeat_is_seen(
    mosquitto_broker: Mosquitto, sqlite_url: str, family: Receiver, tmp_path: Path
) -> None:
    street = [home(1, family.url), home(2, family.url)]
    key = settle(sqlite_url, street)
    homebeat = Homebeat(tmp_path / "state", sqlite_url, mosquitto_broker, {"HOMEBEAT_HOME_ASSISTANT_ENABLED": "true"}, key)
    ear = Ear(mosquitto_broker)
    with homebeat.serving() as service:
        service.wait_ready()
        until(lambda: ear.availability == "online", "homebeat runs")
        until(lambda: ear.state("homes/h1").get("alert") == "OFF", "no alert is open")
        mosquitto_pub(mosquitto_broker, "b1", {"alarm": "sos"})
        until(lambda: ear.state("homes/h1")["alert"] == "ON", "the SOS is shown", SHOWN_WITHIN_S)
        until(lambda: ear.state("areas/willow")["alerts"] == 1, "it counts in the city")
        (alert,) = service.items("/api/v1/alerts", open="true")
        path = f"/api/v1/alerts/{alert['alert_id']}"
        taken = service.post(f"{path}/acknowledge", {"version": alert["version"]})
        service.post(f"{path}/resolve", {"version": taken["version"], "outcome": "helped", "note": "she is well"})
        until(lambda: ear.state("homes/h1")["alert"] == "OFF", "it is closed", SHOWN_WITHIN_S)
        # what homebeat says there is no message of a device
        ledger = service.get("/api/v1/ledger")
        assert (ledger["delivered"], ledger["quarantined"]) == (1, 0)
        assert "Resident 1" not in b"".join(payload for _, payload in ear.said).decode()
        service.crash()
        until(lambda: ear.availability == "offline", "the broker says that it is gone")
    homebeat.run("fleet", "import", write_fleet(tmp_path / "fleet.json", street[:1]), "--yes")
    with homebeat.serving() as service:
        until(lambda: ear.availability == "online", "it runs again")
        until(lambda: ear.config("home-h2") is None and not ear.state("homes/h2"), "the home that went is gone")
        assert ear.config("home-h1")
    homebeat.more["HOMEBEAT_HOME_ASSISTANT_ENABLED"] = "false"
    with homebeat.serving():
        until(lambda: not [one for one in ear.last if "homeassistant" in one or "-out" in one], "switched off, all is taken back")
    ear.close()
