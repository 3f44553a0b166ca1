"""An intake on a free port, with a journal in a directory of the test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from homebeat.bootstrap.intake import IntakeService
from homebeat.ingest.journal.segments import BEGINNING, JournalRecord, list_segments, read_records
from homebeat.ingest.journal.standing import CloudStanding, read_standing
from homebeat.settings.model import Settings
from tests.unit.intake.senders import CLOUDS


def make_settings(folder: Path, clouds: Mapping[str, Mapping[str, Any]] = CLOUDS, **more: object) -> Settings:
    return Settings(state_dir=folder, intake={"port": 0, "clouds": clouds} | more)  # type: ignore[arg-type]


@contextmanager
def taking(folder: Path, **more: Any) -> Iterator[httpx2.Client]:
    """A client of an intake that runs until the block ends."""
    intake = IntakeService(make_settings(folder, **more))
    intake.start()
    try:
        transport = httpx2.HTTPTransport(retries=10)
        with httpx2.Client(base_url=intake.address, timeout=20, transport=transport) as client:
            yield client
    finally:
        intake.close()


def read_journal(folder: Path) -> list[JournalRecord]:
    """What is on disk."""
    found: list[JournalRecord] = []
    for segment in list_segments(folder / "intake"):
        found += read_records(segment.path.read_bytes()[len(BEGINNING) :], segment.first).records
    return found


def read_cloud(folder: Path, name: str) -> CloudStanding:
    """How a cloud stood when the intake last said so."""
    standing = read_standing(folder / "intake")
    assert standing is not None
    return standing.clouds[name]
