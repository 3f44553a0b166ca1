"""What became of an order: every way in which it can end."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from homebeat.domain.alert import Priority
from homebeat.domain.contract import Contract
from homebeat.domain.ids import AlertId, ResponderId
from homebeat.domain.provider_order import OrderVerdict, ProviderOrder, judge_order
from homebeat.domain.visit import Visit, VisitState

T0: Final = 1_772_337_600_000
MINUTE: Final = 60_000
ORDER: Final = ProviderOrder(ResponderId("care-co"), AlertId("a"), T0)
THEIRS: Final = "contact:/care-co"


def visit(state: VisitState, *, set_off: float | None = None, door: float | None = None, ended: float | None = None) -> Visit:
    def at(minute: float | None) -> int | None:
        return None if minute is None else T0 + round(minute * MINUTE)

    return Visit("v", AlertId("a"), THEIRS, state, None, T0, "user:chen", at(set_off), at(door), at(ended))


@pytest.mark.parametrize(
    "visits, minute, is_answered, verdict",
    [
        ([], 9, False, None),
        ([], 10, False, OrderVerdict.UNANSWERED),
        ([], 10, True, OrderVerdict.EXCUSED),
        ([], 1, True, OrderVerdict.EXCUSED),
        ([replace(visit(VisitState.EN_ROUTE, set_off=2), due_at=T0)], 90, True, None),
        ([visit(VisitState.SEEN, set_off=2, door=30, ended=40)], 40, True, OrderVerdict.KEPT),
        ([visit(VisitState.SEEN, set_off=10, door=45, ended=60)], 60, True, OrderVerdict.KEPT),
        ([visit(VisitState.SEEN, set_off=10.1, door=45, ended=60)], 60, True, OrderVerdict.LATE),
        ([visit(VisitState.SEEN, set_off=2, door=45.1, ended=60)], 60, True, OrderVerdict.LATE),
        ([visit(VisitState.SEEN, ended=9)], 9, True, OrderVerdict.KEPT),
        ([visit(VisitState.SEEN, ended=11)], 11, True, OrderVerdict.LATE),
        ([visit(VisitState.MISSED, set_off=2, ended=37)], 38, False, OrderVerdict.MISSED),
        ([visit(VisitState.DECLINED, ended=1)], 1, False, OrderVerdict.DECLINED),
        ([visit(VisitState.CANCELLED, ended=5)], 5, True, OrderVerdict.EXCUSED),
        ([visit(VisitState.CANCELLED, set_off=2, ended=20)], 20, True, OrderVerdict.EXCUSED),
        ([visit(VisitState.CANCELLED, set_off=2, ended=46)], 46, True, OrderVerdict.LATE),
        ([visit(VisitState.CANCELLED, ended=11)], 11, True, OrderVerdict.LATE),
        ([visit(VisitState.CANCELLED, set_off=2, door=20, ended=21)], 21, True, OrderVerdict.KEPT),
        ([visit(VisitState.MISSED, ended=10), visit(VisitState.SEEN, set_off=2, door=30, ended=40)], 40, True, OrderVerdict.KEPT),
    ],
)
def test_how_it_ended(visits: list[Visit], minute: float, is_answered: bool, verdict: OrderVerdict | None) -> None:
    now = T0 + round(minute * MINUTE)
    assert judge_order(ORDER, Contract(), Priority.HIGH, visits, now, is_answered=is_answered) is verdict


def test_where_a_life_may_hang_on_it_the_limits_are_shorter() -> None:
    seen = [visit(VisitState.SEEN, set_off=4, door=20, ended=21)]
    assert judge_order(ORDER, Contract(), Priority.CRITICAL, seen, T0 + 21 * MINUTE, is_answered=True) is OrderVerdict.LATE
    assert judge_order(ORDER, Contract(), Priority.MEDIUM, seen, T0 + 21 * MINUTE, is_answered=True) is OrderVerdict.KEPT


def test_whoever_is_sent_later_has_the_time_from_then_on() -> None:
    sent = replace(visit(VisitState.SEEN, set_off=32, door=60, ended=61), assigned_at=T0 + 30 * MINUTE)
    own = replace(sent, assigned_by=THEIRS)
    for one, verdict in ((sent, OrderVerdict.KEPT), (own, OrderVerdict.LATE)):
        assert judge_order(ORDER, Contract(), Priority.HIGH, [one], T0 + 61 * MINUTE, is_answered=True) is verdict
