"""Small histories, with figures worked out by hand."""

from __future__ import annotations

from homebeat.domain.alert import Outcome, Priority, Queue
from homebeat.evidence.report import TakenBy, TargetResult, TimeSpread
from tests.unit.evidence.history import DAY, END, HOUR, MINUTE, SECOND, START, course, groups, report

TEN_TAKES = (5, 10, 20, 30, 40, 50, 60, 61, 180, 181)


def test_ten_alerts_of_which_seven_were_taken_within_a_minute() -> None:
    found = report(*(course(START + i * HOUR, taken=s * SECOND, resolved=HOUR) for i, s in enumerate(TEN_TAKES))).total
    assert (found.alerts, found.open, found.closed) == (10, 0, 10)
    # the slowest of the quickest half is the fifth; of nine in ten the ninth; of 99 in 100 the last
    assert found.times[0] == TimeSpread("taken", 10, 40.0, 180.0, 181.0)
    assert found.times[1] == TimeSpread("answered", 10, 40.0, 180.0, 181.0)
    assert found.times[2] == TimeSpread("outcome", 10, 3600.0, 3600.0, 3600.0)
    assert found.targets == [
        TargetResult("taken_60s", "taken", 60, 0.975, 10, 7, 0.7, False),
        TargetResult("taken_180s", "taken", 180, 0.99, 10, 9, 0.9, False),
        TargetResult("outcome_240min", "outcome", 14_400, 1.0, 10, 10, 1.0, True),
        TargetResult("door_45min", "door", 2_700, 0.9, 0, 0, None, None),
    ]


def test_a_target_is_met_exactly_at_its_share() -> None:
    quick = [course(START + i * MINUTE, taken=SECOND) for i in range(39)]
    (first, second, *_) = report(*quick, course(START + HOUR, taken=61 * SECOND)).total.targets
    assert (first.decided, first.within, first.share, first.is_met) == (40, 39, 0.975, True)
    assert (second.share, second.is_met) == (1.0, True)


def test_what_waits_for_less_than_the_limit_is_not_decided_and_what_waits_for_longer_is_missed() -> None:
    as_of = START + HOUR
    waits = [course(as_of - 60 * SECOND), course(as_of - 61 * SECOND), course(as_of - 100 * SECOND, taken=10 * SECOND)]
    total = report(*waits, as_of=as_of).total
    assert [(one.decided, one.within) for one in total.targets] == [(2, 1), (1, 1), (0, 0), (0, 0)]
    assert (total.open, total.times[0].reached, total.targets[2].share) == (3, 1, None)


def test_targets_are_of_critical_and_high_alerts_of_the_care_desk() -> None:
    found = report(
        course(taken=SECOND, priority=Priority.CRITICAL),
        course(taken=HOUR, priority=Priority.MEDIUM),
        course(taken=HOUR, queue=Queue.PROPERTY),
    )
    assert (found.total.targets[0].decided, found.total.targets[0].share) == (1, 1.0)
    assert groups(found, "priority")["medium"].targets[0].share is None
    assert list(groups(found, "priority")) == ["critical", "high", "medium"]


def test_a_family_that_replies_answers_and_does_not_take() -> None:
    found = report(course(replied=30 * SECOND, taken=5 * MINUTE)).total.times
    assert (found[0].p50_s, found[1].p50_s) == (300.0, 30.0)


def test_closing_at_once_is_taking() -> None:
    found = report(course(resolved=20 * SECOND)).total
    assert (found.times[0].p50_s, found.times[2].p50_s) == (20.0, 20.0)


def test_what_the_engine_the_clock_and_a_service_do_is_no_answer() -> None:
    for actor in ("engine", "clock", "service:history"):
        found = report(course(taken=20 * SECOND, who=actor))
        assert (found.total.times[0].reached, found.total.times[1].reached, found.answers) == (0, 0, [])


