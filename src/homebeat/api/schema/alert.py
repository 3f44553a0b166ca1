"""Alerts as the API shows them, and what people send about them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from homebeat.actions.shared_homes import SharedHome
from homebeat.actions.shown_messages import ShownMessage
from homebeat.api.schema.follow_up import FollowUpItem
from homebeat.api.schema.home import HIDDEN
from homebeat.api.times import Instant, Moment, format_instant, format_or_none
from homebeat.domain.alert import Answer, Condition, Desk, Outcome, Priority, Queue, Reason, TransitionKind
from homebeat.domain.arrival import Nearness
from homebeat.domain.as_of import State
from homebeat.domain.call import Callee, CallResult
from homebeat.domain.fleet import CareNeed
from homebeat.domain.home_mark import HomeMark
from homebeat.domain.response_plan import Deadline, DeadlineKind, Party, ResponsePlan
from homebeat.domain.role import Field as Masked
from homebeat.domain.visit import DoorProof, Visit, VisitState
from homebeat.domain.visit_photo import VisitPhoto
from homebeat.store import AlertEntry, Step, Suppression, ZonedAlert
from homebeat.wording import Language, Wording

#: How many written items are kept, of about 1 kB each.
_WRITTEN: Final = 4_096
_EXAMPLE: Final[dict[str, Any]] = {
    "alert_id": "a3f0c2b1d4e5f6a7b8c9",
    "at": "2026-03-01T08:00:30Z",
    "transition": "opened",
    "rule": "no_sign_of_life",
    "household": "h-0042",
    "resident": "r-0042",
    "device": None,
    "area": None,
    "service": None,
    "priority": "high",
    "desk": "care",
    "queue": "care",
    "since": "2026-02-28T19:48:00Z",
    "opened_at": "2026-03-01T08:00:30Z",
    "reason": "No sign of life for 12 h 12 min although the devices work.",
    "reason_code": "no_sign_of_life",
    "reason_params": {"quiet_s": 43920, "limit_s": 43200},
    "condition": "firing",
    "answer": "unacknowledged",
    "owner": None,
    "outcome": None,
    "contradicted": False,
    "acknowledged_at": None,
    "resolved_at": None,
    "version": 1,
}


class AlertItem(BaseModel):
    """An alert. `at` and `transition` are of its latest step; `reason` is in the language that was asked for."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    alert_id: str
    at: Instant
    transition: TransitionKind
    rule: str
    household: str | None = Field(description="None where it is about no one home: an unregistered device, an area, homebeat.")
    resident: str | None
    device: str | None
    area: str | None = Field(description="The area, where the alert is about an area, a building or a gateway in it.")
    building: str | None = Field(description="The building, where the alert is about its homes.")
    gateway: str | None = Field(description="The gateway, where the alert is about what hangs on it.")
    service: str | None = Field(description="The part of homebeat itself that the alert is about.")
    priority: Priority
    desk: Desk
    queue: Queue = Field(
        description="Where it waits: in a desk's queue, in the daily digest (slow change), or in none (the resident was asked)."
    )
    since: Instant
    opened_at: Instant
    reason: str
    reason_code: str
    reason_params: dict[str, float | int | str]
    condition: Condition
    answer: Answer
    owner: str | None
    outcome: Outcome | None
    contradicted: bool
    acknowledged_at: Instant | None
    resolved_at: Instant | None
    version: int = Field(description="Send it with an action: the action is refused when the alert has moved on since.")


class HistoryItem(BaseModel):
    """One step of an alert's history: who, when, why."""

    seq: int
    transition: TransitionKind
    at: Instant
    actor: str = Field(examples=["engine", "user:desk-1"])
    reason: str
    reason_code: str
    reason_params: dict[str, float | int | str]
    note: str
    outcome: Outcome | None


class SuppressedItem(BaseModel):
    """Something that was held back: the rules said it of this alert, and people saw nothing of it, for a reason."""

    at: Instant
    transition: TransitionKind
    since: Instant
    reason: str
    reason_code: str


class DeadlineItem(BaseModel):
    """Until when somebody has to answer."""

    kind: DeadlineKind = Field(description="step: nobody answers, and the next step of its plan is due; owner: who has taken it.")
    due_at: Instant
    plan: str
    next: list[Party] = Field(description="Who is notified next.")


class PhotoItem(BaseModel):
    """A photo from the door: `GET /api/v1/alerts/{alert_id}/photos/{photo_id}` has the picture."""

    id: str
    at: Instant


class VisitItem(BaseModel):
    """One dispatch to the door."""

    id: str
    visitor: str = Field(examples=["contact:/wang"])
    state: VisitState
    due_at: Instant | None = Field(description="When the next state is due; none once it is over.")
    assigned_at: Instant
    assigned_by: str
    en_route_at: Instant | None
    at_door_at: Instant | None
    ended_at: Instant | None
    proof: DoorProof = Field(description="What proves that they were at the door: the code that is printed there, or nothing.")
    nearness: Nearness = Field(
        description="The word of their telephone: near the home, far from it, unusable; empty where nothing was compared."
    )
    distance_m: int | None = Field(description="From the home by that word, to 10 m, at most 5,000. The position is not kept.")
    accuracy_m: int | None = Field(description="How sure the telephone was, to 10 m.")
    photos: list[PhotoItem] = Field(description="What they sent from the door; empty where remarks are hidden.")


