"""Maps of fields: how messages of suppliers are read whose form homebeat does not know."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from homebeat.actions import SetFieldMap, UndoFieldMap
from homebeat.actions.permit import declare
from homebeat.api.guard import Caller, Context, OpenView
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.times import Instant, format_instant
from homebeat.domain.field_map import (
    LONGEST_POINTER,
    LONGEST_TOPIC,
    LONGEST_VALUE,
    MOST_FIELDS,
    MOST_VALUES,
    FieldMap,
    MappedField,
    MapSpec,
    TimeForm,
)
from homebeat.domain.role import Operation

Name = Annotated[str, Path(max_length=40)]
Pointer = Annotated[str, Field(max_length=LONGEST_POINTER)]
Version = Annotated[int, Field(ge=0, lt=2**31, description="Of what the caller has seen; 0 where there was none.")]


class MappedFieldItem(BaseModel):
    """What one place of a message means."""

    model_config = ConfigDict(extra="forbid")

    pointer: Pointer = Field(description="JSON pointer, from the record that is about one device.")
    target: Annotated[str, Field(max_length=40, description="A metric, an alarm by its word, or `nothing`.")]
    factor: Annotated[float, Field(allow_inf_nan=False, strict=True)] = 1.0
    offset: Annotated[float, Field(allow_inf_nan=False, strict=True)] = 0.0
    when: Annotated[list[Annotated[str, Field(max_length=LONGEST_VALUE)]], Field(max_length=MOST_VALUES)] = Field(
        default=[], description="Values that raise the alarm, set the flag, or mean nothing."
    )


class MapSpecItem(BaseModel):
    """What a map says."""

    model_config = ConfigDict(extra="forbid")

    topic: Annotated[str, Field(max_length=LONGEST_TOPIC, description="MQTT filter.")]
    device: Pointer = Field(description="JSON pointer, or `level:N` of the topic.")
    fields: Annotated[list[MappedFieldItem], Field(max_length=MOST_FIELDS)]
    at: Pointer = Field(default="", description="Empty: the time of arrival.")
    time_form: TimeForm = TimeForm.ISO
    records: Pointer = Field(default="", description="A list whose entries are about a device each.")


class FieldMapWanted(BaseModel):
    """A map of fields; without `spec` it is taken out of use."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "spec": {
                    "topic": "homebeat/acme/+/up",
                    "device": "/sn",
                    "fields": [
                        {"pointer": "/d/hr", "target": "heart_rate_bpm"},
                        {"pointer": "/ev", "target": "sos", "when": ["7"]},
                    ],
                },
                "version": 0,
            }
        },
    )

    spec: MapSpecItem | None
    version: Version


class FieldMapUndo(BaseModel):
    """Which map was seen that is to be put back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"version": 2}})

    version: Version


class FieldMapItem(BaseModel):
    """A map of fields; `spec` is null while it is out of use."""

    name: str
    spec: MapSpecItem | None
    before: MapSpecItem | None = Field(description="What it said before its last change.")
    version: int
    at: Instant
    actor: str


@cache
def build_router() -> APIRouter:
    """The routes of maps of fields."""
    problems = document_problems(401, 403, 422, 503)
    routes = APIRouter(prefix="/api/v1/field-maps", route_class=ApiRoute, tags=["devices"], responses=problems)

    @routes.get("", summary="Maps of fields")
    @declare(Operation.FIT_DEVICES)
    def field_maps(open_view: OpenView) -> list[FieldMapItem]:
        """By name, also those that are out of use."""
        with open_view() as view:
            return [_make_item(one) for one in view.reader.field_maps.list_all()]

    @routes.put("/{name}", summary="Say how messages of a supplier are read", responses=document_problems(409))
    @declare(Operation.FIT_DEVICES)
    def set_field_map(caller: Caller, context: Context, name: Name, body: FieldMapWanted) -> FieldMapItem:
        """It takes the right to fit devices everywhere. The watch reads by it within seconds."""
        spec = None if body.spec is None else _make_spec(body.spec)
        return _make_item(context.perform(caller.principal, SetFieldMap(name, spec, body.version)))

    @routes.post("/{name}/undo", summary="Put a map of fields back", responses=document_problems(404, 409))
    @declare(Operation.FIT_DEVICES)
    def undo_field_map(caller: Caller, context: Context, name: Name, body: FieldMapUndo) -> FieldMapItem:
        """To what it said before its last change."""
        return _make_item(context.perform(caller.principal, UndoFieldMap(name, body.version)))

    return routes


def _make_spec(item: MapSpecItem) -> MapSpec:
    fields = tuple(MappedField(one.pointer, one.target, one.factor, one.offset, tuple(one.when)) for one in item.fields)
    return MapSpec(item.topic, item.device, fields, item.at, item.time_form, item.records)


def _make_spec_item(spec: MapSpec | None) -> MapSpecItem | None:
    if spec is None:
        return None
    fields = [
        MappedFieldItem(pointer=one.pointer, target=one.target, factor=one.factor, offset=one.offset, when=list(one.when))
        for one in spec.fields
    ]
    return MapSpecItem(
        topic=spec.topic, device=spec.device, fields=fields, at=spec.at, time_form=spec.time_form, records=spec.records
    )


def _make_item(found: FieldMap) -> FieldMapItem:
    return FieldMapItem(
        name=found.name,
        spec=_make_spec_item(found.spec),
        before=_make_spec_item(found.before),
        version=found.version,
        at=format_instant(found.at),
        actor=found.actor,
    )
