"""An alert's two axes: the machine's (does the condition hold) and the people's (who answers for it).

Both are state machines over immutable values. Every step that changes something yields a `Transition`, which is stored and
streamed. Water running again clears the condition; it never closes an alert that nobody answered.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from homebeat.domain.durations import MS
from homebeat.domain.errors import NotAllowed
from homebeat.domain.ids import AlertId, AreaId, DeviceId, HouseholdId, ResidentId
from homebeat.domain.text import strip_direction

#: How long the person who closed an alert may undo that. It is for slips of the hand, not for second opinions.
SLIP: Final = timedelta(minutes=5)
#: The alert about a home at which homebeat itself fails. The engine raises it, not a rule.
JUDGING_FAILED: Final = "judging_failed"
#: How the names of those begin who have no account and act by the link in a message.
_BY_LINK: Final = "contact:"
#: Who acts where a deadline has run out.
CLOCK: Final = "clock"
#: The reason of an alert that came back because its owner said nothing more.
TAKEN_NO_OUTCOME: Final = "taken_no_outcome"
#: The alert that the broker has lost the session in which messages wait for homebeat.
SESSION_LOST: Final = "session_lost"


class Priority(StrEnum):
    """How fast somebody must answer; the order of the desk's queue."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for critical, 3 for low: sorts most urgent first."""
        return _RANK[self]


_RANK: Final = {Priority.CRITICAL: 0, Priority.HIGH: 1, Priority.MEDIUM: 2, Priority.LOW: 3}


class Desk(StrEnum):
    """Who answers for an alert."""

    CARE = "care"  # the person may need help
    PROPERTY = "property"  # leaks and surges: property management, the water company
    DEVICES = "devices"  # the technician
    RESIDENT = "resident"  # the person is asked


class Queue(StrEnum):
    """Where an alert waits for somebody."""

    CARE = "care"
    PROPERTY = "property"
    DEVICES = "devices"
    DIGEST = "digest"  # slow change: read once a day with the others
    NONE = "none"  # a question to the resident: no desk has to look at it


#: The queues in which an alert waits for somebody to acknowledge it now.
WAITING: Final = frozenset({Queue.CARE, Queue.PROPERTY, Queue.DEVICES})
_QUEUE: Final = {Desk.CARE: Queue.CARE, Desk.PROPERTY: Queue.PROPERTY, Desk.DEVICES: Queue.DEVICES, Desk.RESIDENT: Queue.NONE}


def find_queue(desk: Desk, *, digest: bool) -> Queue:
    """Find where the alerts of a rule wait: in the daily digest if the rule says so, else in its desk's queue."""
    return Queue.DIGEST if digest else _QUEUE[desk]


class Condition(StrEnum):
    """The machine's axis."""

    FIRING = "firing"
    CLEARED = "cleared"


class Answer(StrEnum):
    """The people's axis."""

    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Outcome(StrEnum):
    """What was found; a resolved alert has exactly one. The last is homebeat's own: nobody has found anything."""

    FINE = "fine"
    AWAY = "away"
    HELPED = "helped"
    HOSPITAL = "hospital"
    MOVED = "moved"
    DECEASED = "deceased"
    DEVICE = "device"
    FALSE = "false"
    OTHER = "other"
    WITHDRAWN = "withdrawn"  # a question to the resident that is no longer asked


#: These say nothing without a word on what was found.
NEEDS_NOTE: Final = frozenset({Outcome.AWAY, Outcome.OTHER})


