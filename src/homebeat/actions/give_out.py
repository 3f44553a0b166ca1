"""Makes what is shown once: the secrets of keys, and of links that sign in. Only their hashes are stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from homebeat.actions.make_key import MakeKey
from homebeat.actions.make_link import MakeLink
from homebeat.identity.bearer import LinkPurpose, make_bearer, make_link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from homebeat.actions.perform import Perform
    from homebeat.domain.principal import Grant, Principal
    from homebeat.store import ApiKey


@dataclass(frozen=True, slots=True)
class GivenLink:
    """A link that signs in once.

    Attributes:
        ends_at: Epoch ms.
    """

    address: str = field(repr=False)
    ends_at: int


@dataclass(frozen=True, slots=True)
class GivenKey:
    """A key with its secret."""

    key: ApiKey
    secret: str = field(repr=False)


def give_link(perform: Perform, principal: Principal, name: str, now: int, base: str) -> GivenLink:
    """Make a link that signs an account in; older ones stop working.

    Args:
        perform: Performs the action.
        principal: Who gives it.
        name: Of the account.
        now: Epoch ms.
        base: What the address begins with: scheme, host and port.

    Raises:
        NotFound: The principal sees no such account.
        NotPermitted: It has a role that they may not give.
        NotAllowed: It is disabled.
    """
    bearer, link = make_link(LinkPurpose.SIGN_IN, now)
    perform(principal, MakeLink(name, link))
    return GivenLink(f"{base}/sign-in?link={bearer.text}", link.ends_at)


def give_key(perform: Perform, principal: Principal, name: str, grants: Iterable[Grant], ends_at: int | None) -> GivenKey:
    """Make a key.

    Args:
        perform: Performs the action.
        principal: Who gives it.
        name: What it is for.
        grants: Its roles.
        ends_at: Epoch ms; None for never.

    Raises:
        NotAllowed: The name is in use, or cannot be shown.
        Incomplete: A role or an area does not exist.
        NotPermitted: The principal may not give a role there.
    """
    bearer = make_bearer()
    return GivenKey(perform(principal, MakeKey(name, tuple(grants), bearer.id, bearer.digest, ends_at)), bearer.text)
