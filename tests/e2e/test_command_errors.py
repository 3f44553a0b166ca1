"""What goes wrong at the command line: one clear line, exit status 2, no traceback, nothing changed."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from homebeat.domain.scope import EVERYTHING
from homebeat.store import open_store
from tests.brokers import Mosquitto
from tests.e2e.installation import ROOT, Homebeat
from tests.e2e.street import home, write_fleet
from tests.keys import KEY_FILE


@pytest.fixture
def homebeat(sqlite_url: str, tmp_path: Path) -> Homebeat:
    """An installation whose broker is away."""
    return Homebeat(tmp_path / "state", sqlite_url, Mosquitto("", tmp_path))


def refused(homebeat: Homebeat, *words: str | Path) -> str:
    """What a command that must be refused says."""
    done = homebeat.run(*words, fails=2)
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stdout == ""
    assert done.stderr.startswith("homebeat: ")
    return done.stderr.removeprefix("homebeat: ").strip()


@pytest.mark.parametrize(
    ("command", "setting"), [(["serve"], "--port or HOMEBEAT_HTTP_PORT"), (["demo", "--state-dir", "STATE"], "--port")]
)
def test_a_port_in_use(homebeat: Homebeat, tmp_path: Path, command: list[str], setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = [str(tmp_path / "demo") if word == "STATE" else word for word in command]
        said = refused(homebeat, *words, "--port", str(port))
    assert said == f"cannot listen on 127.0.0.1:{port} (Address already in use); choose another port with {setting}"


def test_settings_that_cannot_be_read(homebeat: Homebeat, tmp_path: Path) -> None:
    file = tmp_path / "homebeat.toml"
    file.write_text("[mqtt\nhost = 1")
    assert refused(homebeat, "serve", "--settings", file).startswith(f"{file}: is not TOML: ")
    file.write_text('[mqtt]\nhosst = "here"\n[rules.no_water]\nwindow = 12\n')
    first, *faults = refused(homebeat, "check", "--settings", file).splitlines()
    assert first == "these settings cannot be used:"
    assert len(faults) == 2
    assert "homebeat.toml line 2" in faults[1] + faults[0]
    assert "homebeat.toml line 4" in faults[1] + faults[0]


def test_a_bad_fleet_file_changes_nothing(homebeat: Homebeat, tmp_path: Path) -> None:
    good = home(1, "https://family.example/hook")
    bad = home(2, "https://family.example/hook") | {"timezone": "Mars/Olympus"}
    said = refused(homebeat, "fleet", "import", write_fleet(tmp_path / "fleet.json", [good, bad]))
    assert "Mars/Olympus" in said
    assert "line " in said
    assert str(tmp_path / "nothing.json") in refused(homebeat, "fleet", "import", tmp_path / "nothing.json")
    store = open_store(homebeat.store_url, KEY_FILE, create=False)
    with store.read(EVERYTHING) as reader:
        assert reader.fleet.load().households == ()
    store.close()


@pytest.mark.parametrize(
    "words", [("serve",), ("key", "create", "desk", "--role", "desk"), ("fleet", "import", os.devnull)], ids=" ".join
)
def test_a_database_without_tables(homebeat: Homebeat, tmp_path: Path, words: tuple[str, ...]) -> None:
    homebeat.store_url = f"sqlite:///{tmp_path / 'bare.db'}"
    (tmp_path / "bare.db").touch()
    if words == ("serve",):
        done = homebeat.run(*words, fails=70)
        assert "Traceback" not in done.stderr
        assert "run `homebeat db upgrade`" in done.stderr
        return
    needed = max(path.name[:4] for path in (ROOT / "alembic" / "versions").glob("[0-9]*.py"))
    assert (
        refused(homebeat, *words) == f"the database is at revision none, this version needs {needed}: run `homebeat db upgrade`"
    )


@pytest.mark.parametrize(
    "words", [("serve",), ("key", "create", "desk", "--role", "desk"), ("fleet", "import", os.devnull)], ids=" ".join
)
def test_a_database_that_is_not_there_is_not_made(homebeat: Homebeat, tmp_path: Path, words: tuple[str, ...]) -> None:
    homebeat.store_url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    said = homebeat.run(*words, fails=70).stderr if words == ("serve",) else refused(homebeat, *words)
    assert f"there is no database at {tmp_path / 'elsewhere.db'}. Name yours with --settings FILE" in said
    assert not (tmp_path / "elsewhere.db").exists()


def test_a_webhook_that_can_never_be_called_is_refused_at_import(homebeat: Homebeat, tmp_path: Path) -> None:
    homebeat.more["HOMEBEAT_EGRESS_ALLOW_PRIVATE"] = "false"
    homebeat.more["HOMEBEAT_EGRESS_ALLOW_HTTP"] = "false"
    homebeat.more["HOMEBEAT_EGRESS_PORTS"] = "443"
    homes = [home(1, "https://family.example/hook"), home(2, "https://127.0.0.1/"), home(3, "https://family.example:22/")]
    file = write_fleet(tmp_path / "fleet.json", homes)
    for words in (("fleet", "import"), ("fleet", "import", "--dry-run")):
        said = refused(homebeat, *words, file)
        assert "households[1].contacts[0].channels[0].url: can never be called: 127.0.0.1 is an address" in said
        assert "households[2].contacts[0].channels[0].url: can never be called: the port" in said
        assert said.count("line ") == 2


def test_a_database_that_cannot_be_reached(homebeat: Homebeat) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    homebeat.store_url = f"postgresql://nobody@127.0.0.1:{port}/nothing"
    assert refused(homebeat, "key", "list").startswith("the database did not do it: connection failed")
