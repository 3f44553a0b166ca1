"""What was asked of a provider about one alert, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from homebeat.domain.alert import Priority
from homebeat.domain.contract import Contract
from homebeat.domain.ids import AlertId, ResponderId
from homebeat.domain.visit import Visit, VisitState


class OrderVerdict(StrEnum):
    """How it ended."""

    KEPT = "kept"  # somebody came, within the limits
    LATE = "late"  # somebody came or was on the way, but a limit was broken
    MISSED = "missed"  # somebody was to come, and nobody came
    DECLINED = "declined"  # they said that they cannot go
    UNANSWERED = "unanswered"  # they said nothing in time
    EXCUSED = "excused"  # nobody waited for them any more: it does not count


FAILED: Final = frozenset({OrderVerdict.LATE, OrderVerdict.MISSED, OrderVerdict.DECLINED, OrderVerdict.UNANSWERED})
COUNTED: Final = FAILED | {OrderVerdict.KEPT}


@dataclass(frozen=True, slots=True)
class ProviderOrder:
    """What was asked of a provider about one alert: one order, however often it was asked. Times are epoch ms.

    Attributes:
        verdict: None while it is open.
        answered_at: When somebody said that they go; None for never.
        door_at: When somebody stood at the door; None for never.
    """

    provider: ResponderId
    alert_id: AlertId
    asked_at: int
    verdict: OrderVerdict | None = None
    settled_at: int | None = None
    answered_at: int | None = None
    door_at: int | None = None


def judge_order(
    order: ProviderOrder, contract: Contract, priority: Priority, visits: Sequence[Visit], now: int, *, is_answered: bool
) -> OrderVerdict | None:
    """Judge what became of an order.

    Args:
        order: The order.
        contract: What the provider has promised.
        priority: Of the alert.
        visits: Those of this provider for the alert, oldest first.
        now: Epoch ms.
        is_answered: Somebody has taken or closed the alert, so nobody waits for the provider to answer.

    Returns:
        The verdict; None while it is open.
    """
    if not visits:
        if is_answered:
            return OrderVerdict.EXCUSED
        return OrderVerdict.UNANSWERED if now >= contract.compute_answer_due(order.asked_at, priority) else None
    visit = visits[-1]
    if visit.is_live:
        return None
    if visit.state is VisitState.MISSED:
        return OrderVerdict.MISSED
    if visit.state is VisitState.DECLINED:
        return OrderVerdict.DECLINED
    # whoever is sent later than they were asked first, or goes on because a closing was undone, has the time from then on
    begun = max(
        order.asked_at, order.asked_at if visit.assigned_by == visit.visitor else visit.assigned_at, visit.resumed_at or 0
    )
    ended = now if visit.ended_at is None else visit.ended_at
    answered, door = find_answered_at(visit), find_door_at(visit)
    is_late = (ended if answered is None else answered) > contract.compute_answer_due(begun, priority)
    is_late = is_late or (ended if door is None else door) > contract.compute_door_due(begun, priority)
    if is_late:
        return OrderVerdict.LATE
    return OrderVerdict.EXCUSED if door is None else OrderVerdict.KEPT


def find_answered_at(visit: Visit) -> int | None:
    """Find when somebody said that they go, or was there; epoch ms, None for never."""
    own = visit.assigned_at if visit.assigned_by == visit.visitor and visit.state is not VisitState.DECLINED else None
    return next((at for at in (own, visit.en_route_at, find_door_at(visit)) if at is not None), None)


def find_door_at(visit: Visit) -> int | None:
    """Find when somebody stood at the door; epoch ms, None for never."""
    return visit.ended_at if visit.at_door_at is None and visit.state is VisitState.SEEN else visit.at_door_at
