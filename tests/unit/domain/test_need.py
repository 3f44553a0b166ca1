"""Who of many homes needs somebody first."""

from __future__ import annotations

from homebeat.domain.alert import Priority
from homebeat.domain.fleet import CareNeed
from homebeat.domain.need import rank_need


def test_the_order_of_need() -> None:
    wanted = [
        rank_need(Priority.CRITICAL, ["active"], [None], [1950], 9),
        rank_need(Priority.HIGH, ["quiet"], [None], [1930], 8),
        rank_need(Priority.HIGH, ["unknown"], [None], [1930], 7),
        rank_need(None, ["quiet"], [None], [1931], 6),
        rank_need(None, ["quiet"], [None], [1932], 5),
        rank_need(None, ["quiet"], [None], [None], 3),
        rank_need(None, ["quiet"], [None], [None], 4),
        rank_need(None, ["active", "quiet"], [None, None], [1930, 1931], 2),
        rank_need(None, ["unknown"], [None], [1930], 1),
        rank_need(None, ["active"], [None], [1930], 0),
        rank_need(None, [], [], [], 0),
    ]
    assert sorted(wanted) == wanted


def test_whose_need_is_assessed_as_high_comes_before_who_is_older_and_never_before_who_is_quiet() -> None:
    wanted = [
        rank_need(None, ["quiet"], [CareNeed.LOW], [1960], 9),
        rank_need(None, ["active", "active"], [None, CareNeed.HIGH], [1950, 1951], 8),
        rank_need(None, ["active"], [CareNeed.MEDIUM], [1930], 6),
        rank_need(None, ["active"], [None], [1931], 7),
        rank_need(None, ["active"], [CareNeed.LOW], [1925], 5),
    ]
    assert sorted(wanted) == wanted
