"""`homebeat check`: what is wrong first and last, each fault with what to do; it makes and changes nothing."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from homebeat.bootstrap.checking import check
from homebeat.bootstrap.fleet_import import ImportOptions, import_fleet
from homebeat.bootstrap.people import make_key
from homebeat.bootstrap.plan_command import add_plan
from homebeat.bootstrap.private_files import restrict_files
from homebeat.domain.consent import ConsentDecision, Purpose
from homebeat.domain.errors import Unavailable
from homebeat.domain.fleet import Area, Channel, Contact, Device, DeviceKind, Fleet, Household, Resident
from homebeat.domain.ids import AreaId, ContactId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.principal import Grant
from homebeat.domain.role import Role
from homebeat.domain.setting_change import PLANS, SettingChange, SettingState
from homebeat.rules.catalogue import RULES
from homebeat.settings import InForce, load
from homebeat.store import Store, open_store
from tests.people import add_account

HOME = Household(HouseholdId("h"), AreaId("a"), "UTC")


@cache
def make_state() -> dict[str, bytes]:
    """What a new installation has in its state directory, made once: its database and the key file."""
    with TemporaryDirectory() as folder, restrict_files():
        settings = load({"HOMEBEAT_STATE_DIR": folder, "HOMEBEAT_PUBLIC_URL": "https://care.example"}, RULES).settings
        open_store(settings.store_url, settings.key_path).close()
        return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


class Installation:
    """A sound one: a private state directory with a database, and settings that nothing is wrong with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "state"
        self.environ = {"HOMEBEAT_STATE_DIR": str(self.folder), "HOMEBEAT_PUBLIC_URL": "https://care.example"}
        with restrict_files():
            self.folder.mkdir()
            for name, content in make_state().items():
                (self.folder / name).write_bytes(content)

    @property
    def force(self) -> InForce:
        """What is in force."""
        return load(self.environ, RULES)

    def write(self, act: Callable[[Store], object]) -> None:
        """Change its database."""
        store = open_store(self.force.settings.store_url, self.force.settings.key_path, create=False)
        act(store)
        store.close()

    def register(self, home: Household) -> None:
        """Make the registry hold this one home."""

        def act(store: Store) -> None:
            with store.begin() as tx:
                tx.fleet.apply(Fleet((Area(AreaId("a"), "A"),), (home,)), 0)

        self.write(act)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """A sound installation."""
    return Installation(tmp_path)


def webhook(url: str) -> Household:
    """A home whose only contact has this address."""
    return replace(HOME, contacts=(Contact(ContactId("h/0"), "Wei", channels=(Channel("webhook", {"url": url}),)),))