class TransitionKind(StrEnum):
    """One row of an alert's history. The first six are the machine's, the rest are people's."""

    OPENED = "opened"
    CLEARED = "cleared"
    REOPENED = "reopened"
    CONTRADICTED = "contradicted"
    RAISED = "raised"  # it still holds, and turned out to be more urgent: nothing happened a second time
    ESCALATED = "escalated"  # nobody has answered: the next step of its plan was taken
    REPLIED = "replied"  # the family answered by its link
    VISITED = "visited"  # a visit has come to another state
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    RELEASED = "released"
    RETURNED = "returned"
    NOTED = "noted"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as a code and parameters. Sentences are made from it in each reader's language.

    Parameters are numbers (durations in seconds under names ending `_s`, times as epoch ms under names ending `_at`) or
    short texts that name no person.
    """

    code: str
    params: Mapping[str, float | int | str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Subject:
    """What an alert is about: a home, somebody or something in it, an unregistered device, an area, or homebeat itself.

    Attributes:
        household: None for an alert that is not about one home.
        resident: None for an alert about a whole home.
        device: None for an alert that is not about a device. Without a household, it is a device that nobody registered.
        area: Only for an alert about an area: about the whole of it, where neither `building` nor `gateway` is given.
        service: Only for an alert about a part of homebeat itself, such as `broker-session`.
        building: Only with an area: the homes of this building in it.
        gateway: Only with an area: what hangs on this gateway in it.

    Raises:
        ValueError: It names nothing, or an area or a part of homebeat together with something else.
    """

    household: HouseholdId | None = None
    resident: ResidentId | None = None
    device: DeviceId | None = None
    area: AreaId | None = None
    service: str = ""
    building: str = ""
    gateway: str = ""

    def __post_init__(self) -> None:
        if self.building or self.gateway:
            is_one = self.area is not None and not (self.building and self.gateway) and (self.household or self.device) is None
        elif (self.household or self.device) is not None:
            is_one = self.area is None and not self.service and (self.resident is None or self.household is not None)
        else:
            is_one = self.resident is None and (self.area is not None) != bool(self.service)
        if not is_one:
            raise ValueError(f"an alert is about a home, a device, an area or a part of homebeat: {self}")

    @property
    def key(self) -> str:
        """A stable text that names it by the narrowest of device, resident, household, area and service. No id has a slash."""
        if self.device is not None:
            return f"device:{self.device}"
        if self.resident is not None:
            return f"resident:{self.resident}"
        if self.household is not None:
            return f"household:{self.household}"
        part = f"/building:{self.building}" if self.building else f"/gateway:{self.gateway}" if self.gateway else ""
        return f"service:{self.service}" if self.area is None else f"area:{self.area}{part}"


@dataclass(frozen=True, slots=True)
class Edge:
    """What the engine gives when a verdict changes; times are epoch ms UTC.

    Attributes:
        at: When the engine decided, on its own deterministic clock.
        since: Event time at which the condition began.
        kind: OPENED, CLEARED, REOPENED or CONTRADICTED.
        digest: Slow change, as its rule declares.
        homes: Of an edge about many homes: which, in order of need.
    """

    at: int
    rule: str
    subject: Subject
    kind: TransitionKind
    priority: Priority
    desk: Desk
    since: int
    reason: Reason
    onset: int
    digest: bool = False
    homes: tuple[HouseholdId, ...] = ()

    @property
    def alert_id(self) -> AlertId:
        """The alert this belongs to, by (subject, rule, onset): the same after a crash and in a replay."""
        return derive_alert_id(self.subject, self.rule, self.onset)


def derive_alert_id(subject: Subject, rule: str, onset: int) -> AlertId:
    """Derive an alert's id. It has 80 bits of SHA-256, so even 10^9 alerts have no collision in practice."""
    text = f"{subject.key}|{rule}|{onset}".encode()
    return AlertId("a" + hashlib.sha256(text).hexdigest()[:20])


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of an alert's history: who, when, why. `actor` is `engine`, `user:<name>` or `contact:<id>`."""

    alert_id: AlertId
    kind: TransitionKind
    at: int
    actor: str
    reason: Reason
    note: str = ""
    outcome: Outcome | None = None

    @property
    def key(self) -> str:
        """Unique per alert and step: the database refuses the same step a second time.

        It includes the note, so two remarks within one millisecond have two keys.
        """
        what = (
            self.alert_id,
            self.kind,
            self.at,
            self.actor,
            self.reason.code,
            dict(self.reason.params),
            self.note,
            self.outcome,
        )
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it is now.

    Attributes:
        owner: Who acknowledged it and answers for it; empty for nobody.
        version: Counts its transitions. An action names the version that it was decided on.
        resolved_by: Who closed it, not always the owner; empty while it is open.
    """

    id: AlertId
    rule: str
    subject: Subject
    priority: Priority
    desk: Desk
    queue: Queue
    opened_at: int
    since: int
    reason: Reason
    condition: Condition = Condition.FIRING
    answer: Answer = Answer.UNACKNOWLEDGED
    owner: str = ""
    outcome: Outcome | None = None
    contradicted: bool = False
    acknowledged_at: int | None = None
    resolved_at: int | None = None
    version: int = 1
    resolved_by: str = ""

    @property
    def is_grave(self) -> bool:
        """Whether somebody may be in danger of their life: it is about people, critical, and nobody has closed it."""
        return self.priority is Priority.CRITICAL and self.queue is Queue.CARE and self.answer is not Answer.RESOLVED


def open_alert(edge: Edge) -> tuple[Alert, Transition]:
    """Open an alert from the engine's OPENED edge."""
    queue = find_queue(edge.desk, digest=edge.digest)
    alert = Alert(edge.alert_id, edge.rule, edge.subject, edge.priority, edge.desk, queue, edge.at, edge.since, edge.reason)
    return alert, Transition(alert.id, TransitionKind.OPENED, edge.at, "engine", edge.reason)


