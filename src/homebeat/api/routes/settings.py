"""Changes of settings: rules of an area, by one person or two."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from homebeat.actions import ChangeRules, DecideSetting, UndoSetting, WithdrawSetting
from homebeat.actions.perform import Action
from homebeat.actions.permit import declare
from homebeat.actions.setting_changes import EnteredChange
from homebeat.api.guard import Caller, Context, OpenView
from homebeat.api.problem import Unusable, document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.times import Instant, format_instant, format_or_none
from homebeat.domain.errors import BadSettings
from homebeat.domain.ids import AreaId
from homebeat.domain.role import Operation
from homebeat.domain.setting_change import LONGEST_REASON, SettingChange, SettingState

Number = Annotated[int, Path(ge=1, lt=2**63)]
Text = Annotated[str, Field(max_length=LONGEST_REASON, description="Name nobody.")]


class RulesWanted(BaseModel):
    """What the console says of one rule in one place."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "area": "plum-lane",
                "rule": "no_water",
                "after": {"enabled": True, "litres": 5},
                "newest": 0,
                "reason": "",
            }
        },
    )

    area: str | None = Field(default=None, max_length=200, description="With all below it; null for everywhere.")
    rule: Annotated[str, Field(max_length=200)]
    after: dict[str, str | int | float | bool] | None = Field(
        max_length=50, description="Settings of the rule as in a settings file; null: what lies beneath holds again."
    )
    newest: int = Field(ge=0, lt=2**63, description="The number of the newest change of this place that the caller saw; 0: none.")
    reason: Text = ""


class SettingDecision(BaseModel):
    """What a second person decides on a proposed change."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"accepts": False, "word": "too late for this lane"}})

    accepts: bool
    word: Text = ""


class SettingChangeItem(BaseModel):
    """One change of settings."""

    id: int
    area: str | None = Field(description="null for everywhere.")
    subject: str = Field(examples=["rules.no_water"])
    before: dict[str, Any] | None = Field(description="What the console said of this place before; null where it said nothing.")
    after: dict[str, Any] | None
    state: SettingState
    residents: int = Field(description="How many it concerns.")
    at: Instant
    actor: str
    reason: str
    tried: dict[str, Any] | None = Field(description="What a back-test of it said, in short; null where it was not tried.")
    decided_at: Instant | None
    decided_by: str
    word: str


class SettingChangePage(BaseModel):
    """Changes, newest first."""

    items: list[SettingChangeItem]
    next_cursor: str | None


@cache
def build_router() -> APIRouter:
    """The routes of changes of settings."""
    routes = APIRouter(
        prefix="/api/v1/settings/changes",
        route_class=ApiRoute,
        tags=["settings"],
        responses=document_problems(401, 403, 422, 503),
    )

    @routes.get("", summary="Changes of settings, newest first")
    @declare(Operation.SET_RULES)
    def list_setting_changes(
        open_view: OpenView,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=512)] = None,
    ) -> SettingChangePage:
        """In the caller's areas, of the areas above, and of everywhere."""
        with open_view() as view:
            page = view.reader.setting_changes.read_page(limit, cursor)
        return SettingChangePage(items=[_make_item(one) for one in page.items], next_cursor=page.next_cursor)

    @routes.post("", summary="Change a rule in an area", status_code=201, responses=document_problems(404, 409))
    @declare(Operation.SET_RULES)
    def change_setting(caller: Caller, context: Context, body: RulesWanted) -> SettingChangeItem:
        """In force at once; above 20 residents it is proposed by an account, and a second person decides. 409: see `detail`."""
        area = AreaId(body.area) if body.area is not None else None
        wanted = ChangeRules(context.base, area, body.rule, body.after or None, body.newest, body.reason)
        return do_change(context, caller, wanted)

    @routes.post("/{change_id}/decide", summary="Decide on a proposed change", responses=document_problems(404, 409))
    @declare(Operation.SET_RULES)
    def decide_setting_change(caller: Caller, context: Context, change_id: Number, body: SettingDecision) -> SettingChangeItem:
        """By another person than who proposed it, with an account of their own. A key decides nothing: it is answered 403."""
        return do_change(context, caller, DecideSetting(context.base, change_id, body.accepts, body.word))

    @routes.post("/{change_id}/withdraw", summary="Withdraw what one has proposed", responses=document_problems(404, 409))
    @declare(Operation.SET_RULES)
    def withdraw_setting_change(caller: Caller, context: Context, change_id: Number) -> SettingChangeItem:
        """Only who proposed it."""
        return _make_item(context.perform(caller.principal, WithdrawSetting(change_id)))

    @routes.post("/{change_id}/undo", summary="Undo a change that holds", responses=document_problems(404, 409))
    @declare(Operation.SET_RULES)
    def undo_setting_change(caller: Caller, context: Context, change_id: Number) -> SettingChangeItem:
        """It is a change too: above 20 residents it is proposed."""
        return do_change(context, caller, UndoSetting(context.base, change_id))

    return routes


def do_change(context: Context, caller: Caller, action: Action[EnteredChange]) -> SettingChangeItem:
    """Perform a change, and answer with it as it was entered.

    Raises:
        Unusable: It cannot be used; the text says why.
    """
    try:
        return _make_item(context.perform(caller.principal, action).change)
    except BadSettings as error:
        raise Unusable(str(error)) from None


def _make_item(change: SettingChange) -> SettingChangeItem:
    return SettingChangeItem(
        id=change.id,
        area=change.area,
        subject=change.subject,
        before=None if change.before is None else dict(change.before),
        after=None if change.after is None else dict(change.after),
        state=change.state,
        residents=change.residents,
        at=format_instant(change.at),
        actor=change.actor,
        reason=change.reason,
        tried=None if change.tried is None else dict(change.tried),
        decided_at=format_or_none(change.decided_at),
        decided_by=change.decided_by,
        word=change.word,
    )
