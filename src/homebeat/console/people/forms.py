"""The forms of accounts: make one, a link, roles, disable and enable, end a session."""

# No `from __future__ import annotations` here: FastAPI needs the dependencies as values, which are local to `build_router`.

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response

from homebeat.actions import ConnectIdentity, DisableAccount, DisconnectIdentity, EndSessionOf, GiveRole, MakeAccount, TakeRole
from homebeat.actions.give_out import give_link
from homebeat.actions.perform import Action
from homebeat.actions.permit import declare
from homebeat.console.people.page import PeoplePages
from homebeat.console.web.access import Guard, Visitor, choose_wording
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import GRANT, NAME, explain_refusal, make_grant
from homebeat.domain.actor import ActorKind
from homebeat.domain.errors import HomebeatError, Incomplete, NotAllowed, NotFound, NotPermitted
from homebeat.domain.role import Operation
from homebeat.wording.catalogue import msg

Name = Annotated[str, Path(max_length=200)]
Text = Annotated[str, Form(max_length=200)]

LAST: Final = msg("Nothing was changed: this is the last role, or your own. Disable the account, or give another role first.")
DISABLED: Final = msg("No link was made: the account is disabled. Enable it first.")
OWN: Final = msg("You cannot disable your own account: somebody else has to.")
OVER: Final = msg("This session was over already.")
TAKEN: Final = msg("Nothing was connected: another account has this id. Disconnect that one first.")
NO_ID: Final = msg("Nothing was connected: an id is 1 to 255 characters, as the identity provider shows it.")
NOT_CONNECTED: Final = msg("Nothing was changed: the account is not connected.")
_REFUSALS: Final = (NotAllowed, Incomplete, NotPermitted, NotFound)


class _Answers:
    """What the forms answer."""

    def __init__(self, context: ConsoleContext, pages: PeoplePages) -> None:
        self._context = context
        self._pages = pages

    def make_account(self, request: Request, who: Visitor, action: MakeAccount) -> Response:
        """Make the account, and show its page with a link; or the list, and why not."""
        try:
            account = self._context.perform(who.principal, action)
        except (NotAllowed, Incomplete, NotPermitted) as refused:
            words = choose_wording(request)
            said, status = explain_refusal(refused, NAME)
            return HTMLResponse(self._pages.render_list(who, words, notice=words.text(said)), status)
        return self.show_link(request, who, account.name)

    def show_link(self, request: Request, who: Visitor, name: str) -> Response:
        """Make a link, and show it. The secret stands in this answer alone: in no address, so in no history and no log."""
        base = self._context.link_base or str(request.base_url).rstrip("/")
        try:
            made = give_link(self._context.perform, who.principal, name, self._context.clock(), base)
        except (NotAllowed, NotPermitted) as refused:
            return self._refuse(request, who, name, refused, DISABLED)
        return HTMLResponse(self._pages.render_account(who, choose_wording(request), name, link=made))

    def take_role(self, request: Request, who: Visitor, action: TakeRole) -> Response:
        """Take a role, and show the page with a button that gives it back.

        It does not redirect: an address that offers to give a role could be made up, and sent to an administrator.
        """
        try:
            self._context.perform(who.principal, action)
        except _REFUSALS as refused:
            return self._refuse(request, who, action.who, refused, LAST)
        return HTMLResponse(self._pages.render_account(who, choose_wording(request), action.who, taken=action.grant))

    def act(self, request: Request, who: Visitor, name: str, action: Action[Any], otherwise: str) -> Response:
        """Do it, and lead back to the page of the account; or show there why not, with `otherwise` for a state in its way."""
        try:
            self._context.perform(who.principal, action)
        except _REFUSALS as refused:
            return self._refuse(request, who, name, refused, otherwise)
        return RedirectResponse(f"/people/{quote(name, safe='')}", 303)

    def connect(self, request: Request, who: Visitor, name: str, subject: str) -> Response:
        """Connect the account with an identity, and lead back to its page; or show there why not."""
        issuer = self._context.provider.issuer if self._context.provider is not None else ""
        try:
            self._context.perform(who.principal, ConnectIdentity(name, issuer, subject))
        except Incomplete:
            words = choose_wording(request)
            return HTMLResponse(self._pages.render_account(who, words, name, notice=words.text(NO_ID)), 422)
        except _REFUSALS as refused:
            return self._refuse(request, who, name, refused, TAKEN)
        return RedirectResponse(f"/people/{quote(name, safe='')}", 303)

    def disconnect(self, request: Request, who: Visitor, name: str) -> Response:
        """Disconnect the account; likewise."""
        issuer = self._context.provider.issuer if self._context.provider is not None else ""
        return self.act(request, who, name, DisconnectIdentity(name, issuer), NOT_CONNECTED)

    def _refuse(self, request: Request, who: Visitor, name: str, refused: HomebeatError, otherwise: str) -> Response:
        words = choose_wording(request)
        said, status = explain_refusal(refused, otherwise)
        return HTMLResponse(self._pages.render_account(who, words, name, notice=words.text(said)), status)


