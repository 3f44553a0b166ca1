"""What providers were asked, as figures: no-shows, complaints, circuits, times from the asking; and what small counts hide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homebeat.domain.circuit import CircuitState
from homebeat.domain.follow_up import FollowUpAnswer, FollowUpState
from homebeat.domain.provider_order import OrderVerdict
from homebeat.evidence.masking import hide_small
from homebeat.evidence.providers import OrderCourse, ProviderRecord, measure_follow_ups, measure_providers
from homebeat.evidence.report import FollowUpFigures
from homebeat.evidence.rows import list_rows
from tests.unit.evidence.history import AROUND, HOUR, MINUTE, START, course, groups, report

CARE, RELIEF = "care-co", "relief-co"


def order(
    verdict: OrderVerdict | None, answered: int | None = None, door: int | None = None, *, complained: bool = False
) -> OrderCourse:
    answered_at, door_at = (None if after is None else START + after for after in (answered, door))
    return OrderCourse(CARE, START, verdict, answered_at, door_at, complained)


ORDERS = [
    order(OrderVerdict.KEPT, MINUTE, 20 * MINUTE),
    order(OrderVerdict.KEPT, 2 * MINUTE, 30 * MINUTE, complained=True),
    order(OrderVerdict.LATE, 3 * MINUTE, HOUR),
    order(OrderVerdict.MISSED, 3 * MINUTE),
    order(OrderVerdict.DECLINED),
    order(OrderVerdict.UNANSWERED),
    order(OrderVerdict.EXCUSED, complained=True),
    order(None),
]
AROUND_CARE = replace(
    AROUND,
    orders=ORDERS,
    providers={CARE: ProviderRecord(CircuitState.OPEN, 1, 3, 1), RELIEF: ProviderRecord(CircuitState.TRIAL)},
    follow_ups={(FollowUpState.ANSWERED, FollowUpAnswer.NOBODY): 12, (FollowUpState.UNANSWERED, None): 3},
)


def test_each_way_to_fail_is_counted_as_the_circuit_does() -> None:
    care, relief = measure_providers(ORDERS, AROUND_CARE.providers)
    assert (care.provider, care.asked, care.open, care.excused) == (CARE, 8, 1, 1)
    assert (care.kept, care.late, care.missed, care.declined, care.unanswered) == (2, 1, 1, 1, 1)
    assert (care.failed, care.failed_share) == (5, 0.8333), "the one complained of too; not the excused one"
    assert (care.complaints, care.complaints_rejected, care.circuit, care.openings) == (3, 1, "open", 1)
    answered, door = care.times
    assert (answered.milestone, answered.reached, answered.p50_s, answered.p99_s) == ("answered", 4, 120, 180)
    assert (door.milestone, door.reached, door.p50_s, door.p99_s) == ("door", 3, 1800, 3600)
    assert (relief.asked, relief.failed_share, relief.circuit, relief.times[1].p50_s) == (0, None, "trial", None)


def test_follow_ups_are_counted_by_what_was_said() -> None:
    assert measure_follow_ups(AROUND_CARE.follow_ups) == FollowUpFigures(unanswered=3, nobody=12)


def test_alerts_are_grouped_by_the_provider_that_was_asked_first() -> None:
    found = report(replace(course(taken=MINUTE), provider=CARE), course(), around=AROUND_CARE)
    assert {name: group.alerts for name, group in groups(found, "provider").items()} == {"": 1, CARE: 1}


def test_every_figure_is_a_row() -> None:
    rows = {(table, group, name): value for table, group, name, value in list_rows(report(around=AROUND_CARE))}
    assert rows["provider_orders", CARE, "missed"] == "1"
    assert rows["provider_orders", CARE, "circuit"] == "open"
    assert rows["provider_orders", CARE, "door_p50_s"] == "1800.0"
    assert rows["follow_ups", "", "nobody"] == "12"


def test_small_counts_of_a_provider_are_hidden_from_who_sees_no_alert() -> None:
    found = hide_small(report(around=replace(AROUND_CARE, orders=ORDERS * 2 + [order(OrderVerdict.KEPT)] * 20)), 10)
    care = found.providers[0]
    assert care.asked == 36
    # eight of each other kind: with the kept ones shown, each could be reckoned
    assert {care.kept, care.late, care.missed, care.excused, care.open, care.failed, care.complaints} == {None}
    assert care.circuit == "open"
    few = hide_small(report(around=AROUND_CARE), 10)
    assert (few.providers[0].asked, few.providers[0].failed_share, few.providers[0].times[1].p50_s) == (None, None, None)
    assert few.follow_ups == FollowUpFigures(None, None, None, None, None), (
        "three of fifteen: with the others shown, they could be reckoned"
    )


@pytest.mark.parametrize("rejected, is_shown", [(20, True), (25, False), (5, False)])
def test_complaints_are_hidden_where_those_that_count_could_be_reckoned(rejected: int, is_shown: bool) -> None:
    record = ProviderRecord(CircuitState.CLOSED, 0, 30, rejected)
    (care,) = hide_small(report(around=replace(AROUND_CARE, providers={CARE: record})), 10).providers
    assert (care.complaints, care.complaints_rejected) == ((30, rejected) if is_shown else (None, None))
