"""Holidays come from the settings, by calendar; rotas name the one that they go by.

Revision: 0059, after 0058.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_rota = sa.table("rota", sa.column("id", sa.Text()), sa.column("pattern", _JSON))


def upgrade() -> None:
    """The holidays of a rota file are in no calendar: they are lost, and the settings have to name them."""
    _make_table(sa.Column("calendar", sa.Text(), nullable=False))
    for ident, pattern in op.get_bind().execute(sa.select(_rota.c.id, _rota.c.pattern)).all():
        op.execute(_rota.update().where(_rota.c.id == ident).values(pattern={**pattern, "holidays": ""}))


def downgrade() -> None:
    """The holidays are lost; a rota file has to name them again."""
    for ident, pattern in op.get_bind().execute(sa.select(_rota.c.id, _rota.c.pattern)).all():
        kept = {name: value for name, value in pattern.items() if name != "holidays"}
        op.execute(_rota.update().where(_rota.c.id == ident).values(pattern=kept))
    _make_table()


def _make_table(*keys: sa.Column[str]) -> None:
    op.drop_table("holiday_year")
    op.create_table(
        "holiday_year",
        *keys,
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("off", _JSON, nullable=False),
        sa.Column("work", _JSON, nullable=False),
        sa.PrimaryKeyConstraint(*(key.name for key in keys), "year", name=op.f("pk_holiday_year")),
    )
