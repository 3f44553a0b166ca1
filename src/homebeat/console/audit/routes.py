"""The page of the audit: search, verify, and the whole as a file."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, Response, StreamingResponse

from homebeat.actions.look import Look, record_looks
from homebeat.actions.permit import declare, permit_everywhere
from homebeat.console.audit.check import AuditCheck
from homebeat.console.audit.page import AuditPages
from homebeat.console.audit.search import AuditSearch
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.store import ChainPoint, Store
from homebeat.store.audit.chain import NO_HASH
from homebeat.store.audit.verification import write_export_end, write_export_part, write_export_start

Asked = Annotated[str, Query(max_length=200)]


def build_router(context: ConsoleContext, pages: AuditPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the audit. It has no areas, so each takes a role for the whole installation."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    guard = Guard(context)
    check = AuditCheck(context.store, context.open_audit_keys)

    def require_auditor(who: Annotated[Visitor, Depends(guard.require_visitor)]) -> Visitor:
        permit_everywhere(who.principal, Operation.READ_AUDIT)
        return who

    def require_sender(who: Annotated[Visitor, Depends(guard.require_sender)]) -> Visitor:
        permit_everywhere(who.principal, Operation.READ_AUDIT)
        return who

    @routes.get("/audit")
    @declare(Operation.READ_AUDIT)
    def audit(
        request: Request,
        visitor: Annotated[Visitor, Depends(require_auditor)],
        who: Asked = "",
        about: Asked = "",
        action: Asked = "",
        since: Asked = "",
        until: Asked = "",
        cursor: Annotated[str | None, Query(max_length=512)] = None,
    ) -> Response:
        search = AuditSearch(who, about, action, since, until)
        return HTMLResponse(pages.render(visitor, choose_wording(request), search, cursor))

    @routes.post("/console/audit/verify")
    @declare(Operation.READ_AUDIT)
    def verify(request: Request, visitor: Annotated[Visitor, Depends(require_sender)]) -> Response:
        return HTMLResponse(pages.render(visitor, choose_wording(request), AuditSearch(), verified=check.verify()))

    @routes.post("/console/audit/export")
    @declare(Operation.READ_AUDIT)
    def export(visitor: Annotated[Visitor, Depends(require_sender)]) -> Response:
        record_looks(context.store, visitor.actor, [Look("audit", frozenset({"export"}))], context.clock())
        lines = _iterate_export(context.store)
        headers = {"Content-Disposition": 'attachment; filename="audit.jsonl"'}
        return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)

    return routes


def _iterate_export(store: Store) -> Iterator[bytes]:
    """The whole chain, a batch at a time, each with a short transaction of its own: a slow reader holds none open."""
    with store.read(EVERYTHING) as reader:
        start, head = reader.audit.find_cut(), reader.audit.find_head() or ChainPoint(0, NO_HASH)
    yield _encode([write_export_start(start)])
    after = start.number
    while after < head.number:
        with store.read(EVERYTHING) as reader:
            lines, after = write_export_part(reader.audit, after, head.number)
        yield _encode(lines)
    yield _encode([write_export_end(head)])


def _encode(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
