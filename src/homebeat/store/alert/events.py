"""Reads the steps of all alerts in the order in which they were committed, as other systems follow them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, and_, func, select

from homebeat.domain.alert import Answer, Condition, Outcome, Queue, Reason, TransitionKind
from homebeat.domain.event import AlertEvent
from homebeat.store.alert import tables
from homebeat.store.alert.rows import PRIORITY_OF_RANK
from homebeat.store.scoping import narrow, require_everything

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from homebeat.domain.scope import Scope

_alert, _event, _step = tables.alert, tables.alert_event, tables.transition


class EventQueries:
    """Events, for reading.

    Numbers rise in the order of commits (`Changes.flush`), so whoever has read up to a number has missed nothing below it.
    """

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def find_last(self) -> int:
        """Find the number of the newest event; 0 when there is none."""
        require_everything(self._scope)
        return self._connection.scalar(select(func.max(_event.c.id))) or 0

    def read_after(self, last: int, until: int, limit: int) -> list[AlertEvent]:
        """Read events with a number above `last`, up to `until`, in order; not of slow changes and questions to residents."""
        of_step = [_step.c.key, _step.c.kind, _step.c.at, _step.c.reason_code, _step.c.reason_params, _step.c.outcome]
        of_alert = [_alert.c.rule, _alert.c.queue, _alert.c.opened_at, _alert.c.area, _alert.c.household, _alert.c.resident]
        query = select(_event, *of_step, *of_alert).join(_alert, _alert.c.id == _event.c.alert_id)
        query = query.join(_step, and_(_step.c.alert_id == _event.c.alert_id, _step.c.seq == _event.c.seq))
        query = query.where(_event.c.id > last, _event.c.id <= until, tables.WAITING).order_by(_event.c.id).limit(limit)
        rows = self._connection.execute(narrow(query, _alert.c.area, self._scope)).mappings()
        return [_read_row(row) for row in rows]


def _read_row(row: RowMapping) -> AlertEvent:
    return AlertEvent(
        number=row["id"],
        key=row["key"],
        alert_id=row["alert_id"],
        version=row["seq"],
        kind=TransitionKind(row["kind"]),
        at=row["at"],
        reason=Reason(row["reason_code"], row["reason_params"]),
        outcome=None if row["outcome"] is None else Outcome(row["outcome"]),
        priority=PRIORITY_OF_RANK[row["priority_rank"]],
        condition=Condition(row["condition"]),
        answer=Answer(row["answer"]),
        rule=row["rule"],
        queue=Queue(row["queue"]),
        opened_at=row["opened_at"],
        area=row["area"],
        household=row["household"] or None,
        resident=row["resident"],
    )