def test_a_past_that_was_recorded_has_outcomes_and_nothing_missed() -> None:
    found = report(course(resolved=HOUR, who="service:history"), course(taken=SECOND, resolved=HOUR))
    assert [(one.decided, one.within) for one in found.total.targets] == [(1, 1), (1, 1), (2, 2), (0, 0)]
    assert (found.total.closed, found.taken_by[0]) == (2, TakenBy(15, 1.0))


def test_an_opening_ahead_of_the_clock_of_the_database_counts_as_at_once() -> None:
    assert report(course(taken=-3 * SECOND)).total.times[0].p50_s == 0.0


def test_shares_of_false_escalated_returned_and_stale() -> None:
    found = report(
        course(resolved=HOUR, outcome=Outcome.FALSE, rule="fall"),
        course(resolved=HOUR, outcome=Outcome.DEVICE, rule="fall", device_kind="wristband"),
        course(resolved=HOUR, outcome=Outcome.HELPED, rule="fall", device_kind="wristband", escalated=2),
        course(resolved=25 * HOUR, rule="fall", device_kind="wristband", escalated=1, ran_out=2),
        course(END - 25 * HOUR, rule="fall"),
        course(END - 23 * HOUR, rule="sos"),
    )
    fall = groups(found, "rule")["fall"]
    assert (fall.alerts, fall.closed, fall.open) == (5, 4, 1)
    assert (fall.false, fall.false_share) == (2, 0.5)
    assert (fall.escalated, fall.escalated_share, fall.returned, fall.stale) == (2, 0.4, 1, 2)
    band = groups(found, "device_kind")["wristband"]
    assert (band.alerts, band.false_share) == (3, 0.3333)
    assert groups(found, "rule")["sos"].false_share is None
    assert found.load.stale_share == 0.3333


def test_an_area_counts_what_is_below_it() -> None:
    found = report(course(area="lane"), course(area="lane"), course(area="yard"), course(area="hill"), course(area=""))
    assert {name: group.alerts for name, group in groups(found, "area").items()} == {
        "city": 4, "hill": 1, "north": 3, "lane": 2, "yard": 1,
    }  # fmt: skip
    assert list(groups(found, "area")) == ["city", "hill", "north", "lane", "yard"]
    assert found.total.alerts == 5


def test_only_what_opened_in_the_span_counts_and_has_to_be_taken() -> None:
    found = report(
        course(START - 1), course(START), course(END - 1), course(END), course(queue=Queue.DIGEST), course(queue=Queue.NONE)
    )
    assert (found.total.alerts, found.left_out) == (2, 2)


def test_at_the_door_counts_where_somebody_was_sent() -> None:
    found = report(
        *(course(START + i * HOUR, door=45 * MINUTE) for i in range(8)),
        course(door=46 * MINUTE),
        course(END - HOUR, visited=True),
        course(END - HOUR // 2, visited=True),
        course(resolved=HOUR),
        course(door=MINUTE, priority=Priority.LOW),
    ).total
    # ten are decided: eight in time, one a minute late, and one for whom somebody has been awaited for an hour
    assert found.targets[3] == TargetResult("door_45min", "door", 2_700, 0.9, 10, 8, 0.8, False)
    assert found.times[3] == TimeSpread("door", 10, 2700.0, 2700.0, 2760.0)


def test_the_share_that_was_taken_by_when() -> None:
    found = report(*(course(START + i * HOUR, taken=s * SECOND) for i, s in enumerate(TEN_TAKES))).taken_by
    assert found[:6] == [
        TakenBy(15, 0.2),
        TakenBy(30, 0.4),
        TakenBy(60, 0.7),
        TakenBy(120, 0.8),
        TakenBy(180, 0.9),
        TakenBy(300, 1.0),
    ]


def test_nothing_at_all_is_a_report_too() -> None:
    found = report()
    assert (found.total.alerts, found.total.false_share, found.taken_by, found.load.peak) == (0, None, [], 0)
    assert found.load.per_resident_month == 0.0
    assert [one.groups for one in found.breakdowns] == [[]] * 8
    assert len(found.load.days) == END // DAY - START // DAY
