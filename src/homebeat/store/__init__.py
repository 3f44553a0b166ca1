"""Keeps everything in a database: tables, units of work, queries. The only package that imports SQLAlchemy.

store = open_store("sqlite:///street.db", Path("homebeat.key"))
with store.begin() as tx:           # writes; one transaction; commits at the end, rolls back on any error
    tx.readings.append(batch, device_nos)
with store.read(scope) as reader:   # reads one consistent state, as far as the scope of the reader reaches
    reader.alerts.read_page(AlertFilter(is_open=True), limit=50)

Words: docs/glossary.md.
"""

from homebeat.store.access.answers import StoredAnswer
from homebeat.store.access.keys import ApiKeyQueries
from homebeat.store.access.values import (
    Account,
    AccountIdentity,
    ApiKey,
    BrokenGlass,
    FoundLink,
    GlassTime,
    KeptSignIn,
    MessageLink,
    SessionEntry,
    WaitingIdentity,
)
from homebeat.store.alert.closings import EndedByClosing
from homebeat.store.alert.values import (
    AlertDetail,
    AlertEntry,
    AlertFilter,
    AlertOrder,
    AlertRates,
    CaseAlert,
    GivenReply,
    OpenCount,
    SharingHome,
    Step,
    Suppression,
    WaitingAlert,
    ZonedAlert,
)
from homebeat.store.audit.values import AuditEntry, AuditFilter, ChainPoint, ChainRow, OldRows, SignedCheckpoint, Signer
from homebeat.store.base.cursors import Page
from homebeat.store.duty.rotas import RotaQueries
from homebeat.store.duty.values import (
    Duty,
    HandOverEntry,
    LeaveEntry,
    NewComplaint,
    ProviderEntry,
    RotaEntry,
    ShiftEntry,
    ShiftFeed,
    VolunteerEntry,
)
from homebeat.store.home.beginnings import Beginning
from homebeat.store.home.device_lists import DeviceFilter, DeviceTrouble, LateCount, ModelCount
from homebeat.store.home.home_changes import HomeChange
from homebeat.store.home.person_rows import PersonRows
from homebeat.store.home.place_counts import PlaceCount
from homebeat.store.home.resident_counts import FEW, MANY, ResidentCounts
from homebeat.store.home.resident_filter import ResidentFilter
from homebeat.store.home.values import (
    DeviceEntry,
    DeviceState,
    FleetChange,
    FleetSize,
    HomeKeeping,
    HouseholdDetail,
    HouseholdEntry,
    PhoneMatch,
    ResidentEntry,
    ResidentState,
    TableChange,
)
from homebeat.store.learned.spans import FOUND_AWAY
from homebeat.store.learned.values import (
    CurvePoint,
    LearnedProfile,
    LimitChoice,
    LowObservability,
    OutcomeCount,
    Usual,
    explain_limits,
    explain_low_observability,
    is_pending,
)
from homebeat.store.notice.announced import Announcement, ChosenHomes, HomeStanding
from homebeat.store.notice.dead_letters import OtherChannels
from homebeat.store.notice.family_notes import DueNote
from homebeat.store.notice.platforms import PlatformPlace
from homebeat.store.notice.values import (
    UNLIMITED,
    AskedMessage,
    Attempt,
    ChannelAttempt,
    DeliveryEntry,
    Leased,
    MessageEntry,
    OutboxHealth,
    OutboxState,
    Shares,
)
from homebeat.store.operation.retention import Keep
from homebeat.store.operation.tenure import Fence
from homebeat.store.operation.values import Change, Checkpoint, ClockStep, Heartbeat
from homebeat.store.reading.values import Appended, Balance, HourUse, QuarantineEntry, ReadingBin, ReadingEntry
from homebeat.store.session import ReadSession, UnitOfWork
from homebeat.store.store import Store, open_store

__all__ = [
    "FEW",
    "FOUND_AWAY",
    "MANY",
    "UNLIMITED",
    "Account",
    "AccountIdentity",
    "AlertDetail",
    "AlertEntry",
    "AlertFilter",
    "AlertOrder",
    "AlertRates",
    "Announcement",
    "ApiKey",
    "ApiKeyQueries",
    "Appended",
    "AskedMessage",
    "Attempt",
    "AuditEntry",
    "AuditFilter",
    "Balance",
    "Beginning",
    "BrokenGlass",
    "CaseAlert",
    "ChainPoint",
    "ChainRow",
    "Change",
    "ChannelAttempt",
    "Checkpoint",
    "ChosenHomes",
    "ClockStep",
    "CurvePoint",
    "DeliveryEntry",
    "DeviceEntry",
    "DeviceFilter",
    "DeviceState",
    "DeviceTrouble",
    "DueNote",
    "Duty",
    "EndedByClosing",
    "Fence",
    "FleetChange",
    "FleetSize",
    "FoundLink",
    "GivenReply",
    "GlassTime",
    "HandOverEntry",
    "Heartbeat",
    "HomeChange",
    "HomeKeeping",
    "HomeStanding",
    "HourUse",
    "HouseholdDetail",
    "HouseholdEntry",
    "Keep",
    "KeptSignIn",
    "LateCount",
    "LearnedProfile",
    "Leased",
    "LeaveEntry",
    "LimitChoice",
    "LowObservability",
    "MessageEntry",
    "MessageLink",
    "ModelCount",
    "NewComplaint",
    "OldRows",
    "OpenCount",
    "OtherChannels",
    "OutboxHealth",
    "OutboxState",
    "OutcomeCount",
    "Page",
    "PersonRows",
    "PhoneMatch",
    "PlaceCount",
    "PlatformPlace",
    "ProviderEntry",
    "QuarantineEntry",
    "ReadSession",
    "ReadingBin",
    "ReadingEntry",
    "ResidentCounts",
    "ResidentEntry",
    "ResidentFilter",
    "ResidentState",
    "RotaEntry",
    "RotaQueries",
    "SessionEntry",
    "Shares",
    "SharingHome",
    "ShiftEntry",
    "ShiftFeed",
    "SignedCheckpoint",
    "Signer",
    "Step",
    "Store",
    "StoredAnswer",
    "Suppression",
    "TableChange",
    "UnitOfWork",
    "Usual",
    "VolunteerEntry",
    "WaitingAlert",
    "WaitingIdentity",
    "ZonedAlert",
    "explain_limits",
    "explain_low_observability",
    "is_pending",
    "open_store",
]
