"""The audit is a chain: numbers without gaps, and in each row a hash over the one before. Signed checkpoints have a table.

Revision: 0020, after 0019.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_NO_HASH = "0" * 64
_BATCH = 5_000
_COLUMNS = ("id", "at", "actor", "role", "action", "about")

_SQLITE = (
    "CREATE TRIGGER audit_no_change BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'a row of the audit is never changed'); END",
    (
        "CREATE TRIGGER audit_no_loss BEFORE DELETE ON audit "
        "WHEN OLD.id > coalesce((SELECT cut_number FROM audit_head), 0) "
        "BEGIN SELECT RAISE(ABORT, 'a row of the audit is deleted by retention only'); END"
    ),
)
_POSTGRES = (
    (
        "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a row of the audit is never changed' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    ),
    (
        "CREATE FUNCTION refuse_audit_loss() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF OLD.id > coalesce((SELECT cut_number FROM audit_head), 0) THEN RAISE EXCEPTION "
        "'a row of the audit is deleted by retention only' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
        "RETURN OLD; END $$"
    ),
    "CREATE TRIGGER audit_no_change BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()",
    "CREATE TRIGGER audit_no_loss BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_audit_loss()",
    "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()",
)


def upgrade() -> None:
    """The rows that are there get new numbers, 1 and so on, and are chained in their order."""
    _set_aside()
    op.create_table(
        "audit",
        sa.Column("id", _SERIAL, autoincrement=False, nullable=False),
        *_make_columns(sa.Text()),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_table(
        "audit_head",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("cut_number", sa.BigInteger(), nullable=False),
        sa.Column("cut_hash", sa.Text(), nullable=False),
        sa.CheckConstraint("no = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "signed_checkpoint",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_signed_checkpoint")),
    )
    number, last = _chain()
    head = sa.table("audit_head", *(sa.column(name) for name in ("no", "number", "hash", "cut_number", "cut_hash")))
    op.execute(sa.insert(head).values(no=1, number=number, hash=last, cut_number=0, cut_hash=_NO_HASH))
    op.drop_table("audit_before")
    for name, columns in (("at", ["at"]), ("about", ["about", "id"]), ("actor", ["actor", "id"])):
        op.create_index(f"ix_audit_{name}", "audit", columns)
    for statement in _SQLITE if _is_sqlite() else _POSTGRES:
        op.execute(statement)


def downgrade() -> None:
    """The numbers stay; hashes and checkpoints go."""
    for trigger in ("audit_no_change", "audit_no_loss", *(() if _is_sqlite() else ("audit_no_truncate",))):
        op.execute(f"DROP TRIGGER {trigger}" + ("" if _is_sqlite() else " ON audit"))
    if not _is_sqlite():
        op.execute("DROP FUNCTION refuse_audit_change")
        op.execute("DROP FUNCTION refuse_audit_loss")
    op.drop_index("ix_audit_actor", "audit")
    _set_aside()
    op.create_table(
        "audit",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        *_make_columns(_JSON),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    for rows in _read_rows(sa.Text()):
        op.bulk_insert(_name(_JSON, "audit"), [dict(row) | {"detail": json.loads(row["detail"])} for row in rows])
    op.drop_table("audit_before")
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_about", "audit", ["about", "id"])
    if not _is_sqlite():
        op.execute("SELECT setval(pg_get_serial_sequence('audit', 'id'), coalesce((SELECT max(id) FROM audit), 1))")
    op.drop_table("signed_checkpoint")
    op.drop_table("audit_head")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _make_columns(detail: Any) -> list[sa.Column[Any]]:
    return [
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _COLUMNS[2:]),
        sa.Column("detail", detail, nullable=False),
    ]


def _set_aside() -> None:
    op.drop_index("ix_audit_at", "audit")
    op.drop_index("ix_audit_about", "audit")
    op.rename_table("audit", "audit_before")
    if not _is_sqlite():
        op.execute("ALTER TABLE audit_before RENAME CONSTRAINT pk_audit TO pk_audit_before")


def _name(detail: Any, table: str) -> sa.TableClause:
    return sa.table(table, *(sa.column(name) for name in _COLUMNS), sa.column("detail", detail))


def _read_rows(detail: Any) -> Iterator[list[sa.RowMapping]]:
    before = _name(detail, "audit_before")
    after = 0
    while True:
        query = sa.select(before).where(before.c.id > after).order_by(before.c.id).limit(_BATCH)
        rows = list(op.get_bind().execute(query).mappings())
        if not rows:
            return
        yield rows
        after = rows[-1]["id"]


def _chain() -> tuple[int, str]:
    """Number and hash of the last row. As `homebeat.store.audit.chain` computes it."""
    target = sa.table("audit", *(sa.column(name) for name in (*_COLUMNS, "detail", "hash")))
    number, last = 0, _NO_HASH
    for rows in _read_rows(_JSON):
        chained: list[dict[str, Any]] = []
        for row in rows:
            number += 1
            detail = json.dumps(row["detail"], sort_keys=True, separators=(",", ":"))
            about, action, actor, role = (json.dumps(row[name]) for name in ("about", "action", "actor", "role"))
            said = (
                f'{{"about":{about},"action":{action},"actor":{actor},"at":{row["at"]},'
                f'"detail":{detail},"id":{number},"role":{role}}}'
            )
            last = hashlib.sha256((last + said).encode()).hexdigest()
            chained.append(dict(row) | {"id": number, "detail": detail, "hash": last})
        op.bulk_insert(target, chained)
    return number, last
