"""Follow-ups: which closed cases somebody has to ask about, and what was answered."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path

from homebeat.actions import AnswerFollowUp
from homebeat.actions.permit import declare
from homebeat.api.guard import Caller, CallerScope, Context
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.follow_up import FollowUpItem, FollowUpWanted, make_follow_up_item
from homebeat.api.schema.paging import Cursor, Limit, Listing
from homebeat.domain.follow_up import FollowUpState
from homebeat.domain.ids import AlertId
from homebeat.domain.role import Operation


@cache
def build_router() -> APIRouter:
    """The routes of follow-ups."""
    routes = APIRouter(
        prefix="/api/v1/follow-ups", route_class=ApiRoute, tags=["alerts"], responses=document_problems(401, 403, 422, 503)
    )

    @routes.get("", summary="List follow-ups")
    @declare(Operation.READ_ALERTS)
    def list_follow_ups(
        context: Context,
        scope: CallerScope,
        state: FollowUpState = FollowUpState.WAITING,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Listing[FollowUpItem]:
        """Those of the caller's areas in one state, the longest due first; of those that wait some may be due later."""
        with context.store.read(scope) as reader:
            page = reader.follow_ups.read_page(state, limit, cursor)
        return Listing(items=list(map(make_follow_up_item, page.items)), next_cursor=page.next_cursor)

    @routes.post("/{alert_id}/answer", summary="Answer a follow-up", responses=document_problems(404, 409))
    @declare(Operation.ANSWER)
    def answer_follow_up(
        context: Context, caller: Caller, alert_id: Annotated[str, Path(max_length=200)], body: FollowUpWanted
    ) -> FollowUpItem:
        """Once, with a note. `nobody` and `wrong` become a complaint about whoever was sent to the door last."""
        return make_follow_up_item(context.perform(caller.principal, AnswerFollowUp(AlertId(alert_id), body.answer, body.note)))

    return routes
