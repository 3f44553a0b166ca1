"""Converts alerts and transitions to rows, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from homebeat.domain.alert import Alert, Answer, Condition, Desk, Outcome, Priority, Queue, Reason, Subject, Transition
from homebeat.domain.subject_key import parse_subject_key
from homebeat.store.sealing.values import Sealed, SealedColumn, SealedTable, name_household

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from homebeat.store.sealing.owner_keys import OwnerKeyWrites

#: Remarks belong to the home that an alert is about.
_NOTE: Final = SealedColumn("transition", "note_sealed", {"note": ""})
NOTES: Final = SealedTable((_NOTE,), lambda row: name_household(row["household"]), lambda row: row["key"])
PRIORITY_OF_RANK: Final = {p.rank: p for p in Priority}


def make_alert_row(alert: Alert, last: Transition) -> dict[str, Any]:
    """Make the row of an alert whose latest transition is `last`, without its area."""
    return {
        "id": alert.id,
        "rule": alert.rule,
        "subject_key": alert.subject.key,
        "household": alert.subject.household or "",
        "resident": alert.subject.resident,
        "device": alert.subject.device,
        "priority_rank": alert.priority.rank,
        "desk": alert.desk.value,
        "queue": alert.queue.value,
        "opened_at": alert.opened_at,
        "since": alert.since,
        "reason_code": alert.reason.code,
        "reason_params": dict(alert.reason.params),
        "condition": alert.condition.value,
        "answer": alert.answer.value,
        "owner": alert.owner,
        "outcome": alert.outcome and alert.outcome.value,
        "contradicted": alert.contradicted,
        "acknowledged_at": alert.acknowledged_at,
        "resolved_at": alert.resolved_at,
        "resolved_by": alert.resolved_by,
        "version": alert.version,
        "changed_at": last.at,
        "transition": last.kind.value,
    }


def read_alert_row(row: RowMapping) -> Alert:
    """Read the alert in a row of `alert`."""
    return Alert(
        id=row["id"],
        rule=row["rule"],
        subject=_read_subject(row),
        priority=PRIORITY_OF_RANK[row["priority_rank"]],
        desk=Desk(row["desk"]),
        queue=Queue(row["queue"]),
        opened_at=row["opened_at"],
        since=row["since"],
        reason=Reason(row["reason_code"], row["reason_params"]),
        condition=Condition(row["condition"]),
        answer=Answer(row["answer"]),
        owner=row["owner"],
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        contradicted=row["contradicted"],
        acknowledged_at=row["acknowledged_at"],
        resolved_at=row["resolved_at"],
        resolved_by=row["resolved_by"],
        version=row["version"],
    )


def _read_subject(row: RowMapping) -> Subject:
    """Read the subject. One that is no home has its area, its part of homebeat or its device in its key only."""
    if row["household"]:
        return Subject(row["household"], row["resident"], row["device"])
    return parse_subject_key(row["subject_key"])


def make_transition_row(alert: Alert, step: Transition, keys: OwnerKeyWrites) -> dict[str, Any]:
    """Make the row of a transition; `alert` is the alert after it. The home needs an owner key where the step has a remark."""
    owner, key = name_household(alert.subject.household or ""), step.key
    return {
        "key": key,
        "alert_id": step.alert_id,
        "seq": alert.version,
        "kind": step.kind.value,
        "at": step.at,
        "actor": step.actor,
        "reason_code": step.reason.code,
        "reason_params": dict(step.reason.params),
        "note_sealed": keys.seal(_NOTE, owner, key, {"note": step.note}),
        "outcome": step.outcome and step.outcome.value,
    }


def make_event_row(alert: Alert) -> dict[str, Any]:
    """Make the row of the event of an alert's latest step; `alert` is the alert after it."""
    return {
        "alert_id": alert.id,
        "seq": alert.version,
        "priority_rank": alert.priority.rank,
        "condition": alert.condition.value,
        "answer": alert.answer.value,
    }


def hold_note(household: str, row: RowMapping) -> Sealed:
    """Hold the remark in a row of `transition`."""
    return Sealed(_NOTE, name_household(household), row["key"], row["note_sealed"])