def follow_edge(alert: Alert, edge: Edge) -> tuple[Alert, Transition]:
    """Apply an edge of the engine to an alert that people have not resolved.

    A condition that fires again takes an acknowledgement back, because the person may need help a second time. The alert stays
    the same, and never becomes less urgent.

    Raises:
        NotAllowed: It is resolved: what happens afterwards is another alert.
    """
    if alert.answer is Answer.RESOLVED:
        raise NotAllowed("this alert is already resolved")
    step = Transition(alert.id, edge.kind, edge.at, "engine", edge.reason)
    after = replace(alert, version=alert.version + 1)
    match edge.kind:
        case TransitionKind.CLEARED:
            return replace(after, condition=Condition.CLEARED), step
        case TransitionKind.CONTRADICTED:
            return replace(after, condition=Condition.CLEARED, contradicted=True), step
        case TransitionKind.OPENED | TransitionKind.REOPENED:
            again = replace(step, kind=TransitionKind.REOPENED)
            return replace(
                after,
                priority=min(alert.priority, edge.priority, key=lambda p: p.rank),
                condition=Condition.FIRING,
                answer=Answer.UNACKNOWLEDGED,
                owner="",
                contradicted=False,
                acknowledged_at=None,
                since=edge.since,
                reason=edge.reason,
            ), again
    raise NotAllowed(f"the engine cannot make an alert {edge.kind}")


def raise_priority(alert: Alert, edge: Edge) -> tuple[Alert, Transition]:
    """Make a standing alert more urgent than was known; its owner keeps it.

    Raises:
        NotAllowed: It is resolved.
    """
    if alert.answer is Answer.RESOLVED:
        raise NotAllowed("this alert is already resolved")
    step = Transition(alert.id, TransitionKind.RAISED, edge.at, "engine", edge.reason)
    return replace(alert, priority=edge.priority, since=edge.since, reason=edge.reason, version=alert.version + 1), step


def acknowledge(alert: Alert, at: int, actor: str, note: str = "") -> tuple[Alert, Transition]:
    """Acknowledge the alert: the actor answers for it from now on.

    Raises:
        NotAllowed: It is resolved already, or somebody else has it.
    """
    if alert.answer is Answer.RESOLVED:
        raise NotAllowed("this alert is already resolved")
    # whoever goes to the door by a link may be relieved by the desk, and by nobody else
    is_relieved = alert.owner.startswith(_BY_LINK) and not actor.startswith(_BY_LINK)
    if alert.answer is Answer.ACKNOWLEDGED and alert.owner != actor and not is_relieved:
        raise NotAllowed("somebody else has already taken this alert")
    step = _make_step(alert, TransitionKind.ACKNOWLEDGED, at, actor, "taken", note)
    return replace(
        alert, answer=Answer.ACKNOWLEDGED, owner=actor, acknowledged_at=alert.acknowledged_at or at, version=alert.version + 1
    ), step


def take_over(alert: Alert, at: int, actor: str, owner: str) -> tuple[Alert, Transition]:
    """Take over an alert from whoever has it, at the end of a shift: `owner` answers for it from now on.

    Raises:
        NotAllowed: Nobody has it, or it is resolved.
    """
    if alert.answer is not Answer.ACKNOWLEDGED:
        raise NotAllowed("nobody has taken this alert")
    step = _make_step(alert, TransitionKind.ACKNOWLEDGED, at, actor, "handed_over", "")
    return replace(alert, owner=owner, version=alert.version + 1), step


def resolve(alert: Alert, at: int, actor: str, outcome: Outcome, note: str = "") -> tuple[Alert, Transition]:
    """Close the alert with what was found.

    Raises:
        NotAllowed: It is resolved already.
    """
    if alert.answer is Answer.RESOLVED:
        raise NotAllowed("this alert is already resolved")
    step = _make_step(alert, TransitionKind.RESOLVED, at, actor, "answered", note, outcome)
    return replace(
        alert,
        answer=Answer.RESOLVED,
        owner=alert.owner or actor,
        outcome=outcome,
        resolved_at=at,
        resolved_by=actor,
        version=alert.version + 1,
    ), step


