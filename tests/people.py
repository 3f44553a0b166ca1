"""Accounts, keys and sessions for tests, put into a store without the cost of passwords."""

from __future__ import annotations

import hashlib
import itertools
from typing import Any

from homebeat.domain.actor import Actor, ActorKind
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Grant, Principal, make_holder
from homebeat.store import Account, ApiKey, SessionEntry, Store

_NUMBERS = itertools.count()


def person(name: str, role: str, area: str | None = None) -> Principal:
    """Somebody with one role."""
    return make_holder(ActorKind.PERSON, name, [Grant(role, None if area is None else AreaId(area))])


def strange(kind: ActorKind, name: str = "") -> Principal:
    """A part of homebeat that is in no table."""
    return Principal(Actor(kind, name))


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def add_key(
    store: Store, secret: str, role: str, name: str = "", *, area: str | None = None, at: int = 0, ends_at: int | None = None
) -> None:
    """A key of another system; without a name it has that of its secret."""
    name = name or secret
    with store.begin() as tx:
        tx.keys.add(ApiKey(f"k{next(_NUMBERS)}", name, digest(secret), "command:test", at, ends_at))
        tx.accounts.give(f"key:{name}", Grant(role, None if area is None else AreaId(area)), "command:test", at)


def add_account(store: Store, name: str, *roles: str, at: int = 0) -> None:
    """Somebody who can sign in; a role is `desk` or `desk@lane`."""
    with store.begin() as tx:
        tx.accounts.add(Account(name, "en", at))
        for role in roles:
            code, _, area = role.partition("@")
            tx.accounts.give(f"user:{name}", Grant(code, AreaId(area) if area else None), "command:test", at)


def add_link(store: Store, name: str, ends_at: int = 2**50) -> str:
    """A link that signs in once; returns its secret."""
    secret = f"link-{next(_NUMBERS)}"
    with store.begin() as tx:
        tx.sessions.add_link(digest(secret), name, ends_at)
    return secret


def add_session(store: Store, name: str, cookie: str, at: int) -> None:
    """A session that began at `at` and lasts a shift."""
    with store.begin() as tx:
        tx.sessions.add(SessionEntry(digest(cookie), name, "192.0.2.0/24", at, at, at + 12 * HOUR_MS))


def sign_in(guest: Any, store: Store, name: str, **form: str) -> Any:
    """Sign in with a link; returns the answer."""
    return guest.post("/sign-in", data={"link": add_link(store, name), **form})
