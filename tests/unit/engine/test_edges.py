"""From level to edge, step by step: holding, clearing, silence after that, renewal, and when time alone changes something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np
import pytest

from homebeat.domain.alert import Reason
from homebeat.engine.edges import Edges, Phase, RowChange, RowCondition
from homebeat.rules.frame import Axis, Frame
from homebeat.rules.rule import Judgement, Rule, Verdict
from homebeat.stream.batch import FAR, NEVER

U, C, F = int(Verdict.UNKNOWN), int(Verdict.CLEAR), int(Verdict.FIRING)
S = 1_000


@dataclass(frozen=True)
class Asked(Rule):
    """A rule that is only asked how long it holds; its verdicts are given by hand."""

    code: ClassVar[str] = "by_hand"
    axis: ClassVar[Axis] = Axis.DEVICE

    hold: timedelta = timedelta(0)
    clear: timedelta = timedelta(0)
    silent: timedelta = timedelta(0)

    def judge(self, frame: Frame) -> Judgement:
        raise AssertionError("edges follow a judgement and ask for none")

    def make_reason(self, frame: Frame, i: int, since: int) -> Reason:
        raise AssertionError("edges are given their reason")

    @property
    def hold_for(self) -> timedelta:
        return self.hold

    @property
    def clear_after(self) -> timedelta:
        return self.clear

    @property
    def repeats_after(self) -> timedelta:
        return self.silent


class Renewing(Asked):
    renews: ClassVar[bool] = True


def judged(verdict: int, since: int = 0, *, seen: int | None = None, news: int | None = None, at_once: bool = False) -> Judgement:
    """Of two rows, of which nothing is known of the first; `due` is FAR."""
    return Judgement(
        np.array([U, verdict], np.int8),
        np.array([0, since]),
        np.array([FAR, FAR]),
        None if seen is None else np.array([0, seen]),
        np.array([False, True]) if at_once else None,
        None if news is None else np.array([0, news]),
    )


class Row:
    """One row under one rule, the third of five."""

    def __init__(self, rule: Rule) -> None:
        self.rule, self.edges, self.last = rule, Edges.make_blank(5), judged(U)

    def step(self, now: int, verdict: int, since: int = 0, **more: int | bool) -> str:
        self.last = judged(verdict, since, **more)  # type: ignore[arg-type]
        changes = list(self.edges.step(self.rule, 1, self.last, now))
        assert all(change.row == 2 for change in changes)
        assert self.edges.phase[[0, 1, 3, 4]].tolist() == [0] * 4
        return "".join(change.kind.value for change in changes)

    def due(self, now: int) -> int:
        return self.edges.find_due(self.rule, 1, self.last, now)

    @property
    def phase(self) -> Phase:
        return Phase(int(self.edges.phase[2]))


def test_what_fires_opens_and_what_is_clear_clears_and_unknown_keeps_things_as_they_are() -> None:
    row = Row(Asked())
    assert [row.step(now, v, 7) for now, v in ((10, U), (11, C), (12, F), (13, F), (14, U), (15, F))] == [
        "",
        "",
        "opened",
        "",
        "",
        "",
    ]
    assert row.edges.conditions == {2: RowCondition(since=7, onset=7, opened_at=12)}
    assert row.edges.list_standing_since(slice(1, 4)).tolist() == [NEVER, 7, NEVER]
    assert [row.step(now, v) for now, v in ((16, U), (17, C), (18, C))] == ["", "cleared", ""]
    assert (row.phase, row.edges.conditions) == (Phase.IDLE, {})
    assert row.edges.list_standing_since(slice(1, 4)).tolist() == [NEVER] * 3


def test_a_condition_is_held_to_the_millisecond_and_begins_anew_where_it_is_not_known() -> None:
    row = Row(Asked(hold=timedelta(seconds=10)))
    assert row.step(3 * S, F, 3 * S) == ""
    assert (row.phase, row.due(3 * S)) == (Phase.HOLDING, 13 * S)
    assert row.edges.list_standing_since(slice(2, 3)).tolist() == [NEVER]
    # the beginning that was seen first counts
    assert row.step(13 * S - 1, F, 9 * S) == ""
    assert row.step(13 * S, F, 9 * S) == "opened"
    assert row.edges.conditions[2] == RowCondition(since=3 * S, onset=3 * S, opened_at=13 * S)
    for broken in (U, C):
        row = Row(Asked(hold=timedelta(seconds=10)))
        row.step(3 * S, F, 3 * S)
        assert (row.step(5 * S, broken), row.phase) == ("", Phase.IDLE)
        assert row.step(6 * S, F, 6 * S) == ""
        assert row.step(16 * S - 1, F, 6 * S) == ""
        assert row.step(16 * S, F, 6 * S) == "opened"


def test_what_is_measured_holds_as_long_as_it_was_seen_and_waits_for_news() -> None:
    row = Row(Asked(hold=timedelta(seconds=10)))
    assert row.step(3 * S, F, 3 * S, seen=3 * S) == ""
    assert row.due(3 * S) == FAR
    assert row.step(60 * S, F, 3 * S, seen=13 * S - 1) == ""
    assert row.step(61 * S, F, 3 * S, seen=13 * S) == "opened"
    ahead = Row(Asked())
    assert ahead.step(5 * S, F, 9 * S, seen=5 * S) == "opened", "a clock that is ahead is not made to wait"


def test_what_is_over_clears_after_a_while_unless_it_fires_again() -> None:
    row = Row(Asked(clear=timedelta(seconds=5)))
    row.step(10 * S, F, 7 * S)
    assert (row.step(20 * S, C), row.phase, row.due(20 * S)) == ("", Phase.CLEARING, 25 * S)
    assert row.edges.list_standing_since(slice(2, 3)).tolist() == [7 * S]
    # while nothing is known, time alone ends nothing
    assert (row.step(21 * S, U), row.due(21 * S)) == ("", FAR)
    assert (row.step(22 * S, F, 7 * S), row.phase, row.edges.conditions[2].over_at) == ("", Phase.STANDING, NEVER)
    assert row.step(30 * S, C) == ""
    assert row.step(35 * S - 1, C) == ""
    assert row.step(35 * S, C) == "cleared"
    assert row.edges.cleared == {}


def test_after_it_cleared_a_rule_may_stay_silent_for_a_time_on_the_same_row() -> None:
    row = Row(Asked(silent=timedelta(seconds=60)))
    row.step(10 * S, F, 10 * S)
    assert row.step(20 * S, C) == "cleared"
    assert row.edges.cleared == {2: 20 * S}
    assert (row.step(30 * S, F, 30 * S), row.phase, row.due(30 * S)) == ("", Phase.HOLDING, 80 * S)
    assert row.step(80 * S - 1, F, 70 * S) == ""
    assert row.step(80 * S, F, 70 * S) == "opened"
    # what fires by the end of the silence is told from when that began
    assert (row.edges.conditions[2].since, row.edges.cleared) == (70 * S, {})
    row.step(90 * S, C)
    assert row.step(91 * S, F, 91 * S, at_once=True) == "opened"


def test_silence_and_holding_wait_for_the_later_of_the_two() -> None:
    row = Row(Asked(hold=timedelta(seconds=10), silent=timedelta(seconds=60)))
    row.step(0, F, 0)
    row.step(10 * S, F, 0)
    row.step(20 * S, C)
    row.step(30 * S, F, 30 * S)
    assert row.due(30 * S) == 80 * S
    row.step(31 * S, C)
    row.step(75 * S, F, 75 * S)
    assert row.due(75 * S) == 85 * S


@pytest.mark.parametrize(
    ("news", "since", "kind"), [(5, 9, ""), (5, 8, ""), (5, 10, "reopened"), (6, 9, "reopened"), (6, 3, "reopened"), (4, 99, "")]
)
def test_a_rule_that_renews_tells_of_each_new_occurrence(news: int, since: int, kind: str) -> None:
    row = Row(Renewing())
    assert row.step(10, F, 9, news=5) == "opened"
    assert row.step(11, F, since, news=news) == kind
    wanted = (
        RowCondition(since, onset=9, opened_at=10, news_at=news) if kind else RowCondition(9, onset=9, opened_at=10, news_at=5)
    )
    assert row.edges.conditions[2] == wanted
    assert Row(Asked()).step(10, F, 9, news=5) == "opened"


def test_a_rule_that_does_not_renew_says_nothing_of_the_next_occurrence() -> None:
    row = Row(Asked())
    row.step(10, F, 9, news=5)
    assert row.step(11, F, 10, news=6) == ""


def test_rows_that_are_left_out_stay_as_they_are() -> None:
    edges, both = Edges.make_blank(2), Judgement(np.array([F, F], np.int8), np.array([1, 2]), np.array([FAR, FAR]))
    changes = list(edges.step(Asked(), 0, both, 10, np.array([False, True])))
    assert [(change.row, change.condition.since) for change in changes] == [(1, 2)]
    assert edges.phase.tolist() == [0, int(Phase.STANDING)]
    assert [change.row for change in edges.step(Asked(), 0, both, 11)] == [0]


def test_time_is_asked_again_no_sooner_than_the_next_millisecond() -> None:
    edges, two = Edges.make_blank(2), Judgement(np.array([U, U], np.int8), np.array([0, 0]), np.array([500, 400]))
    assert edges.find_due(Asked(), 0, two, 100) == 400
    assert edges.find_due(Asked(), 0, two, 400) == 401
    held = Row(Asked(hold=timedelta(seconds=10)))
    held.step(3 * S, F, 3 * S)
    held.last = held.last._replace(due=np.array([FAR, 5 * S]))
    assert held.due(3 * S) == 5 * S


def test_a_clock_that_goes_back_leaves_the_name_of_what_stands() -> None:
    edges = Edges.of(
        3, {1: int(Phase.STANDING)}, {1: RowCondition(90, onset=80, opened_at=95, over_at=97, news_at=91)}, {0: 88, 2: 20}
    )
    assert edges.phase.tolist() == [0, int(Phase.STANDING), 0]
    grown = edges.with_rows(5)
    assert (grown.phase.tolist(), grown.conditions) == ([0, 2, 0, 0, 0], edges.conditions)
    edges.rewind(50)
    assert edges.conditions == {1: RowCondition(50, onset=80, opened_at=50, over_at=50, news_at=50)}
    assert edges.cleared == {0: 50, 2: 20}


def test_an_alert_known_from_elsewhere_stands_and_clears_like_any_other() -> None:
    row = Row(Asked())
    row.edges.set_standing(2, RowCondition(5, onset=5, opened_at=6, news_at=6))
    assert row.step(10, F, 9) == ""
    (change,) = row.edges.step(Asked(), 1, judged(C), 11)
    assert change == RowChange(2, change.kind, RowCondition(5, onset=5, opened_at=6, over_at=11, news_at=6))
