"""Whatever happened: shares lie between 0 and 1, groups add up to the total, and the order of the alerts is no matter."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.alert import WAITING, Outcome, Priority, Queue
from homebeat.evidence.course import AlertCourse
from homebeat.evidence.rows import list_rows
from tests.unit.evidence.history import END, START, course, groups, report

_AFTER = st.none() | st.integers(0, 40 * 3_600_000)
COURSES = st.lists(
    st.builds(
        course,
        st.integers(START - 10**9, END + 10**8),
        taken=_AFTER,
        replied=_AFTER,
        resolved=_AFTER,
        cleared=_AFTER,
        escalated=st.integers(0, 2),
        ran_out=st.integers(0, 1),
        reopened=st.lists(st.integers(0, 7_200_000), max_size=4).map(tuple),
        outcome=st.sampled_from(Outcome),
        rule=st.sampled_from(["sos", "fall", "unknown_too_long", "device_silent"]),
        priority=st.sampled_from(Priority),
        queue=st.sampled_from(Queue),
        area=st.sampled_from(["lane", "yard", "hill", "", "gone"]),
        source=st.sampled_from(["household:h1", "device:d1"]),
        device_kind=st.sampled_from(["", "wristband"]),
        visited=st.booleans(),
        door=_AFTER,
        models=st.sampled_from([(), ("",), ("W2",), ("M1", "W2")]),
    ),
    max_size=60,
)
_WHOLE = ("alerts", "open", "closed", "false", "escalated", "returned", "stale")


@given(COURSES)
def test_shares_are_shares(courses: list[AlertCourse]) -> None:
    for _, _, name, value in list_rows(report(*courses)):
        if name.endswith("share") and value:
            assert 0 <= float(value) <= 1, name


@given(COURSES)
def test_groups_add_up_to_the_total(courses: list[AlertCourse]) -> None:
    found = report(*courses)
    for by in ("shift", "rule", "priority", "device_kind"):
        for name in _WHOLE:
            assert sum(getattr(group, name) for group in groups(found, by).values()) == getattr(found.total, name), (by, name)
    in_models = sum(group.alerts or 0 for group in groups(found, "device_model").values())
    assert in_models == sum(len(one.device_models) for one in courses if START <= one.opened_at < END and one.queue in WAITING)
    assert in_models == sum(group.alerts or 0 for group in groups(found, "rule_and_model").values())
    total = found.total.alerts
    assert total is not None
    assert sum(day.alerts for day in found.load.days) == total == (found.total.open or 0) + (found.total.closed or 0)
    placed = [one for one in courses if one.area in {"lane", "yard", "hill"} and START <= one.opened_at < END]
    city = groups(found, "area").get("city")
    assert (city.alerts if city else 0) == sum(one.queue not in {Queue.DIGEST, Queue.NONE} for one in placed)


@given(COURSES, st.randoms(use_true_random=False))
def test_the_order_of_the_alerts_is_no_matter(courses: list[AlertCourse], chance: Random) -> None:
    mixed = list(courses)
    chance.shuffle(mixed)
    assert list(list_rows(report(*mixed))) == list(list_rows(report(*courses)))


@given(COURSES)
def test_no_time_is_counted_twice(courses: list[AlertCourse]) -> None:
    for firing in report(*courses).firing:
        assert firing.hours is not None
        assert firing.subjects is not None
        assert 0 <= firing.hours <= firing.subjects * (END - START) / 3_600_000 + 0.1
