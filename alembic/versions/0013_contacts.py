"""Contacts have ids of their own, telephone numbers and languages.

Revision: 0013, after 0012.
"""

import hashlib
import unicodedata
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_contact = sa.table("contact", *(sa.column(name) for name in ("id", "household", "name", "place", "retired_at")))
_outbox = sa.table("outbox", sa.column("id"), sa.column("contact"))


def upgrade() -> None:
    """Ids come from names instead of places in the list, and notices go with them; `place` is the one in the home's list."""
    op.add_column("contact", sa.Column("phone", sa.Text(), nullable=False, server_default=""))
    op.add_column("contact", sa.Column("language", sa.Text(), nullable=False, server_default="zh-CN"))
    rows: list[dict[str, str | int]] = []
    taken: set[str] = set()
    for household, people in _by_household():
        for place, row in enumerate(people):
            new = f"{household}/{_derived(row.name)}"
            new = row.id if new in taken else new
            taken.add(new)
            rows.append({"was": row.id, "becomes": new, "stands": place})
    _rename(rows)


def downgrade() -> None:
    """Ids are places in the list again."""
    _rename(
        [
            {"was": row.id, "becomes": f"{household}/{place}", "stands": place}
            for household, people in _by_household()
            for place, row in enumerate(people)
        ]
    )
    op.drop_column("contact", "language")
    op.drop_column("contact", "phone")


def _by_household() -> list[tuple[str, list[Any]]]:
    """The contacts of each home in their order, retired ones last."""
    query = sa.select(_contact).order_by(_contact.c.household, _contact.c.retired_at.is_not(None), _contact.c.place)
    rows = op.get_bind().execute(query).all()
    return [(household, list(people)) for household, people in groupby(rows, key=lambda row: row.household)]


def _derived(name: str) -> str:
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    return f"n-{hashlib.sha256(plain.encode()).hexdigest()[:12]}"


def _rename(rows: list[dict[str, str | int]]) -> None:
    connection = op.get_bind()
    if not rows:
        return
    # by way of ids that nobody has: one may become what another still is
    statement = sa.update(_contact).where(_contact.c.id == sa.bindparam("was")).values(id=sa.bindparam("between"))
    connection.execute(statement, [{"was": row["was"], "between": f"{row['was']}/"} for row in rows])
    statement = sa.update(_contact).where(_contact.c.id == sa.bindparam("was") + "/")
    connection.execute(statement.values(id=sa.bindparam("becomes"), place=sa.bindparam("stands")), rows)
    new = {row["was"]: row["becomes"] for row in rows}
    notices = connection.execute(sa.select(_outbox.c.id, _outbox.c.contact)).all()
    moved = [{"notice": row.id, "whose": new[row.contact]} for row in notices if row.contact in new]
    if moved:
        statement = sa.update(_outbox).where(_outbox.c.id == sa.bindparam("notice"))
        connection.execute(statement.values(contact=sa.bindparam("whose")), moved)
