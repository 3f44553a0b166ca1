"""Draws the list of accounts, and the page of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from homebeat.actions.directory import ShownAccount, open_directory
from homebeat.console.card.evidence import find_zone
from homebeat.console.web.access import Visitor
from homebeat.console.web.context import ConsoleContext
from homebeat.console.web.grants import GrantLine, make_grant_choice, make_grant_lines
from homebeat.console.web.page import Templates, Waiting
from homebeat.console.web.pages import make_frame
from homebeat.domain.principal import Grant
from homebeat.domain.role import Operation
from homebeat.wording import Wording

if TYPE_CHECKING:
    from homebeat.actions.give_out import GivenLink
    from homebeat.domain.ids import AreaId

#: Accounts on one page.
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account in the list; `link_waits` says that a link was given out and not used yet."""

    name: str
    href: str
    grants: Sequence[GrantLine]
    has_more: bool
    is_disabled: bool
    link_waits: bool
    signed_in: str


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session in the list."""

    id: str
    begun: str
    used: str
    network: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A link to sign in with, shown once."""

    address: str
    ends: str


@dataclass(frozen=True, slots=True)
class ShownIdentity:
    """Who the owner of an account is at the identity provider; `since` is empty where nobody is connected."""

    provider: str
    since: str
    subject: str


class PeoplePages:
    """Draws the pages of accounts for one request."""

    def __init__(self, context: ConsoleContext, templates: Templates) -> None:
        self._context = context
        self._templates = templates

    def render_list(self, visitor: Visitor, words: Wording, cursor: str | None = None, notice: str = "") -> str:
        """Render a page of the accounts that the visitor sees, with the form for a new one.

        Raises:
            BadCursor: The cursor is not one of ours.
        """
        now = self._context.clock()
        with open_directory(self._context.store, visitor.principal) as directory:
            page = directory.read_accounts(_MOST, cursor)
            areas = directory.read_area_names()
            choice = make_grant_choice(directory, words) if visitor.may(Operation.MANAGE_PEOPLE) else None
        return self._templates.render(
            "people.html",
            words,
            accounts=[_make_line(shown, areas, words, now) for shown in page.items],
            next_href=f"/people?cursor={quote(page.next_cursor)}" if page.next_cursor else "",
            choice=choice,
            notice=notice,
            **make_frame(visitor, words, "/people"),
        )

    def render_account(
        self,
        visitor: Visitor,
        words: Wording,
        name: str,
        *,
        notice: str = "",
        link: GivenLink | None = None,
        taken: Grant | None = None,
    ) -> str:
        """Render the page of one account.

        Args:
            visitor: Who looks.
            words: Their language.
            name: Of the account.
            notice: Why something was not done.
            link: A link that was just made; it is shown this once.
            taken: A role that was just taken away, to be given back with one click.

        Raises:
            NotFound: The visitor sees no account of this name.
        """
        now, provider = self._context.clock(), self._context.provider
        with open_directory(self._context.store, visitor.principal) as directory:
            shown = directory.find_account(name)
            sessions = directory.list_sessions(name, now)
            identity = directory.find_identity(name, provider.issuer) if provider is not None else None
            areas, zone = directory.read_area_names(), find_zone(directory.find_timezone())
            choice = make_grant_choice(directory, words) if shown.standing.may_change else None
        account, waiting = shown.account, Waiting(words)
        is_own = account.name == visitor.name
        gone = [taken] if taken and choice and taken.permissions and taken not in account.grants else []
        return self._templates.render(
            "person.html",
            words,
            account=_make_line(shown, areas, words, now),
            disabled=words.clock(account.disabled_at, zone) if account.disabled_at else "",
            choice=choice,
            may_take=choice is not None and len(account.grants) > 1 and not is_own,
            is_own=is_own,
            identity=ShownIdentity(
                provider.title,
                words.clock(identity.connected_at, zone) if identity is not None else "",
                identity.subject if identity is not None and choice is not None else "",
            )
            if provider is not None
            else None,
            sessions=[
                SessionLine(
                    one.public_id,
                    words.clock(one.begun_at, zone),
                    waiting.ago(one.seen_at, now),
                    one.network,
                    one.id == visitor.caller.id,
                )
                for one in sessions
            ],
            link=ShownLink(link.address, words.clock(link.ends_at, zone)) if link else None,
            taken=next(iter(make_grant_lines(gone, areas, words)), None),
            notice=notice,
            **make_frame(visitor, words, "/people", f"/people/{quote(account.name, safe='')}"),
        )


def _make_line(shown: ShownAccount, areas: dict[AreaId, str], words: Wording, now: int) -> AccountLine:
    account, at = shown.account, shown.account.signed_in_at
    return AccountLine(
        name=account.name,
        href=f"/people/{quote(account.name, safe='')}",
        grants=make_grant_lines(shown.standing.grants, areas, words),
        has_more=shown.standing.has_more,
        is_disabled=account.disabled_at is not None,
        link_waits=shown.link_waits and account.disabled_at is None,
        signed_in=words.text("Never signed in")
        if at is None
        else words.text("Last sign-in %(ago)s", ago=Waiting(words).ago(at, now)),
    )
