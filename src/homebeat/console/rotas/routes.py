"""The addresses of the pages of rotas, and their forms."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import RetireRota, SetRota, UndoRotaChange
from homebeat.actions.perform import Action
from homebeat.actions.permit import declare
from homebeat.console.rotas.form import read_rota_form
from homebeat.console.rotas.page import EDIT, PATH, RotaForm, RotaPages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.typed import Typed
from homebeat.domain.errors import BadRota, NotAllowed, NotFound, NotPermitted, StaleVersion
from homebeat.domain.ids import RotaId
from homebeat.domain.role import Operation
from homebeat.registry.rota_tree import write_rota
from homebeat.store import RotaEntry
from homebeat.wording.catalogue import msg

Asked = Annotated[str, Query(max_length=200)]
Rota = Annotated[str, Path(max_length=200)]
Version = Annotated[int, Form(ge=0, lt=2**31)]

_LONGEST_VERSION: Final = 10

WRONG: Final = msg("Nothing was written: see below.")
CHANGED: Final = msg("Nothing was written: somebody has changed this rota meanwhile. Look at it again.")
GAPS: Final = msg("Nothing was written: there are times when nobody is on duty. Close them, or tick that they stay.")
NOT_NOW: Final = msg("Nothing was written: it is not possible as things are now. Look at it again.")
NOT_YOURS: Final = msg("Nothing was written: you do not arrange duty in this area.")


class _Answers:
    """What the forms answer."""

    def __init__(self, context: ConsoleContext, pages: RotaPages) -> None:
        self._context = context
        self._pages = pages

    def write(self, request: Request, who: Visitor, typed: Typed) -> Response:
        """Write a rota, or show what it would leave open."""
        words, ident = choose_wording(request), typed.get("rota", "")
        tree = read_rota_form(typed, self._read_tree(who, ident))
        version = int(text) if (text := typed.get("version", "")).isdecimal() and len(text) < _LONGEST_VERSION else 0
        only_asked = typed.get("do") != "save"
        action = SetRota(tree, version, accepts_gaps="accepts" in typed, only_asked=only_asked)
        try:
            written = self._context.perform(who.principal, action)
        except NotPermitted as refused:
            return HTMLResponse(self._pages.render(who, words, words.text(NOT_YOURS)), refused.status)
        except BadRota as refused:
            form, status = RotaForm(tree, refused.faults, notice=words.text(WRONG)), refused.status
        except StaleVersion as refused:
            form, status = RotaForm(tree, notice=words.text(CHANGED)), refused.status
        except NotAllowed as refused:
            form, status = RotaForm(tree, notice=words.text(NOT_NOW)), refused.status
        else:
            if written.is_written:
                return RedirectResponse(PATH, 303)
            form = RotaForm(tree, written=written, notice="" if only_asked else words.text(GAPS))
            status = 200 if only_asked else 422
        return HTMLResponse(self._pages.render_form(who, words, typed.get("area", ""), ident, form), status)

    def act(self, request: Request, who: Visitor, action: Action[RotaEntry]) -> Response:
        """Retire one, or put it back."""
        words = choose_wording(request)
        try:
            self._context.perform(who.principal, action)
        except NotPermitted as refused:
            return HTMLResponse(self._pages.render(who, words, words.text(NOT_YOURS)), refused.status)
        except StaleVersion as refused:
            return HTMLResponse(self._pages.render(who, words, words.text(CHANGED)), refused.status)
        except (NotAllowed, NotFound) as refused:
            return HTMLResponse(self._pages.render(who, words, words.text(NOT_NOW)), refused.status)
        return RedirectResponse(PATH, 303)

    def _read_tree(self, who: Visitor, ident: str) -> Mapping[str, object]:
        """The table of the rota as it is, without what was entered since; empty for a new one."""
        if not ident:
            return {}
        with self._context.store.read(who.principal.find_scope(Operation.ARRANGE_DUTY)) as reader:
            entry = reader.rotas.find_entry(RotaId(ident))
        return {} if entry is None else write_rota(entry.rota)


def build_router(context: ConsoleContext, pages: RotaPages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes of the pages."""
    routes = APIRouter(include_in_schema=False, route_class=route_class)
    guard, answers = Guard(context), _Answers(context, pages)
    reader = Annotated[Visitor, Depends(guard.require_visitor)]
    sender = Annotated[Visitor, Depends(guard.require_sender)]

    @routes.get(PATH)
    @declare(Operation.ARRANGE_DUTY)
    def rotas(request: Request, who: reader) -> Response:
        return HTMLResponse(pages.render(who, choose_wording(request)))

    @routes.get(EDIT)
    @declare(Operation.ARRANGE_DUTY)
    def edit(request: Request, who: reader, area: Asked = "", rota: Asked = "") -> Response:
        return HTMLResponse(pages.render_form(who, choose_wording(request), area, rota))

    @routes.post("/console/rotas")
    @declare(Operation.ARRANGE_DUTY)
    def set_rota(request: Request, who: sender, typed: Typed) -> Response:
        return answers.write(request, who, typed)

    @routes.post("/console/rotas/{rota}/retire")
    @declare(Operation.ARRANGE_DUTY)
    def retire(request: Request, who: sender, rota: Rota, version: Version) -> Response:
        return answers.act(request, who, RetireRota(RotaId(rota), version))

    @routes.post("/console/rotas/{rota}/undo")
    @declare(Operation.ARRANGE_DUTY)
    def undo(request: Request, who: sender, rota: Rota, version: Version) -> Response:
        return answers.act(request, who, UndoRotaChange(RotaId(rota), version))

    return routes
