"""Where everything is kept: tables, unit of work, queries. The only importer of SQLAlchemy.

store = open_store("sqlite:///street.db")
with store.begin() as tx:           # writes; one transaction; commits at the end, rolls back on any error
    tx.readings.append(batch, device_nos)
with store.read() as reader:        # reads one consistent state
    reader.alerts.page(AlertFilter(is_open=True), limit=50)
"""

from homebeat.store.answers import Answered
from homebeat.store.learned_rows import (
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
from homebeat.store.learned_spans import FOUND_AWAY
from homebeat.store.retention import Keep
from homebeat.store.rows import (
    EVERYTHING,
    Appended,
    Attempt,
    Balance,
    Checkpoint,
    ClockStep,
    DeviceState,
    Difference,
    FleetChange,
    Leased,
    OutboxState,
    ResidentState,
    Shares,
    Token,
)
from homebeat.store.session import ReadSession, UnitOfWork
from homebeat.store.store import Store, open_store
from homebeat.store.tenure import Fence
from homebeat.store.views import (
    AlertDetail,
    AlertEntry,
    AlertFilter,
    AlertOrder,
    Change,
    DeliveryEntry,
    DeviceEntry,
    Heartbeat,
    HourUse,
    HouseholdDetail,
    HouseholdEntry,
    NoticeEntry,
    OpenCount,
    OutboxHealth,
    Page,
    QuarantineEntry,
    ReadingEntry,
    ResidentEntry,
    Step,
)

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
    "Token",
    "UnitOfWork",
    "Usual",
    "is_pending",
    "open_store",
    "why",
    "why_low",
]
