"""The bodies of the webhooks that homebeat sends, as the OpenAPI document describes them: those of contacts and of platforms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, Field
from pydantic.json_schema import models_json_schema

from homebeat.api.schema.event import EventItem
from homebeat.api.times import Instant
from homebeat.domain.alert import Answer, Condition, Priority
from homebeat.domain.channel import TEST_EVENT
from homebeat.domain.event import EventType
from homebeat.domain.family_note import DAILY, WEEKLY
from homebeat.domain.follow_up import FOLLOW_UP_EVENT
from homebeat.domain.notice import ASK_EVENT
from homebeat.domain.shift_news import SHIFTS_CHANGED

_REF: Final = "#/components/schemas/{model}"
_SPANS: Final = "Intervals as in ISO 8601, apart by blanks; empty for none."
_NOT_AFTER: Final = "After this it is not sent any more."


class AlertNews(BaseModel):
    """How an alert stands, for somebody who may have to act: no name, no address, no reading, no reason."""

    alert_id: str
    priority: Priority
    answer: Answer
    condition: Condition
    opened_at: Instant
    link: str = Field(description="To the page of the alert: treat it like a key.")
    expires_at: Instant = Field(default="", description=f"{_NOT_AFTER} Only where a resident is asked.")


class DailyNews(BaseModel):
    """That something was used at home today."""

    first_use_at: Instant
    timezone: str
    expires_at: Instant = Field(description=_NOT_AFTER)


class WeeklyNews(BaseModel):
    """How the week was."""

    from_: str = Field(alias="from", description="The first of the seven days.", examples=["2026-02-23"])
    first_uses: str = Field(description="The first use of each day, apart by blanks; `-` for none known.")
    days_seen: int
    nights: int = Field(description="In how many nights something was used.")
    open: int = Field(description="How many alerts of other desks are open.")
    timezone: str
    expires_at: Instant = Field(description=_NOT_AFTER)


class ShiftsNews(BaseModel):
    """Which shifts are new for somebody, and which are theirs no longer."""

    gained: str = Field(description=_SPANS)
    lost: str = Field(description=_SPANS)
    timezone: str
    more: int = Field(default=0, description="How many further ones have changed.")


class Challenge(BaseModel):
    """A text to give back, which proves that the message was read."""

    challenge: str
    expires_at: Instant = Field(default="", description=f"{_NOT_AFTER} Only to contacts.")


class Webhook(BaseModel):
    """A message as Standard Webhooks have it."""

    type: str
    timestamp: Instant  # lint: allow word Standard Webhooks call it so


class AlertWebhook(Webhook):
    """Something happened to an alert."""

    data: AlertNews  # lint: allow word Standard Webhooks call it so


class DailyWebhook(Webhook):
    """A contact's note of the day."""

    data: DailyNews  # lint: allow word Standard Webhooks call it so


class WeeklyWebhook(Webhook):
    """A contact's note of the week."""

    data: WeeklyNews  # lint: allow word Standard Webhooks call it so


class ShiftsWebhook(Webhook):
    """A responder's shifts have changed."""

    data: ShiftsNews  # lint: allow word Standard Webhooks call it so


class TestWebhook(BaseModel):
    """A test: answer 2xx, with the challenge in the body."""

    type: str
    timestamp: Instant = Field(default="", description="Only to contacts.")  # lint: allow word Standard Webhooks call it so
    data: Challenge  # lint: allow word Standard Webhooks call it so


#: What contacts and responders are sent over a channel `webhook`, by type: its body, and what it says.
TO_CONTACTS: Final[Mapping[str, tuple[type[BaseModel], str]]] = {
    "alert.opened": (AlertWebhook, "An alert was opened"),
    "alert.reopened": (AlertWebhook, "An alert is open again"),
    "alert.raised": (AlertWebhook, "An alert turned out to be more urgent"),
    "alert.reminder": (AlertWebhook, "Nobody has answered an alert yet"),
    "alert.resolved": (AlertWebhook, "Somebody has closed an alert"),
    "visit.assigned": (AlertWebhook, "This responder is sent to the door"),
    ASK_EVENT: (AlertWebhook, "A resident is asked how they are"),
    FOLLOW_UP_EVENT: (AlertWebhook, "Did somebody come, and was it right"),
    DAILY: (DailyWebhook, "Something was used at home today"),
    WEEKLY: (WeeklyWebhook, "How the week was"),
    SHIFTS_CHANGED: (ShiftsWebhook, "Somebody's shifts have changed"),
    TEST_EVENT: (TestWebhook, "A test with a challenge"),
}
#: What a platform is sent, by type; its test is the contacts'.
TO_PLATFORMS: Final[Mapping[str, tuple[type[BaseModel], str]]] = {
    one.value: (EventItem, f"A platform's event: {one.value.replace('_', ' ').replace('.', ', ')}") for one in EventType
}
#: In front of the types in the document: a platform's have a form of their own.
PLATFORM: Final = "platform/"
_HEADERS: Final = {
    "webhook-id": "The same on every attempt.",
    "webhook-timestamp": "When this attempt was made, seconds since 1970.",
    "webhook-signature": "`v1,` and the base64 of an HMAC-SHA256 over `id.timestamp.body`; two while a secret is replaced.",
}


def add_webhooks(document: dict[str, Any]) -> None:
    """Add `webhooks` to an OpenAPI document, with what they refer to."""
    bodies = {**TO_CONTACTS, **{PLATFORM + name: one for name, one in TO_PLATFORMS.items()}}
    models = sorted({model for model, _ in bodies.values()}, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    components = document["components"]
    components["schemas"] |= {name: one for name, one in schemas["$defs"].items() if name not in components["schemas"]}
    components["parameters"] = {
        header: {"name": header, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
        for header, text in _HEADERS.items()
    }
    document["webhooks"] = {name: _document_one(name, *bodies[name]) for name in bodies}


def _document_one(name: str, model: type[BaseModel], summary: str) -> dict[str, Any]:
    kind = name.removeprefix(PLATFORM)
    schema = {"allOf": [{"$ref": _REF.format(model=model.__name__)}, {"properties": {"type": {"const": kind}}}]}
    words = name.replace("/", " ").replace(".", " ").replace("_", " ").split()
    return {
        "post": {
            "operationId": "send" + "".join(map(str.capitalize, words)),
            "summary": summary,
            "tags": ["webhooks"],
            "parameters": [{"$ref": f"#/components/parameters/{header}"} for header in _HEADERS],
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": {"2XX": {"description": "Taken"}, "410": {"description": "No more of these, ever"}},
        }
    }