class SharingPerson(BaseModel):
    """Somebody of a home that an alert names."""

    resident: str
    name: str
    birth_year: int | None
    need: CareNeed | None = Field(description="As the fleet file says it; null where nobody has assessed it.")
    state: State


class SharingHomeItem(BaseModel):
    """A home that an alert about many homes names."""

    household: str
    address: str
    residents: list[SharingPerson]
    waiting: dict[str, Instant] = Field(
        description="Rules whose alerts about this home wait behind this one, each with since when the condition holds."
    )
    alerts: dict[str, str] = Field(description="The home's own alerts that stand, by rule.")
    held: int = Field(description="How many of its alerts have waited, with those that were over meanwhile.")
    mark: HomeMark | None = Field(description="What whoever went there has said: seen, or nobody opened; null for nothing yet.")
    marked_at: Instant | None
    workers: list[str] = Field(description="The responders who are paired with the home: who is to go.")
    hidden: list[Masked] = HIDDEN


class MessageItem(BaseModel):
    """One message about an alert, and how far it is. That it was delivered or picked up is no answer."""

    contact: str = Field(description="The id of a contact, or of a responder after a slash.")
    relation: str = Field(description="How a contact is related; empty where that is not known or hidden.")
    channel: str
    event: str
    standing: str = Field(
        description="`waits`, `leaves`, `again`, `taken`, `awaited`, `handed_over`, `delivered`, `picked_up`, `key`, "
        "`unanswered`, `failed`, `needless` or `given_up`."
    )
    text: str = Field(description="The same in the reader's language.")
    at: Instant = Field(description="Since when.")
    arrival_code: str = Field(description="The provider's own word for what became of it.")


class AlertWithHistory(AlertItem):
    """An alert with its history, oldest step first, and what was held back."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **_EXAMPLE,
                "history": [],
                "suppressed": [],
                "deadline": None,
                "visits": [],
                "follow_up": None,
                "homes": [],
                "homes_left_out": 0,
                "messages": [],
                "messages_left_out": 0,
            }
        }
    )

    history: list[HistoryItem]
    suppressed: list[SuppressedItem]
    deadline: DeadlineItem | None = Field(description="None for what is closed, and for a question to the resident.")
    visits: list[VisitItem]
    follow_up: FollowUpItem | None = Field(description="Whether somebody came, as it is asked after the closing.")
    homes: list[SharingHomeItem] = Field(
        description="Of an alert about many homes of an area: which, those that need somebody first; 500 at most."
    )
    homes_left_out: int = Field(description="How many more homes it names than are listed here.")
    messages: list[MessageItem] = Field(description="What was sent about it, the newest first; 50 at most.")
    messages_left_out: int = Field(description="How many older messages are not listed here.")
    hidden: list[Masked] = HIDDEN


Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Version = Annotated[int | None, Field(ge=1, strict=True, description="The version this was decided on; 409 when it is stale.")]


class AlertShown(BaseModel):
    """Another alert of the same resident, and the version of it that was seen."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    version: Annotated[int, Field(ge=1, strict=True)]


class AcknowledgeWanted(BaseModel):
    """Take an alert, and others of the same resident at the same desk with it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"version": 1, "note": "calling her"}})

    version: Version = None
    note: Note = ""
    others: Annotated[
        tuple[AlertShown, ...], Field(max_length=50, description="Those that have moved on since are left as they are.")
    ] = ()


class ResolveWanted(BaseModel):
    """Close an alert with what was found."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"outcome": "fine", "version": 2, "note": "slept in"}}
    )

    outcome: Outcome
    version: Version = None
    note: Note = ""
    until: Annotated[
        Moment | None, Field(description="For away and hospital: until when nobody is at home; ISO 8601 with a zone.")
    ] = None


class VisitWanted(BaseModel):
    """Send a responder to the door."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"responder": "wang", "version": 2}})

    responder: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    version: Version = None


class ReleaseWanted(BaseModel):
    """Give an alert back to the queue."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"version": 2, "note": "my shift is over"}})

    version: Version = None
    note: Note = ""


class ReopenWanted(BaseModel):
    """Take back that one closed an alert."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"version": 3, "note": "it was the next door"}})

    version: Version = None
    note: Note = ""


class CallWanted(BaseModel):
    """Enter what became of a call: whom, by the id of the resident or contact, or which emergency number."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"callee": "contact", "called": "h-17/wei", "result": "no_answer"}}
    )

    callee: Callee
    called: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    result: CallResult


