"""Devices with liveness, and their readings."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator

from homebeat.actions.permit import declare
from homebeat.actions.pulse import read_as_of
from homebeat.actions.shown_last_message import read_last_message
from homebeat.api.guard import CallerScope, Context, OpenView
from homebeat.api.language import Words
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.home import (
    DeviceItem,
    OneDeviceItem,
    ReadingItem,
    make_device_item,
    make_one_device_item,
    make_reading_item,
)
from homebeat.api.schema.paging import Cursor, Limit, Listing
from homebeat.api.times import Moment, convert_to_ms
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import DeviceId, HouseholdId
from homebeat.domain.metric import METRIC_BY_NAME
from homebeat.domain.role import Operation
from homebeat.store import DeviceFilter


def _check_metric(name: str | None) -> str | None:
    if name is not None and name not in METRIC_BY_NAME:
        raise ValueError("there is no such metric")
    return name


Id = Annotated[str, Path(max_length=200)]
Name = Annotated[str | None, Query(max_length=200)]


@cache
def build_router() -> APIRouter:
    """The routes of devices."""
    routes = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["devices"], responses=document_problems(401, 422, 503))

    @routes.get("/devices", summary="List devices")
    @declare(Operation.READ_HOMES)
    def list_devices(
        context: Context,
        scope: CallerScope,
        household: Name = None,
        silent: Annotated[bool | None, Query()] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Listing[DeviceItem]:
        """With liveness."""
        with context.store.read(scope) as reader:
            as_of = read_as_of(reader, context.clock())
            if silent is not None and not as_of.is_current:
                return Listing(items=[], next_cursor=None)  # which are is not known
            page = reader.homes.list_devices(limit, cursor, DeviceFilter(HouseholdId(household) if household else None, silent))
        return Listing(items=[make_device_item(e, as_of) for e in page.items], next_cursor=page.next_cursor)

    @routes.get("/devices/{device_id}", summary="One device", responses=document_problems(404))
    @declare(Operation.READ_HOMES)
    def get_device(open_view: OpenView, device_id: Id, words: Words) -> OneDeviceItem:
        """With liveness, its latest readings, and what its last message was understood as."""
        with open_view() as view:
            as_of = read_as_of(view.reader, view.now)
            entry = view.find_device(DeviceId(device_id))
            if entry is None:
                raise NotFound("there is no such device")
            last = read_last_message(view, entry)
        return make_one_device_item(entry, as_of, last, words)

    @routes.get(
        "/devices/{device_id}/readings", summary="Readings of a device by time range", responses=document_problems(403, 404)
    )
    @declare(Operation.READ_HOMES)
    def list_readings(
        context: Context,
        open_view: OpenView,
        device_id: Id,
        metric: Annotated[
            str | None, AfterValidator(_check_metric), Query(description="A wire name such as `volume_m3`; all when absent.")
        ] = None,
        start: Annotated[
            Moment | None, Query(alias="from", description="Observed at or after; a day before `to` when absent.")
        ] = None,
        end: Annotated[Moment | None, Query(alias="to", description="Observed before; now when absent.")] = None,
        limit: Limit = 200,
        cursor: Cursor = None,
    ) -> Listing[ReadingItem]:
        """Oldest first. What the caller's role does not show is left out; asking for such a metric alone is a 403."""
        ends = convert_to_ms(end) or context.clock() + 1
        begins = convert_to_ms(start) or ends - DAY_MS
        with open_view() as view:
            entry = view.find_device(DeviceId(device_id), with_latest=False)
            if entry is None:
                raise NotFound("there is no such device")
            found = view.read_readings(entry, METRIC_BY_NAME[metric] if metric else None, begins, ends, limit, cursor)
        return Listing(items=[make_reading_item(r) for r in found.items], next_cursor=found.next_cursor)

    return routes
