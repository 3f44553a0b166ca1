"""The file of a database: what happened to it is told apart, and a commit into a lost one is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from homebeat.domain.errors import Unavailable
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store, open_store
from homebeat.store.base.file import DatabaseFile
from tests.keys import KEY_FILE


@pytest.fixture
def store(sqlite_url: str) -> Store:
    """A store in use."""
    opened = open_store(sqlite_url, KEY_FILE, create=False)
    with opened.begin() as tx:
        tx.ledger.add(delivered=1, quarantined=1)
    return opened


def _delete(file: Path) -> None:
    file.unlink()


def _replace(file: Path) -> None:
    copy = file.with_name("copy.db")
    shutil.copy(file, copy)
    copy.rename(file)


def _delete_the_log(file: Path) -> None:
    Path(f"{file}-wal").unlink()


def _move_the_folder(file: Path) -> None:
    file.parent.rename(file.parent.with_name("moved"))


@pytest.mark.parametrize(
    "harm, said",
    [
        (_delete, "was deleted while homebeat had it open"),
        (_replace, "was replaced by another file"),
        (_delete_the_log, "-wal was deleted while"),
        (_move_the_folder, "was deleted while homebeat had it open"),
    ],
)
def test_a_lost_file_is_neither_written_nor_read(harm: Callable[[Path], None], said: str, store: Store) -> None:
    assert store.path is not None
    assert store.find_fault() is None
    harm(store.path)
    assert said in str(store.find_fault())
    with pytest.raises(Unavailable, match="nothing is written or acknowledged any more"), store.begin():
        pass
    with pytest.raises(Unavailable, match="nothing is written"), store.read(EVERYTHING):
        pass
    store.close()


def test_a_commit_into_a_file_that_was_deleted_meanwhile_is_reported_as_failed(store: Store) -> None:
    def write() -> None:
        with store.begin() as tx:
            tx.ledger.add(delivered=1, quarantined=1)
            assert store.path is not None
            store.path.unlink()

    with pytest.raises(Unavailable, match="was deleted"):
        write()
    store.close()


def test_other_processes_and_further_stores_do_not_look_like_a_loss(store: Store, sqlite_url: str) -> None:
    for _ in range(3):
        other = open_store(sqlite_url, KEY_FILE, create=False)
        with other.begin() as tx:
            tx.ledger.add(delivered=1, quarantined=1)
        other.close()
        with store.begin() as tx:
            tx.ledger.add(delivered=1, quarantined=1)
        with store.read(EVERYTHING) as reader:
            assert reader.read_balance().is_balanced
    assert store.find_fault() is None
    store.close()


def test_a_connection_makes_no_database(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/there is none#%.db", KEY_FILE, create=False)
    with pytest.raises(Unavailable, match="there is no database at"):
        store.ping()
    assert store.read_revision() is None
    assert list(tmp_path.iterdir()) == []
    store.upgrade()
    assert store.read_revision() == store.find_newest_revision()
    assert "there is none#%.db" in {path.name for path in tmp_path.iterdir()}
    store.close()


def test_a_file_that_may_not_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = DatabaseFile(tmp_path / "homebeat.db")
    assert file.find_fault().startswith("there is no database at ")
    file.make()
    assert file.path.stat().st_mode & 0o777 == 0o600
    file.remember_file()
    assert file.find_fault() == ""
    # root may write whatever its mode says, so the system's answer is given here
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    assert "has been made read-only" in file.find_fault()
    assert file.find_loss() == ""
