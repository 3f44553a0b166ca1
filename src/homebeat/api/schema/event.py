"""Events as the API gives them, and what a city platform sends about its orders."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from homebeat.api.schema.alert import Note
from homebeat.api.times import Instant
from homebeat.domain.alert import Answer, Condition, Outcome, Priority, Queue
from homebeat.domain.event import EventType
from homebeat.domain.platform import OrderProgress

EXAMPLE: Final[dict[str, Any]] = {
    "id": "evt_5b0c1f6de2a94c7f8d31a2b0",
    "type": "visit.at_door",
    "timestamp": "2026-03-01T08:24:10Z",
    "data": {
        "alert_id": "a3f0c2b1d4e5f6a7b8c9",
        "version": 6,
        "priority": "high",
        "condition": "firing",
        "answer": "acknowledged",
        "queue": "care",
        "opened_at": "2026-03-01T08:00:30Z",
        "area": "plum-lane",
        "due_at": "2026-03-01T08:39:10Z",
        "link": "https://care.example/?alert=a3f0c2b1d4e5f6a7b8c9",
        "household": "h-0042",
        "resident": "r-0042",
    },
}


class AlertStep(BaseModel):
    """How an alert stood after a step: ids, states, times and a link. What is of other types only is left out."""

    alert_id: str
    version: int = Field(description="Counts the steps of the alert.")
    priority: Priority
    condition: Condition
    answer: Answer
    queue: Queue
    opened_at: Instant
    area: str | None
    link: str
    household: str | None = Field(default=None, description="Only where ids are given.")
    resident: str | None = Field(default=None, description="Only where ids are given.")
    outcome: str = Field(default="", description="What was found.")
    reply: str = Field(default="", description="What the family answered.")
    due_at: Instant = Field(default="", description="Until when the next step of a visit is expected.")
    platform: str = Field(default="", description="Which platform has reported.")
    order: str = Field(default="", description="The platform's id of its order.")
    progress: str = Field(default="", description="How far the order has come.")


class EventItem(BaseModel):
    """One step of an alert, and how the alert stood after it."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    id: str = Field(description="The same whenever the event is read or sent.")
    type: EventType
    timestamp: Instant  # lint: allow word Standard Webhooks call it so
    data: AlertStep  # lint: allow word Standard Webhooks call it so


class EventListing(BaseModel):
    """Events in the order in which they were committed."""

    items: list[EventItem]
    next_cursor: str = Field(description="Give it back as `after`; it is there also where nothing has happened.")
    has_more: bool = Field(description="Whether there is more right now.")


class OrderReport(BaseModel):
    """How far an order has come, in the platform's words."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"order": "12345-20260301-0007", "state": "已到场", "note": "knocking"}}
    )

    order: Annotated[str, StringConstraints(pattern=r"^[\w./:#-]{1,60}$")] = Field(description="The platform's id of the order.")
    state: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    outcome: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = Field(
        default="", description="What was found: a word of the settings, or one of ours."
    )
    note: Note = ""


class OrderAnswer(BaseModel):
    """What became of a report. It stands in the alert's history in any case."""

    alert_id: str
    version: int
    answer: Answer
    order: str
    progress: OrderProgress | None = Field(description="What the state means here; none where the settings do not name it.")
    outcome: Outcome | None
    is_understood: bool
    detail: str
