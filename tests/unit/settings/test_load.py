"""The file and the environment are read, the environment wins, and a fault is named with its place."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.errors import BadSettings
from homebeat.settings import InForce, load
from homebeat.settings.load import list_keys
from homebeat.settings.model import Settings
from tests.unit.settings.catalogue import RULES


def loaded(tmp_path: Path, text: str = "", **environ: str) -> InForce:
    file = tmp_path / "street.toml"
    file.write_text(text, encoding="utf-8")
    return load(environ, RULES, file)


def refused(tmp_path: Path, text: str = "", **environ: str) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        loaded(tmp_path, text, **environ)
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


def test_nothing_set_is_a_working_loopback_setup() -> None:
    force = load({}, RULES)
    assert force.settings.mqtt.host == force.settings.http.host == "127.0.0.1"
    assert force.settings.store_url == "sqlite:///var/homebeat.db"
    assert force.settings.link_base == "http://127.0.0.1:8080"
    assert not force.settings.egress.allow_private
    assert force.sources == {}


def test_the_file_is_read(tmp_path: Path) -> None:
    text = 'state_dir = "here"\n[mqtt]\nhost = "broker"\ntopics = ["a/+", "b/+"]\nkeepalive = "PT30S"\n[http]\nport = 0\n'
    settings = loaded(tmp_path, text).settings
    assert settings.mqtt.topics == ("a/+", "b/+")
    assert settings.mqtt.keepalive == timedelta(seconds=30)
    assert (settings.mqtt.host, settings.http.port, settings.state_dir) == ("broker", 0, Path("here"))


def test_the_environment_wins_and_leaves_the_rest_of_the_table(tmp_path: Path) -> None:
    force = loaded(tmp_path, '[mqtt]\nhost = "file"\nport = 2000\n', HOMEBEAT_MQTT_HOST="env", HOMEBEAT_MQTT_CLIENT_ID="second")
    assert (force.settings.mqtt.host, force.settings.mqtt.port, force.settings.mqtt.client_id) == ("env", 2000, "second")
    assert force.sources["mqtt.host"] == "HOMEBEAT_MQTT_HOST"
    assert force.sources["mqtt.port"] == "street.toml line 3"


def test_lists_durations_and_booleans_from_the_environment() -> None:
    environ = {
        "HOMEBEAT_MQTT_TOPICS": "a/+, b/+",
        "HOMEBEAT_EGRESS_PORTS": "443,9443",
        "HOMEBEAT_EGRESS_ALLOW_HTTP": "true",
        "HOMEBEAT_TICK_JUDGE_EVERY": "PT1M",
        "HOMEBEAT_DATABASE_URL": "postgresql://db/x",
    }
    settings = load(environ, RULES).settings
    assert settings.mqtt.topics == ("a/+", "b/+")
    assert settings.egress.ports == (443, 9443)
    assert settings.egress.allow_http is True
    assert settings.tick.judge_every == timedelta(minutes=1)
    assert settings.store_url == "postgresql://db/x"


def test_the_file_may_be_named_by_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "named.toml"
    file.write_text("[http]\nport = 9000\n")
    assert load({"HOMEBEAT_CONFIG": str(file)}, RULES).settings.http.port == 9000


NO_TEXTS = (
    "port",
    "ports",
    "keepalive",
    "tls",
    "allow_private",
    "allow_http",
    "proxies",
    "connections",
    "connections_per_address",
    "request_time",
    "idle",
    "security",
    "provider",
    "agent_id",
    "emergency_number",
    "fire_number",
    "police_number",
    "most_a_minute",
    "most_a_day",
    "ask_receipts",
    "allow_unproven",
    "requests",
    "journal_bytes",
    "enabled",
    "names",
    "language",
    "refresh",
    "discovery_prefix",
    "topic_prefix",
)
NO_TEXT_TABLES = ("queues.", "tick.", "limits.", "retention.", "procurement.")


@pytest.mark.parametrize("key", sorted(list_keys(Settings)))
def test_every_setting_can_come_from_the_environment(key: str) -> None:
    name = "HOMEBEAT_" + key.replace(".", "_").upper()
    environ = {name: "debug" if key == "log_level" else "https://x"}
    if key.startswith(NO_TEXT_TABLES) or key.rsplit(".", maxsplit=1)[-1] in NO_TEXTS:
        with pytest.raises(BadSettings, match=rf"{key} \({name}\): "):
            load(environ, RULES)
    else:
        force = load(environ, RULES)
        assert (force.sources, force.unknown_variables) == ({key: name}, ())


def test_every_fault_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    text = """\
[mqtt]
prot = 1883
host = 5
[tick]
every = 1
judge_every = "half a minute"
[mqqt]
host = "x"
[rules.no_watr]
litres = 5
[rules.no_water]
litre = 5
window = 12
litres = nan
[rules.device_silent]
reports = 2.5
night = 1
[areas.north]
rule = 1
"""
    assert refused(tmp_path, text, HOMEBEAT_HTTP_PORT="http") == [
        "areas.north.rule (street.toml line 19): there is no such setting; an area has `rules` and `response`",
        "rules.no_watr (street.toml line 9): there is no such rule; did you mean no_water?",
        "rules.no_water.litre (street.toml line 12): there is no such setting; did you mean litres?",
        "rules.no_water.window (street.toml line 13): 12 is not a duration; write PT12H, PT15M, PT90S or P1DT6H",
        "rules.no_water.litres (street.toml line 14): nan is not a number",
        "rules.device_silent.reports (street.toml line 16): 2.5 is not a whole number",
        "rules.device_silent.night (street.toml line 17): 1 is not true or false",
        "mqtt.host (street.toml line 3): Input should be a valid string",
        "mqtt.prot (street.toml line 2): there is no such setting; did you mean port?",
        "tick.every (street.toml line 5): 1 is not a duration; write PT12H, PT15M, PT90S or P1DT6H",
        "tick.judge_every (street.toml line 6): 'half a minute' is not a duration; write PT12H, PT15M, PT90S or P1DT6H",
        "http.port (HOMEBEAT_HTTP_PORT): Input should be a valid integer, unable to parse string as an integer",
        "mqqt (street.toml line 7): there is no such setting; did you mean mqtt?",
    ]


@pytest.mark.parametrize(
    "text, says",
    [
        ("a = ", "is not TOML"),
        ("[http]\nport = 1\nport = 2", "is not TOML"),
        ("rules = 3", "rules (street.toml line 1): is a table of settings"),
        ("[rules]\nno_water = 3", "rules.no_water (street.toml line 2): is a table of settings"),
        ("mqtt = 3", "mqtt (street.toml line 1)"),
        ("[http]\nport = 70000", "http.port (street.toml line 2)"),
        ('public_url = "ftp://x"', "public_url (street.toml line 1)"),
        ('[retention]\nreadings = "P7D"', "retention.readings (street.toml line 2)"),
        ('[rules.no_water]\nwindow = "PT0S"', "rules.no_water (street.toml line 1): window must be longer than nothing"),
        ('[rules.threshold]\nmetric = "puls"', "'puls' is not one of pulse, steps; did you mean pulse?"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadSettings) as caught:
        loaded(tmp_path, text)
    assert says in str(caught.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="none.toml: cannot be read: No such file"):
        load({}, RULES, tmp_path / "none.toml")


def test_bytes_that_are_no_text_are_said(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadSettings, match="not UTF-8"):
        load({}, RULES, file)


def test_a_refused_secret_is_not_repeated(tmp_path: Path) -> None:
    text = '[mqtt]\npassword = ["hunter2"]\n'
    assert refused(tmp_path, text) == ["mqtt.password (street.toml line 2): Input should be a valid string"]


def test_a_strange_variable_is_a_concern_not_a_fault() -> None:
    force = load({"HOMEBEAT_PORT": "tcp://192.0.2.1:80", "HOMEBEAT_MQTT_PROT": "1"}, RULES)
    assert force.unknown_variables == ("HOMEBEAT_MQTT_PROT", "HOMEBEAT_PORT")


@given(st.text(max_size=80))
def test_any_text_is_settings_or_bad_settings(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_text(text, encoding="utf-8", errors="replace")
    try:
        force = load({}, RULES, file)
    except BadSettings:
        return
    assert isinstance(force, InForce)


def test_settings_print_no_secret() -> None:
    force = load({"HOMEBEAT_MQTT_PASSWORD": "hunter2", "HOMEBEAT_DATABASE_URL": "postgresql://a:hunter2@db/x"}, RULES)
    assert "hunter2" not in repr(force) + str(force.settings) + force.settings.model_dump_json()
