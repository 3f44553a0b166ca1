"""Readings in the order in which they were stored, as the API gives them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from homebeat.api.schema.home import ReadingItem, make_reading_item
from homebeat.domain.metric import Metric
from homebeat.exchange.fhir import DeviceOwner, make_observation
from homebeat.store import DeviceEntry, ReadingEntry


class ObservationItem(ReadingItem):
    """One reading, with whose device it is."""

    device: str
    household: str
    resident: str | None = Field(description="null: a device of the whole home.")


class ObservationListing(BaseModel):
    """Readings in the order in which they were stored."""

    items: list[ObservationItem]
    next_cursor: str = Field(description="Give it back as `after`; it is there also where nothing has arrived.")
    has_more: bool = Field(description="Whether there is more right now.")


class FhirListing(BaseModel):
    """The same as FHIR R4."""

    items: list[dict[str, Any]] = Field(description="Resources of type Observation; docs/export.md says what is in them.")
    next_cursor: str = Field(description="Give it back as `after`; it is there also where nothing has arrived.")
    has_more: bool = Field(description="Whether there is more right now.")


def make_observation_item(entry: DeviceEntry, reading: ReadingEntry) -> ObservationItem:
    """Make the item of a reading."""
    device = entry.device
    plain = make_reading_item(reading).model_dump()
    return ObservationItem(**plain, device=device.id, household=entry.household, resident=device.resident)


def make_fhir_item(entry: DeviceEntry, reading: ReadingEntry) -> dict[str, Any]:
    """Make the Observation of a reading."""
    device = entry.device
    source = DeviceOwner(device.id, entry.household, device.resident)
    return make_observation(source, Metric(reading.metric), reading.observed_at, reading.received_at, reading.value, reading.mark)
