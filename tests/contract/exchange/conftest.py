"""A second, empty installation beside that of the test, on the same kind of database or the other."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from homebeat.store import Store, open_store
from homebeat.store.sealing.key_file import write_key_file


class Fresh(Protocol):
    """Makes an empty installation with a key file of its own."""

    def __call__(self, kind: str = "sqlite") -> Store:
        """Make one on `sqlite` or, once in a test, on `postgres`."""
        ...


@pytest.fixture
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Fresh]:
    """Makes empty installations."""
    made: list[Store] = []

    def make(kind: str = "sqlite") -> Store:
        place = tmp_path / f"fresh-{len(made)}"
        place.mkdir(mode=0o700)
        write_key_file(place / "homebeat.key")
        on_postgres = kind == "postgres"
        url = request.getfixturevalue("bare_postgres_url") if on_postgres else f"sqlite:///{place / 'homebeat.db'}"
        made.append(open_store(url, place / "homebeat.key"))
        return made[-1]

    yield make
    for store in made:
        store.close()
    shutil.rmtree(tmp_path, ignore_errors=True)
