"""The addresses of the pages of settings and rules, and their forms."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import ChangeRules, DecideSetting, UndoSetting, WithdrawSetting
from homebeat.actions.perform import Action
from homebeat.actions.permit import declare
from homebeat.actions.setting_changes import check_reach
from homebeat.backtest.request import BacktestRequest
from homebeat.console.rules.form import OUT_OF_RANGE, RuleTyped, read_rule
from homebeat.console.rules.kept import KeptForm
from homebeat.console.rules.page import PATH, Entered, RulesPages
from homebeat.console.rules.trial import make_trial_request, summarise
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.typed import Typed
from homebeat.domain.errors import BadSettings, HomebeatError, Incomplete, NotAllowed, NotPermitted, PlanInUse, StaleVersion
from homebeat.domain.ids import AreaId
from homebeat.domain.response_plan import is_call_for_help
from homebeat.domain.role import Operation
from homebeat.settings.console_changes import UnusableRule
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg

Asked = Annotated[str, Query(max_length=200)]
Id = Annotated[str, Form(max_length=200)]
Number = Annotated[int, Path(ge=1, lt=2**63)]
Word = Annotated[str, Form(max_length=2_000)]
Newest = Annotated[int, Form(ge=0, lt=2**63)]
Accepts = Annotated[Literal["", "yes"], Form()]

CHANGED: Final = msg("Nothing was changed: somebody has changed it since you looked. Look at it again.")
WAITS: Final = msg("Nothing was changed: a change of this waits for a second person. It is decided or withdrawn first.")
NAMED: Final = msg("Nothing was changed: %(homes)s homes name this plan. Give them another first.")
SAME: Final = msg("Nothing was changed: this is what holds already.")
FAULTS: Final = msg("Nothing was changed: see below.")
REFUSED: Final = msg("Nothing was changed. This cannot be used: %(why)s")
NO_TRIALS: Final = msg("Nothing was tried: this process runs no back-tests.")
ONE_RUNS: Final = msg("Nothing was tried: somebody tries something just now. Only one runs at a time; try again later.")
SAY_WHY: Final = msg("Nothing was decided: to refuse it, say why.")
ANOTHER: Final = msg("Nothing was decided: another person decides than who proposed it. Who proposed it may withdraw it.")


@dataclass(frozen=True, slots=True)
class FormPlace:
    """Which rule the form is about, where, the number of the newest change that it was made from, and the id of its trial."""

    rule: str
    area: str
    newest: int
    trial: str = ""


#: What a page says of a refusal; the first that fits.
_SAID: Final[Sequence[tuple[type[HomebeatError], str]]] = ((StaleVersion, CHANGED), (NotAllowed, WAITS), (NotPermitted, ANOTHER))
_REFUSALS: Final = (BadSettings, Incomplete, NotAllowed, NotPermitted)


def write_refusal(error: HomebeatError, words: Wording, incomplete: str) -> tuple[str, int]:
    """Write what a page says of a refusal, and its status."""
    if isinstance(error, PlanInUse):
        return words.text(NAMED, homes=error.homes), error.status
    if isinstance(error, BadSettings):
        return words.text(REFUSED, why=str(error)), 422
    said = next((text for kind, text in _SAID if isinstance(error, kind)), incomplete)
    return words.text(said), error.status


class _RuleAnswers:
    """What the forms answer."""

    def __init__(self, context: ConsoleContext, pages: RulesPages) -> None:
        self._context = context
        self._pages = pages

    def change(self, request: Request, who: Visitor, typed: Mapping[str, str], place: FormPlace) -> Response:
        """Change a rule, and lead back to the list; or try it; or show what was typed again, and what is wrong with it."""
        words, base = choose_wording(request), self._context.base
        shown, beneath = self._pages.read_values(who, place.rule, place.area)
        wanted, area = read_rule(base.plan, place.rule, typed, beneath, words), AreaId(place.area) if place.area else None

        def show(notice: str, status: int, refused: RuleTyped = wanted) -> Response:
            entered = Entered(typed, refused, notice, place.trial)
            return HTMLResponse(self._pages.render_rule(who, words, place.rule, place.area, entered), status)

        if wanted.faults:
            return show(words.text(FAULTS), 422)
        asked = make_trial_request(area, place.rule, shown, wanted.after, beneath)
        if typed.get("do") == "try":
            return self._try(who, asked, place, typed, show, words)
        tried = summarise(self._pages.find_trial(place.trial, area, place.rule), asked)
        reason = typed.get("reason", "")
        try:
            self._context.perform(
                who.principal, ChangeRules(base, area, place.rule, wanted.after or None, place.newest, reason, tried)
            )
        except _REFUSALS as error:
            notice, status = write_refusal(error, words, SAME)
            faulty = error.faults if isinstance(error, UnusableRule) else {}
            return show(notice, status, RuleTyped(wanted.after, {name: words.text(OUT_OF_RANGE) for name in faulty if name}))
        return go_back(place.area)

    def _try(
        self,
        who: Visitor,
        asked: BacktestRequest,
        place: FormPlace,
        typed: Mapping[str, str],
        show: Callable[[str, int], Response],
        words: Wording,
    ) -> Response:
        """Begin a back-test of what was typed, keep the form, and lead to the page that shows both side by side."""
        runner = self._context.backtests
        if runner is None:
            return show(words.text(NO_TRIALS), 409)
        if is_call_for_help(place.rule) or not asked.settings:
            return show(words.text(SAME), 422)
        with self._context.store.read(who.find_scope(Operation.SET_RULES)) as reader:
            check_reach(reader, who.principal, Operation.SET_RULES, AreaId(place.area) if place.area else None)
        try:
            begun = runner.start(asked, str(who.actor))
        except BadSettings as error:
            return show(words.text(REFUSED, why=str(error)), 422)
        except NotAllowed:
            return show(words.text(ONE_RUNS), 409)
        self._pages.kept.keep(begun.id, KeptForm(str(who.actor), typed, place.newest))
        query = urlencode({"area": place.area, "trial": begun.id} if place.area else {"trial": begun.id})
        return RedirectResponse(f"{PATH}/{place.rule}?{query}", 303)

    def do(self, request: Request, who: Visitor, action: Action[Any], area: str) -> Response:
        """Do something about a change, and lead back to the list; or say there why not."""
        words = choose_wording(request)
        try:
            self._context.perform(who.principal, action)
        except _REFUSALS as error:
            notice, status = write_refusal(error, words, SAY_WHY)
            return HTMLResponse(self._pages.render(who, words, area, notice), status)
        return go_back(area)


def build_router(context: ConsoleContext, pages: RulesPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the pages."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    guard, answers = Guard(context), _RuleAnswers(context, pages)
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get("/settings")
    @declare(Operation.SET_RULES)
    def settings(request: Request, who: reader) -> Response:
        return HTMLResponse(pages.render_index(who, choose_wording(request)))

    @routes.get(PATH)
    @declare(Operation.SET_RULES)
    def rules(request: Request, who: reader, area: Asked = "") -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request), area))

    @routes.get(PATH + "/{code}")
    @declare(Operation.SET_RULES)
    def rule(
        request: Request, who: reader, code: Annotated[str, Path(max_length=100)], area: Asked = "", trial: Asked = ""
    ) -> Response:
        page = pages.render_rule(who, choose_wording(request), code, area, Entered(trial=trial))
        # a page with a running trial asks again by itself
        return HTMLResponse(page, headers={"Refresh": "5"} if pages.is_running(trial) else {})

    @routes.post("/console/rules")
    @declare(Operation.SET_RULES)
    def change(request: Request, who: sender, typed: Typed, rule: Id, newest: Newest, area: Id = "", trial: Id = "") -> Response:
        return answers.change(request, who, typed, FormPlace(rule, area, newest, trial))

    @routes.post("/console/settings/{change_id}/decide")
    @declare(Operation.SET_RULES)
    def decide(
        request: Request, who: sender, change_id: Number, accepts: Accepts = "", word: Word = "", area: Id = ""
    ) -> Response:
        return answers.do(request, who, DecideSetting(context.base, change_id, accepts == "yes", word), area)

    @routes.post("/console/settings/{change_id}/withdraw")
    @declare(Operation.SET_RULES)
    def withdraw(request: Request, who: sender, change_id: Number, area: Id = "") -> Response:
        return answers.do(request, who, WithdrawSetting(change_id), area)

    @routes.post("/console/settings/{change_id}/undo")
    @declare(Operation.SET_RULES)
    def undo(request: Request, who: sender, change_id: Number, area: Id = "") -> Response:
        return answers.do(request, who, UndoSetting(context.base, change_id), area)

    return routes


def go_back(area: str) -> Response:
    """Lead back to the rules of an area."""
    return RedirectResponse(f"{PATH}?{urlencode({'area': area})}" if area else PATH, 303)
