"""Makes the schema of each database, for Alembic. Queries use the `tables` of each noun, which are the same on both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Column, Computed, Double, Index, Integer, MetaData, SmallInteger, Table, UniqueConstraint, text

from homebeat.codecs.wire import Mark
from homebeat.domain.metric import Metric
from homebeat.store.access import tables as _access
from homebeat.store.alert import tables as _alert
from homebeat.store.audit import tables as _audit
from homebeat.store.base.metadata import METADATA
from homebeat.store.duty import tables as _duty
from homebeat.store.home import tables as _home
from homebeat.store.learned import tables as _learned
from homebeat.store.notice import tables as _notice
from homebeat.store.operation import tables as _operation
from homebeat.store.reading import tables as _reading
from homebeat.store.reading.writes import WINDOW_MS
from homebeat.store.sealing import tables as _sealing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.sql.schema import SchemaItem

#: Each of them enters its tables into METADATA when it is imported; without all of them the schema would lack some.
_TABLES = (_access, _alert, _audit, _duty, _home, _learned, _notice, _operation, _reading, _sealing)
#: As `reading.writes.compute_keys`: alarms without a time of their own are one per window.
UNTIMED_KEY: Final = (
    f"CASE WHEN metric >= {int(Metric.ALARM_SOS)} AND mark & {int(Mark.UNTIMED)} "
    f"THEN received_at - received_at % {WINDOW_MS} ELSE observed_at END"
)


def make_schema(dialect: str) -> MetaData:
    """Make every table as `dialect` (`sqlite` or `postgresql`) has it."""
    metadata = MetaData(naming_convention=METADATA.naming_convention)
    for table in METADATA.sorted_tables:
        table.to_metadata(metadata)
    if dialect == "sqlite":
        _add_sqlite_reading(metadata)
    else:
        _add_postgres_reading(metadata)
    return metadata


def _make_columns() -> Sequence[Column[Any]]:
    return (
        Column("device_no", Integer, nullable=False),
        Column("metric", SmallInteger, nullable=False),
        Column("mark", SmallInteger, nullable=False),
        Column("observed_at", BigInteger, nullable=False),
        Column("received_at", BigInteger, nullable=False),
        Column("value", Double, nullable=False),
    )


def _add_sqlite_reading(metadata: MetaData) -> None:
    # The unique index leads with time: a tick's rows then share a few pages at its end, and a commit writes those few.
    # Led by device it costs twice as much a row. Rows are entered into the index by device later, when there is time.
    settled = text("settled = 1")
    Table(
        "reading",
        metadata,
        Column("position", Integer, primary_key=True, autoincrement=True),
        *_make_columns(),
        Column("settled", SmallInteger, nullable=False, server_default=text("0")),
        Column("key_at", BigInteger, Computed(UNTIMED_KEY, persisted=False), nullable=True),
        Index("uq_reading_key_at_device_no_metric", "key_at", "device_no", "metric", unique=True),
        Index("ix_reading_device", "device_no", "metric", "key_at", sqlite_where=settled),
        sqlite_autoincrement=True,
    )


def _add_postgres_reading(metadata: MetaData) -> None:
    Table(
        "reading",
        metadata,
        Column("position", BigInteger, nullable=False),
        *_make_columns(),
        Column("key_at", BigInteger, nullable=False),
        UniqueConstraint("device_no", "metric", "key_at"),
        # The log is appended to only, so position follows the place on disk and a summary per 32 pages is enough: a tenth
        # of a tree's size and, measured, 2 to 3 us less a row.
        Index(
            "ix_reading_position",
            "position",
            postgresql_using="brin",
            postgresql_with={"pages_per_range": 32, "autosummarize": True},
        ),
        postgresql_partition_by="RANGE (key_at)",
    )


def is_ours(_object: SchemaItem, name: str | None, kind: str, reflected: bool, _compare_to: object) -> bool:  # noqa: FBT001
    """Whether Alembic compares this. It does not compare the day partitions of `reading`: homebeat makes and drops them."""
    return not (reflected and kind == "table" and name is not None and name.startswith("reading_d"))
