"""What appears, vanishes and moves, for whom, and what people had found: on alerts written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from homebeat.backtest import ClosedAlert, Plan, ShardResult, compare
from homebeat.backtest.collapses import Delays, FixedLimitCounts
from homebeat.backtest.compare import Run, VariantName
from homebeat.backtest.episodes import Episode
from homebeat.backtest.labels import Label
from homebeat.backtest.report import AlertChange, Comparison, Point, ResidentChange, RuleChange
from homebeat.domain.alert import Queue
from tests.unit.backtest.street import DAY, HOUR, PACE, START

MINUTE = 60_000


def alert(
    name: str,
    who: int,
    since: float,
    opened: float,
    over: float | None = None,
    rule: str = "no_sign_of_life",
    queue: Queue = Queue.CARE,
) -> Episode:
    """An alert of resident `who`; hours after START."""
    at = [None if h is None else START + round(h * HOUR) for h in (since, opened, over)]
    return Episode(name, rule, queue, f"h{who}", f"r{who}", None, at[0] or 0, at[1] or 0, at[2])


def closed(name: str, who: int, since: float, until: float, label: Label) -> ClosedAlert:
    """A real alert that somebody closed."""
    return ClosedAlert(
        name, "no_sign_of_life", Queue.CARE, f"h{who}", f"r{who}", START + round(since * HOUR), START + round(until * HOUR), label
    )


def waits(*minutes: float) -> Delays:
    """One collapse a resident, that waited so long."""
    delays = Delays.make_empty(len(minutes))
    delays.add(np.arange(len(minutes), dtype=np.int32), np.array(minutes))
    return delays


def compared(
    before: list[Episode],
    after: list[Episode],
    truth: list[ClosedAlert] | None = None,
    delays: tuple[Delays, Delays] | None = None,
) -> Comparison:
    both = delays or (waits(700, 700), waits(400, 700))
    part = ShardResult(["r0", "r1"], [before, after], list(both), FixedLimitCounts(), 2, 1000)
    run = Run("a street", Plan(PACE, START, START), START + 30 * DAY, 2)
    return compare(run, [VariantName("in force"), VariantName("candidate", ["rules.x: 1 -> 2"])], [part], truth)


def test_an_alert_of_the_same_id_moves_and_others_appear_or_vanish() -> None:
    before = [alert("a", 0, 0, 12, 13), alert("b", 0, 100, 112, 113), alert("c", 1, 5, 17, 18)]
    after = [alert("a", 0, 0, 8, 13), alert("c", 1, 5, 17, 18), alert("d", 1, 200, 208, 209)]
    change = compared(before, after).differences[0]
    assert change.rules == [RuleChange("no_sign_of_life", same=1, earlier=1, later=0, minutes=-240.0, appear=1, vanish=1)]
    assert [(a.change, a.who, a.minutes) for a in change.alerts] == [
        ("earlier", "r0", -240.0),
        ("vanish", "r0", None),
        ("appear", "r1", None),
    ]
    assert change.alerts[1] == AlertChange("no_sign_of_life", "r0", "vanish", "2026-03-06T16:00:00Z", None, None, None)


def test_another_id_that_overlaps_is_the_same_alert_moved() -> None:
    change = compared([alert("a", 0, 0, 12, 20)], [alert("z", 0, 2, 14, 20)]).differences[0]
    assert change.rules == [RuleChange("no_sign_of_life", same=0, earlier=0, later=1, minutes=120.0, appear=0, vanish=0)]
    apart = compared([alert("a", 0, 0, 12, 13)], [alert("z", 0, 14, 26, 27)]).differences[0]
    assert apart.rules[0].appear == apart.rules[0].vanish == 1


def test_residents_who_change_most_come_first_and_nobody_is_named() -> None:
    change = compared([alert("a", 1, 0, 12, 13)], [], delays=(waits(700, 700), waits(400, 700))).differences[0]
    assert change.residents == [ResidentChange("r1", 1, 0, 11.67, 11.67), ResidentChange("r0", 0, 0, 11.67, 6.67)]
    assert change.residents_changed == 2
    assert change.points == [Point(0, 0, 1), Point(1, 0, 1)]


def test_loads_are_by_resident_month() -> None:
    result = compared([alert("a", 0, 0, 12), alert("b", 1, 0, 12), alert("c", 1, 50, 62)], [])
    assert result.resident_months == 2.0
    assert [(load.rule, load.alerts, load.per_resident_month) for load in result.variants[0].rules] == [
        ("no_sign_of_life", 3, 1.5)
    ]
    assert result.variants[1].rules == []
    assert result.closed_alerts is None
    assert result.variants[0].answers == []


def test_waits_are_summed_up() -> None:
    result = compared([], [], delays=(waits(700, 720), waits(60, float("inf"))))
    here, there = (v.collapses for v in result.variants)
    assert (here.injected, here.missed, here.mean_h, here.longest_h, here.within_12h) == (2, 0, 11.833, 12.0, 1.0)
    assert here.p95_h == 12.0
    assert (there.missed, there.mean_h, there.within_12h) == (1, 1.0, 0.5)


def test_true_alerts_are_kept_or_lost_and_false_ones_saved() -> None:
    truth = [
        closed("t1", 0, 0, 14, Label.TRUE),
        closed("t2", 1, 100, 114, Label.TRUE),
        closed("f1", 1, 300, 313, Label.FALSE),
        closed("w1", 0, 400, 500, Label.AWAY),
    ]
    before = [alert("a", 0, 0, 12, 14), alert("b", 1, 100, 112, 114), alert("c", 1, 300, 312, 313), alert("e", 0, 600, 612, 613)]
    after = [alert("a", 0, 0, 8, 14)]
    result = compared(before, after, truth)
    in_force, candidate = ({a.label: a for a in v.answers} for v in result.variants)
    assert {label: (a.kept, a.closed) for label, a in in_force.items()} == {
        "true": (2, 2), "false": (1, 1), "away": (0, 1), "device": (0, 0),
    }  # fmt: skip
    assert {label: (a.kept, a.closed) for label, a in candidate.items()} == {
        "true": (1, 2), "false": (0, 1), "away": (0, 1), "device": (0, 0),
    }  # fmt: skip
    assert (candidate["true"].earlier, candidate["true"].minutes, candidate["true"].lost) == (1, -240.0, ["t2"])
    assert (result.variants[0].unlabelled, result.variants[1].unlabelled) == (1, 0)
    # what people found to be true is no false alarm
    assert [v.false_alarms_per_month for v in result.variants] == [1.0, 0.0]
    assert [(a.change, a.label) for a in result.differences[0].alerts] == [
        ("earlier", "true"), ("vanish", "true"), ("vanish", "false"), ("vanish", None),
    ]  # fmt: skip


def test_an_alert_that_opens_after_people_came_keeps_nothing() -> None:
    truth = [closed("t1", 0, 0, 14, Label.TRUE)]
    late = compared([], [alert("a", 0, 0, 15, 20)], truth)
    assert late.variants[1].answers[0].kept == 0


def test_an_alert_for_another_desk_keeps_nothing() -> None:
    other = alert("a", 0, 0, 12, 14, rule="device_silent", queue=Queue.DEVICES)
    result = compared([], [other], [closed("t1", 0, 0, 14, Label.TRUE)])
    assert result.variants[1].answers[0].kept == 0
    assert result.variants[1].unlabelled == 0


def test_what_the_resident_is_asked_is_counted_apart() -> None:
    asked = [alert(f"q{n}", 0, n, n + 1, n + 2, rule="asked", queue=Queue.NONE) for n in range(4)]
    result = compared([], asked)
    assert result.variants[1].rules == []
    assert (result.variants[1].asked.asked, result.variants[1].asked.per_resident_month) == (4, 2.0)
    assert result.differences[0].alerts == []


@pytest.mark.parametrize("parts", [1, 2])
def test_parts_are_put_together_in_their_order(parts: int) -> None:
    whole = [alert("a", 0, 0, 12, 13), alert("b", 1, 5, 17, 18)]
    some = [
        ShardResult([f"r{i}"], [[whole[i]], []], [waits(700), waits(400 + 300 * i)], FixedLimitCounts(), 1, 500) for i in range(2)
    ]
    joined = ShardResult(["r0", "r1"], [whole, []], [waits(700, 700), waits(400, 700)], FixedLimitCounts(), 2, 1000)
    run = Run("a street", Plan(PACE, START, START), START + 30 * DAY, 2)
    names = [VariantName("in force"), VariantName("candidate")]
    result = compare(run, names, some if parts == 2 else [joined], None)
    assert result == compare(run, names, [joined], None)
