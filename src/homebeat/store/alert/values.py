"""What queries about alerts take and return; times in epoch milliseconds UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from homebeat.domain.alert import Alert, Answer, Condition, Outcome, Priority, Queue, Reason, TransitionKind
from homebeat.domain.home_mark import HomeMark
from homebeat.domain.ids import AlertId, AreaId, HouseholdId, ResidentId
from homebeat.domain.role import Field


class AlertOrder(StrEnum):
    """URGENT: most urgent, then longest waiting, first. NEWEST: latest opened first. CLOSED: closed ones, latest closed first."""

    URGENT = "urgent"
    NEWEST = "newest"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ZonedAlert:
    """An alert in a list that shows nobody: no name and no address is read or opened for it. Attributes as of `AlertEntry`."""

    alert: Alert
    transition: TransitionKind
    changed_at: int
    timezone: str


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts; None leaves a field open.

    Attributes:
        is_open: True for unanswered and acknowledged alerts, False for resolved ones.
        area: This area and all below it, with what lies in no area (an unregistered device, homebeat itself).
        since: Opened at or after; with the order CLOSED, closed at or after.
        until: Opened before; with the order CLOSED, closed before.
        queues: In one of these.
        resolved_by: Closed by whom, as histories name them.
        has_run_out: Whoever had taken it said nothing more, at least once.
    """

    is_open: bool | None = None
    answer: Answer | None = None
    condition: Condition | None = None
    priority: Priority | None = None
    queues: frozenset[Queue] | None = None
    rule: str | None = None
    household: HouseholdId | None = None
    resident: ResidentId | None = None
    area: AreaId | None = None
    since: int | None = None
    until: int | None = None
    outcome: Outcome | None = None
    resolved_by: str | None = None
    has_run_out: bool = False
    order: AlertOrder = AlertOrder.URGENT

    @property
    def is_unresolved(self) -> bool:
        """Whether only alerts match that nobody has closed."""
        return self.is_open is True or self.answer in {Answer.UNACKNOWLEDGED, Answer.ACKNOWLEDGED}


@dataclass(frozen=True, slots=True)
class AlertEntry:
    """An alert in a list, with what a desk needs to see beside it.

    Attributes:
        changed_at: The time of its latest transition.
        transition: The kind of its latest transition.
        resident_name: Empty when the alert is not about one person.
        area: The area of the home, now or when the alert was resolved.
        timezone: The home's; for an alert about no home that of the homes, or UTC where there is none.
        area_name: Of `area`, or of the area that the alert is about; empty where there is none.
        above_name: Of the area above that one; empty for the widest.
        home_area: Where the home lies now; None where it lies outside the scope, and for an alert about no home.
        hidden: What of it is masked for whoever reads; what the store reads has no masks (`actions.view` puts them on).
    """

    alert: Alert
    transition: TransitionKind
    changed_at: int
    resident_name: str
    birth_year: int | None
    address: str
    area: AreaId | None
    timezone: str
    area_name: str = ""
    above_name: str = ""
    home_area: AreaId | None = None
    hidden: frozenset[Field] = frozenset()

    @property
    def place(self) -> tuple[HouseholdId, AreaId | None]:
        """The home and where it lies now: that may be another area than where the alert was resolved."""
        return self.alert.subject.household or HouseholdId(""), self.home_area


@dataclass(frozen=True, slots=True)
class WaitingAlert:
    """An unresolved alert that waits for people, as far as it says who may see what of a home. `owner` is empty for nobody."""

    household: HouseholdId
    resident: ResidentId | None
    owner: str


@dataclass(frozen=True, slots=True)
class CaseAlert:
    """An unresolved alert that waits for people, as far as the case of its resident shows it. `owner` is empty for nobody."""

    id: AlertId
    resident: ResidentId
    rule: str
    priority: Priority
    queue: Queue
    answer: Answer
    owner: str
    version: int


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
class Suppression:
    """An edge that was held back; times epoch ms.

    Attributes:
        stage: The stage of the decision that held it back.
        kind: What it would have done to the alert.
        at: When the engine gave the edge.
        since: When the condition began.
        reason: The code of the reason.
        params: What its sentence needs, beside `since`.
    """

    stage: str
    kind: TransitionKind
    at: int
    since: int
    reason: str
    params: Mapping[str, float | int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SharingHome:
    """A home that an alert about many homes names.

    Attributes:
        place: Its place in the order of need when it was found; `LATER` for one that came to it later.
        held: How many of its alerts have waited behind this one.
        waiting: Which wait now, each with since when the condition holds, epoch ms.
        own: The alerts of this home that stand, by rule.
        mark: What somebody who went there has said; None for nothing.
        marked_at: When, epoch ms.
    """

    household: HouseholdId
    place: int
    held: int
    waiting: Mapping[str, int] = field(default_factory=dict)
    own: Mapping[str, AlertId] = field(default_factory=dict)
    mark: HomeMark | None = None
    marked_at: int | None = None


@dataclass(frozen=True, slots=True)
class GivenReply:
    """What somebody of the family has answered, and when (epoch ms)."""

    alert_id: AlertId
    actor: str
    at: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class AlertDetail:
    """An alert with its history, oldest step first, and what was held back, oldest first."""

    entry: AlertEntry
    history: tuple[Step, ...]
    suppressed: tuple[Suppression, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertRates:
    """How fast alerts of one queue come, and how fast they are taken.

    Attributes:
        recent: How many were opened in the last ten minutes.
        urgent: Of the last 24 h, how many that are critical or high were opened at least 60 s ago.
        answered: How many of these somebody had taken or closed within 60 s.
    """

    recent: int
    urgent: int
    answered: int

    def find_share(self) -> float | None:
        """Find the share that was answered within 60 s; None where there was none to answer."""
        return self.answered / self.urgent if self.urgent else None


@dataclass(frozen=True, slots=True)
class OpenCount:
    """How many open alerts of one priority wait in one queue, and how many of them nobody has acknowledged."""

    queue: Queue
    priority: Priority
    open: int
    unacknowledged: int
