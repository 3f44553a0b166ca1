"""Backtests: what other settings would have done, one call away from changing them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from homebeat.actions.permit import permit
from homebeat.api.context import ApiContext
from homebeat.api.guard import Caller, Context
from homebeat.api.problem import Unusable, documented
from homebeat.api.route import ApiRoute
from homebeat.api.schema.backtest import BacktestItem, BacktestWanted, backtest_item, request_of
from homebeat.backtest.request import Backtests
from homebeat.domain.errors import BadSettings, NotAllowed, NotFound
from homebeat.domain.role import Operation

Id = Annotated[str, Path(max_length=40)]


def router() -> APIRouter:
    """The routes of backtests."""
    routes = APIRouter(prefix="/api/v1", route_class=ApiRoute, tags=["backtests"], responses=documented(401, 403, 422, 503))

    @routes.post("/backtests", summary="Compare other settings on the last weeks", status_code=202, responses=documented(409))
    def start(context: Context, token: Caller, wanted: BacktestWanted, response: Response) -> BacktestItem:
        """Answers at once; `Location` says where to ask how it stands. One at a time; for the roles supervisor and admin."""
        permit(token.owner, Operation.CHOOSE)
        runner = _runner(context)
        try:
            begun = runner.start(request_of(wanted), str(token.owner))
        except BadSettings as error:
            raise Unusable(str(error)) from None
        response.headers["Location"] = f"/api/v1/backtests/{begun.id}"
        return backtest_item(begun)

    @routes.get("/backtests/{backtest_id}", summary="How a backtest stands", responses=documented(404))
    def get(context: Context, token: Caller, backtest_id: Id) -> BacktestItem:
        """With its result once it is done. The last twenty are kept while the service runs."""
        permit(token.owner, Operation.CHOOSE)
        found = _runner(context).get(backtest_id)
        if found is None:
            raise NotFound("there is no such backtest, or it was too long ago")
        return backtest_item(found)

    @routes.delete("/backtests/{backtest_id}", summary="Stop a backtest", responses=documented(404))
    def stop(context: Context, token: Caller, backtest_id: Id) -> BacktestItem:
        """One that is over stays as it is."""
        permit(token.owner, Operation.CHOOSE)
        found = _runner(context).stop(backtest_id)
        if found is None:
            raise NotFound("there is no such backtest, or it was too long ago")
        return backtest_item(found)

    return routes


def _runner(context: ApiContext) -> Backtests:
    if context.backtests is None:
        raise NotAllowed("this process runs no backtests; use `homebeat backtest`")
    return context.backtests
