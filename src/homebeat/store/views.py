"""What the reading side of the store returns; plain values, times in epoch milliseconds UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from homebeat.domain.alert import Alert, Answer, Condition, Desk, Outcome, Priority, Reason, TransitionKind
from homebeat.domain.fleet import Away, Contact, Device, Resident
from homebeat.domain.ids import AlertId, AreaId, ContactId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.inbound import QuarantineReason
from homebeat.domain.instants import is_from_the_future
from homebeat.domain.metric import Metric
from homebeat.store.learned_rows import LowObservability
from homebeat.store.rows import DeviceState, OutboxState, ResidentState

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list. `next_cursor` is opaque; None at the end."""

    items: tuple[T, ...]
    next_cursor: str | None = None


class AlertOrder(StrEnum):
    """URGENT: most urgent, then longest waiting, first. NEWEST: latest opened first."""

    URGENT = "urgent"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts; None leaves a field open.

    Attributes:
        is_open: True for unanswered and acknowledged alerts, False for resolved ones.
        area: This area and all below it, with what lies in no area (an unregistered device, homebeat itself).
        since: Opened at or after.
        until: Opened before.
        digest: Slow change that is read once a day (True), or what waits in a queue (False).
    """

    is_open: bool | None = None
    answer: Answer | None = None
    condition: Condition | None = None
    priority: Priority | None = None
    desk: Desk | None = None
    rule: str | None = None
    household: HouseholdId | None = None
    resident: ResidentId | None = None
    area: AreaId | None = None
    since: int | None = None
    until: int | None = None
    digest: bool | None = None
    order: AlertOrder = AlertOrder.URGENT


@dataclass(frozen=True, slots=True)
class AlertEntry:
    """An alert in a list, with what a desk needs to see beside it.

    Attributes:
        changed_at: When its latest transition was.
        transition: The kind of its latest transition.
        resident_name: Empty when the alert is about no one person.
        area: Where the home lies, or lay when the alert was closed.
        timezone: The home's; that of the homes when it is about no home; UTC where there is none.
        digest: Slow change: it waits in no queue.
        area_name: Of the area that the alert is about; empty when it is about something else.
    """

    alert: Alert
    transition: TransitionKind
    changed_at: int
    resident_name: str
    birth_year: int | None
    address: str
    area: AreaId | None
    timezone: str
    digest: bool = False
    area_name: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One row of an alert's history."""

    seq: int
    kind: TransitionKind
    at: int
    actor: str
    reason: Reason
    note: str
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class AlertDetail:
    """An alert with its history, oldest step first."""

    entry: AlertEntry
    history: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ResidentEntry:
    """A resident with where they live and what is known of them.

    Attributes:
        state: None before the first judgement.
        low_observability: Why a quiet home cannot be told early here; None where it can, and before anything was learned.
    """

    resident: Resident
    household: HouseholdId
    area: AreaId
    address: str
    timezone: str
    state: ResidentState | None
    open_alerts: int
    low_observability: LowObservability | None = None


@dataclass(frozen=True, slots=True)
class HouseholdEntry:
    """A home in a list."""

    household: HouseholdId
    area: AreaId
    area_name: str
    timezone: str
    address: str
    residents: tuple[ResidentEntry, ...]
    open_alerts: int


@dataclass(frozen=True, slots=True)
class HouseholdDetail:
    """A home with everything in it; contacts in call order."""

    entry: HouseholdEntry
    contacts: tuple[Contact, ...]
    devices: tuple[DeviceEntry, ...]
    away: tuple[Away, ...]


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """A device with its liveness; `state` is None before it was first judged."""

    device: Device
    household: HouseholdId
    state: DeviceState | None
    latest: tuple[ReadingEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadingEntry:
    """One reading."""

    position: int
    device: DeviceId
    metric: Metric
    observed_at: int
    received_at: int
    value: float
    mark: int


@dataclass(frozen=True, slots=True)
class HourUse:
    """Water used in the hour that begins at `hour_at`; `litres` None when no two readings tell."""

    hour_at: int
    litres: float | None


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """A message set aside."""

    id: int
    topic: str
    payload: bytes
    received_at: int
    reason: QuarantineReason
    detail: str
    partial: bool
    retried_at: int | None
    retried_outcome: str | None


@dataclass(frozen=True, slots=True)
class DeliveryEntry:
    """One attempt, with the notice it belongs to. `due_at` is when the notice is (or was) next due."""

    id: int
    notice_id: str
    alert_id: AlertId
    contact: ContactId
    channel_kind: str
    event: str
    state: OutboxState
    attempt: int
    at: int
    duration_ms: int
    ok: bool
    status: int | None
    error: str
    next_due_at: int | None


@dataclass(frozen=True, slots=True)
class NoticeEntry:
    """A notice and where it stands."""

    id: str
    alert_id: AlertId
    contact: ContactId
    channel_kind: str
    event: str
    state: OutboxState
    created_at: int
    due_at: int
    attempts: int
    last_error: str


@dataclass(frozen=True, slots=True)
class OutboxHealth:
    """How far behind the outbox is. `oldest_due_at` is None when nothing waits."""

    waiting: int
    dead: int
    oldest_due_at: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the live stream's cursor. `kind` is `alert`, `resident`, `device` or `fleet`; `ref` the id of the thing."""

    id: int
    kind: str
    ref: str
    at: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """When a service last said that it works, by the database's clock (epoch ms), and what it said."""

    name: str
    at: int
    detail: Mapping[str, str | int | float | bool | None]

    def age_s(self, now: int) -> float | None:
        """How long ago that was, in seconds; None when it is from the future: the clock was wrong, and it proves no life."""
        return None if is_from_the_future(self.at, now) else max(0, now - self.at) / 1000


@dataclass(frozen=True, slots=True)
class OpenCount:
    """How many open alerts of one priority wait at one desk, and how many of them nobody has taken."""

    desk: Desk
    priority: Priority
    open: int
    unacknowledged: int
