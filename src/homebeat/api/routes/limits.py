"""A resident's learned limits: why they are what they are, and the choice along the curve."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Path

from homebeat.actions import ChooseLimit
from homebeat.actions.permit import declare
from homebeat.actions.shown_habits import read_habits
from homebeat.actions.view import View
from homebeat.api.guard import Caller, Context, OpenView
from homebeat.api.language import Words
from homebeat.api.problem import document_problems
from homebeat.api.route import ApiRoute
from homebeat.api.schema.limits import ChooseLimits, LimitsItem, make_limits_item
from homebeat.domain.errors import NotFound
from homebeat.domain.ids import ResidentId
from homebeat.domain.role import Operation
from homebeat.wording import Wording

Id = Annotated[str, Path(max_length=200)]


@cache
def build_router() -> APIRouter:
    """The routes of learned limits."""
    routes = APIRouter(
        prefix="/api/v1/residents", route_class=ApiRoute, tags=["limits"], responses=document_problems(401, 404, 422, 503)
    )

    @routes.get("/{resident_id}/limits", summary="A resident's limits, and why")
    @declare(Operation.READ_HOMES)
    def get_limits(open_view: OpenView, words: Words, resident_id: Id) -> LimitsItem:
        """How long this person may be quiet by the time of day, what that was learned from, and what other choices would cost.

        The curve was counted on the resident's own last weeks: false alarms raised, and how long an injected collapse would
        have waited. Where the caller's role does not show habits, only what was chosen is there.
        """
        with open_view() as view:
            return read_limits(view, ResidentId(resident_id), words)

    @routes.put("/{resident_id}/limits", summary="Move along the curve", responses=document_problems(403, 409))
    @declare(Operation.CHOOSE)
    def choose_limits(
        context: Context, open_view: OpenView, caller: Caller, words: Words, resident_id: Id, body: ChooseLimits
    ) -> LimitsItem:
        """Accept more or fewer false alarms for this person; null leaves it to the settings again.

        For the roles nurse, supervisor and admin. Who chose what, and when, is kept. Choosing what is in force already
        changes nothing. The watch learns anew for this person at its next look at the registry; until then `pending` is true.
        Nothing that is chosen moves a limit past the operator's floor or ceiling.
        """
        context.perform(caller.principal, ChooseLimit(ResidentId(resident_id), body.false_alarms_a_month, body.version))
        return get_limits(open_view, words, resident_id)

    return routes


def read_limits(view: View, resident: ResidentId, words: Wording) -> LimitsItem:
    """Read a resident's limits in full.

    Raises:
        NotFound: No resident has this id.
    """
    entry = view.find_resident(resident, is_shown=False)
    if entry is None:
        raise NotFound("there is no such resident")
    return make_limits_item(entry, read_habits(view, entry), words)
