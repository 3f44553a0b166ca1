"""What actions on people and keys share: names, which holders somebody sees and may change, and which roles they may give.

A holder is an account or a key. Somebody sees a holder that has a role in their areas, and of its roles those alone. They change
it only where they may give every role that it has: else a supervisor could sign in as an administrator by a link. Who sees the
whole installation sees also what has no role at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from homebeat.domain.errors import Incomplete, NotAllowed, NotFound, NotPermitted
from homebeat.domain.role import Operation, Role
from homebeat.domain.text import is_plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homebeat.actions.work import Work
    from homebeat.domain.actor import ActorKind
    from homebeat.domain.ids import AreaId
    from homebeat.domain.principal import Grant, Principal
    from homebeat.store import Account, ApiKey

LONGEST_NAME: Final = 64


class Lines(Protocol):
    """Knows the areas: what a transaction and a reading session call `fleet`."""

    def find_line(self, area: AreaId) -> frozenset[AreaId]:
        """Find an area with every area above it; empty where there is no such area."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """How a holder stands to who asks.

    Attributes:
        grants: Its roles in their areas.
        has_more: Whether it has roles elsewhere, which they do not see.
        is_seen: Whether they see it at all.
        may_change: Whether they may give every role that it has.
    """

    grants: tuple[Grant, ...]
    has_more: bool
    is_seen: bool
    may_change: bool


def clean_name(name: str) -> str:
    """Clean the name of an account or a key: without spaces at the ends.

    Raises:
        NotAllowed: It is empty, too long, or cannot be shown on one line.
    """
    plain = name.strip()
    # it stands in addresses, where a slash and dots alone have a meaning of their own
    if not plain.strip(".") or len(plain) > LONGEST_NAME or not is_plain(plain) or set(plain) & set(":/\\"):
        raise NotAllowed(f"a name is 1 to {LONGEST_NAME} letters on one line, without colon, slash or control characters")
    return plain


def load_account(work: Work, name: str) -> Account:
    """Load an account that the principal may change.

    Raises:
        NotFound: They see none of this name.
        NotPermitted: It has a role that they may not give.
    """
    return _require(work, work.tx.accounts.find(name), f"account named {name!r}")


def load_key(work: Work, name: str) -> ApiKey:
    """Load a key that the principal may change; raises as `load_account`."""
    return _require(work, work.tx.keys.find(name), f"key named {name!r}")


def find_standing(principal: Principal, fleet: Lines, grants: Iterable[Grant]) -> Standing:
    """Find how a holder with these roles stands to somebody."""
    own = tuple(grants)
    scope, lines = principal.find_scope(Operation.READ_PEOPLE), [_find_line(fleet, grant) for grant in own]
    seen = tuple(grant for grant, line in zip(own, lines, strict=True) if scope.reaches(line))
    if own:
        may_change = all(
            grant.role in principal.list_given(grant.area, line) or grant.permissions is None
            for grant, line in zip(own, lines, strict=True)
        )
    else:
        may_change = bool(principal.list_given(None, frozenset()))
    is_seen = bool(seen) or scope.areas is None
    return Standing(seen, len(seen) < len(own), is_seen, is_seen and may_change)


def check_grants(work: Work, grants: Iterable[Grant]) -> None:
    """Make sure that these roles exist, and that the principal may give them there.

    Raises:
        Incomplete: There is none, a role does not exist, or an area does not exist for the principal.
        NotPermitted: The principal may not give a role there.
    """
    wanted = list(grants)
    if not wanted:
        raise Incomplete("it needs a role: without one nobody sees it in their area, and it opens nothing")
    reached = work.principal.find_scope(Operation.MANAGE_PEOPLE)
    for grant in wanted:
        if grant.permissions is None:
            raise Incomplete(f"there is no role {grant.role!r}; use one of {', '.join(Role)}")
        line = _find_line(work.tx.fleet, grant)
        if grant.area is not None and not (line and reached.reaches(line)):
            raise Incomplete(f"there is no area {grant.area!r}: write an id of `areas` in the fleet file")
        if grant.role not in work.principal.list_given(grant.area, line):
            where = "for the whole installation" if grant.area is None else f"in {grant.area}"
            raise NotPermitted(f"you may not give the role {grant.role} {where}")


def is_oneself(work: Work, kind: ActorKind, name: str) -> bool:
    """Whether a holder is who acts."""
    return work.actor.kind is kind and work.actor.name == name


H = TypeVar("H", "Account", "ApiKey")


def _require(work: Work, holder: H | None, what: str) -> H:
    standing = None if holder is None else find_standing(work.principal, work.tx.fleet, holder.grants)
    if holder is None or standing is None or not standing.is_seen:
        raise NotFound(f"there is no {what}")
    if not standing.may_change:
        raise NotPermitted(f"the {what} has a role that you may not give: ask an administrator")
    return holder


def _find_line(fleet: Lines, grant: Grant) -> frozenset[AreaId]:
    return frozenset() if grant.area is None else fleet.find_line(grant.area)