def build_router(context: ConsoleContext, pages: PeoplePages, route_class: type[APIRoute]) -> APIRouter:
    """Build the routes that write."""
    routes = APIRouter(prefix="/console/people", include_in_schema=False, route_class=route_class)
    sender = Annotated[Visitor, Depends(Guard(context).require_sender)]
    answers = _Answers(context, pages)

    @routes.post("")
    @declare(Operation.MANAGE_PEOPLE)
    def make(
        request: Request,
        who: sender,
        name: Text,
        role: Text,
        language: Annotated[Literal["zh-CN", "en"], Form()],
        area: Text = "",
    ) -> Response:
        return answers.make_account(request, who, MakeAccount(name, (make_grant(role, area.strip()),), language))

    @routes.post("/{name}/link")
    @declare(Operation.MANAGE_PEOPLE)
    def link(request: Request, who: sender, name: Name) -> Response:
        return answers.show_link(request, who, name)

    @routes.post("/{name}/give")
    @declare(Operation.MANAGE_PEOPLE)
    def give(request: Request, who: sender, name: Name, role: Text, area: Text = "") -> Response:
        return answers.act(request, who, name, GiveRole(ActorKind.PERSON, name, make_grant(role, area.strip())), GRANT)

    @routes.post("/{name}/take")
    @declare(Operation.MANAGE_PEOPLE)
    def take(request: Request, who: sender, name: Name, role: Text, area: Text = "") -> Response:
        return answers.take_role(request, who, TakeRole(ActorKind.PERSON, name, make_grant(role, area)))

    def disable_or_enable(*, undo: bool) -> Callable[..., Response]:
        @declare(Operation.MANAGE_PEOPLE)
        def route(request: Request, who: sender, name: Name) -> Response:
            return answers.act(request, who, name, DisableAccount(name, undo), OWN)

        return route

    routes.post("/{name}/disable")(disable_or_enable(undo=False))
    routes.post("/{name}/enable")(disable_or_enable(undo=True))

    @routes.post("/{name}/connect")
    @declare(Operation.MANAGE_PEOPLE)
    def connect(request: Request, who: sender, name: Name, subject: Annotated[str, Form(max_length=500)] = "") -> Response:
        return answers.connect(request, who, name, subject)

    @routes.post("/{name}/disconnect")
    @declare(Operation.MANAGE_PEOPLE)
    def disconnect(request: Request, who: sender, name: Name) -> Response:
        return answers.disconnect(request, who, name)

    @routes.post("/{name}/sessions/{session_id}/end")
    @declare(Operation.MANAGE_PEOPLE)
    def end(request: Request, who: sender, name: Name, session_id: Name) -> Response:
        return answers.act(request, who, name, EndSessionOf(name, session_id), OVER)

    return routes
