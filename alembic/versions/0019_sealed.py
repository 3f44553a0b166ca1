"""Personal fields are sealed, with an owner key for each resident and each home.

Revision: 0019, after 0018. Where there are people in the tables it needs the key file, and makes it if there is none. Once it is
committed, nothing personal stands in a table as it is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import context, op
from homebeat.store.alert.rows import NOTES
from homebeat.store.home.endpoints import hide_endpoint
from homebeat.store.home.erasing import note_rewritten
from homebeat.store.home.sealed import ABSENCES, CONTACTS, HOUSEHOLDS, RESIDENTS, open_rows, seal_rows
from homebeat.store.operation.clock import read_now
from homebeat.store.sealing.check import make_keys_once
from homebeat.store.sealing.owner_keys import OwnerKeys, OwnerKeyWrites
from homebeat.store.sealing.values import SealedTable

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_AT_ONCE = 2_000
# need, notes, access, and who has a key came later
_PERSON = replace(RESIDENTS.columns[0], empty={"name": "", "birth_year": None})
_ADDRESS = replace(HOUSEHOLDS.columns[0], empty={"address": ""})
_CONTACT = replace(CONTACTS.columns[0], empty={"name": "", "relation": ""})
_TABLES: Mapping[str, SealedTable] = {
    "household": replace(HOUSEHOLDS, columns=(_ADDRESS,)),  # the position came with 0043
    "resident": replace(RESIDENTS, columns=(_PERSON, *RESIDENTS.columns[1:])),
    "contact": replace(CONTACTS, columns=(_CONTACT, *CONTACTS.columns[1:])),
    "away": ABSENCES,
    "transition": NOTES,
}
#: What was plain, by table: type, and what a row has by default.
_PLAIN: Mapping[str, Mapping[str, tuple[Any, str | None]]] = {
    "household": {"address": (sa.Text(), "")},
    "resident": {"name": (sa.Text(), ""), "birth_year": (sa.Integer(), None), "phone": (sa.Text(), "")},
    "contact": {"name": (sa.Text(), ""), "relation": (sa.Text(), ""), "phone": (sa.Text(), ""), "channels": (_JSON, "[]")},
    "away": {"reason": (sa.Text(), "")},
    "transition": {"note": (sa.Text(), "")},
}
#: What is derived from it and stands beside.
_DERIVED: Mapping[str, Mapping[str, Any]] = {
    "resident": {"phone_digest": sa.LargeBinary()},
    "contact": {"phone_digest": sa.LargeBinary(), "ways": _JSON},
}
#: The key of a table, and what else says whose a row is.
_NAMING: Mapping[str, tuple[str, ...]] = {
    "household": ("id",),
    "resident": ("id",),
    "contact": ("id", "household"),
    "away": ("id", "household", "starts_at", "taught_by"),
    "transition": ("key", "alert_id"),
}
_alert = sa.table("alert", sa.column("id"), sa.column("household"))
_outbox = sa.table("outbox", sa.column("endpoint"))


def upgrade() -> None:
    """Seal every row, in the transaction that adds the new columns and drops the old ones."""
    connection = op.get_bind()
    _make_tables()
    empty = sa.text("x''" if connection.dialect.name == "sqlite" else "''::bytea")
    for table, spec in _TABLES.items():
        for column in spec.columns:
            op.add_column(table, sa.Column(column.name, sa.LargeBinary(), nullable=False, server_default=empty))
    for table in _DERIVED:
        op.add_column(table, sa.Column("phone_digest", sa.LargeBinary(), nullable=True))
        op.create_index(f"ix_{table}_phone_digest", table, ["phone_digest"])
    op.add_column("contact", sa.Column("ways", _JSON, nullable=False, server_default="[]"))
    if any(connection.scalar(sa.select(sa.table(name, sa.column("id")).c.id).limit(1)) for name in ("household", "alert")):
        now = read_now(connection)
        keys = make_keys_once(connection, context.config.attributes["key_file"], now)
        for table, spec in _TABLES.items():
            for rows in _read_rows(table, list(_PLAIN[table])):
                for sealed in seal_rows(keys, spec, rows, now):
                    _write_rows(table, sealed, [*(column.name for column in spec.columns), *_DERIVED.get(table, ())])
        _hide_endpoints(keys)
        note_rewritten(connection)
    for table, columns in _PLAIN.items():
        for name in columns:
            op.drop_column(table, name)


def downgrade() -> None:
    """Everything is plain again, but for what was erased."""
    for table, columns in _PLAIN.items():
        for name, (kind, default) in columns.items():
            op.add_column(table, sa.Column(name, kind, nullable=default is None, server_default=default))
    keys = OwnerKeys(op.get_bind(), context.config.attributes["key_file"])
    for table, spec in _TABLES.items():
        for rows in _read_rows(table, [column.name for column in spec.columns]):
            _write_rows(table, list(open_rows(keys, spec, rows)), list(_PLAIN[table]))
    for table, derived in _DERIVED.items():
        op.drop_index(f"ix_{table}_phone_digest", table)
        for name in derived:
            op.drop_column(table, name)
    for table, spec in _TABLES.items():
        for column in spec.columns:
            op.drop_column(table, column.name)
    op.drop_table("key_check")
    op.drop_table("owner_key")


def _make_tables() -> None:
    op.create_table(
        "owner_key",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_owner_key")),
    )
    op.create_table(
        "key_check",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key_id", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("no = 1", name=op.f("ck_key_check_one_row")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_key_check")),
    )


def _read_rows(table: str, names: list[str]) -> Iterator[list[Mapping[str, Any]]]:
    """Yield lists of rows, with what says whose they are, in the order of the key."""
    kinds = {name: kind for name, (kind, _) in _PLAIN[table].items()}
    there = sa.table(table, *(sa.column(name) for name in _NAMING[table]), *(sa.column(name, kinds.get(name)) for name in names))
    key = there.c[_NAMING[table][0]]
    query: sa.Select[Any] = sa.select(there)
    if table == "transition":
        query = sa.select(there, _alert.c.household).join(_alert, _alert.c.id == there.c.alert_id)
    query = query.order_by(key).limit(_AT_ONCE)
    rows = op.get_bind().execute(query).mappings().all()
    while rows:
        yield [dict(row) for row in rows]
        rows = op.get_bind().execute(query.where(key > rows[-1][key.name])).mappings().all()


def _write_rows(table: str, rows: list[dict[str, Any]], names: list[str]) -> None:
    kinds = {**{name: kind for name, (kind, _) in _PLAIN[table].items()}, **_DERIVED.get(table, {})}
    key = _NAMING[table][0]
    there = sa.table(table, sa.column(key), *(sa.column(name, kinds.get(name, sa.LargeBinary())) for name in names))
    values = {name: sa.bindparam(f"new_{name}", type_=there.c[name].type) for name in names}
    statement = sa.update(there).where(there.c[key] == sa.bindparam("which")).values(values)
    op.get_bind().execute(statement, [{"which": row[key], **{f"new_{name}": row[name] for name in names}} for row in rows])


def _hide_endpoints(keys: OwnerKeyWrites) -> None:
    connection = op.get_bind()
    for endpoint in connection.scalars(sa.select(_outbox.c.endpoint).distinct()).all():
        hidden = sa.update(_outbox).where(_outbox.c.endpoint == endpoint).values(endpoint=hide_endpoint(keys, endpoint))
        connection.execute(hidden)
