"""Computes what became of what providers were asked, and of what families said afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from homebeat.domain.circuit import CircuitState
from homebeat.domain.follow_up import FollowUpAnswer, FollowUpState
from homebeat.domain.provider_order import COUNTED, FAILED, OrderVerdict
from homebeat.evidence.figures import divide, spread_times
from homebeat.evidence.report import FollowUpFigures, ProviderFigures, TimeSpread

#: From the asking on; of an alert's milestones they have the names.
_ANSWERED: Final = "answered"
_DOOR: Final = "door"


@dataclass(frozen=True, slots=True)
class OrderCourse:
    """One order of the span. Times are epoch ms.

    Attributes:
        verdict: None while nobody has judged it.
        is_complained: Somebody complained of it, and that was not rejected.
    """

    provider: str
    asked_at: int
    verdict: OrderVerdict | None
    answered_at: int | None
    door_at: int | None
    is_complained: bool = False


@dataclass(frozen=True, slots=True)
class ProviderRecord:
    """What is known of a provider beside its orders.

    Attributes:
        circuit: Its state now.
        openings: How often its circuit opened in the span.
        complaints: How many count since a time in the span, those that were rejected too.
        rejected: How many of them were rejected.
    """

    circuit: CircuitState = CircuitState.CLOSED
    openings: int = 0
    complaints: int = 0
    rejected: int = 0


def measure_providers(orders: Iterable[OrderCourse], records: Mapping[str, ProviderRecord]) -> list[ProviderFigures]:
    """Compute the figures of each provider that was asked, or of which something else is known; in the order of their ids."""
    theirs: dict[str, list[OrderCourse]] = {who: [] for who in records}
    for one in orders:
        theirs.setdefault(one.provider, []).append(one)
    return [_measure(who, theirs[who], records.get(who, ProviderRecord())) for who in sorted(theirs)]


def _measure(who: str, orders: Sequence[OrderCourse], record: ProviderRecord) -> ProviderFigures:
    verdicts = Counter(one.verdict for one in orders)
    counted = sum(verdicts[one] for one in COUNTED)
    failed = sum(one.verdict in FAILED or (one.verdict in COUNTED and one.is_complained) for one in orders)
    return ProviderFigures(
        provider=who,
        asked=len(orders),
        open=verdicts[None],
        **{one.value: verdicts[one] for one in OrderVerdict},
        failed=failed,
        failed_share=divide(failed, counted),
        complaints=record.complaints,
        complaints_rejected=record.rejected,
        circuit=record.circuit.value,
        openings=record.openings,
        times=_list_times(orders),
    )


def _list_times(orders: Sequence[OrderCourse]) -> list[TimeSpread]:
    answered = [max(0, one.answered_at - one.asked_at) for one in orders if one.answered_at is not None]
    door = [max(0, one.door_at - one.asked_at) for one in orders if one.door_at is not None]
    return [spread_times(_ANSWERED, answered), spread_times(_DOOR, door)]


def measure_follow_ups(counts: Mapping[tuple[FollowUpState, FollowUpAnswer | None], int]) -> FollowUpFigures:
    """Make the figures of follow-ups from how many there are of each state and answer."""
    said = {answer.value: counts.get((FollowUpState.ANSWERED, answer), 0) for answer in FollowUpAnswer}
    waiting, unanswered = (counts.get((state, None), 0) for state in (FollowUpState.WAITING, FollowUpState.UNANSWERED))
    return FollowUpFigures(waiting=waiting, unanswered=unanswered, **said)
