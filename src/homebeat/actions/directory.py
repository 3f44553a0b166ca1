"""Whom somebody sees: accounts, keys and sessions in their areas, by the rule of `people`. Pages and API read it here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from homebeat.actions.identify import IDLE_MS
from homebeat.actions.people import Standing, find_standing
from homebeat.domain.errors import NotFound
from homebeat.domain.role import Operation, Role
from homebeat.identity.bearer import LinkPurpose
from homebeat.store import Account, AccountIdentity, ApiKey, Page, SessionEntry

if TYPE_CHECKING:
    from homebeat.domain.fleet import Area
    from homebeat.domain.ids import AreaId
    from homebeat.domain.principal import Grant, Principal
    from homebeat.store import ReadSession, Store


@dataclass(frozen=True, slots=True)
class ShownAccount:
    """An account as somebody sees it: of its roles, only those in `standing` are theirs to see."""

    account: Account
    standing: Standing
    link_waits: bool


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key as somebody sees it; likewise."""

    key: ApiKey
    standing: Standing


@contextmanager
def open_directory(store: Store, principal: Principal) -> Iterator[Directory]:
    """Open what somebody sees, on one state of the database; they may `READ_PEOPLE`.

    Raises:
        Unavailable: The database is away.
    """
    with store.read(principal.find_scope(Operation.READ_PEOPLE)) as reader:
        yield Directory(reader, principal)


class Directory:
    """Reads whom one principal sees. `open_directory` opens one.

    Args:
        reader: Reads in the scope in which the principal may `READ_PEOPLE`.
        principal: Who looks.
    """

    def __init__(self, reader: ReadSession, principal: Principal) -> None:
        self._reader: Final = reader
        self._principal: Final = principal
        self._scope: Final = principal.find_scope(Operation.READ_PEOPLE)
        self._lines: Final = _KnownLines(reader.fleet.find_line)

    def read_accounts(self, limit: int, cursor: str | None = None) -> Page[ShownAccount]:
        """Read a page of the accounts that have a role in their areas, by name; disabled ones too.

        Raises:
            BadCursor: The cursor is not one of ours.
        """
        page = self._reader.accounts.read_page(self._scope, limit, cursor)
        linked = self._reader.links.list_accounts(LinkPurpose.SIGN_IN)
        return Page(tuple(self._show(account, linked) for account in page.items), page.next_cursor)

    def find_account(self, name: str) -> ShownAccount:
        """Find an account.

        Raises:
            NotFound: There is none of this name, or it has no role in their areas.
        """
        account = self._reader.accounts.find(name)
        shown = None if account is None else self._show(account, self._reader.links.list_accounts(LinkPurpose.SIGN_IN))
        if shown is None or not shown.standing.is_seen:
            raise NotFound(f"there is no account named {name!r}")
        return shown

    def list_sessions(self, name: str, now: int) -> list[SessionEntry]:
        """List the sessions of an account that are not over at `now` (epoch ms), newest first; raises as `find_account`."""
        account = self.find_account(name).account
        return [one for one in self._reader.sessions.list_of([account.name], now) if now - one.seen_at < IDLE_MS]

    def find_identity(self, name: str, issuer: str) -> AccountIdentity | None:
        """Find the identity of an account at a provider, None where it has none; raises as `find_account`."""
        account = self.find_account(name).account
        return self._reader.identities.find_of(account.name, issuer) if issuer else None

    def read_keys(self, limit: int, cursor: str | None = None) -> Page[ShownKey]:
        """Read a page of the keys that have a role in their areas, by name; revoked ones too.

        Raises:
            BadCursor: The cursor is not one of ours.
        """
        page = self._reader.keys.read_page(self._scope, limit, cursor)
        return Page(tuple(ShownKey(key, self._stand(key.grants)) for key in page.items), page.next_cursor)

    def find_key(self, name: str) -> ShownKey:
        """Find a key.

        Raises:
            NotFound: There is none of this name, or it has no role in their areas.
        """
        key = self._reader.keys.find(name)
        shown = None if key is None else ShownKey(key, self._stand(key.grants))
        if shown is None or not shown.standing.is_seen:
            raise NotFound(f"there is no key named {name!r}")
        return shown

    def list_given(self) -> tuple[list[Role], list[Area], bool]:
        """List what they may give: roles, the areas in which at least one of them, and whether any everywhere."""
        everywhere = self._principal.list_given(None, frozenset())
        areas, roles = [], set(everywhere)
        listed = self._reader.homes.list_areas()
        above = {area.id: area.parent for area in listed}
        for area in listed:
            given = self._principal.list_given(area.id, _climb(area.id, above))
            roles |= given
            if given:
                areas.append(area)
        return [role for role in Role if role in roles], areas, bool(everywhere)

    def read_area_names(self) -> dict[AreaId, str]:
        """Read the names of their areas."""
        return {area.id: area.name for area in self._reader.homes.list_areas()}

    def find_timezone(self) -> str:
        """Find the time zone of the homes in their areas."""
        return self._reader.homes.find_timezone()

    def _show(self, account: Account, linked: set[str]) -> ShownAccount:
        return ShownAccount(account, self._stand(account.grants), account.name in linked)

    def _stand(self, grants: tuple[Grant, ...]) -> Standing:
        return find_standing(self._principal, self._lines, grants)


def _climb(area: AreaId, above: Mapping[AreaId, AreaId | None]) -> frozenset[AreaId]:
    """The line of an area, as far as the areas are listed: what stands above the reader's areas gives the reader nothing."""
    line: set[AreaId] = set()
    at: AreaId | None = area
    while at is not None and at not in line:
        line.add(at)
        at = above.get(at)
    return frozenset(line)


class _KnownLines:
    """Lines of areas, each read once."""

    def __init__(self, find_line: Callable[[AreaId], frozenset[AreaId]]) -> None:
        self._find: Final = find_line
        self._known: Final[dict[AreaId, frozenset[AreaId]]] = {}

    def find_line(self, area: AreaId) -> frozenset[AreaId]:
        """As that of the registry."""
        if area not in self._known:
            self._known[area] = self._find(area)
        return self._known[area]
