"""What leaves comes in as it was: every table, every reading, sealed with other keys."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from homebeat.actions import MakeAccount, NoteExport, RetireDevice, perform_in
from homebeat.domain.errors import BadSettings, NotAllowed
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId
from homebeat.domain.metric import Metric
from homebeat.domain.principal import Grant
from homebeat.domain.retirement import RetirementReason
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.exchange.export import ExportScope
from homebeat.exchange.manifest import NAME
from homebeat.store import ClockStep, Store
from homebeat.store.base.metadata import METADATA
from homebeat.store.portable.nouns import NOUNS, STAYS
from tests.contract.exchange.carrying import ME, export, read_all, take_in
from tests.contract.exchange.conftest import Fresh
from tests.contract.store import city
from tests.contract.store.city import T0
from tests.databases import BOTH
from tests.people import person

FITTER = person("fitter", Role.INSTALLER)


def test_each_table_leaves_or_says_why_it_stays() -> None:
    leaves = [noun.table.name for noun in NOUNS]
    assert sorted([*leaves, *STAYS]) == sorted(METADATA.tables)
    assert len({noun.name for noun in NOUNS}) == len(NOUNS)


@pytest.fixture
def settled(store: Store) -> Store:
    city.settle(store)
    with store.begin() as tx:
        perform_in(tx, ME, MakeAccount("ann", (Grant("nurse", AreaId("lane")),)), T0)
        perform_in(tx, ME, NoteExport("", "csv", 7), T0)
        perform_in(tx, FITTER, RetireDevice(HouseholdId("hill.2"), DeviceId("hill.2-band"), reason=RetirementReason.BROKEN), T0)
        tx.clock.follow([ClockStep(1, 0, T0 - 9, T0, T0, None)], tx.readings.find_next_position() - 1)
    return store


@pytest.mark.parametrize("kind", BOTH)
def test_everything_comes_in_as_it_was(settled: Store, fresh: Fresh, tmp_path: Path, kind: str) -> None:
    manifest = export(settled, tmp_path / "out")
    before = read_all(settled)
    assert [row["retired_for"] for row in before["devices"] if row["id"] == "hill.2-band"] == ["broken"]
    empty = {name for name, rows in before.items() if not rows}
    assert empty <= {
        *("account_identities", "family_notes", "field_maps", "first_signs", "holidays", "platforms", "reach"),
        "signed_checkpoints",
    }
    there = fresh(kind)
    counts = take_in(there, tmp_path / "out")
    after = read_all(there)
    for name, rows in before.items():
        if name in {"audit", "audit_head"}:  # that it came in is a row more
            continue
        assert after[name] == rows, name
    assert after["audit"][:-1] == before["audit"]
    assert after["audit"][-1]["action"] == "take_in"
    assert counts["readings"] == manifest.count("readings") > 0


@pytest.mark.parametrize("kind", BOTH)
def test_readings_come_in_in_their_order(settled: Store, fresh: Fresh, tmp_path: Path, kind: str) -> None:
    export(settled, tmp_path / "out")
    there = fresh(kind)
    take_in(there, tmp_path / "out")
    export(there, tmp_path / "again")
    first, second = (sorted((tmp_path / name / "readings").iterdir()) for name in ("out", "again"))
    assert [gzip.decompress(file.read_bytes()) for file in first] == [gzip.decompress(file.read_bytes()) for file in second]
    line = json.loads(gzip.decompress(first[0].read_bytes()).splitlines()[0])
    assert line["metric"] in {metric.wire_name for metric in Metric}
    assert line["observed_at"].endswith("Z")


def test_people_are_found_and_read_with_the_new_keys(settled: Store, fresh: Fresh, tmp_path: Path) -> None:
    export(settled, tmp_path / "out")
    there = fresh()
    take_in(there, tmp_path / "out")
    while True:
        with there.begin() as tx:
            if not tx.search_index.write_some():
                break
    with settled.read(EVERYTHING) as old, there.read(EVERYTHING) as new:
        names = city.name_alerts(settled)
        was, now = city.read_all(old, names), city.read_all(new, names)
    gone = {read: Counter(was[read]) - Counter(now[read]) for read in was if was[read] != now[read]}
    assert not {read: more for read in was if (more := Counter(now[read]) - Counter(was[read]))}
    # what stays: the stream of changes, links and feeds, which are secrets, and photos
    assert gone.keys() == {"changes", "family links", "duty", "deadlines"}
    assert all(item.endswith(".feed") for item in gone["duty"])
    assert all("photographed" in item for item in gone["deadlines"])


def test_it_comes_into_an_empty_database_only(settled: Store, fresh: Fresh, tmp_path: Path) -> None:
    export(settled, tmp_path / "out")
    with pytest.raises(NotAllowed, match="not empty"):
        take_in(settled, tmp_path / "out")
    there = fresh()
    take_in(there, tmp_path / "out")
    with pytest.raises(NotAllowed, match="not empty"):
        take_in(there, tmp_path / "out")


def test_a_folder_that_was_changed_is_refused_and_nothing_comes_in(settled: Store, fresh: Fresh, tmp_path: Path) -> None:
    export(settled, tmp_path / "out")
    alerts = tmp_path / "out" / "alerts.ndjson"
    alerts.write_bytes(alerts.read_bytes() + b"{}\n")
    there = fresh()
    with pytest.raises(BadSettings, match="SHA-256"):
        take_in(there, tmp_path / "out")
    assert read_all(there)["areas"] == []


def test_a_folder_without_its_manifest_was_not_finished(settled: Store, fresh: Fresh, tmp_path: Path) -> None:
    export(settled, tmp_path / "out")
    (tmp_path / "out" / NAME).unlink()
    with pytest.raises(BadSettings, match="not finished"):
        take_in(fresh(), tmp_path / "out")


def test_nothing_is_written_into_a_folder_that_has_something(settled: Store, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "note").write_text("mine")
    with pytest.raises(BadSettings, match="not empty"):
        export(settled, tmp_path / "out")


def test_files_are_for_their_owner_alone(settled: Store, tmp_path: Path) -> None:
    export(settled, tmp_path / "out")
    for path in (tmp_path / "out").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_no_key_password_or_digest_leaves(settled: Store, tmp_path: Path) -> None:
    export(settled, tmp_path / "out")
    for path in (tmp_path / "out").glob("*.ndjson"):
        columns = {name for line in path.read_text().splitlines() for name in json.loads(line)}
        assert not {name for name in columns if "digest" in name or "sealed" in name or name == "password"}, path.name


@pytest.mark.parametrize("area", ["north", "lane", "hill"])
def test_an_area_comes_in_alone(settled: Store, fresh: Fresh, tmp_path: Path, area: str) -> None:
    export(settled, tmp_path / "out", ExportScope(AreaId(area)))
    there = fresh()
    take_in(there, tmp_path / "out")
    after = read_all(there)
    inside = {row["id"] for row in after["areas"]}
    assert area in inside
    assert {row["area"] for row in after["households"]} <= inside
    assert {row["area"] for row in after["alerts"]} <= inside
    assert not after["audit"][:-1]
    homes = {row["id"] for row in after["households"]}
    assert {row["household"] for row in after["residents"]} <= homes
