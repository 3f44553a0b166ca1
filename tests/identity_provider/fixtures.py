"""One identity provider for all tests of a folder; each test begins without faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.identity_provider.process import RunningProvider, run_identity_provider


@pytest.fixture(scope="session")
def identity_provider_process() -> Iterator[RunningProvider]:
    """The process."""
    with run_identity_provider() as provider:
        yield provider


@pytest.fixture
def identity_provider(identity_provider_process: RunningProvider) -> RunningProvider:
    """The process, without faults."""
    identity_provider_process.set_faults()
    return identity_provider_process
