"""Reads what the evidence needs of providers and of follow-ups. It opens nothing, and reads no name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Select, Table, and_, func, select

from homebeat.domain.circuit import CircuitState
from homebeat.domain.complaint import ComplaintState
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.follow_up import FollowUpAnswer, FollowUpState
from homebeat.domain.provider_order import OrderVerdict
from homebeat.evidence.providers import OrderCourse, ProviderRecord
from homebeat.store.alert import tables as alert_tables
from homebeat.store.duty import tables
from homebeat.store.home import tables as home_tables
from homebeat.store.home.areas import match_area
from homebeat.store.scoping import narrow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Column

    from homebeat.domain.ids import AreaId
    from homebeat.domain.scope import Scope

_alert: Final[Table] = alert_tables.alert
_order: Final[Table] = tables.provider_order
_complaint: Final[Table] = tables.complaint
_circuit: Final[Table] = tables.circuit
_step: Final[Table] = tables.circuit_step
_follow_up: Final[Table] = tables.follow_up


class ProviderEvidence:
    """What providers were asked, and what was said of it afterwards. A span is from, and until before, epoch ms."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def find_first(self, alerts: Sequence[str]) -> dict[str, str]:
        """Find which provider was asked first about each of these alerts; those about which none was are left out."""
        query = select(_order.c.alert_id, _order.c.provider).where(_order.c.alert_id.in_(alerts))
        query = query.order_by(_order.c.asked_at.desc(), _order.c.provider.desc())
        rows = self._connection.execute(narrow(query, _order.c.alert_id, self._scope))
        return {row.alert_id: row.provider for row in rows}  # the first comes last, and stays

    def list_orders(self, span: tuple[int, int], area: AreaId | None) -> list[OrderCourse]:
        """List what providers were asked in a span about alerts of an area and all below it."""
        holds = _complaint.c.responder == _order.c.provider, _complaint.c.state != ComplaintState.REJECTED.value
        about = select(_complaint.c.id).where(*holds, _complaint.c.alert_id == _order.c.alert_id)
        complained = narrow(about, _complaint.c.area, self._scope).exists()
        columns = (_order.c.provider, _order.c.asked_at, _order.c.verdict, _order.c.answered_at, _order.c.door_at)
        query = select(*columns, complained.label("complained")).join(_alert, _alert.c.id == _order.c.alert_id)
        query = query.where(_order.c.asked_at >= span[0], _order.c.asked_at < span[1])
        query = _in_area(narrow(query, _order.c.alert_id, self._scope), _alert.c.area, area)
        return [
            OrderCourse(
                row.provider,
                row.asked_at,
                None if row.verdict is None else OrderVerdict(row.verdict),
                row.answered_at,
                row.door_at,
                bool(row.complained),
            )
            for row in self._connection.execute(query)
        ]

    def find_records(self, span: tuple[int, int], area: AreaId | None) -> dict[str, ProviderRecord]:
        """Find complaints of a span in an area and all below it, and circuits: a circuit holds in every area of its provider."""
        opened = _step.c.state == CircuitState.OPEN.value, _step.c.since >= span[0], _step.c.since < span[1]
        query = narrow(select(_step.c.provider, func.count()).where(*opened), _step.c.provider, self._scope)
        openings = {str(who): int(count) for who, count in self._connection.execute(query.group_by(_step.c.provider))}
        states = {
            row.provider: CircuitState(row.state)
            for row in self._connection.execute(
                narrow(select(_circuit.c.provider, _circuit.c.state), _circuit.c.provider, self._scope)
            )
        }
        complaints = self._count_complaints(span, area)
        return {
            who: ProviderRecord(states.get(who, CircuitState.CLOSED), openings.get(who, 0), *complaints.get(who, (0, 0)))
            for who in {*openings, *states, *complaints}
        }

    def _count_complaints(self, span: tuple[int, int], area: AreaId | None) -> dict[str, tuple[int, int]]:
        """Count complaints about providers, and those that were rejected."""
        responder = home_tables.responder
        is_provider = responder.c.id == _complaint.c.responder, responder.c.kind == ResponderKind.PROVIDER.value
        query = select(_complaint.c.responder, _complaint.c.state, func.count()).join(responder, and_(*is_provider))
        query = query.where(_complaint.c.counts_from >= span[0], _complaint.c.counts_from < span[1])
        query = _in_area(narrow(query, _complaint.c.area, self._scope), _complaint.c.area, area)
        found: dict[str, tuple[int, int]] = {}
        for who, state, count in self._connection.execute(query.group_by(_complaint.c.responder, _complaint.c.state)):
            every, rejected = found.get(who, (0, 0))
            found[who] = (every + count, rejected + count * (state == ComplaintState.REJECTED.value))
        return found

    def count_follow_ups(
        self, span: tuple[int, int], area: AreaId | None
    ) -> dict[tuple[FollowUpState, FollowUpAnswer | None], int]:
        """Count the follow-ups of alerts that opened in a span, by state and answer."""
        query = select(_follow_up.c.state, _follow_up.c.answer, func.count()).join(_alert, _alert.c.id == _follow_up.c.alert_id)
        query = query.where(_alert.c.opened_at >= span[0], _alert.c.opened_at < span[1])
        query = _in_area(narrow(query, _alert.c.area, self._scope), _alert.c.area, area)
        return {
            (FollowUpState(state), None if answer is None else FollowUpAnswer(answer)): count
            for state, answer, count in self._connection.execute(query.group_by(_follow_up.c.state, _follow_up.c.answer))
        }


def _in_area(query: Select[Any], column: Column[Any], area: AreaId | None) -> Select[Any]:
    return query if area is None else query.where(match_area(column, area))
