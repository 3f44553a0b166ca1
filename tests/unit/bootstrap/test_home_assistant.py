"""Home Assistant in the settings: which broker and account, what is refused, and what `homebeat check` says."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from homebeat.bootstrap.broker_accounts import write_accounts
from homebeat.bootstrap.home_assistant import (
    judge_chosen,
    judge_home_assistant,
    make_broker_options,
    make_home_assistant_lane,
    try_home_assistant,
)
from homebeat.bootstrap.private_files import SECRETS
from homebeat.domain.errors import BadSettings
from homebeat.domain.fleet import Area, Fleet, Household
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.scope import EVERYTHING
from homebeat.rules.catalogue import RULES
from homebeat.settings.load import load
from homebeat.settings.model import Settings
from homebeat.store import Store
from tests.people import NOON

MQTT = '[mqtt]\nhost = "broker.example"\nport = 8883\nusername = "hb"\npassword = "secret-1"\ntls = true\n'


def read(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "homebeat.toml"
    file.write_text(text, encoding="utf-8")
    return load({}, RULES, file).settings


def test_it_is_off_unless_asked_for(sqlite_store: Store) -> None:
    settings = load({}, RULES).settings
    assert not settings.home_assistant.enabled
    assert not settings.home_assistant.names
    assert make_home_assistant_lane(settings, sqlite_store, lambda: 0) is None
    assert list(judge_home_assistant(settings)) == []


def test_without_a_broker_of_its_own_it_is_that_of_the_devices(tmp_path: Path) -> None:
    own = make_broker_options(read(tmp_path, MQTT + "[home_assistant]\nenabled = true\n"))
    assert (own.host, own.port, own.username, own.password, own.tls) == ("broker.example", 8883, "hb", "secret-1", True)
    assert own.client_id == "homebeat-watch-home-assistant"
    other = 'enabled = true\nhost = "ha.example"\nusername = "x"\npassword = "y"\n'
    elsewhere = make_broker_options(read(tmp_path, f"{MQTT}[home_assistant]\n{other}"))
    assert (elsewhere.host, elsewhere.port, elsewhere.username, elsewhere.password) == ("ha.example", 1883, "x", "y")
    assert not elsewhere.tls
    # the password of the devices' broker goes to no other
    bare = make_broker_options(read(tmp_path, MQTT + '[home_assistant]\nenabled = true\nhost = "ha.example"\n'))
    assert (bare.username, bare.password) == ("", "")


@pytest.mark.parametrize(
    "line, says",
    [
        ('topic_prefix = "homebeat/out"', "homebeat would hear its own states"),
        ('topic_prefix = "HomeBeat"', "homebeat would hear its own states"),
        ('topic_prefix = "a/+"', "topic_prefix"),
        ('topic_prefix = ""', "topic_prefix"),
        ('discovery_prefix = "a"\ntopic_prefix = "a/b"', "would take states for configurations"),
        ('refresh = "PT10S"', "refresh"),
        ('language = "fr"', "language"),
    ],
)
def test_what_cannot_be_used_is_refused(line: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=says):
        read(tmp_path, f"[home_assistant]\n{line}\n")


def test_states_that_homebeat_would_hear_itself_are_said(tmp_path: Path) -> None:
    for more in ('[mqtt]\ntopics = ["homebeat/+/+/+", "#"]\n', '[mqtt.formats]\ntasmota = ["homebeat-out/#"]\n'):
        (found,) = judge_home_assistant(read(tmp_path, more + "[home_assistant]\nenabled = true\n"))
        assert "it would hear its own states" in found.what
        assert found.is_wrong
    assert list(judge_home_assistant(read(tmp_path, '[mqtt]\ntopics = ["#"]\n'))) == []


def test_what_is_open_to_others_is_said(tmp_path: Path) -> None:
    text = '[home_assistant]\nenabled = true\nhost = "ha.example"\nusername = "x"\nnames = true\n'
    found = list(judge_home_assistant(read(tmp_path, text)))
    assert [one.is_wrong for one in found] == [True, False, False]
    assert [word in one.what for one, word in zip(found, ("password is empty", "tls is off", "names is on"), strict=True)]


def test_areas_and_homes_that_are_not_there_are_said(tmp_path: Path, sqlite_store: Store) -> None:
    home = Household(HouseholdId("h1"), AreaId("lane"), "Asia/Shanghai")
    with sqlite_store.begin() as tx:
        tx.fleet.apply(Fleet((Area(AreaId("lane"), "Lane"),), (home,)), NOON)
    settings = read(tmp_path, '[home_assistant]\nenabled = true\nareas = ["lane", "lain"]\nhomes = ["h1", "h9"]\n')
    with sqlite_store.read(EVERYTHING) as reader:
        found = [one.what for one in judge_chosen(settings, reader)]
    assert found == [
        "home_assistant.areas names 'lain', and no area has this id",
        "home_assistant.homes names 'h9', and no home has this id",
    ]


def test_a_broker_that_is_away_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    settings = read(tmp_path, f'[home_assistant]\nenabled = true\nhost = "127.0.0.1"\nport = {port}\n')
    found = try_home_assistant(settings, 2)
    assert found is not None
    assert f"127.0.0.1:{port}: it cannot be reached" in found.what


@pytest.mark.parametrize(
    "more, allows", [("", True), ('host = "ha.example"', False), ('username = "other"', False), ("enabled = false", False)]
)
def test_the_account_of_homebeat_may_announce_where_it_does(
    more: str, allows: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    on = "" if "enabled" in more else "enabled = true\n"
    settings = read(tmp_path, f"[home_assistant]\n{on}{more}\n")
    write_accounts(settings, "mosquitto", ["wb-1"], None, None, lambda: "password")
    said = capsys.readouterr().out
    assert ("topic write homeassistant/device/+/config\ntopic write homebeat-out/#\n" in said) is allows
    write_accounts(settings, "nats", ["wb-1"], None, tmp_path / "passwords", lambda: "password")
    said = capsys.readouterr().out
    assert ('"publish": ["homebeat.v1.*.commands", "homeassistant.device.*.config", "homebeat-out.>"]' in said) is allows


def test_every_password_makes_its_file_a_secret() -> None:
    def list_passwords(model: type[BaseModel], before: str = "") -> Iterator[str]:
        for name, info in model.model_fields.items():
            if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
                yield from list_passwords(info.annotation, f"{before}{name}.")
            elif info.annotation is SecretStr:
                yield before + name

    assert set(list_passwords(Settings)) <= set(SECRETS)
    assert "home_assistant.password" in SECRETS
