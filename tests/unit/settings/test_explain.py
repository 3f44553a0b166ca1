"""What `homebeat check` says of the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from homebeat.settings import SettingLine, explain, load
from homebeat.settings.load import list_keys
from homebeat.settings.model import Settings
from tests.unit.settings.catalogue import RULES

SECRET = "hunter2"


def test_every_setting_is_listed_with_its_source(tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text('[tick]\njudge_every = "PT1M"\n[rules.no_water]\nlitres = 8\n[areas.a.rules.device_silent]\nnight = false\n')
    lines = explain(load({"HOMEBEAT_HTTP_PORT": "81"}, RULES, file))
    assert {line.key for line in lines} >= set(list_keys(Settings))
    for line in (
        SettingLine("tick.judge_every", "PT1M", "s.toml line 2"),
        SettingLine("tick.every", "PT1S", "default"),
        SettingLine("http.port", "81", "HOMEBEAT_HTTP_PORT"),
        SettingLine("rules.no_water.enabled", "false", "default"),
        SettingLine("rules.no_water.litres", "8.0", "s.toml line 4"),
        SettingLine("rules.no_water.window", "PT12H", "default"),
        SettingLine("rules.threshold.metric", "pulse", "default"),
        SettingLine("rules.threshold.limit", "(none)", "default"),
        SettingLine("areas.a.rules.device_silent.night", "false", "s.toml line 6"),
        SettingLine("egress.ports", "443, 8443", "default"),
    ):
        assert line in lines


@pytest.mark.parametrize(
    "url, shown",
    [
        (f"postgresql://homebeat:{SECRET}@db:5432/beat?password={SECRET}", "postgresql://homebeat:***@db:5432/beat"),
        ("sqlite:///var/x.db", "sqlite:///var/x.db"),
        (f"postgresql:{SECRET}", "***"),
        (SECRET, "***"),
    ],
)
def test_secrets_are_never_printed(url: str, shown: str) -> None:
    lines = explain(load({"HOMEBEAT_DATABASE_URL": url, "HOMEBEAT_MQTT_PASSWORD": SECRET}, RULES))
    assert SECRET not in str(lines)
    assert SettingLine("database_url", shown, "HOMEBEAT_DATABASE_URL") in lines
    assert SettingLine("mqtt.password", "***", "HOMEBEAT_MQTT_PASSWORD") in lines


@pytest.mark.parametrize("secret", [SECRET, f"s://{SECRET}", f"s://x:{SECRET}@y", ""])
def test_a_secret_that_looks_like_an_address_is_not_printed_in_part(secret: str) -> None:
    lines = explain(load({"HOMEBEAT_OIDC_CLIENT_SECRET": secret, "HOMEBEAT_MQTT_PASSWORD": secret}, RULES))
    shown = "***" if secret else "(none)"
    for key, variable in (("oidc.client_secret", "HOMEBEAT_OIDC_CLIENT_SECRET"), ("mqtt.password", "HOMEBEAT_MQTT_PASSWORD")):
        assert SettingLine(key, shown, variable) in lines
