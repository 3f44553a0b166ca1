"""Which part of a gap in a rota nobody has answered for."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from homebeat.actions.watch_duty import RULE, find_unanswered
from homebeat.domain.alert import Alert, Condition, Priority, Reason, Subject, open_alert
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.ids import AreaId
from homebeat.domain.rota import Gap
from homebeat.domain.service_alerts import make_edge

NOON: Final = 1_772_424_000_000


def gap(first: float, last: float) -> Gap:
    """A gap, in hours from noon."""
    return Gap(NOON + round(first * HOUR_MS), NOON + round(last * HOUR_MS))


def closed(first: float, last: float, priority: Priority = Priority.HIGH, condition: Condition = Condition.FIRING) -> Alert:
    """An alert about a gap that people have closed."""
    of = gap(first, last)
    reason = Reason(RULE, {"starts_at": of.starts_at, "ends_at": of.ends_at, "rota": "desk"})
    alert, _ = open_alert(make_edge(RULE, Subject(area=AreaId("lane")), reason, NOON, priority=priority))
    return replace(alert, condition=condition)


@pytest.mark.parametrize(
    ("of", "answered", "left"),
    [
        (gap(-1, 9), [], gap(-1, 9)),
        (gap(3, 9), [], gap(3, 9)),
        (gap(25, 30), [], None),
        # answered for while it was there: it stays so to the end of what the alert said, and no longer
        (gap(-1, 9), [closed(-1, 9)], None),
        (gap(-1, 9), [closed(-1, 5)], gap(5, 9)),
        (gap(-9, 9), [closed(-9, -1)], gap(-1, 9)),
        (gap(-1, 90), [closed(-1, 30)], None),
        # before it was there: until it is there
        (gap(3, 9), [closed(3, 9, Priority.MEDIUM)], None),
        (gap(3, 9), [closed(3, 5, Priority.MEDIUM)], gap(5, 9)),
        (gap(2, 9), [closed(3, 9, Priority.MEDIUM)], gap(2, 3)),
        (gap(-1, 9), [closed(-1, 9, Priority.MEDIUM)], gap(-1, 9)),
        # two of a night, each closed by itself
        (gap(-1, 9), [closed(-1, 5), closed(5, 9, Priority.MEDIUM)], None),
        # somebody was found, and is gone again
        (gap(-1, 9), [closed(-1, 9, condition=Condition.CLEARED)], gap(-1, 9)),
    ],
)
def test_nobody_has_answered_for_more_than_their_alert_said(of: Gap, answered: list[Alert], left: Gap | None) -> None:
    assert find_unanswered(of, answered, NOON) == left
