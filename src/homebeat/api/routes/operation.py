"""Quarantine, deliveries and the ledger: what an operator looks at."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from homebeat.api.guard import Context
from homebeat.api.problem import documented
from homebeat.api.route import ApiRoute
from homebeat.api.schema.operation import DeliveryItem, LedgerItem, QuarantineItem, delivery_item, ledger_item, quarantine_item
from homebeat.api.schema.paging import Cursor, Limit, Listing
from homebeat.domain.ids import AlertId
from homebeat.domain.inbound import QuarantineReason


def router() -> APIRouter:
    """The routes of operation."""
    routes = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["operation"], responses=documented(401, 422, 503))

    @routes.get("/quarantine", summary="Messages that were set aside")
    def quarantine(
        context: Context, reason: QuarantineReason | None = None, limit: Limit = 50, cursor: Cursor = None
    ) -> Listing[QuarantineItem]:
        """Newest first."""
        with context.store.read() as reader:
            page = reader.quarantine.page(limit, cursor, reason)
        return Listing(items=[quarantine_item(e) for e in page.items], next_cursor=page.next_cursor)

    @routes.get("/deliveries", summary="Attempts to deliver notices")
    def deliveries(
        context: Context, alert: Annotated[str | None, Query(max_length=200)] = None, limit: Limit = 50, cursor: Cursor = None
    ) -> Listing[DeliveryItem]:
        """Newest first."""
        with context.store.read() as reader:
            page = reader.outbox.deliveries(limit, cursor, AlertId(alert) if alert else None)
        return Listing(items=[delivery_item(e) for e in page.items], next_cursor=page.next_cursor)

    @routes.get("/ledger", summary="The counts that must balance")
    def ledger(context: Context) -> LedgerItem:
        """Accepted + duplicate + quarantined = delivered."""
        with context.store.read() as reader:
            return ledger_item(reader.ledger())

    return routes
