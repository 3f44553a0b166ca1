"""Holds what is sent as a webhook against the OpenAPI document: its type is there, and so is each of its fields."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any, Final

import jsonschema_rs

from homebeat.api.schema.webhook import PLATFORM
from homebeat.deliver.channels.signing import make_body
from homebeat.store import Leased
from tests.unit.api.golden_document import read_golden

#: What the checks of this process have seen.
SEEN: Final[set[str]] = set()


def check_body(body: bytes, *, to_platform: bool = False) -> None:
    """Check a body as it was sent."""
    message = json.loads(body)
    name = message["type"] if not to_platform or message["type"] == "channel.test" else PLATFORM + message["type"]
    assert name in read_webhooks(), f"{name} is sent and is not in the document"
    _make_validator(name).validate(message)
    SEEN.add(name)


def check_notice(notice: Leased) -> None:
    """Check what a notice would be as a webhook."""
    if notice.channel_kind == "webhook":
        check_body(make_body(notice))


@cache
def read_webhooks() -> dict[str, Any]:
    """Read the webhooks of the golden document."""
    found: dict[str, Any] = read_golden()["webhooks"]
    return found


@cache
def _make_validator(name: str) -> Any:
    schema = read_webhooks()[name]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return jsonschema_rs.validator_for({"components": {"schemas": _forbid_more()}, **schema}, validate_formats=True)


@cache
def _forbid_more() -> dict[str, Any]:
    """The schemas, where a field that is not in the document is a fault: to a receiver it is none."""
    schemas: dict[str, Any] = copy.deepcopy(read_golden()["components"]["schemas"])
    for schema in schemas.values():
        if schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
    return schemas
