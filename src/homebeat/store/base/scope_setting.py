"""Says the scope of a transaction to PostgreSQL, for its row-level security (`second_fence`).

The setting ends with its transaction, so that a pooled connection gives nobody the scope of somebody else. A transaction that
says nothing sees nothing. SQLite has no second fence.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from homebeat.domain.scope import EVERYTHING, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

#: Holds `*`, or a JSON array of area ids.
SETTING: Final = "homebeat.scope"
_SAY: Final = text(f"SELECT set_config('{SETTING}', :scope, true)")
_ASK_ROLE: Final = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")


def say_scope(connection: Connection, scope: Scope) -> None:
    """Say the scope of the transaction that has begun; it holds until that ends, or until another is said."""
    if connection.dialect.name == "postgresql":
        areas = "*" if scope.areas is None else json.dumps(sorted(scope.areas))
        connection.execute(_SAY, {"scope": areas})


@contextmanager
def lift_scope(connection: Connection, scope: Scope) -> Iterator[None]:
    """Let the block write rows of everybody, for what homebeat keeps by itself; afterwards `scope` holds again."""
    if scope != EVERYTHING:
        say_scope(connection, EVERYTHING)
    yield
    if scope != EVERYTHING:
        say_scope(connection, scope)


def is_bypassed(connection: Connection) -> bool:
    """Whether row-level security does not hold for this login: it is a superuser, or has BYPASSRLS."""
    return connection.dialect.name == "postgresql" and bool(connection.scalar(_ASK_ROLE))
