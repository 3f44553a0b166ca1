"""Alerts and injected collapses of a home whose days can be counted by hand."""

import numpy as np
import pytest

from homebeat.backtest.collapses import A_DAY
from tests.unit.backtest.street import DAY, HOUR, START, run


def test_alerts_open_when_the_limit_is_proven_and_judged() -> None:
    # quiet from 12 to 20 and from 20 to 8: under 6 h an alert at 18 and at 2, each judged ten minutes later; and on the first
    # morning, with nothing used since enrolment and the first proof at 1
    result = run([12, 6], days=4)
    assert result.episodes[0] == []
    opened = [(e.opened_at - START) / HOUR for e in result.episodes[1]]
    hours = [7, 18, 26, 42, 50, 66, 74, 90]
    assert opened == [pytest.approx(h + 1 / 6, abs=0.01) for h in hours]
    assert [(e.since - START) / HOUR for e in result.episodes[1]] == [0, *(h - 6 for h in hours[1:])]
    assert {e.resident for e in result.episodes[1]} == {"r0"}
    assert all(e.ended_at is not None and e.ended_at > e.opened_at for e in result.episodes[1][:-1])


def test_collapses_wait_for_the_limit_less_the_age_of_their_gap() -> None:
    # waking time without the long gaps: 8-9 and 9-12, so one collapse each 20 minutes, at ages 10, 30, 50 and 10, 30, ..., 170
    result = run([12, 6], days=5)
    days = result.injected // A_DAY
    assert result.injected == days * A_DAY
    assert days >= 3
    ages = [10, 30, 50, *range(10, 180, 20)]
    for delays, limit in zip(result.delays, (720, 360), strict=True):
        assert delays.found.tolist() == [result.injected]
        assert delays.total[0] / result.injected == pytest.approx(limit - sum(ages) / A_DAY)
        assert delays.longest == limit - 10
        assert delays.missed == 0
        expected = np.bincount([limit - age for age in ages] * days, minlength=len(delays.minutes))
        assert delays.minutes.tolist() == expected.tolist()


def test_what_only_warms_up_is_not_counted() -> None:
    whole, late = run([6], days=6), run([6], days=6, count_from=3 * DAY)
    assert len(late.episodes[0]) < len(whole.episodes[0])
    assert late.episodes[0] == [e for e in whole.episodes[0] if e.opened_at >= START + 3 * DAY]
    assert late.injected == whole.injected - 3 * A_DAY


def test_a_limit_that_no_gap_reaches_still_finds_every_collapse() -> None:
    result = run([20], days=5)
    assert result.episodes == [[]]
    assert result.delays[0].longest == 20 * 60 - 10


def test_a_quiet_day_is_an_alert_and_no_place_for_collapses() -> None:
    usual, quiet = run([12], days=6), run([12], days=6, skip=(3,))
    assert [(e.since - START) / HOUR for e in quiet.episodes[0]] == [2 * 24 + 20]
    assert quiet.injected == usual.injected - A_DAY


def test_one_limit_for_everybody_is_counted_on_the_same_gaps() -> None:
    result = run([12, 6], days=8)
    hours = np.arange(len(result.fixed.gaps)) / 6
    # what ends a gap is told an hour after it was last known to last: 8 h are proven as 7, 12 h as 11
    outlived = int(result.fixed.gaps[hours >= 6].sum())
    assert abs(outlived - len(result.episodes[1])) <= 1
    assert int(result.fixed.gaps[hours >= 12].sum()) == 0
    assert int(result.fixed.ages.sum()) == result.injected
