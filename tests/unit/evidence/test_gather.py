"""Shifts, answers, spans and what is hidden."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from homebeat.domain.alert import Outcome, TransitionKind
from homebeat.domain.errors import Incomplete
from homebeat.evidence.course import AlertCourse
from homebeat.evidence.gather import MOST_MODELS
from homebeat.evidence.masking import hide_small
from homebeat.evidence.report import CountedAnswers, FiringTime
from homebeat.evidence.rows import list_rows
from homebeat.evidence.shifts import DeskShift
from homebeat.evidence.spans import find_span
from tests.unit.evidence.history import AROUND, DAY, END, HOUR, MINUTE, START, course, groups, report, step


def test_without_a_rota_a_day_has_three_shifts_by_the_clock_of_the_home() -> None:
    found = report(course(START), course(START + 8 * HOUR - 1), course(START + 8 * HOUR), course(START + 23 * HOUR))
    assert {name: group.alerts for name, group in groups(found, "shift").items()} == {
        "hours:00-08": 2, "hours:08-16": 1, "hours:16-24": 1,
    }  # fmt: skip


def test_summer_time_moves_the_shifts_with_the_clock() -> None:
    # in Madrid summer time begins on 2026-03-29: 08:00 there is 07:00 UTC the day before, and 06:00 UTC on that day
    before, after = START + 27 * DAY + 15 * HOUR, START + 28 * DAY + 14 * HOUR
    madrid = [replace(course(at), timezone="Europe/Madrid") for at in (before, after)]
    assert list(groups(report(*madrid), "shift")) == ["hours:08-16"]
    early = [replace(one, opened_at=one.opened_at - 1) for one in madrid]
    assert list(groups(report(*early), "shift")) == ["hours:00-08"]


def test_the_nearest_rota_that_has_a_shift_then_counts() -> None:
    night = DeskShift("city-desk", "city", "night", START, START + 8 * HOUR)
    own = DeskShift("lane-desk", "lane", "early", START + 6 * HOUR, START + 7 * HOUR)
    around = replace(AROUND, shifts=[night, night, own])
    opened = [
        course(START),
        course(START + 6 * HOUR),
        course(START + 7 * HOUR),
        course(START + 8 * HOUR),
        course(START + 6 * HOUR, area="yard"),
    ]
    found = {name: group.alerts for name, group in groups(report(*opened, around=around), "shift").items()}
    assert found == {"city-desk/night": 3, "lane-desk/early": 1, "hours:08-16": 1}


def test_answers_are_counted_by_who_gave_them_and_in_the_span_alone() -> None:
    found = report(
        course(taken=MINUTE, replied=2 * MINUTE, resolved=HOUR),
        course(replied=MINUTE, taken=2 * MINUTE),
        course(START - DAY, taken=HOUR, resolved=DAY + HOUR),
        course(END - MINUTE, taken=MINUTE),
    ).answers
    assert found == [CountedAnswers("user:ann", "walker-1", 3, 2, 2, 0), CountedAnswers("contact:h1/son", "", 2, 0, 0, 2)]


def test_an_answer_that_is_changed_is_one_alert() -> None:
    one = course()
    steps = tuple(step(TransitionKind.REPLIED, after, "contact:h1/son") for after in (MINUTE, HOUR))
    assert report(replace(one, steps=steps)).answers == [CountedAnswers("contact:h1/son", "", 1, 0, 0, 2)]


def test_how_long_conditions_held_is_counted_once_for_each_subject_and_within_the_span() -> None:
    unknown = [
        course(START - DAY, cleared=2 * DAY, rule="unknown_too_long"),
        course(START + 12 * HOUR, cleared=18 * HOUR, rule="unknown_too_long"),
        replace(course(END - HOUR, rule="unknown_too_long", since=END - 5 * HOUR), subject="resident:r2"),
        course(rule="no_sign_of_life"),
    ]
    # r1: from the start to 30 h after it, of which the two alerts share 12 h; r2: the five last hours
    assert report(*unknown, as_of=END + DAY).firing == [
        FiringTime("unknown_too_long", 2, 35.0),
        FiringTime("device_silent", 0, 0.0),
    ]


def test_a_condition_is_not_counted_after_somebody_has_closed_its_alert() -> None:
    assert report(course(resolved=3 * HOUR, rule="device_silent")).firing[1] == FiringTime("device_silent", 1, 3.0)


def test_a_condition_that_comes_back_counts_again() -> None:
    one = course(cleared=HOUR, reopened=(4 * HOUR,), resolved=6 * HOUR, rule="device_silent", since=START + 3 * HOUR)
    assert report(one).firing[1].hours == 4.0, "one hour, and three from when it began again"
    back = replace(one, resolved_at=None, outcome=None, steps=(*one.steps, step(TransitionKind.RETURNED, 7 * HOUR)))
    assert report(back, as_of=START + 10 * HOUR).firing[1].hours == 8.0, "it held all the time: to close it was a mistake"


def many(rule: str, n: int, outcome: Outcome = Outcome.FINE, models: tuple[str, ...] = ()) -> list[AlertCourse]:
    return [course(START + i * HOUR, taken=MINUTE, resolved=HOUR, rule=rule, outcome=outcome, models=models) for i in range(n)]


def test_an_alert_counts_in_each_model_on_whose_word_it_opened() -> None:
    found = report(
        *many("fall", 3, Outcome.FALSE, ("W2",)),
        *many("fall", 1, models=("W2",)),
        *many("no_sign_of_life", 2, Outcome.DEVICE, ("", "W2")),
        *many("area_outage", 5),
    )
    by_model = {name: (one.alerts, one.false_share) for name, one in groups(found, "device_model").items()}
    assert by_model == {"W2": (6, 0.8333), "": (2, 1.0)}
    crossed = {name: (one.alerts, one.false_share) for name, one in groups(found, "rule_and_model").items()}
    assert crossed == {"fall/W2": (4, 0.75), "no_sign_of_life/": (2, 1.0), "no_sign_of_life/W2": (2, 1.0)}
    assert found.total.alerts == 11


def test_a_model_for_each_device_makes_no_endless_report() -> None:
    each = [course(models=(f"serial {i}",), rule="sos") for i in range(MOST_MODELS + 7)]
    found = report(*each, *many("sos", 2, models=("W2",)))
    shown = {one.by: one for one in found.breakdowns}
    for by, first in (("device_model", "W2"), ("rule_and_model", "sos/W2")):
        assert (len(shown[by].groups), shown[by].left_out, shown[by].groups[0].group) == (MOST_MODELS, 8, first)
    assert ("device_model", "", "left_out", "8") in list(list_rows(found))


def test_what_models_would_give_away_is_hidden() -> None:
    full = report(*many("fall", 20, models=("W2",)), *many("fall", 11, models=("H3",)), *many("fall", 3))
    found = hide_small(full, 10)
    # the three on no device's word would be what is left of the total
    assert list(groups(found, "device_model")) == ["W2"]
    assert "rule_and_model" not in {one.by for one in found.breakdowns}
    spread = report(*many("fall", 20, models=("W2",)), *many("fall", 11, models=("H3",)), *many("fall", 12))
    assert list(groups(hide_small(spread, 10), "device_model")) == ["W2", "H3"]


def test_small_counts_are_hidden_from_who_sees_no_alert() -> None:
    full = report(*many("fall", 30), *many("fall", 9, Outcome.FALSE), *many("sos", 11), *many("gas", 4), course(rule="fall"))
    found = hide_small(full, 10)
    # the four of `gas` could be reckoned from the total: the next larger one goes with it
    assert list(groups(found, "rule")) == ["fall"]
    fall = groups(found, "rule")["fall"]
    assert (fall.alerts, fall.open, fall.closed, fall.false, fall.false_share) == (40, None, None, None, None)
    assert (fall.escalated, fall.escalated_share) == (0, 0.0)
    assert (fall.times[0].reached, fall.times[0].p50_s) == (None, 60.0), "one is not taken yet"
    assert (found.load.days, found.load.top, found.answers, found.smallest) == ([], [], [], 10)
    assert (found.load.sources, found.total.alerts) == (None, 55)
    assert "" not in [one.who for one in found.answers]


def test_what_is_left_without_a_count_is_hidden_as_well() -> None:
    """Eleven of twelve closed ones were false: one was not. All but two were escalated: two were not."""
    found = hide_small(report(*many("fall", 11, Outcome.FALSE), *many("fall", 1), *many("sos", 30)), 10)
    fall = groups(found, "rule")["fall"]
    assert (fall.closed, fall.false, fall.false_share) == (12, None, None)
    late = [course(escalated=1, resolved=HOUR)] * 28 + [course(resolved=HOUR)] * 2
    assert (total := hide_small(report(*late), 10).total).escalated is total.escalated_share is None
    # four are open: a share of the sixteen closed ones would say so
    shares = hide_small(report(*many("fall", 12, Outcome.FALSE), *many("fall", 4), *[course(rule="fall")] * 4), 10).total
    assert (shares.alerts, shares.open, shares.false, shares.false_share) == (20, None, None, None)


def test_what_is_left_of_the_total_without_the_other_groups_is_hidden_as_well() -> None:
    full = report(*many("fall", 20), *many("fall", 12, Outcome.FALSE), *many("sos", 20), *many("sos", 3, Outcome.FALSE))
    found = hide_small(full, 10)
    assert (found.total.false, [group.false for group in groups(found, "rule").values()]) == (15, [None, None])
    assert [group.alerts for group in groups(found, "rule").values()] == [32, 23]


def test_whatever_is_shown_as_a_count_is_none_zero_or_large_enough() -> None:
    full = report(*many("fall", 14), *many("sos", 3), course(escalated=1, ran_out=1), course(reopened=(0, 1, 2)))
    counts = {
        "alerts",
        "open",
        "closed",
        "false",
        "escalated",
        "returned",
        "stale",
        "sources",
        "subjects",
        "chattering",
        "floods",
    }
    shown = [int(value) for _, _, name, value in list_rows(hide_small(full, 10)) if name in counts and value]
    assert shown
    assert all(value == 0 or value >= 10 for value in shown)


def test_rows_hold_every_group_and_every_answer() -> None:
    rows = list(list_rows(report(course(taken=MINUTE, replied=MINUTE, resolved=HOUR))))
    assert ("rule", "no_sign_of_life", "taken_p50_s", "60.0") in rows
    assert ("answers", "contact:h1/son", "replied", "1") in rows
    assert ("total", "", "false_share", "0.0") in rows
    assert len({row[:3] for row in rows}) == len(rows)


NOW = END + 12 * HOUR  # noon of the first of April in Shanghai


@pytest.mark.parametrize(
    ("first", "until", "span"),
    [
        (None, None, (START, END)),
        (date(2026, 3, 1), None, (START, END)),
        (None, date(2026, 4, 1), (START, END)),
        (date(2026, 3, 31), date(2026, 4, 3), (END - DAY, NOW)),
        (None, date(2026, 3, 2), (START, START + DAY)),
    ],
)
def test_a_report_is_about_days_of_its_zone(first: date | None, until: date | None, span: tuple[int, int]) -> None:
    assert find_span(first, until, "Asia/Shanghai", NOW) == span


@pytest.mark.parametrize(
    ("first", "until", "says"),
    [
        (date(2026, 3, 2), date(2026, 3, 2), "the day after the last one"),
        (date(2026, 5, 1), None, "still to come"),
        (date(2024, 1, 1), date(2026, 1, 1), "400 days"),
    ],
)
def test_what_cannot_be_reported(first: date, until: date | None, says: str) -> None:
    with pytest.raises(Incomplete, match=says):
        find_span(first, until, "Asia/Shanghai", NOW)


@pytest.mark.parametrize(
    "first, until",
    [(date.min, None), (None, date.min), (date.max, None), (None, date.max), (date(1969, 12, 31), date(1970, 2, 1))],
)
def test_days_that_no_calendar_reaches_are_refused(first: date | None, until: date | None) -> None:
    with pytest.raises(Incomplete, match="from 2000-01-01 to 2999-12-31"):
        find_span(first, until, "Asia/Shanghai", 1_767_225_600_000)
