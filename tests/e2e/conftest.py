"""Fixtures of the end-to-end tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from homebeat.bootstrap.receiver import Receiver
from tests.e2e.postgres import postgres
from tests.e2e.street import SECRET

__all__ = ["family", "postgres"]


@pytest.fixture
def family() -> Iterator[Receiver]:
    """The family's side: fails the test when anything comes that is not genuine."""
    with Receiver(SECRET) as receiver:
        yield receiver