def release(alert: Alert, at: int, actor: str, note: str = "") -> tuple[Alert, Transition]:
    """Give the alert back to the queue: it waits for somebody again, since the time it was opened.

    Raises:
        NotAllowed: It is not taken, or somebody else has it.
    """
    if alert.answer is not Answer.ACKNOWLEDGED:
        raise NotAllowed("nobody has taken this alert")
    if alert.owner != actor:
        raise NotAllowed("somebody else has taken this alert")
    step = _make_step(alert, TransitionKind.RELEASED, at, actor, "given_back", note)
    return replace(alert, answer=Answer.UNACKNOWLEDGED, owner="", acknowledged_at=None, version=alert.version + 1), step


def can_undo_resolve(alert: Alert, at: int, actor: str) -> bool:
    """Whether `actor` may still undo that the alert was closed."""
    if alert.answer is not Answer.RESOLVED or alert.resolved_at is None:
        return False
    return alert.resolved_by == actor and 0 <= at - alert.resolved_at <= SLIP / MS


def undo_resolve(alert: Alert, at: int, actor: str, note: str = "") -> tuple[Alert, Transition]:
    """Undo a closing of a moment ago: the alert is as before, with the owner it had then.

    Its condition is the one at the closing: edges of the engine since then were not about this alert.

    Raises:
        NotAllowed: It is not closed, somebody else closed it, or more than `SLIP` ago.
    """
    if alert.answer is not Answer.RESOLVED:
        raise NotAllowed("this alert is not closed")
    if not can_undo_resolve(alert, at, actor):
        raise NotAllowed("only who closed an alert can take that back, and only within five minutes")
    step = _make_step(alert, TransitionKind.RETURNED, at, actor, "taken_back", note)
    was_taken = alert.acknowledged_at is not None
    return replace(
        alert,
        answer=Answer.ACKNOWLEDGED if was_taken else Answer.UNACKNOWLEDGED,
        owner=alert.owner if was_taken else "",
        outcome=None,
        resolved_at=None,
        resolved_by="",
        version=alert.version + 1,
    ), step


def escalate(alert: Alert, at: int, reason: Reason) -> tuple[Alert, Transition]:
    """Note that nobody has answered, and who was told next; `reason` says who.

    Raises:
        NotAllowed: Somebody answers for it.
    """
    if alert.answer is not Answer.UNACKNOWLEDGED:
        raise NotAllowed("somebody answers for this alert")
    step = Transition(alert.id, TransitionKind.ESCALATED, at, CLOCK, reason)
    return replace(alert, version=alert.version + 1), step


def reply(alert: Alert, at: int, actor: str, reason: Reason) -> tuple[Alert, Transition]:
    """Note what somebody of the family answered. It never closes an alert: the desk does that.

    Raises:
        NotAllowed: It is closed already.
    """
    return _note_step(alert, TransitionKind.REPLIED, at, actor, reason)


def follow_visit(alert: Alert, at: int, actor: str, reason: Reason) -> tuple[Alert, Transition]:
    """Note that a visit has come to another state; `reason` says to which, and until when the next is due. Raises as `reply`."""
    return _note_step(alert, TransitionKind.VISITED, at, actor, reason)


def _note_step(alert: Alert, kind: TransitionKind, at: int, actor: str, reason: Reason) -> tuple[Alert, Transition]:
    if alert.answer is Answer.RESOLVED:
        raise NotAllowed("this alert is already closed")
    return replace(alert, version=alert.version + 1), Transition(alert.id, kind, at, actor, reason)


def run_out(alert: Alert, at: int, code: str = TAKEN_NO_OUTCOME, actor: str = CLOCK) -> tuple[Alert, Transition]:
    """Give an alert back that somebody took and said nothing more of, or nobody came for: it waits for somebody again.

    Raises:
        NotAllowed: Nobody has taken it.
    """
    if alert.answer is not Answer.ACKNOWLEDGED:
        raise NotAllowed("nobody has taken this alert")
    step = _make_step(alert, TransitionKind.RELEASED, at, actor, code, "")
    return replace(alert, answer=Answer.UNACKNOWLEDGED, owner="", acknowledged_at=None, version=alert.version + 1), step


def add_note(alert: Alert, at: int, actor: str, note: str, reason: Reason | None = None) -> tuple[Alert, Transition]:
    """Add a remark; allowed at any time, also after closing. `reason` is what another system says, where it is not people."""
    step = _make_step(alert, TransitionKind.NOTED, at, actor, "note", note)
    if reason is not None:
        step = replace(step, reason=reason)
    return replace(alert, version=alert.version + 1), step


def _make_step(
    alert: Alert, kind: TransitionKind, at: int, actor: str, reason: str, note: str, outcome: Outcome | None = None
) -> Transition:
    return Transition(alert.id, kind, at, actor, Reason(reason), strip_direction(note), outcome)
