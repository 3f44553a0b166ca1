"""The life cycle of alerts as other systems follow it: one event for each step that is stored, in one order for all alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from homebeat.domain.alert import TAKEN_NO_OUTCOME, Answer, Condition, Outcome, Priority, Queue, Reason, TransitionKind
from homebeat.domain.family_reply import find_reply
from homebeat.domain.ids import AlertId, AreaId, HouseholdId, ResidentId
from homebeat.domain.instants import format_instant

#: The code of the reason with which a platform's report stands in an alert's history.
ORDER_REPORTED: Final = "order_reported"
#: As `ORDER_REPORTED`, for a state that the settings do not name.
ORDER_UNKNOWN: Final = "order_unknown"


class EventType(StrEnum):
    """What happened. docs/events.md lists them with what they mean; a new one is a line here and a line there."""

    OPENED = "alert.opened"
    RAISED = "alert.raised"
    REOPENED = "alert.reopened"
    CLEARED = "alert.cleared"
    CONTRADICTED = "alert.contradicted"
    ESCALATED = "alert.escalated"
    ACKNOWLEDGED = "alert.acknowledged"
    HANDED_OVER = "alert.handed_over"
    OWNER_TIMEOUT = "alert.owner_timeout"
    RELEASED = "alert.released"
    RESOLVED = "alert.resolved"
    NOTED = "alert.noted"
    CHANGED = "alert.changed"
    FAMILY_ANSWERED = "family.answered"
    VISIT_ASSIGNED = "visit.assigned"
    VISIT_EN_ROUTE = "visit.en_route"
    VISIT_AT_DOOR = "visit.at_door"
    VISIT_SEEN = "visit.seen"
    VISIT_MISSED = "visit.missed"
    VISIT_CANCELLED = "visit.cancelled"
    VISIT_RESUMED = "visit.resumed"
    ORDER_REPORTED = "order.reported"


_BY_KIND: Final[Mapping[TransitionKind, EventType]] = MappingProxyType(
    {
        TransitionKind.OPENED: EventType.OPENED,
        TransitionKind.RAISED: EventType.RAISED,
        TransitionKind.REOPENED: EventType.REOPENED,
        TransitionKind.RETURNED: EventType.REOPENED,
        TransitionKind.CLEARED: EventType.CLEARED,
        TransitionKind.CONTRADICTED: EventType.CONTRADICTED,
        TransitionKind.ESCALATED: EventType.ESCALATED,
        TransitionKind.REPLIED: EventType.FAMILY_ANSWERED,
        TransitionKind.ACKNOWLEDGED: EventType.ACKNOWLEDGED,
        TransitionKind.RELEASED: EventType.RELEASED,
        TransitionKind.RESOLVED: EventType.RESOLVED,
        TransitionKind.NOTED: EventType.NOTED,
    }
)
_BY_REASON: Final[Mapping[tuple[TransitionKind, str], EventType]] = MappingProxyType(
    {
        (TransitionKind.ACKNOWLEDGED, "handed_over"): EventType.HANDED_OVER,
        (TransitionKind.RELEASED, TAKEN_NO_OUTCOME): EventType.OWNER_TIMEOUT,
        (TransitionKind.NOTED, ORDER_REPORTED): EventType.ORDER_REPORTED,
        (TransitionKind.NOTED, ORDER_UNKNOWN): EventType.ORDER_REPORTED,
    }
)
#: What happened to a visit. Nobody is expected where somebody has said that they cannot go, as where they were called off.
_BY_VISIT: Final[Mapping[str, EventType]] = MappingProxyType(
    {
        "visit_assigned": EventType.VISIT_ASSIGNED,
        "visit_en_route": EventType.VISIT_EN_ROUTE,
        "visit_at_door": EventType.VISIT_AT_DOOR,
        "visit_seen": EventType.VISIT_SEEN,
        "visit_missed": EventType.VISIT_MISSED,
        "visit_cancelled": EventType.VISIT_CANCELLED,
        "visit_cannot": EventType.VISIT_CANCELLED,
        "visit_resumed": EventType.VISIT_RESUMED,
    }
)


def name_event(kind: TransitionKind, code: str) -> EventType:
    """Name the event of a step; `code` is that of its reason. A step that the catalogue does not know is `alert.changed`."""
    if kind is TransitionKind.VISITED:
        return _BY_VISIT.get(code, EventType.CHANGED)
    return _BY_REASON.get((kind, code)) or _BY_KIND.get(kind, EventType.CHANGED)


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """One step of one alert, and how the alert stood after it. Times are epoch ms.

    Attributes:
        number: Its place among all events. An event that is committed later has a higher one.
        key: Of the step: the same whenever the event is read.
        version: Of the alert after the step.
        area: Where the alert lies now; None where it lies in no area.
    """

    number: int
    key: str
    alert_id: AlertId
    version: int
    kind: TransitionKind
    at: int
    reason: Reason
    outcome: Outcome | None
    priority: Priority
    condition: Condition
    answer: Answer
    rule: str
    queue: Queue
    opened_at: int
    area: AreaId | None
    household: HouseholdId | None
    resident: ResidentId | None

    @property
    def id(self) -> str:
        """The id of the event: the same for every attempt, every platform and every look."""
        return f"evt_{self.key}"

    @property
    def type(self) -> EventType:
        """What happened."""
        return name_event(self.kind, self.reason.code)


def make_event_body(event: AlertEvent, link_base: str, *, gives_ids: bool) -> dict[str, Any]:
    """Make what another system gets: ids, states, times and a link. No name, no address, no reading, no rule, no remark.

    Args:
        event: What happened.
        link_base: What links begin with.
        gives_ids: Whether the ids of home and resident are in it.
    """
    content: dict[str, Any] = {
        "alert_id": event.alert_id,
        "version": event.version,
        "priority": event.priority.value,
        "condition": event.condition.value,
        "answer": event.answer.value,
        "queue": event.queue.value,
        "opened_at": format_instant(event.opened_at),
        "area": event.area,
        **_list_details(event),
        "link": f"{link_base}/?alert={event.alert_id}",
    }
    if gives_ids:
        content |= {"household": event.household, "resident": event.resident}
    return {"id": event.id, "type": event.type.value, "timestamp": format_instant(event.at), "data": content}


def _list_details(event: AlertEvent) -> dict[str, Any]:
    """List what only some types have: the outcome, the family's answer, until when the next is due, the platform's order."""
    params, found = event.reason.params, {}
    outcome = event.outcome.value if event.outcome is not None else params.get("outcome")
    if outcome:
        found["outcome"] = outcome
    if event.kind is TransitionKind.REPLIED and (answer := find_reply(event.reason.code)):
        found["reply"] = answer.value
    if event.kind is TransitionKind.VISITED and isinstance(due := params.get("due_at"), int | float):
        found["due_at"] = format_instant(int(due))
    if event.type is EventType.ORDER_REPORTED:
        found |= {name: params[name] for name in ("platform", "order", "progress") if name in params}
    return found
