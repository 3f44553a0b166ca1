"""Maps of fields: how messages of suppliers are read whose form homebeat does not know."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Final

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from homebeat.actions import SetFieldMap, UndoFieldMap
from homebeat.actions.field_map_trial import (
    LONGEST_SAMPLE,
    MOST_TRIED,
    Tried,
    find_registered,
    make_topic,
    try_map,
    try_set_aside,
)
from homebeat.actions.permit import declare
from homebeat.actions.view import View
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
    find_map_faults,
)
from homebeat.domain.role import Operation

#: A map that is tried has no name yet.
_ANY_NAME: Final = "tried"
#: Of one device so many readings and faults are shown.
_MOST_READINGS: Final = 40
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


class MapTrial(BaseModel):
    """A map, and a message to try it on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "spec": {
                    "topic": "homebeat/acme/+/up",
                    "device": "/sn",
                    "fields": [{"pointer": "/d/hr", "target": "heart_rate_bpm"}],
                },
                "topic": "homebeat/acme/x/up",
                "sample": '{"sn": "b-0001", "d": {"hr": 71}}',
            }
        },
    )

    spec: MapSpecItem
    topic: Annotated[str, Field(max_length=500, description="On which the sample came; empty: any that the map covers.")] = ""
    sample: Annotated[str, Field(max_length=LONGEST_SAMPLE, description="The message as it came; empty for none.")] = ""


class MapFaultItem(BaseModel):
    """Why a map would be refused: at which place, and what is wrong there."""

    place: str
    text: str


class MessageFaultItem(BaseModel):
    """Why a message, or a part of it, cannot be used."""

    reason: str
    detail: str


class TriedReadingItem(BaseModel):
    """One reading that would come out."""

    metric: str
    value: float
    at: Instant
    is_by_arrival: bool


class TriedReportItem(BaseModel):
    """What a message would say of one device."""

    device: str = Field(description="`?`: no device is named.")
    is_registered: bool
    readings: list[TriedReadingItem]
    faults: list[MessageFaultItem]


class TriedMessageItem(BaseModel):
    """What would come of one message: `refusal` where nothing of it can be used."""

    topic: str
    received_at: Instant
    refusal: MessageFaultItem | None
    reports: list[TriedReportItem]


class MapTrialItem(BaseModel):
    """What would come of a map."""

    faults: list[MapFaultItem] = Field(description="Why the map itself would be refused.")
    sample: TriedMessageItem | None
    set_aside: list[TriedMessageItem] = Field(description="The newest messages that were set aside on its topics; at most 10.")


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
    def list_field_maps(open_view: OpenView) -> list[FieldMapItem]:
        """By name, also those that are out of use."""
        with open_view() as view:
            return [_make_item(one) for one in view.reader.field_maps.list_all()]

    @routes.post("/try", summary="Try a map of fields")
    @declare(Operation.FIT_DEVICES)
    def try_field_map(open_view: OpenView, body: MapTrial) -> MapTrialItem:
        """On a sample, and on what was set aside on its topics, as the watch would read them. It changes nothing."""
        spec = _make_spec(body.spec)
        faults, topic = find_map_faults(_ANY_NAME, spec), body.topic or make_topic(spec)
        if faults:
            wrong = [MapFaultItem(place=place, text=text) for place, text in faults]
            return MapTrialItem(faults=wrong, sample=None, set_aside=[])
        with open_view() as view:
            sample = None
            if body.sample:
                sample = _make_tried(
                    view, topic, view.now, try_map(spec, topic, body.sample.encode("utf-8", "replace"), view.now)
                )
            aside = [_make_tried(view, one.topic, one.received_at, tried) for one, tried in try_set_aside(view, spec)]
        return MapTrialItem(faults=[], sample=sample, set_aside=aside)

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


def _make_tried(view: View, topic: str, received_at: int, tried: Tried) -> TriedMessageItem:
    registered = find_registered(view, tried.reports)
    refusal = tried.refusal
    return TriedMessageItem(
        topic=topic,
        received_at=format_instant(received_at),
        refusal=None if refusal is None else MessageFaultItem(reason=refusal[0].value, detail=refusal[1]),
        reports=[
            TriedReportItem(
                device=one.device,
                is_registered=one.device in registered,
                readings=[
                    TriedReadingItem(
                        metric=each.metric, value=each.value, at=format_instant(each.at), is_by_arrival=each.by_arrival
                    )
                    for each in one.values[:_MOST_READINGS]
                ],
                faults=[MessageFaultItem(reason=reason.value, detail=detail) for reason, detail in one.faults[:_MOST_READINGS]],
            )
            for one in tried.reports[:MOST_TRIED]
        ],
    )


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
