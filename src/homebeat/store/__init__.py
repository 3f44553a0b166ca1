"""Where everything is kept: tables, unit of work, queries. The only importer of SQLAlchemy.

store = open_store("sqlite:///street.db")
with store.begin() as tx:           # writes; one transaction; commits at the end, rolls back on any error
    tx.readings.append(batch, device_nos)
with store.read() as reader:        # reads one consistent state
    reader.alerts.page(AlertFilter(is_open=True), limit=50)

Words: docs/glossary.md.
"""

from homebeat.store.access.answers import Answered
from homebeat.store.access.values import Token
from homebeat.store.alert.values import AlertDetail, AlertEntry, AlertFilter, AlertOrder, OpenCount, Step, Suppression
from homebeat.store.audit.values import AuditEntry
from homebeat.store.base.cursors import Page
from homebeat.store.home.values import (
    DeviceEntry,
    DeviceState,
    Difference,
    FleetChange,
    HouseholdDetail,
    HouseholdEntry,
    ResidentEntry,
    ResidentState,
)
from homebeat.store.learned.spans import FOUND_AWAY
from homebeat.store.learned.values import (
    CurvePoint,
    Learned,
    LimitChoice,
    LowObservability,
    OutcomeCount,
    Usual,
    is_pending,
    why,
    why_low,
)
from homebeat.store.notice.values import (
    EVERYTHING,
    Attempt,
    DeliveryEntry,
    Leased,
    NoticeEntry,
    OutboxHealth,
    OutboxState,
    Shares,
)
from homebeat.store.operation.retention import Keep
from homebeat.store.operation.tenure import Fence
from homebeat.store.operation.values import Change, Checkpoint, ClockStep, Heartbeat
from homebeat.store.reading.values import Appended, Balance, HourUse, QuarantineEntry, ReadingEntry
from homebeat.store.session import ReadSession, UnitOfWork
from homebeat.store.store import Store, open_store

__all__ = [
    "EVERYTHING",
    "FOUND_AWAY",
    "AlertDetail",
    "AlertEntry",
    "AlertFilter",
    "AlertOrder",
    "Answered",
    "Appended",
    "Attempt",
    "AuditEntry",
    "Balance",
    "Change",
    "Checkpoint",
    "ClockStep",
    "CurvePoint",
    "DeliveryEntry",
    "DeviceEntry",
    "DeviceState",
    "Difference",
    "Fence",
    "FleetChange",
    "Heartbeat",
    "HourUse",
    "HouseholdDetail",
    "HouseholdEntry",
    "Keep",
    "Learned",
    "Leased",
    "LimitChoice",
    "LowObservability",
    "NoticeEntry",
    "OpenCount",
    "OutboxHealth",
    "OutboxState",
    "OutcomeCount",
    "Page",
    "QuarantineEntry",
    "ReadSession",
    "ReadingEntry",
    "ResidentEntry",
    "ResidentState",
    "Shares",
    "Step",
    "Store",
    "Suppression",
    "Token",
    "UnitOfWork",
    "Usual",
    "is_pending",
    "open_store",
    "why",
    "why_low",
]
