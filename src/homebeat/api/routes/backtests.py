"""Back-tests: what other settings would have done."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path, Response

from homebeat.actions.permit import declare
from homebeat.api.context import ApiContext
from homebeat.api.guard import Caller, Context
from homebeat.api.problem import Unusable, document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.backtest import BacktestItem, BacktestWanted, make_backtest_item, make_request
from homebeat.backtest.request import Backtests
from homebeat.domain.errors import BadSettings, NotAllowed, NotFound, NotPermitted
from homebeat.domain.role import Field, Operation, Relation
from homebeat.domain.scope import EVERYTHING

Id = Annotated[str, Path(max_length=40)]


@cache
def build_router() -> APIRouter:
    """The routes of backtests."""
    routes = APIRouter(
        prefix="/api/v1", route_class=ApiRoute, tags=["backtests"], responses=document_problems(401, 403, 409, 422, 503)
    )

    @routes.post("/backtests", summary="Compare other settings on the last weeks", status_code=202)
    @declare(Operation.CHOOSE)
    def start_backtest(context: Context, caller: Caller, wanted: BacktestWanted, response: Response) -> BacktestItem:
        """Answers at once; `Location` says where to ask how it stands. One at a time; for the roles supervisor and admin."""
        runner = _get_runner(context, caller)
        try:
            begun = runner.start(make_request(wanted), str(caller.principal.actor))
        except BadSettings as error:
            raise Unusable(str(error)) from None
        response.headers["Location"] = f"/api/v1/backtests/{begun.id}"
        return make_backtest_item(begun, shows_homes=_shows_homes(caller))

    @routes.get("/backtests/{backtest_id}", summary="How a backtest stands", responses=document_problems(404))
    @declare(Operation.CHOOSE)
    def get_backtest(context: Context, caller: Caller, backtest_id: Id) -> BacktestItem:
        """With its result once it is done. The last twenty are kept while the service runs.

        Broken glass opens one home; a back-test is about all of them, so it opens nothing here.
        """
        found = _get_runner(context, caller).get(backtest_id)
        if found is None:
            raise NotFound("there is no such backtest, or it was too long ago")
        return make_backtest_item(found, shows_homes=_shows_homes(caller))

    @routes.delete("/backtests/{backtest_id}", summary="Stop a backtest", responses=document_problems(404))
    @declare(Operation.CHOOSE)
    def stop_backtest(context: Context, caller: Caller, backtest_id: Id) -> BacktestItem:
        """One that is over stays as it is."""
        found = _get_runner(context, caller).stop(backtest_id)
        if found is None:
            raise NotFound("there is no such backtest, or it was too long ago")
        return make_backtest_item(found, shows_homes=_shows_homes(caller))

    return routes


def _shows_homes(caller: Caller) -> bool:
    return caller.principal.sees(Field.HABITS, frozenset(), frozenset({Relation.IN_AREA}))


def _get_runner(context: ApiContext, caller: Caller) -> Backtests:
    # a back-test runs over every home, and its result names residents
    if caller.principal.find_scope(Operation.CHOOSE) != EVERYTHING:
        raise NotPermitted("a back-test reads the whole installation: it takes a role that is not for an area alone")
    if context.backtests is None:
        raise NotAllowed("this process runs no backtests; use `homebeat backtest`")
    return context.backtests
