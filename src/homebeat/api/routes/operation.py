"""Quarantine, deliveries and the ledger, for operators."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from homebeat.actions import RetryMessages
from homebeat.actions.permit import declare
from homebeat.actions.retry_messages import MOST_AT_ONCE
from homebeat.api.guard import Caller, CallerScope, Context, OpenView
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.operation import (
    DeliveryItem,
    LedgerItem,
    QuarantineItem,
    make_delivery_item,
    make_ledger_item,
    make_quarantine_item,
)
from homebeat.api.schema.paging import Cursor, Limit, Listing
from homebeat.domain.errors import NotPermitted
from homebeat.domain.ids import AlertId
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING


class RetryWanted(BaseModel):
    """Which messages are tried again."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"ids": [17, 18]}})

    ids: Annotated[list[Annotated[int, Field(ge=0, lt=2**63)]], Field(min_length=1, max_length=MOST_AT_ONCE)]


class RetryAsked(BaseModel):
    """How many messages were never used before, and are tried now."""

    given: int


@cache
def build_router() -> APIRouter:
    """The routes of operation."""
    routes = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["operation"], responses=document_problems(401, 422, 503))

    @routes.get("/quarantine", summary="Messages that were set aside")
    @declare(Operation.READ_SERVICE)
    def list_quarantine(
        open_view: OpenView, reason: QuarantineReason | None = None, limit: Limit = 50, cursor: Cursor = None
    ) -> Listing[QuarantineItem]:
        """Newest first. Bytes and detail are `[hidden]` where the caller's role does not show what they may hold of a person."""
        with open_view() as view:
            page = view.read_quarantine(limit, cursor, reason)
        return Listing(items=[make_quarantine_item(e) for e in page.items], next_cursor=page.next_cursor)

    @routes.post("/quarantine/retry", summary="Try messages again", responses=document_problems(403, 404))
    @declare(Operation.FIT_DEVICES)
    def retry_quarantine(context: Context, caller: Caller, body: RetryWanted) -> RetryAsked:
        """The watch takes in what can be read now, as arrived now; what still cannot stays, and may be tried again."""
        return RetryAsked(given=context.perform(caller.principal, RetryMessages(tuple(body.ids))))

    @routes.get("/deliveries", summary="Attempts to deliver notices")
    @declare(Operation.READ_SERVICE)
    def list_deliveries(
        context: Context,
        scope: CallerScope,
        alert: Annotated[str | None, Query(max_length=200)] = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Listing[DeliveryItem]:
        """Newest first."""
        with context.store.read(scope) as reader:
            page = reader.outbox.list_deliveries(limit, cursor, AlertId(alert) if alert else None)
        return Listing(items=[make_delivery_item(e) for e in page.items], next_cursor=page.next_cursor)

    @routes.get("/ledger", summary="The counts that must balance", responses=document_problems(403))
    @declare(Operation.READ_SERVICE)
    def get_ledger(context: Context, scope: CallerScope) -> LedgerItem:
        """Accepted + duplicate + quarantined = delivered. It counts for the whole installation, and takes a role in all of it."""
        if scope != EVERYTHING:
            raise NotPermitted("the ledger counts for the whole installation: this takes a role in all of it")
        with context.store.read(scope) as reader:
            return make_ledger_item(reader.read_balance())

    return routes
