"""Stores accounts and the roles of accounts and keys."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError

from homebeat.domain.errors import NotAllowed
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Grant
from homebeat.store.access import tables
from homebeat.store.access.values import Account
from homebeat.store.base import cursors
from homebeat.store.base.among import match_any
from homebeat.store.base.chunks import split_chunks
from homebeat.store.base.cursors import Page
from homebeat.store.base.database import insert_into
from homebeat.store.scoping import match_scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, RowMapping

    from homebeat.domain.scope import Scope
    from homebeat.store.sealing.owner_keys import OwnerKeys, OwnerKeyWrites

_account, _grant, _code, _key = tables.account, tables.role_grant, tables.recovery_code, tables.api_key


class AccountQueries:
    """Accounts, for reading."""

    def __init__(self, connection: Connection, keys: OwnerKeys) -> None:
        self._connection = connection
        self._keys = keys

    def find(self, name: str) -> Account | None:
        """Find the account of this name, also a disabled one."""
        row = self._connection.execute(select(_account).where(_account.c.name == name)).mappings().first()
        return None if row is None else self._make([row])[0]

    def list_all(self) -> list[Account]:
        """List every account by name, disabled ones too."""
        return self._make(self._connection.execute(select(_account).order_by(_account.c.name)).mappings().all())

    def read_page(self, scope: Scope, limit: int, cursor: str | None = None) -> Page[Account]:
        """Read a page of the accounts that have a role in the scope, by name, disabled ones too; each with all its roles.

        Args:
            scope: Of whoever looks. One that reaches everything has those without a role, too.
            limit: How many at most.
            cursor: Where the page before ended.

        Raises:
            BadCursor: The cursor is not one of ours.
        """
        query = select(_account).order_by(_account.c.name).limit(limit + 1)
        if scope.areas is not None:
            query = query.where(has_role_in(literal("user:") + _account.c.name, scope))
        if cursor is not None:
            (after,) = cursors.read(cursor, str)
            query = query.where(_account.c.name > after)
        return cursors.make_page(
            self._make(self._connection.execute(query).mappings().all()), limit, lambda account: (account.name,)
        )

    def list_holders(self, now: int) -> dict[str, tuple[Grant, ...]]:
        """List the roles of everybody who can use them at `now` (epoch ms): of enabled accounts and of valid keys.

        Returns:
            The grants by `user:...` or `key:...`.
        """
        keys = select(literal("key:") + _key.c.name).where(
            _key.c.revoked_at.is_(None), or_(_key.c.ends_at.is_(None), _key.c.ends_at > now)
        )
        accounts = select(literal("user:") + _account.c.name).where(_account.c.disabled_at.is_(None))
        found: dict[str, list[Grant]] = defaultdict(list)
        query = select(_grant).where(or_(_grant.c.holder.in_(accounts), _grant.c.holder.in_(keys))).order_by(_grant.c.id)
        for row in self._connection.execute(query):
            found[row.holder].append(Grant(row.role, None if row.area is None else AreaId(row.area)))
        return {holder: tuple(grants) for holder, grants in found.items()}

    def count_recovery_codes(self, name: str) -> int:
        """Count the recovery codes of an account that were not used yet."""
        return self._connection.scalar(select(func.count()).select_from(_code).where(_code.c.account == name)) or 0

    def has_any(self) -> bool:
        """Whether there is any account."""
        return self._connection.scalar(select(_account.c.name).limit(1)) is not None

    def _make(self, rows: Sequence[RowMapping]) -> list[Account]:
        grants = read_grants(self._connection, [f"user:{row['name']}" for row in rows])
        return [self._make_account(row, grants[f"user:{row['name']}"]) for row in rows]

    def _make_account(self, row: RowMapping, grants: tuple[Grant, ...]) -> Account:
        fields = dict(row)
        sealed, owner = fields.pop("totp_sealed"), _name_owner(row["name"])
        secret = b"" if sealed is None else self._keys.open_bytes(owner, "account", "totp_sealed", row["name"], sealed)
        # where it cannot be opened, they are asked for a code and no code is right: a recovery code is, or a link
        legible = secret.decode() if isinstance(secret, bytes) else ""
        return Account(**fields, grants=grants, totp_secret=legible, has_second_factor=sealed is not None)


class Accounts(AccountQueries):
    """Accounts, for writing."""

    def __init__(self, connection: Connection, keys: OwnerKeyWrites) -> None:
        super().__init__(connection, keys)
        self._sealing = keys

    def add(self, account: Account) -> None:
        """Store a new account, without its roles.

        Raises:
            NotAllowed: The name is in use, perhaps by a disabled account: names stand in histories.
        """
        values = {name: getattr(account, name) for name in ("name", "language", "password", "made_at", "disabled_at")}
        try:
            self._connection.execute(insert(_account).values(values))
        except IntegrityError:
            raise NotAllowed(f"there is an account named {account.name} already") from None

    def set_password(self, name: str, password: str) -> None:
        """Store the hash of a new password."""
        self._connection.execute(update(_account).where(_account.c.name == name).values(password=password))

    def set_second_factor(self, name: str, secret: str, step: int, codes: Iterable[str], now: int) -> None:
        """Store the secret of a second factor, the step of the code that proved it, and the digests of its recovery codes.

        With an empty secret there is no second factor from now on. `now` is epoch ms.
        """
        sealed = None
        if secret:
            self._sealing.make_keys([_name_owner(name)], now)
            sealed = self._sealing.seal_bytes(_name_owner(name), "account", "totp_sealed", name, secret.encode())
        self._connection.execute(update(_account).where(_account.c.name == name).values(totp_sealed=sealed, totp_step=step))
        self._connection.execute(delete(_code).where(_code.c.account == name))
        rows = [{"digest": code, "account": name} for code in codes]
        if rows:
            self._connection.execute(insert(_code), rows)

    def use_step(self, name: str, step: int) -> bool:
        """Note that the code of this step was accepted; False where it, or a later one, was accepted before."""
        newer = update(_account).where(_account.c.name == name, _account.c.totp_step < step)
        return self._connection.execute(newer.values(totp_step=step)).rowcount == 1

    def use_recovery_code(self, name: str, digest: str) -> bool:
        """Use a recovery code up; False where the account has none like this."""
        mine = delete(_code).where(_code.c.account == name, _code.c.digest == digest)
        return self._connection.execute(mine).rowcount == 1

    def set_disabled(self, name: str, at: int | None) -> None:
        """Disable an account from `at` (epoch ms) on, or with None enable it again."""
        self._connection.execute(update(_account).where(_account.c.name == name).values(disabled_at=at))

    def note_sign_in(self, name: str, at: int) -> None:
        """Write down that somebody signed in at `at` (epoch ms)."""
        self._connection.execute(update(_account).where(_account.c.name == name).values(signed_in_at=at))

    def give(self, holder: str, grant: Grant, given_by: str, at: int) -> bool:
        """Give a role to `user:...` or `key:...`; returns False where they have it already."""
        values = {"holder": holder, "role": grant.role, "area": grant.area, "given_by": given_by, "given_at": at}
        statement = insert_into(self._connection, _grant).values(values)
        return self._connection.scalar(statement.on_conflict_do_nothing().returning(_grant.c.id)) is not None

    def take(self, holder: str, grant: Grant) -> bool:
        """Take a role away; returns False where they do not have it."""
        area = _grant.c.area.is_(None) if grant.area is None else _grant.c.area == grant.area
        statement = delete(_grant).where(_grant.c.holder == holder, _grant.c.role == grant.role, area)
        return self._connection.execute(statement).rowcount > 0


def has_role_in(holder: ColumnElement[str], scope: Scope) -> ColumnElement[bool]:
    """Make a condition: the holder that a column names has a role in an area of the scope. A role everywhere is in none."""
    return select(literal(1)).where(_grant.c.holder == holder, match_scope(_grant.c.area, scope)).exists()


def read_grants(connection: Connection, holders: Iterable[str]) -> dict[str, tuple[Grant, ...]]:
    """Read the roles of each of these holders, oldest first; an empty tuple for who has none."""
    found: dict[str, list[Grant]] = defaultdict(list)
    wanted = list(holders)
    for some in split_chunks(wanted):
        rows = connection.execute(select(_grant).where(match_any(_grant.c.holder, some)).order_by(_grant.c.id))
        for row in rows:
            found[row.holder].append(Grant(row.role, None if row.area is None else AreaId(row.area)))
    return {holder: tuple(found[holder]) for holder in wanted}


def _name_owner(name: str) -> str:
    return f"account:{name}"
