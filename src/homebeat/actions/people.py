"""What actions on people and keys share: names, and which roles may be given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from homebeat.domain.errors import Incomplete, NotAllowed, NotFound, NotPermitted
from homebeat.domain.role import Role
from homebeat.domain.text import is_plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homebeat.actions.work import Work
    from homebeat.domain.ids import AreaId
    from homebeat.domain.principal import Grant
    from homebeat.store import Account, ApiKey

LONGEST_NAME: Final = 64


def clean_name(name: str) -> str:
    """Clean the name of an account or a key: without spaces at the ends.

    Raises:
        NotAllowed: It is empty, too long, or cannot be shown on one line.
    """
    plain = name.strip()
    if not plain or len(plain) > LONGEST_NAME or not is_plain(plain) or ":" in plain:
        raise NotAllowed(f"a name is 1 to {LONGEST_NAME} letters on one line, without a colon or control characters")
    return plain


def load_account(work: Work, name: str) -> Account:
    """Load an account whose roles the principal may all give.

    Raises:
        NotFound: There is none, or it has a role that they may not give: then they may not see it either.
    """
    account = work.tx.accounts.find(name)
    if account is None or not may_give(work, account.grants):
        raise NotFound(f"there is no account named {name!r}")
    return account


def load_key(work: Work, name: str) -> ApiKey:
    """Load a key whose roles the principal may all give.

    Raises:
        NotFound: There is none, or it has a role that they may not give.
    """
    key = work.tx.keys.find(name)
    if key is None or not may_give(work, key.grants):
        raise NotFound(f"there is no key named {name!r}")
    return key


def may_give(work: Work, grants: Iterable[Grant]) -> bool:
    """Whether the principal may give and take away all of these roles, each in its area."""
    return all(
        grant.role in work.principal.list_given(grant.area, _find_line(work, grant)) or grant.permissions is None
        for grant in grants
    )


def check_grants(work: Work, grants: Iterable[Grant]) -> None:
    """Make sure that these roles exist, and that the principal may give them there.

    Raises:
        Incomplete: A role or an area does not exist.
        NotPermitted: The principal may not give a role there.
    """
    for grant in grants:
        if grant.permissions is None:
            raise Incomplete(f"there is no role {grant.role!r}; use one of {', '.join(Role)}")
        line = _find_line(work, grant)
        if grant.area is not None and not line:
            raise Incomplete(f"there is no area {grant.area!r}; `homebeat fleet areas` lists those that are")
        if grant.role not in work.principal.list_given(grant.area, line):
            where = "for the whole installation" if grant.area is None else f"in {grant.area}"
            raise NotPermitted(f"you may not give the role {grant.role} {where}")


def _find_line(work: Work, grant: Grant) -> frozenset[AreaId]:
    return frozenset() if grant.area is None else work.tx.fleet.find_line(grant.area)
