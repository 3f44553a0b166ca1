"""A second, empty installation beside that of the test, on the same kind of database or the other."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from homebeat.store import Store, open_store
from homebeat.store.sealing.key_file import write_key_file

Fresh = Callable[[], Store]


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Fresh]:
    """Makes empty SQLite installations, each with a key file of its own."""
    made: list[Store] = []

    def make() -> Store:
        place = tmp_path / f"fresh-{len(made)}"
        place.mkdir(mode=0o700)
        write_key_file(place / "homebeat.key")
        made.append(open_store(f"sqlite:///{place / 'homebeat.db'}", place / "homebeat.key"))
        return made[-1]

    yield make
    for store in made:
        store.close()
    shutil.rmtree(tmp_path, ignore_errors=True)
