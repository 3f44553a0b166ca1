"""`homebeat user`, `homebeat key`: accounts, roles, links and keys, made at the command line of the machine."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from homebeat.actions import (
    ConnectIdentity,
    DisableAccount,
    DisconnectIdentity,
    GiveRole,
    MakeAccount,
    Perform,
    RevokeKey,
    TakeRole,
)
from homebeat.actions.give_out import give_key, give_link
from homebeat.domain.actor import ActorKind
from homebeat.domain.durations import MS
from homebeat.domain.errors import NotAllowed
from homebeat.domain.instants import format_instant
from homebeat.domain.principal import Grant, Principal, make_command
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Account, Store

#: The account that the first start makes.
FIRST_ACCOUNT: Final = "admin"


def invite_first(store: Store, base: str) -> str:
    """Where there is no account yet, make the first one, with the role of an administrator.

    Returns:
        The link with which they sign in, once; empty where there is an account.
    """
    with store.read(EVERYTHING) as reader:
        if reader.accounts.has_any():
            return ""
    try:
        make_account(store, FIRST_ACCOUNT, [Grant(Role.ADMIN)])
    except NotAllowed:  # another process was quicker, and has printed its link
        return ""
    return make_link(store, FIRST_ACCOUNT, base)


def create_account(store: Store, name: str, grants: Sequence[Grant], language: str, base: str) -> int:
    """Make an account and print the link with which its owner signs in.

    Raises:
        NotAllowed: The name is taken, or cannot be shown on one line.
        Incomplete: A role or an area does not exist.
    """
    make_account(store, name, grants, language)
    return print_link(store, name, base)


def make_account(store: Store, name: str, grants: Sequence[Grant], language: str = "zh-CN") -> Account:
    """Make an account; raises as `create_account`."""
    return _perform(store)(find_command_principal(), MakeAccount(name, tuple(grants), language))


def print_link(store: Store, name: str, base: str) -> int:
    """Make a link for an account, and print it.

    Raises:
        NotFound: There is no such account.
        NotAllowed: It is disabled.
    """
    print(make_link(store, name, base))
    print(f"signs in as {name}, once, within 24 hours; give it to nobody else", file=sys.stderr)
    return 0


def make_link(store: Store, name: str, base: str) -> str:
    """Make a link that signs in once; raises as `print_link`."""
    return give_link(_perform(store), find_command_principal(), name, store.read_now(), base).address


def list_accounts(store: Store) -> int:
    """Print every account with its roles."""
    with store.read(EVERYTHING) as reader:
        accounts = reader.accounts.list_all()
    for account in accounts:
        state = "" if account.disabled_at is None else f"disabled {format_instant(account.disabled_at)}"
        print(f"{account.name:<24}{_write_roles(account.grants):<40}{state}".rstrip())
    if not accounts:
        print("nobody yet: homebeat user create NAME --role admin", file=sys.stderr)
    return 0


def change_role(store: Store, kind: ActorKind, name: str, grant: Grant, *, give: bool) -> int:
    """Give an account or a key a role, or take it away.

    Raises:
        NotFound: There is no such account or key.
        Incomplete: The role or the area does not exist.
    """
    action = GiveRole(kind, name, grant) if give else TakeRole(kind, name, grant)
    changed = _perform(store)(find_command_principal(), action)
    verb = "has" if give else "no longer has"
    print(f"{name} {verb} the role {_write_roles((grant,))}" + ("" if changed else " (nothing to change)"))
    return 0


def disable_account(store: Store, name: str, *, undo: bool) -> int:
    """Disable an account, or enable it again.

    Raises:
        NotFound: There is no such account.
    """
    ended = _perform(store)(find_command_principal(), DisableAccount(name, undo))
    print(f"enabled {name}" if undo else f"disabled {name}; {ended} sessions ended")
    return 0


def connect_account(store: Store, name: str, issuer: str, subject: str) -> int:
    """Connect an account with an identity at the provider of the settings.

    Raises:
        NotFound: There is no such account.
        NotAllowed: The identity belongs to another account.
        Incomplete: No provider is set up, or the id cannot be one.
    """
    _perform(store)(find_command_principal(), ConnectIdentity(name, issuer, subject))
    print(f"{name} signs in through {issuer} from now on")
    return 0


def disconnect_account(store: Store, name: str, issuer: str) -> int:
    """Disconnect an account from its identity.

    Raises:
        NotFound: There is no such account, or it is not connected.
    """
    _perform(store)(find_command_principal(), DisconnectIdentity(name, issuer))
    print(f"{name} no longer signs in through {issuer}; its sessions ended")
    return 0


def create_key(store: Store, name: str, grants: Sequence[Grant], lifetime: timedelta | None) -> int:
    """Make a key, and print it once.

    Raises:
        NotAllowed: The name is taken, or cannot be shown on one line.
        Incomplete: A role or an area does not exist.
    """
    print(make_key(store, name, grants, lifetime))
    print("shown once; send it as `Authorization: Bearer ...`", file=sys.stderr)
    return 0


def make_key(store: Store, name: str, grants: Sequence[Grant], lifetime: timedelta | None) -> str:
    """Make a key; only its hash is kept. Raises as `create_key`."""
    ends_at = None if lifetime is None else store.read_now() + lifetime // MS
    return give_key(_perform(store), find_command_principal(), name, grants, ends_at).secret


def list_keys(store: Store) -> int:
    """Print every key with its roles; the keys themselves are not known."""
    now = store.read_now()
    with store.read(EVERYTHING) as reader:
        for key in reader.keys.list_all():
            used = "never used" if key.used_at is None else f"used {format_instant(key.used_at)}"
            state = "valid" if key.is_valid(now) else "over"
            print(f"{key.name:<24}{_write_roles(key.grants):<40}{state:<8}{used}")
    return 0


def revoke_key(store: Store, name: str) -> int:
    """Make a key invalid from now on.

    Raises:
        NotFound: There is no such key, or it was revoked before.
    """
    _perform(store)(find_command_principal(), RevokeKey(name))
    print(f"revoked {name}")
    return 0


def find_command_principal() -> Principal:
    """Whoever works at the command line of this machine."""
    try:
        return make_command(getpass.getuser())
    except (KeyError, OSError):  # a container runs under a number that has no name
        return make_command("unknown")


def _perform(store: Store) -> Perform:
    return Perform(store, store.read_now)


def _write_roles(grants: Sequence[Grant]) -> str:
    return ", ".join(grant.role if grant.area is None else f"{grant.role}@{grant.area}" for grant in grants) or "no role"