def test_a_sound_installation_is_well(installation: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    installation.register(webhook("https://family.example/hook"))
    assert check(installation.force) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "all well"
    assert not [line for line in lines if line.startswith(("WRONG", "note"))]
    assert any(line.startswith("database in use: sqlite:///") for line in lines)


def _endless_key(installation: Installation) -> None:
    installation.write(lambda store: make_key(store, "platform", [Grant(Role.DESK)], None))


def _open_database(installation: Installation) -> None:
    (installation.folder / "homebeat.db").chmod(0o644)


def _open_directory(installation: Installation) -> None:
    installation.folder.chmod(0o755)


def _open_settings(installation: Installation) -> None:
    file = installation.folder / "homebeat.toml"
    file.write_text('[mqtt]\npassword = "hunter2"\n')
    file.chmod(0o644)
    installation.environ["HOMEBEAT_CONFIG"] = str(file)


def _refused_port(installation: Installation) -> None:
    installation.register(webhook("https://family.example:22/k3y"))


def _refused_scheme(installation: Installation) -> None:
    installation.register(webhook("http://family.example/k3y"))


def _refused_address(installation: Installation) -> None:
    installation.register(webhook("https://[::1]/k3y"))


def _settings_changed_after_import(installation: Installation) -> None:
    installation.register(webhook("https://family.example/k3y"))
    installation.environ["HOMEBEAT_EGRESS_PORTS"] = "8443"


def _no_public_url(installation: Installation) -> None:
    del installation.environ["HOMEBEAT_PUBLIC_URL"]


def _no_database(installation: Installation) -> None:
    for file in installation.folder.glob("homebeat.db*"):
        file.unlink()


def _no_tables(installation: Installation) -> None:
    _no_database(installation)
    (installation.folder / "homebeat.db").touch(0o600)


@pytest.mark.parametrize(
    "harm, what, do",
    [
        (_endless_key, "1 keys never end: platform", "homebeat key revoke"),
        (_open_database, "homebeat.db is open to every user of this machine (mode 0644)", "Run: chmod 0640 "),
        (_open_directory, "state is open to every user of this machine (mode 0755)", "Run: chmod 0750 "),
        (_open_settings, "homebeat.toml is open to every user", "Run: chmod 0640 "),
        (
            _refused_port,
            "1 addresses of contacts can never be called, the port is not one that may be called: h/0",
            "Correct the address",
        ),
        (_refused_scheme, "the address must begin with https://: h/0", "Correct the address"),
        (_refused_address, "::1 is an address that may not be called: h/0", "Correct the address"),
        (_settings_changed_after_import, "the port is not one that may be called: h/0", "[egress]"),
        (_no_public_url, "public_url is not set", "Set public_url"),
        (_no_database, "there is no database at ", "`homebeat db upgrade` makes a new, empty one"),
        (_no_tables, "the database is at revision none", "Run `homebeat db upgrade`"),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_a_fault_stands_first_and_last(
    harm: Callable[[Installation], None], what: str, do: str, installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    harm(installation)
    before = {path.name for path in installation.folder.iterdir()}
    assert check(installation.force) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("WRONG: ")
    assert any(line.startswith("WRONG: ") and what in line and do in line for line in lines[: lines.index("")])
    end = lines[len(lines) - lines[::-1].index("") :]
    assert end[0].endswith(" to mend:")
    assert any(what in line for line in end[1:])
    assert "k3y" not in " ".join(lines)
    assert {path.name for path in installation.folder.iterdir()} == before


@pytest.mark.parametrize("resolution, said", [(1.0, False), (10.0, True), (100.0, True)])
def test_a_coarse_meter_cannot_show_a_small_leak(
    resolution: float, said: bool, installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    meter = Device(DeviceId("meter-1"), DeviceKind.WATER_METER, None, None, timedelta(hours=1), resolution)
    installation.register(replace(HOME, devices=(meter,)))
    assert check(installation.force) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("note: 1 water meters") and "meter-1" in line for line in lines) is said


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        ([], ""),
        (["auditor"], ""),
        (["admin", "desk"], "nobody reviews broken glass"),
        (["supervisor"], "user:u0 alone reviews broken glass, and nobody their own"),
        (["supervisor", "supervisor"], ""),
    ],
)
def test_who_reviews_broken_glass_is_said(
    roles: list[str], said: str, installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    def add(store: Store) -> None:
        for number, role in enumerate(roles):
            add_account(store, f"u{number}", role)

    installation.write(add)
    assert check(installation.force) == 0
    notes = [line for line in capsys.readouterr().out.splitlines() if "broken glass" in line]
    assert len(notes) == bool(said)
    assert not said or (notes[0].startswith(f"note: {said}") and "supervisor@AREA" in notes[0])


def test_what_is_made_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        with restrict_files():
            (tmp_path / "d").mkdir()
            (tmp_path / "d" / "f").touch()
        (tmp_path / "outside").touch()
    finally:
        os.umask(before)
    assert (tmp_path / "d").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "d" / "f").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "outside").stat().st_mode & 0o777 == 0o644


def test_whom_no_device_watches_any_more_is_named_by_check_and_by_an_import(
    installation: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ann, ben = Resident(ResidentId("ann"), "Ann"), Resident(ResidentId("ben"), "Ben")
    devices = (Device(DeviceId("door"), DeviceKind.DOOR), Device(DeviceId("band"), DeviceKind.WRISTBAND, ann.id))
    installation.register(replace(HOME, residents=(ann, ben), devices=devices))

    def withdraw(resident: str, purpose: Purpose) -> None:
        paper = ConsentDecision(ResidentId(resident), purpose, False, date(2026, 1, 1), "folder 12", "user:nora", 1)

        def act(store: Store) -> None:
            with store.begin() as tx:
                tx.consents.add(paper)

        installation.write(act)

    def list_notes() -> list[str]:
        assert check(installation.force) == 0
        return [line for line in capsys.readouterr().out.splitlines() if "no device watches" in line]

    assert list_notes() == []
    withdraw("ann", Purpose.WATER)  # there is no meter
    assert list_notes() == []
    withdraw("ann", Purpose.BAND)
    (note,) = list_notes()
    assert "no device watches 2 residents any more, because consent was withdrawn in their home (ann, ben)" in note
    # she moves out, and who stays is watched again; she moves in again
    file = tmp_path / "fleet.json"
    alone = {"id": "h", "area": "a", "timezone": "UTC", "residents": [{"id": "ben", "name": "Ben"}]}
    alone["devices"] = [{"id": "door", "kind": "door"}]
    both = {**alone, "residents": [{"id": "ben", "name": "Ben"}, {"id": "ann", "name": "Ann"}]}
    for home, is_told in ((alone, False), (both, True)):
        file.write_text(json.dumps({"areas": [{"id": "a", "name": "A"}], "households": [home]}))
        installation.write(lambda store: import_fleet(installation.force, store, file, ImportOptions()))
        assert ("no device watches 2 residents" in capsys.readouterr().err) is is_told


def test_a_home_whose_plan_is_gone_is_named_and_one_with_a_plan_of_the_console_is_not(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = {"steps": [{"who": "supervisor", "wait": "PT10M"}, {"who": "desk", "wait": "PT5M"}]}

    def make(store: Store) -> None:
        with store.begin() as tx:
            tx.setting_changes.add(SettingChange(0, None, f"{PLANS}night", None, steps, SettingState.IN_FORCE, 1, 0, "user:ann"))

    installation.write(make)
    for plan, is_named in (("night", False), ("gone", True)):
        installation.register(replace(HOME, plan=plan))
        check(installation.force)
        assert (f"name a response plan that does not exist: h ({plan})" in capsys.readouterr().out) is is_named
    parser = argparse.ArgumentParser()
    plans = parser.add_subparsers()
    store = partial(open_store, installation.force.settings.store_url, installation.force.settings.key_path, create=False)
    add_plan(
        plans, argparse.ArgumentParser(add_help=False), lambda _: installation.force, lambda _: (installation.force, store())
    )
    asked = parser.parse_args(["plan", "list"])
    assert asked.run(asked) == 0
    assert "night  (console, change 1)" in capsys.readouterr().out.splitlines()

    def fail(_asked: argparse.Namespace) -> tuple[InForce, Store]:
        raise Unavailable("it is away")

    parser = argparse.ArgumentParser()
    add_plan(parser.add_subparsers(), argparse.ArgumentParser(add_help=False), lambda _: installation.force, fail)
    asked = parser.parse_args(["plan", "list"])
    assert asked.run(asked) == 0
    printed = capsys.readouterr()
    assert ("desk_only" in printed.out.splitlines(), "plans of the console are not shown" in printed.err) == (True, True)
