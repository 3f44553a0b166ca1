"""`homebeat user` and `homebeat key`: their options, and the calls."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from homebeat.domain.actor import ActorKind
from homebeat.domain.durations import parse_duration
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Grant
from homebeat.domain.role import Role
from homebeat.settings.model import InForce
from homebeat.store import Store

_USER_EPILOG: Final = """examples:
  homebeat user create chen --role desk@plum-lane          one community
  homebeat user create wang --role supervisor@jade-street --role nurse@plum-lane
  homebeat user link chen                                  another link to sign in with
  homebeat user take chen desk@plum-lane
  homebeat user connect chen 248289761001                  sign in through the identity provider, too

A role is for an area and all below it (ROLE@AREA), or without an area for the whole installation.
"""
_KEY_EPILOG: Final = """examples:
  homebeat key create platform --role integrator           another system, for the whole installation
  homebeat key create screen --role desk@plum-lane --for P30D
  homebeat key revoke screen
"""
#: Gives the settings in force and an open store.
Open = Callable[[argparse.Namespace], tuple[InForce, Store]]


def add_people(commands: Any, shared: argparse.ArgumentParser, open_store: Open) -> None:
    """Add both commands to those of the program."""
    _add_user(_add_group(commands, "user", "who may sign in, and as what", _USER_EPILOG), shared, open_store)
    _add_key(_add_group(commands, "key", "which other systems may call the API", _KEY_EPILOG), shared, open_store)


def _add_group(commands: Any, name: str, text: str, epilog: str) -> Any:
    group = commands.add_parser(
        name, help=text, description=text, epilog=epilog, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    return group.add_subparsers(required=True, metavar="ACTION")


def _add_user(group: Any, shared: argparse.ArgumentParser, open_store: Open) -> None:
    from homebeat.bootstrap import people

    def add(name: str, text: str, run: Callable[[argparse.Namespace, InForce, Store], int]) -> argparse.ArgumentParser:
        return _add_action(group, shared, open_store, name, text, run)

    command = add(
        "create",
        "make an account, and print a link to sign in with",
        lambda asked, force, store: people.create_account(
            store, asked.name, asked.role, asked.language, force.settings.link_base
        ),
    )
    command.add_argument("name", help="what they sign in with; it stands beside what they do, and is never used again")
    _add_roles(command)
    command.add_argument("--language", choices=("zh-CN", "en"), default="zh-CN", help="of their pages (default zh-CN)")
    add("list", "list accounts with their roles", lambda _asked, _force, store: people.list_accounts(store))
    for name, text, gives in (("give", "give a role", True), ("take", "take a role away", False)):
        command = add(
            name,
            text,
            lambda asked, _force, store, gives=gives: people.change_role(  # type: ignore[misc]
                store, ActorKind.PERSON, asked.name, asked.role, give=gives
            ),
        )
        command.add_argument("name")
        command.add_argument("role", type=parse_grant, metavar="ROLE[@AREA]")
    for name, text, undo in (("disable", "let nobody sign in under this name", False), ("enable", "the opposite", True)):
        command = add(
            name,
            text,
            lambda asked, _force, store, undo=undo: people.disable_account(store, asked.name, undo=undo),  # type: ignore[misc]
        )
        command.add_argument("name")
    command = add(
        "link",
        "print another link to sign in with; older ones stop working",
        lambda asked, force, store: people.print_link(store, asked.name, force.settings.link_base),
    )
    command.add_argument("name")
    command = add(
        "connect",
        "let the owner sign in through the identity provider of [oidc]",
        lambda asked, force, store: people.connect_account(store, asked.name, force.settings.oidc.issuer, asked.subject),
    )
    command.add_argument("name")
    command.add_argument("subject", help="the id that they have there (the claim sub of their ID token)")
    command = add(
        "disconnect",
        "let nobody sign in to the account through the identity provider, and end its sessions",
        lambda asked, force, store: people.disconnect_account(store, asked.name, force.settings.oidc.issuer),
    )
    command.add_argument("name")


def _add_key(group: Any, shared: argparse.ArgumentParser, open_store: Open) -> None:
    from homebeat.bootstrap import people

    command = _add_action(
        group,
        shared,
        open_store,
        "create",
        "make a key, and show it once",
        lambda asked, _force, store: people.create_key(store, asked.name, asked.role, asked.lifetime),
    )
    command.add_argument("name", help="what it is for; it stands beside what is done with it")
    _add_roles(command)
    command.add_argument(
        "--for",
        dest="lifetime",
        type=_parse_lifetime,
        metavar="P365D",
        default=timedelta(days=365),
        help="how long it is valid (default P365D)",
    )
    _add_action(
        group, shared, open_store, "list", "list keys with their roles", lambda _asked, _force, store: people.list_keys(store)
    )
    command = _add_action(
        group,
        shared,
        open_store,
        "revoke",
        "make a key open nothing from now on",
        lambda asked, _force, store: people.revoke_key(store, asked.name),
    )
    command.add_argument("name")


def _add_action(
    group: Any,
    shared: argparse.ArgumentParser,
    open_store: Open,
    name: str,
    text: str,
    run: Callable[[argparse.Namespace, InForce, Store], int],
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = group.add_parser(name, parents=[shared], help=text, description=text)
    command.set_defaults(run=lambda asked: run(asked, *open_store(asked)))
    return command


def _add_roles(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--role",
        type=parse_grant,
        action="append",
        required=True,
        metavar="ROLE[@AREA]",
        help=f"{', '.join(Role)}; in an area and all below it; may be repeated",
    )


def parse_grant(text: str) -> Grant:
    """Parse `desk@plum-lane`, or `desk` for the whole installation.

    Raises:
        argparse.ArgumentTypeError: There is no such role.
    """
    role, at, area = text.partition("@")
    if role not in set(Role) or (at and not area):
        raise argparse.ArgumentTypeError(f"there is no role {role!r}; use one of {', '.join(Role)}, as ROLE or ROLE@AREA")
    return Grant(role, AreaId(area) if area else None)


def _parse_lifetime(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