class Remark(BaseModel):
    """Add a remark to an alert."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"note": "the neighbour has a key"}})

    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    version: Version = None


def make_alert_fields(entry: AlertEntry | ZonedAlert, words: Wording) -> dict[str, Any]:
    """Make the fields of an `AlertItem`."""
    alert = entry.alert
    return {
        "alert_id": alert.id,
        "at": format_instant(entry.changed_at),
        "transition": entry.transition,
        "rule": alert.rule,
        "household": alert.subject.household,
        "resident": alert.subject.resident,
        "device": alert.subject.device,
        "area": alert.subject.area,
        "building": alert.subject.building or None,
        "gateway": alert.subject.gateway or None,
        "service": alert.subject.service or None,
        "priority": alert.priority,
        "desk": alert.desk,
        "queue": alert.queue,
        "since": format_instant(alert.since),
        "opened_at": format_instant(alert.opened_at),
        "reason": words.sentence(alert.reason, timezone=entry.timezone),
        "reason_code": alert.reason.code,
        "reason_params": dict(alert.reason.params),
        "condition": alert.condition,
        "answer": alert.answer,
        "owner": alert.owner or None,
        "outcome": alert.outcome,
        "contradicted": alert.contradicted,
        "acknowledged_at": format_or_none(alert.acknowledged_at),
        "resolved_at": format_or_none(alert.resolved_at),
        "version": alert.version,
    }


def make_alert_item(entry: AlertEntry | ZonedAlert, words: Wording) -> AlertItem:
    """Make the item of an alert."""
    return AlertItem(**make_alert_fields(entry, words))


@lru_cache(maxsize=_WRITTEN)
def write_alert_item(line: ZonedAlert, language: Language) -> bytes:
    """Write the item of an alert as JSON. Of a list that is read anew after a change, nearly every alert is as it was."""
    return make_alert_item(line, Wording(language)).model_dump_json().encode()


def make_message_item(shown: ShownMessage, words: Wording) -> MessageItem:
    """Make the item of one message."""
    return MessageItem(
        contact=shown.entry.contact,
        relation=shown.relation,
        channel=shown.entry.channel_kind,
        event=shown.entry.event,
        standing=shown.standing,
        text=words.message_standing(shown.standing),
        at=format_instant(shown.at),
        arrival_code=shown.entry.arrival_code,
    )


def make_history_item(step: Step, words: Wording, timezone: str) -> HistoryItem:
    """Make the item of one step."""
    return HistoryItem(
        seq=step.seq,
        transition=step.kind,
        at=format_instant(step.at),
        actor=step.actor,
        reason=words.sentence(step.reason, timezone=timezone),
        reason_code=step.reason.code,
        reason_params=dict(step.reason.params),
        note=step.note,
        outcome=step.outcome,
    )


def make_deadline_item(deadline: Deadline, plan: ResponsePlan) -> DeadlineItem:
    """Make the item of a deadline; `plan` is its plan."""
    parties = [step.who for step in plan.list_group(deadline.position.step)]
    return DeadlineItem(kind=deadline.kind, due_at=format_instant(deadline.due_at), plan=deadline.plan, next=parties)


def make_visit_item(visit: Visit, photos: Iterable[VisitPhoto]) -> VisitItem:
    """Make the item of a visit; `photos`: those of its alert."""
    return VisitItem(
        id=visit.id,
        visitor=visit.visitor,
        state=visit.state,
        due_at=format_or_none(visit.due_at),
        assigned_at=format_instant(visit.assigned_at),
        assigned_by=visit.assigned_by,
        en_route_at=format_or_none(visit.en_route_at),
        at_door_at=format_or_none(visit.at_door_at),
        ended_at=format_or_none(visit.ended_at),
        proof=visit.proof,
        nearness=visit.nearness,
        distance_m=visit.distance_m,
        accuracy_m=visit.accuracy_m,
        photos=[PhotoItem(id=one.id, at=format_instant(one.at)) for one in photos if one.visit == visit.id],
    )


def make_sharing_item(shared: SharedHome) -> SharingHomeItem:
    """Make the item of a home that an alert names."""
    home = shared.home
    people = [
        SharingPerson(
            resident=one.resident.id,
            name=one.resident.name,
            birth_year=one.resident.birth_year,
            need=one.resident.need,
            state=shared.states[one.resident.id],
        )
        for one in home.residents
    ]
    return SharingHomeItem(
        household=home.household,
        address=home.address,
        residents=people,
        waiting={rule: format_instant(since) for rule, since in shared.waiting.items()},
        alerts=dict(shared.own),
        held=shared.held,
        mark=shared.mark,
        marked_at=format_or_none(shared.marked_at),
        workers=list(shared.workers),
        hidden=sorted(home.hidden.union(*(one.hidden for one in home.residents))),
    )


def make_suppressed_item(held: Suppression, words: Wording, timezone: str) -> SuppressedItem:
    """Make the item of a suppressed edge."""
    return SuppressedItem(
        at=format_instant(held.at),
        transition=held.kind,
        since=format_instant(held.since),
        reason=words.sentence(Reason(held.reason, {"since_at": held.since, **held.params}), timezone=timezone),
        reason_code=held.reason,
    )
