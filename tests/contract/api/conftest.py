"""The street of the API's tests, with its two communities, in a PostgreSQL database."""

from __future__ import annotations

import pytest

from homebeat.store import Store
from tests.unit.api.fixtures import clock
from tests.unit.api.street import Clock, Street
from tests.unit.api.test_scopes import app, two

__all__ = ["app", "clock", "two"]


@pytest.fixture
def street(postgres_store: Store, clock: Clock) -> Street:
    return Street(postgres_store, clock).lay()
