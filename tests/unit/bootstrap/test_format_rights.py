"""What homebeat's account may hear and say for messages of other formats: what the fleet's codecs need, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from homebeat.bootstrap.broker_accounts import OwnRights
from homebeat.bootstrap.registry import find_format_rights
from homebeat.cli import main
from homebeat.settings.model import Settings
from homebeat.store import Store
from tests.e2e.street import home, write_fleet


def make_fleet(folder: Path, **codecs: str) -> Path:
    homes = []
    for number, (device, codec) in enumerate(codecs.items(), 1):
        house = home(number, "http://127.0.0.1:9/", devices=())
        house["devices"] = [{"id": device, "kind": "water_meter", "address": f"g/{device}"} | ({"codec": codec} if codec else {})]
        homes.append(house)
    return write_fleet(folder / "fleet.json", homes)


def refuse() -> Store:
    raise AssertionError("a fleet file needs no database")


def test_it_is_what_the_codecs_of_the_fleet_need(tmp_path: Path) -> None:
    fleet = make_fleet(tmp_path, plain="", meter="wmbusmeters", flat="zigbee2mqtt", node="sparkplug")
    found = find_format_rights(Settings(), fleet, refuse)
    assert set(found.reads) == {"wmbusmeters/+", "zigbee2mqtt/#", "spBv1.0/+/+/+", "spBv1.0/+/+/+/+"}
    assert found.writes == ("spBv1.0/+/NCMD/+",)
    assert find_format_rights(Settings(), make_fleet(tmp_path, plain="", senml="senml"), refuse) == OwnRights()


def test_it_is_where_messages_come_here(tmp_path: Path) -> None:
    settings = Settings(mqtt={"formats": {"zigbee2mqtt": ["homes/east/#", "homes/west/#"]}})  # type: ignore[arg-type]
    found = find_format_rights(settings, make_fleet(tmp_path, flat="zigbee2mqtt"), refuse)
    assert found.reads == ("homes/east/#", "homes/west/#")


@pytest.mark.parametrize("from_registry", [True, False])
def test_the_files_have_them(
    from_registry: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOMEBEAT_DATABASE_URL", f"sqlite:///{tmp_path / 'homebeat.db'}")
    monkeypatch.setenv("HOMEBEAT_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("HOMEBEAT_EGRESS_ALLOW_PRIVATE", "true")
    monkeypatch.setenv("HOMEBEAT_EGRESS_ALLOW_HTTP", "true")
    monkeypatch.setenv("HOMEBEAT_EGRESS_PORTS", "")
    fleet = make_fleet(tmp_path, meter="wmbusmeters", node="sparkplug")
    named = ["--fleet", str(fleet)]
    if from_registry:
        named = []
        assert main(["db", "upgrade"]) == 0
        assert main(["fleet", "import", str(fleet)]) == 0, capsys.readouterr().err
        capsys.readouterr()
    assert main(["fleet", "acl", "--broker", "mosquitto", *named]) == 0
    said = capsys.readouterr().out
    assert "topic read wmbusmeters/+\n" in said
    assert "topic write spBv1.0/+/NCMD/+\n" in said
    assert main(["fleet", "acl", "--broker", "nats", "--passwords", str(tmp_path / "passwords"), *named]) == 0
    said = capsys.readouterr().out
    assert '"wmbusmeters.*"' in said
    assert '"spBv1//0.*.NCMD.*"' in said
