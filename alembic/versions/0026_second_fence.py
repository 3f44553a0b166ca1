"""Row-level security on PostgreSQL: a transaction sees the rows of the areas that it says, and none when it says nothing.

Revision: 0026, after 0025.
"""

import sqlalchemy as sa

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_SETTING = "current_setting('homebeat.scope', true)"
_ALL = f"(SELECT {_SETTING}) = '*'"
_SOME = f"(SELECT {_SETTING}) LIKE '[\"%'"
_AREAS = f"ARRAY(SELECT jsonb_array_elements_text(CASE WHEN {_SETTING} LIKE '[%' THEN {_SETTING}::jsonb ELSE '[]'::jsonb END))"
_LIES_IN = "{0} IN (SELECT line.area FROM area_above AS line WHERE line.above = ANY (" + _AREAS + "))"  # noqa: S608 - names of ours
_ABOVE = "EXISTS (SELECT 1 FROM area_above AS line WHERE line.above = area.id AND line.area = ANY (" + _AREAS + "))"  # noqa: S608 - names of ours
_SEEN = "EXISTS (SELECT 1 FROM {0} AS there WHERE there.id = {1})"
_BY_ALERT = "alert", "alert_id"
_BY_HOUSEHOLD = "household", "household"
_BY_RESIDENT = "resident", "resident"
_BY_DEVICE = "device", "device"
#: The row of another table that decides: its table, and the column that names it.
_FOLLOWS = {
    "resident": _BY_HOUSEHOLD,
    "contact": _BY_HOUSEHOLD,
    "device": _BY_HOUSEHOLD,
    "away": _BY_HOUSEHOLD,
    "resident_state": _BY_RESIDENT,
    "device_state": _BY_DEVICE,
    "disregarded": _BY_RESIDENT,
    "limit_choice": _BY_RESIDENT,
    "learned": _BY_RESIDENT,
    "transition": _BY_ALERT,
    "suppression": _BY_ALERT,
    "outbox": _BY_ALERT,
    "delivery": ("outbox", "outbox_id"),
    "extra_reading": _BY_DEVICE,
}
_POLICIES = {
    "checkpoint": _ALL,
    "checkpoint_part": _ALL,
    "checkpoint_use": _ALL,
    "area": f"{_ALL} OR {_LIES_IN.format('area.id')} OR {_ABOVE}",
    "household": f"{_ALL} OR {_LIES_IN.format('household.area')}",
    "alert_area": f"{_ALL} OR {_LIES_IN.format('alert_area.area')}",
    "alert": f"{_ALL} OR {_LIES_IN.format('alert.area')} OR (alert.area IS NULL AND alert.household = '' AND {_SOME})",
    "quarantine": (f"{_ALL} OR (quarantine.device IS NULL AND {_SOME}) OR {_SEEN.format('device', 'quarantine.device')}"),
    "change": f"{_ALL} OR (change.kind = 'fleet' AND {_SOME})"
    + "".join(f" OR (change.kind = '{kind}' AND {_SEEN.format(kind, 'change.ref')})" for kind in ("alert", "resident", "device")),
    **{table: f"{_ALL} OR {_SEEN.format(other, f'{table}.{column}')}" for table, (other, column) in _FOLLOWS.items()},
}


def upgrade() -> None:
    """Put the policies up, and force them: the owner of the tables is held to them too."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, condition in _POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY scope ON {table} USING ({condition})")
    _replace_counts(["area", "household"])


def downgrade() -> None:
    """Take the policies down."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in _POLICIES:
        op.execute(f"DROP POLICY scope ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    _replace_counts([])


def _replace_counts(include: list[str]) -> None:
    """Replace the index of counts by one that has what a policy asks of a row: a count then reads the index alone."""
    where = sa.text("answer <> 'resolved' AND queue NOT IN ('digest', 'none')")
    op.drop_index("ix_alert_counts", "alert")
    columns = ["queue", "priority_rank", "answer"]
    op.create_index("ix_alert_counts", "alert", columns, postgresql_where=where, postgresql_include=include)
